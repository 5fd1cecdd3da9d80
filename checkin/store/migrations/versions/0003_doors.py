"""Who passed over from one session to the next, and until when an usher's count stands."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Adds columns. There were no doors before, so that no count is there to be completed."""
    op.add_column("presence", sa.Column("passed_from", _TEXT))
    op.execute("DELETE FROM room_count")
    with op.batch_alter_table("room_count", recreate="never") as table:
        table.add_column(sa.Column("until_at", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("scanned", sa.Integer(), nullable=False, server_default="0"))
