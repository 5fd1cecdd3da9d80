"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str, nullable: bool = False, default: str | None = None) -> "sa.Column[str]":
    return sa.Column(name, _TEXT, nullable=nullable, server_default=default)


def _instant(name: str, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _cascade(column: str, target: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(name), ondelete="CASCADE")


def upgrade() -> None:
    """Makes the tables; those that others refer to come first."""
    _make_installation()
    _make_event()
    _make_attendee()
    _make_attendee_indexes()
    _make_closing()
    _make_device()
    _make_assignment()
    _make_audit()
    _make_credential()
    _make_idempotency()
    _make_pairing()
    _make_presence()
    _make_scan()
    _make_reversal()


def _make_installation() -> None:
    op.create_table(
        "backoff",
        _text("key"),
        sa.Column("failures", sa.Integer(), nullable=False),
        _instant("retry_at"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_backoff")),
    )
    op.create_table(
        "setting", _text("key"), _text("value"), sa.PrimaryKeyConstraint("key", name=op.f("pk_setting"))
    )
    op.create_table(
        "token",
        sa.Column("id", _ID, nullable=False),
        _text("name"),
        _text("role"),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        _instant("created_at"),
        _instant("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_token_digest")),
    )


def _make_event() -> None:
    op.create_table(
        "event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("uuid", sa.LargeBinary(length=16), nullable=False),
        _text("slug"),
        sa.Column("document", sa.JSON(), nullable=False),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("slug", name=op.f("uq_event_slug")),
        sa.UniqueConstraint("uuid", name=op.f("uq_event_uuid")),
    )
    op.create_table(
        "event_state",
        sa.Column("event_id", _ID, autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("agenda_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_recorded_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("ticked_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        _cascade("event_id", "event.id", "fk_event_state_event_id"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_state")),
    )
    op.create_table(
        "tally",
        sa.Column("event_id", _ID, nullable=False),
        _text("what"),
        _text("key"),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("n >= 0", name=op.f("ck_tally_not_negative")),
        _cascade("event_id", "event.id", "fk_tally_event_id"),
        sa.PrimaryKeyConstraint("event_id", "what", "key", name=op.f("pk_tally")),
    )


def _make_attendee() -> None:
    op.create_table(
        "attendee",
        sa.Column("id", _ID, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("uuid", sa.LargeBinary(length=16), nullable=False),
        _text("number"),
        sa.Column("generation", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        _text("first_name"),
        _text("last_name"),
        sa.Column("is_confidential", sa.Boolean(), nullable=False),
        _text("alias_first_name", default=""),
        _text("alias_last_name", default=""),
        _text("email", default=""),
        _text("phone", default=""),
        _text("agency", default=""),
        _text("county", default=""),
        _text("title", default=""),
        _text("external_id", default=""),
        sa.Column("disciplines", sa.JSON(), nullable=False),
        sa.Column("accessibility", sa.JSON(), nullable=False),
        _text("group_name", default=""),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("is_welcome_everywhere", sa.Boolean(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("is_walk_in", sa.Boolean(), nullable=False),
        _text("search"),
        _text("sort_last"),
        _text("sort_first"),
        _text("identity"),
        _instant("created_at"),
        _instant("updated_at"),
        _cascade("event_id", "event.id", "fk_attendee_event_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendee")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_attendee_event_id_number")),
        sa.UniqueConstraint("uuid", name=op.f("uq_attendee_uuid")),
    )


def _make_attendee_indexes() -> None:
    op.create_index(op.f("ix_attendee_event_id_external_id"), "attendee", ["event_id", "external_id"])
    op.create_index(op.f("ix_attendee_event_id_identity"), "attendee", ["event_id", "identity"])
    op.create_index(
        op.f("ix_attendee_event_id_sort_last_sort_first_number"),
        "attendee",
        ["event_id", "sort_last", "sort_first", "number"],
    )


def _make_closing() -> None:
    op.create_table(
        "closing",
        sa.Column("event_id", _ID, nullable=False),
        _text("session"),
        _instant("ended_at"),
        _instant("recorded_at"),
        _cascade("event_id", "event.id", "fk_closing_event_id"),
        sa.PrimaryKeyConstraint("event_id", "session", name=op.f("pk_closing")),
    )
    op.create_table(
        "room_count",
        sa.Column("id", _ID, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        _text("room"),
        sa.Column("counted", sa.Integer(), nullable=False),
        _text("counted_by"),
        _instant("counted_at"),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_room_count_counted")),
        _cascade("event_id", "event.id", "fk_room_count_event_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_count")),
    )
    op.create_index(
        op.f("ix_room_count_event_id_room_counted_at"), "room_count", ["event_id", "room", "counted_at"]
    )


def _make_device() -> None:
    op.create_table(
        "device",
        sa.Column("id", _ID, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        _text("name"),
        _text("role"),
        _text("room", nullable=True),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=True),
        _instant("created_at"),
        _instant("paired_at", nullable=True),
        _instant("revoked_at", nullable=True),
        sa.CheckConstraint("(role = 'door') = (room IS NOT NULL)", name=op.f("ck_device_door_has_room")),
        _cascade("event_id", "event.id", "fk_device_event_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_device_token_digest")),
    )
    op.create_index(op.f("ix_device_event_id"), "device", ["event_id"])


def _make_assignment() -> None:
    op.create_table(
        "assignment",
        sa.Column("attendee_id", _ID, nullable=False),
        _text("slot"),
        sa.Column("event_id", _ID, nullable=False),
        _text("session", nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        _instant("made_at"),
        _cascade("attendee_id", "attendee.id", "fk_assignment_attendee_id"),
        _cascade("event_id", "event.id", "fk_assignment_event_id"),
        sa.PrimaryKeyConstraint("attendee_id", "slot", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_event_id_session"), "assignment", ["event_id", "session"])


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        _instant("happened_at"),
        _text("actor"),
        _text("action"),
        sa.Column("attendee_id", _ID, nullable=True),
        sa.Column("detail", sa.JSON(), nullable=True),
        _cascade("attendee_id", "attendee.id", "fk_audit_attendee_id"),
        _cascade("event_id", "event.id", "fk_audit_event_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_event_id_happened_at"), "audit", ["event_id", "happened_at"])


def _make_credential() -> None:
    op.create_table(
        "credential",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("attendee_id", _ID, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        _instant("issued_at"),
        _instant("replaced_at", nullable=True),
        _cascade("attendee_id", "attendee.id", "fk_credential_attendee_id"),
        _cascade("event_id", "event.id", "fk_credential_event_id"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_credential")),
    )
    op.create_index(op.f("ix_credential_attendee_id"), "credential", ["attendee_id"])


def _make_idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("key_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("attendee_id", _ID, nullable=False),
        _instant("created_at"),
        _cascade("attendee_id", "attendee.id", "fk_idempotency_attendee_id"),
        _cascade("event_id", "event.id", "fk_idempotency_event_id"),
        sa.PrimaryKeyConstraint("event_id", "key_digest", name=op.f("pk_idempotency")),
    )


def _make_pairing() -> None:
    op.create_table(
        "pairing",
        sa.Column("code_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        _instant("expires_at"),
        _instant("used_at", nullable=True),
        _cascade("device_id", "device.id", "fk_pairing_device_id"),
        sa.PrimaryKeyConstraint("code_digest", name=op.f("pk_pairing")),
    )
    op.create_index(op.f("ix_pairing_device_id"), "pairing", ["device_id"])


def _make_presence() -> None:
    op.create_table(
        "presence",
        sa.Column("attendee_id", _ID, autoincrement=False, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        _instant("first_at", nullable=True),
        sa.Column("first_device", _ID, nullable=True),
        _instant("arrived_at", nullable=True),
        _instant("left_at", nullable=True),
        _text("room", nullable=True),
        _text("session", nullable=True),
        _instant("entered_at", nullable=True),
        _text("exited_room", nullable=True),
        _instant("exited_at", nullable=True),
        _cascade("attendee_id", "attendee.id", "fk_presence_attendee_id"),
        _cascade("event_id", "event.id", "fk_presence_event_id"),
        sa.PrimaryKeyConstraint("attendee_id", name=op.f("pk_presence")),
    )
    op.create_index(op.f("ix_presence_event_id_room"), "presence", ["event_id", "room"])


def _make_scan() -> None:
    op.create_table(
        "scan",
        sa.Column("seq", _ID, nullable=False),
        sa.Column("scan_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("device_id", _ID, nullable=False),
        sa.Column("attendee_id", _ID, nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(length=16), nullable=False),
        _instant("happened_at"),
        _instant("recorded_at"),
        _instant("scanned_at", nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        _text("verdict"),
        _text("reason"),
        _text("effect", nullable=True),
        _text("room", nullable=True),
        _text("session", nullable=True),
        sa.Column("detail", sa.JSON(), nullable=True),
        _cascade("attendee_id", "attendee.id", "fk_scan_attendee_id"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_scan_device_id")),
        _cascade("event_id", "event.id", "fk_scan_event_id"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_scan")),
        sa.UniqueConstraint("event_id", "recorded_at", name=op.f("uq_scan_event_id_recorded_at")),
        sa.UniqueConstraint("scan_id", name=op.f("uq_scan_scan_id")),
    )
    op.create_index(
        "ix_scan_room",
        "scan",
        ["event_id", "room", "recorded_at"],
        sqlite_where=sa.text("room IS NOT NULL"),
        postgresql_where=sa.text("room IS NOT NULL"),
    )
    op.create_index(
        "ix_scan_sightings",
        "scan",
        ["attendee_id", "happened_at"],
        sqlite_where=sa.text("effect IS NOT NULL"),
        postgresql_where=sa.text("effect IS NOT NULL"),
    )


def _make_reversal() -> None:
    op.create_table(
        "reversal",
        sa.Column("scan_seq", _ID, autoincrement=False, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        _text("undone_by"),
        _instant("undone_at"),
        _cascade("event_id", "event.id", "fk_reversal_event_id"),
        _cascade("scan_seq", "scan.seq", "fk_reversal_scan_seq"),
        sa.PrimaryKeyConstraint("scan_seq", name=op.f("pk_reversal")),
    )
    op.create_index(op.f("ix_reversal_event_id"), "reversal", ["event_id"])
