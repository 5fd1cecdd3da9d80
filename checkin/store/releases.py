"""Slots whose no-shows' seats were given away. A row is the proof that it was done, once."""

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from checkin.domain.instants import Instant
from checkin.domain.model import EventId
from checkin.store.schema import release


def list_released(connection: Connection, event_id: EventId) -> frozenset[str]:
    """The slots whose seats were released."""
    query = select(release.c.slot).where(release.c.event_id == event_id)
    return frozenset(connection.execute(query).scalars())


def insert_releases(connection: Connection, event_id: EventId, slots: Iterable[str], now: Instant) -> None:
    """Remembers that the seats of these slots were released; none may have been before."""
    rows = [{"event_id": event_id, "slot": slot, "released_at": now} for slot in slots]
    if rows:
        connection.execute(insert(release), rows)
