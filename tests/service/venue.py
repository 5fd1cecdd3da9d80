"""A real database with an event, people, badges and devices, for the tests of the way of a scan.

Everything is derived from small numbers, so that another process finds the same badges: attendee `n` (from
1) has the uuid n, the number of `number(n)` and the credential `letters(n)`.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from badges.credential import KeyPair, KeyRing, issue, parse
from checkin.domain.agenda_file import write_document
from checkin.domain.errors import AppError
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, AttendeeId, DeviceId, EventId, Role
from checkin.domain.presence import ABSENT, fold
from checkin.domain.scans import DeviceFacts
from checkin.domain.session_ends import SessionEnds
from checkin.domain.tallies import TallyKey, contribution
from checkin.service.rooms import count_crossings
from checkin.service.scans import Answer, Reading, ScanDesk
from checkin.service.watch import Unwatched
from checkin.store import tallies
from checkin.store.assignments import find_assignments
from checkin.store.attendees import NewAttendee, Profile, insert_attendees, to_attendee
from checkin.store.closings import list_ended
from checkin.store.credentials import insert_credentials
from checkin.store.database import Database
from checkin.store.devices import insert_device
from checkin.store.engines import (
    open_database,
    open_scan_log,
    open_scan_log_apart,
    open_scan_log_shared,
)
from checkin.store.events import bump, get_event, insert_event, update_agenda
from checkin.store.migrate import migrate
from checkin.store.presences import find_presences, list_sightings
from checkin.store.room_counts import find_last_counts
from checkin.store.scan_rows import ScanLog
from checkin.store.schema import attendee
from tests.domain.conference import CONFERENCE, at

KEYS = KeyRing(0, {0: KeyPair(bytes(range(32)), bytes(range(32, 64)))})
EVENT_UUID = b"\x11" * 16
OTHER_UUID = b"\x22" * 16
EVENT = EventId(1)
OTHER_EVENT = EventId(2)

KIOSK = DeviceFacts(DeviceId(1), "Kiosk A", Role.KIOSK)
OTHER_KIOSK = DeviceFacts(DeviceId(2), "Kiosk B", Role.KIOSK)
DOOR = DeviceFacts(DeviceId(3), "Door of B204", Role.DOOR, "b204")
DEVICES = (KIOSK, OTHER_KIOSK, DOOR)
PEOPLE = 40

_DISCIPLINES = (("law",), ("medical",), (), ("law", "medical"))


def letters(person: int, event: bytes = EVENT_UUID, generation: int = 1) -> str:
    """The credential of a person's badge."""
    return issue(KEYS, event, person.to_bytes(16, "big"), generation).letters


def number(person: int) -> str:
    """The number of a person."""
    return f"A{person % 10}-{person // 10:03}"


def last_name(person: int) -> str:
    """The last name that a person is shown with."""
    return f"Núñez {person}" if person % 5 else f"Alias{person}"


def scan_id(name: int) -> bytes:
    """A scan's id."""
    return name.to_bytes(16, "big")


def reading(name: int, person: int) -> Reading:
    """A live scan of a person's badge."""
    return Reading(scan_id(name), credential=letters(person))


def _profile(person: int) -> Profile:
    is_confidential = person % 5 == 0
    return Profile(
        first_name="Ana",
        last_name=f"Secret{person}" if is_confidential else last_name(person),
        disciplines=_DISCIPLINES[person % 4],
        accessibility=("wheelchair",) if person % 7 == 0 else (),
        is_confidential=is_confidential,
        alias_first_name="Bea" if is_confidential else "",
        alias_last_name=last_name(person) if is_confidential else "",
        is_welcome_everywhere=person % 11 == 0,
    )


def lay_out(connection: Connection, people: int, agenda: Agenda = CONFERENCE) -> None:
    """Two events; in the first `people` attendees and three devices, in the second one attendee."""
    now = at(7)
    event = insert_event(connection, EVENT_UUID, agenda.slug, write_document(agenda), now)
    other = insert_event(connection, OTHER_UUID, "other", write_document(agenda) | {}, now)
    assert event is not None
    assert other is not None
    for event_id, uuid, count in ((event, EVENT_UUID, people), (other, OTHER_UUID, 1)):
        offset = 0 if event_id == event else people
        everyone = [
            NewAttendee(
                uuid=(n + offset).to_bytes(16, "big"),
                number=number(n + offset),
                is_walk_in=False,
                profile=_profile(n + offset),
            )
            for n in range(1, count + 1)
        ]
        ids = insert_attendees(connection, event_id, everyone, now)
        made = []
        for item in everyone:
            credential = parse(letters(int.from_bytes(item.uuid, "big"), uuid))
            assert credential is not None
            made.append((ids[item.uuid], credential.digest))
        insert_credentials(connection, event_id, 1, made, now)
        tallies.apply(connection, event_id, count_again(connection, event_id))
    for device in DEVICES:
        assert insert_device(connection, event, device.name, device.role, device.room, now) == device.id


def count_again(connection: Connection, event_id: EventId) -> Counter[TallyKey]:
    """All counters, from the rows that they count."""
    zone = get_event(connection, event_id).agenda.zone
    presences = find_presences(connection, event_id)
    held = find_assignments(connection, event_id)
    total: Counter[TallyKey] = Counter()
    for row in connection.execute(select(attendee).where(attendee.c.event_id == event_id)):
        person = to_attendee(row).person
        presence = presences.get(person.id, ABSENT)
        total += contribution(person, presence, held.get(person.id, {}).values(), zone)
    return total


def find_faults(connection: Connection) -> list[str]:
    """What in the database contradicts the log of scans, the counts or the seats; all well: nothing."""
    agenda = get_event(connection, EVENT).agenda
    sightings = list_sightings(connection, EVENT)
    presences = find_presences(connection, EVENT)
    seats = find_assignments(connection, EVENT)
    ends = SessionEnds(agenda, list_ended(connection, EVENT))
    faults = [
        f"presence of {who}"
        for who in sightings.keys() | presences.keys()
        if presences.get(who, ABSENT)
        != fold(sightings.get(who, []), agenda.zone, ends.of(seats.get(who, {})))
    ]
    counted = Counter({key: n for key, n in tallies.find_tallies(connection, EVENT).items() if n})
    expected = count_again(connection, EVENT)
    expected += count_crossings(connection, EVENT, agenda, ends, find_last_counts(connection, EVENT))
    faults += [f"tally {key}" for key in counted.keys() | expected.keys() if counted[key] != expected[key]]
    for session in agenda.sessions:
        if counted["assigned", session.code] > agenda.seats(session):
            faults.append(f"too many in {session.code}")
    for who, held in seats.items():
        topics = [agenda.session[a.session].topic for a in held.values() if a.session is not None]
        if len(topics) > len(set(topics)):
            faults.append(f"a topic twice for {who}")
    return faults


@dataclass(slots=True)
class Heard(Unwatched):
    """What the desk told of its batches: (size, seconds waited), (seconds, seconds of the commit)."""

    taken: list[tuple[int, float]] = field(default_factory=list)
    written: list[tuple[float, float]] = field(default_factory=list)

    def batch_taken(self, size: int, waited_seconds: float) -> None:
        self.taken.append((size, waited_seconds))

    def batch_written(self, seconds: float, commit_seconds: float) -> None:
        self.written.append((seconds, commit_seconds))


class Point(Enum):
    """The moments at which a crash would tell whether an answer can be trusted."""

    BEFORE_COMMIT = "before_commit"
    AFTER_COMMIT = "after_commit"


@dataclass(slots=True)
class Venue:
    """An open database with a desk. `now` is the clock; `nudged` what was said to have changed.

    `at_point` is called at each, on any thread; where scans are recorded `apart`, only after the commit.
    """

    database: Database
    now: Instant = field(default_factory=lambda: at(8))
    nudged: list[EventId] = field(default_factory=list)
    at_point: Callable[[Point], None] | None = None
    heard: Heard = field(default_factory=Heard)
    log: ScanLog = field(init=False)
    desk: ScanDesk = field(init=False)

    async def open(self, is_apart: bool, shared: Path | None) -> None:
        """Opens the desk."""
        if shared is not None:
            self.log = await open_scan_log_shared(self.database, KEYS, shared)
        elif is_apart:
            self.log = await open_scan_log_apart(self.database, KEYS)
        else:
            self.log = open_scan_log(self.database, lambda: self._pass(Point.BEFORE_COMMIT))
        after_commit = partial(self._pass, Point.AFTER_COMMIT)
        self.desk = ScanDesk(self.log, KEYS, lambda: self.now, self.nudged.append, after_commit, self.heard)

    def _pass(self, point: Point) -> None:
        if self.at_point is not None:
            self.at_point(point)

    async def scan(self, *readings: Reading, device: DeviceFacts = KIOSK) -> list[Answer | Exception]:
        """The answers to readings that come in one request."""
        return await self.desk.record(EVENT, device, readings)

    async def scan_one(self, reading: Reading, device: DeviceFacts = KIOSK) -> Answer:
        """The answer to one reading."""
        return await self.desk.record_one(EVENT, device, reading)

    async def faults(self) -> list[str]:
        """`find_faults` of what is committed."""
        return await self.database.read(find_faults)

    async def tally(self, what: str, key: str = "") -> int:
        """One committed counter."""
        counters = await self.database.read(lambda c: tallies.find_tallies(c, EVENT))
        return counters.get((what, key), 0)

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        """What is committed, by SQL."""
        found = await self.database.read(lambda c: c.execute(text(query)).all())
        return [tuple(row) for row in found]

    async def rename(self, name: str) -> None:
        """Gives the conference another name."""
        agenda = replace(CONFERENCE, name=name)

        def work(connection: Connection) -> None:
            update_agenda(connection, EVENT, agenda)
            bump(connection, EVENT, agenda=True)

        await self.database.write(work)

    async def execute(self, statement: str, **values: object) -> None:
        """Changes the database behind the desk's back; `:name` stands for a value."""
        await self.database.write(lambda c: c.execute(text(statement), values))


@asynccontextmanager
async def open_venue(
    url: str,
    people: int = 0,
    make: Callable[[str], Database] = open_database,
    is_apart: bool = False,
    shared: Path | None = None,
) -> AsyncIterator[Venue]:
    """The venue in a database; laid out first where `people` is given. `make` opens the database; `is_apart`:
    a process of its own records scans, `shared`: one that others use too, which listens there.
    """
    database = make(url)
    await database.open()
    try:
        if people:
            await migrate(database)
            await database.write(lambda c: lay_out(c, people))
        venue = Venue(database)
        await venue.open(is_apart, shared)
        yield venue
        await venue.desk.close()
    finally:
        await database.close()


def reasons(answers: Sequence[Answer | Exception]) -> Counter[str]:
    """How often each reason was given; a failure counts by its own words."""
    return Counter(a.recorded.reason.value if isinstance(a, Answer) else repr(a) for a in answers)


def attendee_id(person: int) -> AttendeeId:
    """The store's number of a person: they were inserted in order."""
    return AttendeeId(person)


async def code_of(venue: Venue, one: Reading) -> str:
    """The code of the error that a scan is answered with."""
    with pytest.raises(AppError) as caught:
        await venue.scan_one(one)
    return caught.value.code
