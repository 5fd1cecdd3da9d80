"""Who was shown their day, and when: assignments made before that are known to them."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, EventId
from checkin.store.schema import assignment, told
from checkin.store.upsert import upsert


def list_told(connection: Connection, event_id: EventId) -> dict[AttendeeId, Instant]:
    """When each was last shown their day; who never was is not in it."""
    rows = connection.execute(select(told.c.attendee_id, told.c.told_at).where(told.c.event_id == event_id))
    return {AttendeeId(key): Instant(told_at) for key, told_at in rows}


def list_untold(
    connection: Connection, event_id: EventId, attendees: Iterable[AttendeeId] | None = None
) -> list[AttendeeId]:
    """Those of these attendees, or of all, who hold a session that they were not shown yet."""
    query = (
        select(assignment.c.attendee_id)
        .outerjoin(told, told.c.attendee_id == assignment.c.attendee_id)
        .where(
            assignment.c.event_id == event_id,
            assignment.c.session.isnot(None),
            told.c.told_at.is_(None) | (told.c.told_at < assignment.c.made_at),
        )
        .distinct()
    )
    if attendees is not None:
        query = query.where(assignment.c.attendee_id.in_(list(attendees)))
    return [AttendeeId(key) for key in connection.execute(query).scalars()]


def put_told(
    connection: Connection, event_id: EventId, attendees: Iterable[AttendeeId], now: Instant
) -> None:
    """Remembers that these were shown their day now."""
    # In one order, so that two who tell the same people wait for each other and never in a ring.
    rows = [{"attendee_id": attendee, "event_id": event_id, "told_at": now} for attendee in sorted(attendees)]
    if rows:
        fresh = upsert(connection, told)
        changed = {"told_at": fresh.excluded.told_at}
        connection.execute(
            fresh.on_conflict_do_update(index_elements=[told.c.attendee_id], set_=changed), rows
        )
