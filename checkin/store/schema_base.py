"""What every table is described with: names of constraints, ids, moments, and whom a row belongs to.

Times are integer microseconds since 1970 UTC.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData
from sqlalchemy import Text as AnyText

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")

# Compared by code points, as on SQLite, whatever language a PostgreSQL database was made for: lists have one
# order, and a range of an index holds what it says.
Text = AnyText().with_variant(AnyText(collation="C"), "postgresql")


def instant(name: str, nullable: bool = False) -> "Column[int]":
    """A moment."""
    return Column(name, BigInteger, nullable=nullable)


def of_event() -> "Column[int]":
    """The event that a row belongs to and goes with."""
    return Column("event_id", Id, ForeignKey("event.id", ondelete="CASCADE"), nullable=False)


def of_attendee(nullable: bool = False) -> "Column[int]":
    """The attendee that a row belongs to and goes with."""
    return Column("attendee_id", Id, ForeignKey("attendee.id", ondelete="CASCADE"), nullable=nullable)


def event_key() -> "Column[int]":
    """The event as a row's key, or the first part of it."""
    return Column("event_id", Id, ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)


def attendee_key() -> "Column[int]":
    """The attendee as the key of the one row they have in a table."""
    of = ForeignKey("attendee.id", ondelete="CASCADE")
    return Column("attendee_id", Id, of, primary_key=True, autoincrement=False)
