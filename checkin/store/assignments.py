"""Who is assigned to what, with the reason as it was when the assignment was made."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, insert, select

from checkin.domain.assignments import Assignment, Why
from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, EventId
from checkin.store.schema import assignment

Held = dict[str, Assignment]
"""One attendee's assignments by slot."""


def find_assignments(
    connection: Connection, event_id: EventId, attendees: Iterable[AttendeeId] | None = None
) -> dict[AttendeeId, Held]:
    """The assignments of these attendees, or of all; who has none is not in it."""
    query = select(assignment.c.attendee_id, assignment.c.slot, assignment.c.session, assignment.c.why)
    query = query.where(assignment.c.event_id == event_id)
    if attendees is not None:
        query = query.where(assignment.c.attendee_id.in_(list(attendees)))
    found: dict[AttendeeId, Held] = {}
    for row in connection.execute(query):
        item = Assignment(row.slot, row.session, Why.read(row.why))
        found.setdefault(AttendeeId(row.attendee_id), {})[row.slot] = item
    return found


def list_last_assigned(connection: Connection, event_id: EventId, session: str) -> list[AttendeeId]:
    """Who is assigned to a session, the last one first."""
    query = select(assignment.c.attendee_id).where(
        assignment.c.event_id == event_id, assignment.c.session == session
    )
    rows = connection.execute(query.order_by(assignment.c.made_at.desc(), assignment.c.attendee_id.desc()))
    return [AttendeeId(key) for key in rows.scalars()]


def insert_assignments(
    connection: Connection,
    event_id: EventId,
    items: Mapping[AttendeeId, Iterable[Assignment]],
    now: Instant,
) -> None:
    """Adds assignments; none of their slots may be held yet."""
    rows = [
        {
            "attendee_id": attendee,
            "slot": item.slot,
            "event_id": event_id,
            "session": item.session,
            "why": item.why.write(),
            "made_at": now,
        }
        for attendee, made in items.items()
        for item in made
    ]
    if rows:
        connection.execute(insert(assignment), rows)


def delete_assignments(connection: Connection, items: Mapping[AttendeeId, Iterable[Assignment]]) -> None:
    """Takes these assignments back."""
    for attendee, dropped in items.items():
        slots = [item.slot for item in dropped]
        connection.execute(
            delete(assignment).where(assignment.c.attendee_id == attendee, assignment.c.slot.in_(slots))
        )
