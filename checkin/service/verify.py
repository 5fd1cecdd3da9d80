"""Counts everything again from what it follows from, and names every difference.

Presence follows from the log of scans, counters from attendees, presences and assignments; assignments must
keep their rules. Names of people don't show up: attendees are told by their numbers.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from checkin.domain.model import Agenda, AttendeeId
from checkin.domain.presence import ABSENT, Presence, fold
from checkin.domain.session_ends import SessionEnds
from checkin.domain.tallies import TallyKey, contribution
from checkin.service.rooms import count_crossings
from checkin.service.seating import impossible
from checkin.store.assignments import Held, find_assignments
from checkin.store.attendee_lists import list_attendees
from checkin.store.attendees import AttendeeRow
from checkin.store.closings import list_ended
from checkin.store.credentials import list_in_force
from checkin.store.database import Database
from checkin.store.events import EventRow, list_events
from checkin.store.presences import COLUMNS, find_presences, list_sightings
from checkin.store.reroutes import list_overfull
from checkin.store.room_counts import find_last_counts
from checkin.store.tallies import find_tallies


async def verify(db: Database) -> list[str]:
    """The differences, one line each; none: all is well. Changes nothing."""
    return await db.read(find_differences)


def find_differences(connection: Connection) -> list[str]:
    """The same inside a transaction."""
    return [
        f"{event.slug}: {difference}"
        for event in list_events(connection)
        for difference in _differences(connection, event)
    ]


def _differences(connection: Connection, event: EventRow) -> Iterator[str]:
    rows = list_attendees(connection, event.id)
    presences = find_presences(connection, event.id)
    held = find_assignments(connection, event.id)
    yield from _badges(connection, event, rows)
    yield from _presences(connection, event, rows, presences, held)
    yield from _assignments(event.agenda, rows, held)
    yield from _seats(event.agenda, held, list_overfull(connection, event.id))
    yield from _tallies(connection, event, rows, presences, held)


def _badges(connection: Connection, event: EventRow, rows: list[AttendeeRow]) -> Iterator[str]:
    in_force = list_in_force(connection, event.id)
    for row in rows:
        generations = in_force.get(row.id, [])
        if generations != [row.generation]:
            yield f"{row.number}: badges in force {generations}, expected generation {row.generation}"


def _presences(
    connection: Connection,
    event: EventRow,
    rows: list[AttendeeRow],
    stored: Mapping[AttendeeId, Presence],
    held: Mapping[AttendeeId, Held],
) -> Iterator[str]:
    sightings = list_sightings(connection, event.id)
    ends = SessionEnds(event.agenda, list_ended(connection, event.id))
    for row in rows:
        own_ends = ends.of(held.get(row.id, {}))
        expected = fold(sightings.get(row.id, []), event.agenda.zone, own_ends)
        found = stored.get(row.id, ABSENT)
        for name in COLUMNS:
            if getattr(found, name) != getattr(expected, name):
                told = f"{getattr(found, name)}, the scans make it {getattr(expected, name)}"
                yield f"{row.number}: presence {name} is {told}"


def _assignments(agenda: Agenda, rows: list[AttendeeRow], held: Mapping[AttendeeId, Held]) -> Iterator[str]:
    for row in rows:
        for item, reason in impossible(agenda, row.person, held.get(row.id, {})).items():
            yield f"{row.number}: assigned to {item.session} in slot {item.slot}, but {reason}"


def _seats(agenda: Agenda, held: Mapping[AttendeeId, Held], overfull: Mapping[str, int]) -> Iterator[str]:
    assigned = Counter(item.session for items in held.values() for item in items.values())
    for session in agenda.sessions:
        n, seats = assigned[session.code], agenda.seats(session)
        if n > max(seats, overfull.get(session.code, 0)):
            yield f"session {session.code}: {n} assigned to {seats} seats"


def _tallies(
    connection: Connection,
    event: EventRow,
    rows: list[AttendeeRow],
    presences: Mapping[AttendeeId, Presence],
    held: Mapping[AttendeeId, Held],
) -> Iterator[str]:
    expected: Counter[TallyKey] = Counter()
    for row in rows:
        items = held.get(row.id, {}).values()
        expected.update(contribution(row.person, presences.get(row.id, ABSENT), items, event.agenda.zone))
    counts = find_last_counts(connection, event.id)
    if counts:
        ends = SessionEnds(event.agenda, list_ended(connection, event.id))
        expected.update(count_crossings(connection, event.id, event.agenda, ends, counts))
    stored = find_tallies(connection, event.id)
    for key in sorted(expected.keys() | stored.keys()):
        if stored.get(key, 0) != expected[key]:
            yield f"counter {' '.join(key).strip()} is {stored.get(key, 0)}, counted again {expected[key]}"
