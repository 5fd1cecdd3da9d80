"""Changes of rooms on the day, with what undo brings back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from checkin.domain.instants import Instant
from checkin.domain.model import EventId
from checkin.store.schema import reroute


@dataclass(frozen=True, slots=True)
class RerouteRow:
    """One applied change. `before`: what takes it back, and who held what (`service.rerouting`)."""

    id: int
    change: Mapping[str, Any]
    overfull: Mapping[str, int]
    before: Mapping[str, Any]
    undone_at: Instant | None


def insert_reroute(
    connection: Connection,
    event_id: EventId,
    now: Instant,
    made_by: str,
    change: Mapping[str, Any],
    moves: Sequence[Mapping[str, Any]],
    overfull: Mapping[str, int],
    before: Mapping[str, Any],
) -> int:
    """Records a change that was applied and gives its id."""
    row = {
        "event_id": event_id,
        "made_at": now,
        "made_by": made_by,
        "change": dict(change),
        "moves": list(moves),
        "overfull": dict(overfull),
        "before": dict(before),
    }
    made: int = connection.execute(insert(reroute).values(row).returning(reroute.c.id)).scalar_one()
    return made


def find_reroute(connection: Connection, event_id: EventId, reroute_id: int) -> RerouteRow | None:
    """The change of an id."""
    is_it = (reroute.c.event_id == event_id, reroute.c.id == reroute_id)
    row = connection.execute(select(reroute).where(*is_it)).first()
    if row is None:
        return None
    return RerouteRow(row.id, row.change, row.overfull, row.before, row.undone_at)


def has_later(connection: Connection, event_id: EventId, reroute_id: int) -> bool:
    """Whether another change that still stands was applied after this one."""
    is_later = (reroute.c.event_id == event_id, reroute.c.id > reroute_id, reroute.c.undone_at.is_(None))
    return connection.execute(select(reroute.c.id).where(*is_later).limit(1)).first() is not None


def list_overfull(connection: Connection, event_id: EventId, but: int = 0) -> dict[str, int]:
    """By session how many were let stay beyond its seats when they were cut, or a raise was taken back.

    `but`: the id of a reroute whose leave counts no more.
    """
    query = select(reroute.c.overfull).where(reroute.c.event_id == event_id, reroute.c.id != but)
    found: dict[str, int] = {}
    for overfull in connection.execute(query).scalars():
        for session, people in overfull.items():
            found[session] = max(people, found.get(session, 0))
    return found


def update_undone(connection: Connection, reroute_id: int, now: Instant, overfull: Mapping[str, int]) -> None:
    """Remembers that a change was taken back. `overfull`: who stays beyond the seats now, by session."""
    values = {"undone_at": now, "overfull": dict(overfull)}
    connection.execute(update(reroute).where(reroute.c.id == reroute_id).values(values))
