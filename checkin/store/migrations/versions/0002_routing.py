"""How an event stands beside its file, who was told their day, released seats, and changes of rooms."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, _TEXT, nullable=False)


def _instant(name: str, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _json(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.JSON(), nullable=False)


def _of_event(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["event_id"], ["event.id"], name=op.f(f"fk_{table}_event_id"), ondelete="CASCADE"
    )


def upgrade() -> None:
    """Adds a column and three tables; nothing that was stored changes."""
    op.add_column("event", sa.Column("standing", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "release",
        sa.Column("event_id", _ID, nullable=False),
        _text("slot"),
        _instant("released_at"),
        _of_event("release"),
        sa.PrimaryKeyConstraint("event_id", "slot", name=op.f("pk_release")),
    )
    op.create_table(
        "reroute",
        sa.Column("id", _ID, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        _instant("made_at"),
        _text("made_by"),
        _json("change"),
        _json("moves"),
        _json("overfull"),
        _json("before"),
        _instant("undone_at", nullable=True),
        _of_event("reroute"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reroute")),
    )
    op.create_index(op.f("ix_reroute_event_id_id"), "reroute", ["event_id", "id"])
    op.create_table(
        "told",
        sa.Column("attendee_id", _ID, autoincrement=False, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        _instant("told_at"),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendee.id"], name=op.f("fk_told_attendee_id"), ondelete="CASCADE"
        ),
        _of_event("told"),
        sa.PrimaryKeyConstraint("attendee_id", name=op.f("pk_told")),
    )
    op.create_index(op.f("ix_told_event_id"), "told", ["event_id"])
