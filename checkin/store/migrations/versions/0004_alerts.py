"""Alerts, when each device was last heard of, and the ways into the log that boards and lists need."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds a table, a column and indexes; nothing that was stored changes."""
    op.add_column("device", sa.Column("last_seen_at", sa.BigInteger()))
    op.create_table(
        "alert",
        sa.Column("id", _ID, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("cleared_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", _TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_alert_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_event_id_id"), "alert", ["event_id", "id"])
    is_open = sa.text("cleared_at IS NULL")
    op.create_index(
        "ix_alert_open",
        "alert",
        ["event_id", "kind", "subject"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index(op.f("ix_presence_event_id_first_at"), "presence", ["event_id", "first_at"])
    op.drop_index(op.f("ix_assignment_event_id_session"), "assignment")
    op.create_index(
        op.f("ix_assignment_event_id_session_attendee_id"),
        "assignment",
        ["event_id", "session", "attendee_id"],
    )
    has_detail = sa.text("detail IS NOT NULL")
    op.create_index(
        "ix_scan_detail",
        "scan",
        ["event_id", "recorded_at"],
        sqlite_where=has_detail,
        postgresql_where=has_detail,
    )
