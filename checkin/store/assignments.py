"""Who is assigned to what, with the reason as it was when the assignment was made."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, delete, select

from checkin.domain.assignments import Assignment, Why
from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, EventId
from checkin.store.schema import assignment
from checkin.store.upsert import upsert

Held = dict[str, Assignment]
"""One attendee's assignments by slot."""


def find_assignments(
    connection: Connection, event_id: EventId, attendees: Iterable[AttendeeId] | None = None
) -> dict[AttendeeId, Held]:
    """The assignments of these attendees, or of all; who has none is not in it."""
    query = select(assignment).where(assignment.c.event_id == event_id)
    if attendees is not None:
        query = query.where(assignment.c.attendee_id.in_(list(attendees)))
    found: dict[AttendeeId, Held] = {}
    for row in connection.execute(query):
        item = Assignment(row.slot, row.session, Why.read(row.why), Instant(row.made_at))
        found.setdefault(AttendeeId(row.attendee_id), {})[row.slot] = item
    return found


def list_last_assigned(connection: Connection, event_id: EventId, session: str) -> list[AttendeeId]:
    """Who is assigned to a session, the last one first."""
    query = select(assignment.c.attendee_id).where(
        assignment.c.event_id == event_id, assignment.c.session == session
    )
    rows = connection.execute(query.order_by(assignment.c.made_at.desc(), assignment.c.attendee_id.desc()))
    return [AttendeeId(key) for key in rows.scalars()]


def list_waiting(
    connection: Connection, event_id: EventId, slots: Iterable[str]
) -> list[tuple[AttendeeId, Assignment]]:
    """Who has no session in these slots although there is something: by slot, who waits longest first."""
    query = (
        select(assignment)
        .where(
            assignment.c.event_id == event_id,
            assignment.c.session.is_(None),
            assignment.c.slot.in_(list(slots)),
        )
        .order_by(assignment.c.slot, assignment.c.made_at, assignment.c.attendee_id)
    )
    return [
        (AttendeeId(row.attendee_id), Assignment(row.slot, None, Why.read(row.why), Instant(row.made_at)))
        for row in connection.execute(query)
    ]


def list_assigned(connection: Connection, event_id: EventId, slot: str) -> dict[AttendeeId, Assignment]:
    """Who has a session in a slot, and which."""
    query = select(assignment.c.attendee_id, assignment.c.session, assignment.c.why).where(
        assignment.c.event_id == event_id, assignment.c.slot == slot, assignment.c.session.isnot(None)
    )
    return {
        AttendeeId(row.attendee_id): Assignment(slot, row.session, Why.read(row.why))
        for row in connection.execute(query)
    }


def put_assignments(
    connection: Connection,
    event_id: EventId,
    items: Mapping[AttendeeId, Iterable[Assignment]],
    now: Instant,
) -> None:
    """Stores assignments, each in place of the one that its slot held; made now, if they say no moment."""
    rows = [
        {
            "attendee_id": attendee,
            "slot": item.slot,
            "event_id": event_id,
            "session": item.session,
            "why": item.why.write(),
            "made_at": item.made_at or now,
        }
        for attendee, made in items.items()
        for item in made
    ]
    if not rows:
        return
    fresh = upsert(connection, assignment)
    changed = {name: fresh.excluded[name] for name in ("session", "why", "made_at")}
    key = [assignment.c.attendee_id, assignment.c.slot]
    connection.execute(fresh.on_conflict_do_update(index_elements=key, set_=changed), rows)


def delete_assignments(connection: Connection, items: Mapping[AttendeeId, Iterable[Assignment]]) -> None:
    """Takes these assignments back."""
    rows = [{"who": attendee, "in": item.slot} for attendee, gone in items.items() for item in gone]
    if rows:
        is_it = (assignment.c.attendee_id == bindparam("who"), assignment.c.slot == bindparam("in"))
        connection.execute(delete(assignment).where(*is_it), rows)
