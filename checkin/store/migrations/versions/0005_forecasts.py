"""Counters of arrivals and of who is coming to a session: frames of boards counted rows until now."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SPAN = 5 * 60 * 1_000_000
_ROWS_AT_ONCE = 1000

_EVENT = sa.table("event", sa.column("id"), sa.column("document", sa.JSON))
_PRESENCE = sa.table(
    "presence",
    sa.column("event_id"),
    sa.column("attendee_id"),
    sa.column("first_at"),
    sa.column("arrived_at"),
    sa.column("left_at"),
)
_ASSIGNMENT = sa.table("assignment", sa.column("attendee_id"), sa.column("session"))
_TALLY = sa.table("tally", sa.column("event_id"), sa.column("what"), sa.column("key"), sa.column("n"))


def upgrade() -> None:
    """Counts for the first time what every change counts on from here."""
    connection = op.get_bind()
    for event_id, document in connection.execute(sa.select(_EVENT.c.id, _EVENT.c.document)).all():
        zone = ZoneInfo(document["event"]["timezone"])
        counts = _arrived(connection, event_id) + _coming(connection, event_id, zone)
        rows = [{"event_id": event_id, "what": what, "key": key, "n": n} for (what, key), n in counts.items()]
        if rows:
            connection.execute(sa.insert(_TALLY), rows)


def _arrived(connection: sa.Connection, event_id: int) -> Counter[tuple[str, str]]:
    first_at = _PRESENCE.c.first_at
    query = sa.select(first_at).where(_PRESENCE.c.event_id == event_id, first_at.is_not(None))
    return Counter(("arrived", str(at // _SPAN * _SPAN)) for at in connection.execute(query).scalars())


def _coming(connection: sa.Connection, event_id: int, zone: ZoneInfo) -> Counter[tuple[str, str]]:
    held = _ASSIGNMENT.c
    query = (
        sa.select(_PRESENCE.c.arrived_at, held.session)
        .join(_ASSIGNMENT, held.attendee_id == _PRESENCE.c.attendee_id)
        .where(
            _PRESENCE.c.event_id == event_id,
            _PRESENCE.c.arrived_at.is_not(None),
            _PRESENCE.c.left_at.is_(None),
            held.session.is_not(None),
        )
    )
    rows: Any = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query)
    return Counter(("coming", f"{_local_day(at, zone)} {session}") for at, session in rows)


def _local_day(instant: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(instant // 1_000_000, UTC).astimezone(zone).date().isoformat()
