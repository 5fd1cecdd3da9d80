"""Three rooms with doors, whose sessions follow so closely that their windows overlap, for tests of doors.

Law enforcement meets in A, medical in B, everyone in C; the hall has the opening. Each breakout room holds
three people by its posted limit and two by its seats. The windows of s1 and s2 overlap from 09:50 to 10:00.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import time
from itertools import count

from msgspec import structs

from checkin.domain.assignments import Assignment, Cause, Why
from checkin.domain.instants import Instant, local_date
from checkin.domain.model import Agenda, Closure, DeviceId, Person, Role, Room, Session, SessionKind
from checkin.domain.presence import Presence
from checkin.domain.scanning import judge
from checkin.domain.scans import (
    DeviceFacts,
    Direction,
    Holder,
    Number,
    Outcome,
    Override,
    Recorded,
    Situation,
)
from checkin.domain.tallies import ASSIGNED, INSIDE, inside_key
from tests.domain.conference import CONFERENCE, DENVER, KIOSK, badge, person, scan, slot

AGENDA = replace(
    CONFERENCE,
    rooms=(
        Room("hall", "Ballroom", 5, 4),
        Room("a", "Room A", 3, 2, directions="Level 1"),
        Room("b", "Room B", 3, 2),
        Room("c", "Room C", 3, 2, accessible=False),
    ),
    slots=(
        slot("s0", time(8), time(8, 50)),
        slot("s1", time(9), time(10)),
        slot("s2", time(10, 10), time(11)),
        slot("s3", time(13), time(14)),
    ),
    sessions=(
        Session("opening", "opening", "Opening", "s0", "hall", kind=SessionKind.PLENARY),
        Session("law-1", "law", "Law", "s1", "a", ("law",)),
        Session("med-1", "med", "Medicine", "s1", "b", ("medical",)),
        Session("all-1", "all", "For all", "s1", "c"),
        Session("law-2", "law-on", "Law, continued", "s2", "a", ("law",)),
        Session("med-2", "med-on", "Medicine, continued", "s2", "b", ("medical",)),
        Session("all-2", "all-on", "For all, continued", "s2", "c"),
        Session("law-3", "law", "Law", "s3", "a", ("law",)),
        Session("all-3", "all", "For all", "s3", "c"),
    ),
    curriculum={},
)

DOORS = {
    room: DeviceFacts(DeviceId(10 + n), f"Door {room}", Role.DOOR, room)
    for n, room in enumerate(("hall", "a", "b", "c"))
}

ANA = person(1)
BEN = person(2, "medical")
CORA = person(3)
DEE = structs.replace(person(4), is_welcome_everywhere=True)
"""Ana and Cora are of law enforcement, Ben is a doctor, Dee a speaker who is welcome everywhere."""

ANYHOW = Override("speaker asked", "M. Ortiz")


@dataclass
class Venue:
    """The doors on the day; each scan is judged by itself."""

    agenda: Agenda = AGENDA
    people: tuple[Person, ...] = (ANA, BEN, CORA, DEE)
    state: Situation = field(init=False)
    names: Iterable[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.state = Situation(
            agenda=self.agenda,
            last_recorded_at=Instant(0),
            devices={one.id: one for one in (KIOSK, *DOORS.values())},
            holders={badge(one.id).value: Holder(one.id) for one in self.people},
            persons={one.id: one for one in self.people},
        )
        self.state.sightings = {one.id: [] for one in self.people}

    def scan(
        self,
        who: Person | None,
        room: str | None,
        now: Instant,
        direction: str = "auto",
        *,
        late: int | None = None,
        override: Override | None = None,
    ) -> Outcome:
        """One scan at a room's door (None: at the kiosk)."""
        device = KIOSK if room is None else DOORS[room]
        name = next(iter(self.names))
        one = scan(name, None if who is None else badge(who.id), device)
        one = structs.replace(one, direction=Direction(direction), lateness=late, override=override)
        return judge(self.state, [one], now).outcomes[0]

    def type_number(self, number: str, room: str, now: Instant, last_name: str | None = None) -> Outcome:
        """A number typed at a room's door."""
        one = structs.replace(
            scan(next(iter(self.names)), None, DOORS[room]), subject=Number(number, last_name)
        )
        return judge(self.state, [one], now).outcomes[0]

    def arrive(self, *people: Person, now: Instant) -> None:
        """They check in at the kiosk and are given no seats by it."""
        for one in people:
            self.scan(one, None, now)
            for item in self.state.assignments.pop(one.id, {}).values():
                if item.session is not None:
                    self.state.tallies[ASSIGNED, item.session] -= 1

    def assign(self, who: Person, *sessions: str) -> None:
        """Gives somebody seats."""
        held = self.state.assignments.setdefault(who.id, {})
        for code in sessions:
            slot_code = self.agenda.session[code].slot
            held[slot_code] = Assignment(slot_code, code, Why(Cause.PLAN))
            self.take_seats(code, self.state.tallies.get((ASSIGNED, code), 0) + 1)

    def take_seats(self, session: str, n: int) -> None:
        """So many are assigned to a session."""
        self.state.tallies[ASSIGNED, session] = n

    def crowd(self, room: str, n: int, now: Instant) -> None:
        """So many others are in a room."""
        self.state.tallies[INSIDE, inside_key(room, local_date(now, DENVER))] = n

    def close(self, room: str, slot_code: str | None, since: Instant) -> None:
        """A room can't be used any more."""
        closure = Closure(room, slot_code, since)
        self.agenda = replace(self.agenda, standing=replace(self.agenda.standing, closures=(closure,)))
        self.state.agenda = self.agenda

    def presence(self, who: Person) -> Presence:
        """Where somebody is."""
        return self.state.presences[who.id]

    def seat(self, who: Person, slot_code: str) -> str | None:
        """What somebody is assigned to in a slot."""
        item = self.state.assignments.get(who.id, {}).get(slot_code)
        return None if item is None else item.session


def told(outcome: Outcome) -> str:
    """Verdict and reason."""
    recorded = outcome.recorded
    assert recorded is not None
    return f"{recorded.verdict} {recorded.reason}"


def detail(outcome: Outcome, name: str) -> object:
    """What the answer says beside; None: nothing of that name."""
    assert outcome.recorded is not None
    return (outcome.recorded.detail or {}).get(name)


def session(outcome: Outcome) -> str | None:
    """The session of the scan."""
    recorded: Recorded | None = outcome.recorded
    assert recorded is not None
    return recorded.session
