"""An event's whole log as the fold of its history needs it, in few columns: it is long."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from checkin.domain.alerts import UsherCount
from checkin.domain.assignments import Assignment, Cause, Why
from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, EventId
from checkin.domain.presence import Sighting
from checkin.domain.session_ends import Ended
from checkin.store.closings import list_ended
from checkin.store.presences import stream_sightings
from checkin.store.room_counts import list_room_counts
from checkin.store.schema import assignment, attendee
from checkin.store.schema_day import scan

_NOT_READ = Why(cause=Cause.PLAN)


@dataclass(frozen=True, slots=True)
class Log:
    """Everything that was seen, ended and counted. `groups`: "" and the discipline of who is registered.

    `sightings` are read as they are asked for, once, and within the transaction.
    """

    sightings: Iterable[tuple[AttendeeId, Sequence[Sighting]]]
    ended: Ended
    counts: Sequence[UsherCount]
    groups: Mapping[AttendeeId, Sequence[str]]


def read_log(connection: Connection, event_id: EventId) -> Log:
    """The log of an event."""
    people = select(attendee.c.id, attendee.c.disciplines).where(
        attendee.c.event_id == event_id, attendee.c.is_cancelled.is_(False)
    )
    return Log(
        stream_sightings(connection, event_id),
        list_ended(connection, event_id),
        list_room_counts(connection, event_id),
        {AttendeeId(key): ("", *disciplines[:1]) for key, disciplines in connection.execute(people)},
    )


def count_scans(connection: Connection, event_id: EventId) -> int:
    """How long the log is."""
    query = select(func.count()).select_from(scan).where(scan.c.event_id == event_id)
    return connection.execute(query).scalar_one()


def find_holders(
    connection: Connection, event_id: EventId, sessions: Collection[str]
) -> dict[AttendeeId, dict[str, Assignment]]:
    """Who is assigned to one of these sessions, by slot; the reasons are not read."""
    query = select(
        assignment.c.attendee_id, assignment.c.slot, assignment.c.session, assignment.c.made_at
    ).where(assignment.c.event_id == event_id, assignment.c.session.in_(sessions))
    found: dict[AttendeeId, dict[str, Assignment]] = {}
    for who, slot, session, made_at in connection.execute(query) if sessions else ():
        held = found.setdefault(AttendeeId(who), {})
        held[slot] = Assignment(slot, session, _NOT_READ, Instant(made_at))
    return found
