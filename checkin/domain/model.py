"""The nouns of an event's day: agenda and attendee. Frozen values, nothing that acts.

Codes (of rooms, slots, sessions, disciplines) are the organizers' own words from the event's file; ids are
the store's numbers. An `Agenda` is one version of an event's file with the look-ups the rules need.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, NewType
from zoneinfo import ZoneInfo

from msgspec import Struct

from checkin.domain.instants import MINUTE, Instant, local_instant

EventId = NewType("EventId", int)
AttendeeId = NewType("AttendeeId", int)
DeviceId = NewType("DeviceId", int)

OPENS_BEFORE = 20 * MINUTE
"""A session is open this long before its start (the slot's window)."""

ACCESS_NEEDS = frozenset({"wheelchair", "step-free", "step_free", "mobility"})
"""The accessibility words that need a room marked `accessible`; others (hearing loop …) don't bind a room."""


class Registration(StrEnum):
    """Who may register people: anyone, holders of an API token, nobody."""

    OPEN = "open"
    STAFF = "staff"
    CLOSED = "closed"


class SessionKind(StrEnum):
    """For everyone, or for those whose discipline it names."""

    PLENARY = "plenary"
    BREAKOUT = "breakout"


class Role(StrEnum):
    """What a paired device is for: arrival, one room's door, or showing counts."""

    KIOSK = "kiosk"
    DOOR = "door"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class Discipline:
    """A profession; `colour` is #RRGGBB, never the only sign of it."""

    code: str
    name: str
    short: str
    colour: str


@dataclass(frozen=True, slots=True)
class Room:
    """`posted_limit` is people by the fire code, `seats` what may be assigned (≤ posted_limit)."""

    code: str
    name: str
    posted_limit: int
    seats: int
    accessible: bool = True
    directions: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A span of local time on one day, [starts, ends)."""

    code: str
    name: str
    day: date
    starts: time
    ends: time
    starts_at: Instant
    ends_at: Instant


@dataclass(frozen=True, slots=True)
class Session:
    """What happens in one slot in one room; no disciplines means everyone."""

    code: str
    topic: str
    title: str
    slot: str
    room: str
    disciplines: tuple[str, ...] = ()
    kind: SessionKind = SessionKind.BREAKOUT
    credit_minutes: int = 0

    @property
    def is_plenary(self) -> bool:
        """Plenaries count everyone as assigned and take no seats."""
        return self.kind is SessionKind.PLENARY


@dataclass(frozen=True, slots=True)
class Closure:
    """A room that can't be used: in one slot, or (`slot` None) in all that had not ended at `since`."""

    room: str
    slot: str | None
    since: Instant


@dataclass(frozen=True, slots=True)
class Standing:
    """What was decided about an event since its file was written.

    `prices`: by session, what its last seat is worth to others (in the units of `routing.costs`); placement
    pays them, so that scarce seats are kept for those who need them.
    """

    closures: tuple[Closure, ...] = ()
    prices: Mapping[str, int] = field(default_factory=dict)
    planned_at: Instant | None = None


@dataclass(frozen=True)
class Agenda:
    """One event's file, checked: every code resolves and every time exists; and how things stand.

    Tuples keep the file's order, except `slots`, which is by start. `standing` is no part of the file.
    """

    slug: str
    name: str
    venue: str
    zone: ZoneInfo
    first_day: date
    last_day: date
    doors_open: time | None
    doors_close: time | None
    registration: Registration
    release_minutes: int
    disciplines: tuple[Discipline, ...]
    rooms: tuple[Room, ...]
    slots: tuple[Slot, ...]
    sessions: tuple[Session, ...]
    curriculum: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)

    @cached_property
    def discipline(self) -> Mapping[str, Discipline]:
        """Disciplines by code."""
        return {item.code: item for item in self.disciplines}

    @cached_property
    def room(self) -> Mapping[str, Room]:
        """Rooms by code."""
        return {item.code: item for item in self.rooms}

    @cached_property
    def slot(self) -> Mapping[str, Slot]:
        """Slots by code."""
        return {item.code: item for item in self.slots}

    @cached_property
    def session(self) -> Mapping[str, Session]:
        """Sessions by code."""
        return {item.code: item for item in self.sessions}

    @cached_property
    def sessions_in(self) -> Mapping[str, tuple[Session, ...]]:
        """The sessions of each slot, by the slot's code, in the file's order."""
        return {slot.code: tuple(s for s in self.sessions if s.slot == slot.code) for slot in self.slots}

    @cached_property
    def starts_at(self) -> Instant:
        """Midnight at which the event's first day begins."""
        return local_instant(self.first_day, time(0), self.zone)

    @cached_property
    def hours(self) -> tuple[tuple[Instant, Instant], ...] | None:
        """The doors' hours, a span for each day; None: always open."""
        opens, closes = self.doors_open, self.doors_close
        if opens is None or closes is None:
            return None
        days = [self.first_day + timedelta(days=n) for n in range((self.last_day - self.first_day).days + 1)]
        return tuple(
            (local_instant(day, opens, self.zone), local_instant(day, closes, self.zone)) for day in days
        )

    @cached_property
    def plenary_in(self) -> Mapping[str, Session]:
        """The plenary of each slot that has one, by the slot's code."""
        return {session.slot: session for session in self.sessions if session.is_plenary}

    @cached_property
    def plenaries(self) -> frozenset[str | None]:
        """The codes of all plenaries."""
        return frozenset(session.code for session in self.sessions if session.is_plenary)

    @cached_property
    def offered_in(self) -> Mapping[str, tuple[Session, ...]]:
        """By slot the sessions that seats can be had in now: no plenaries, and not in a closed room."""
        return {
            slot.code: ()
            if slot.code in self.plenary_in
            else tuple(s for s in self.sessions_in[slot.code] if not self.is_closed(s.room, slot.code))
            for slot in self.slots
        }

    @cached_property
    def breakouts_of(self) -> Mapping[str, Mapping[str, tuple[Session, ...]]]:
        """By slot and topic the sessions that teach it, also in closed rooms; no plenaries."""
        found: dict[str, dict[str, tuple[Session, ...]]] = {slot.code: {} for slot in self.slots}
        for session in self.sessions:
            if not session.is_plenary:
                of_slot = found[session.slot]
                of_slot[session.topic] = (*of_slot.get(session.topic, ()), session)
        return found

    @cached_property
    def worked_out(self) -> dict[str, Any]:
        """What the rules worked out once for this agenda, each under a name of its own; gone with it."""
        return {}

    def is_closed(self, room: str, slot: str) -> bool:
        """Whether a room can't be used in a slot."""
        return any(
            one.room == room
            and (one.slot == slot or (one.slot is None and self.slot[slot].ends_at > one.since))
            for one in self.standing.closures
        )

    def seats(self, session: Session) -> int:
        """How many may be assigned to a session: its room's seats."""
        return self.room[session.room].seats

    def required_topics(self, disciplines: Iterable[str]) -> frozenset[str]:
        """The topics of these disciplines' curricula."""
        return frozenset(topic for code in disciplines for topic in self.curriculum.get(code, ()))


class PersonName(Struct, frozen=True, array_like=True):
    """How a person is called. For confidential attendees this is the alias wherever it leaves the store."""

    first: str
    last: str

    @property
    def display(self) -> str:
        """First name and last initial: `Ana R.`; the first name alone where there is no last name."""
        return f"{self.first} {self.last[0].upper()}." if self.last else self.first


class Person(Struct, frozen=True, array_like=True):
    """What the rules need of an attendee. `name` is what may be shown: the alias, if confidential.

    `preferences` are topics, best first; those of one `group` want to sit together.
    """

    id: AttendeeId
    number: str
    name: PersonName
    disciplines: tuple[str, ...] = ()
    accessibility: tuple[str, ...] = ()
    is_welcome_everywhere: bool = False
    is_cancelled: bool = False
    preferences: tuple[str, ...] = ()
    group: str = ""

    @property
    def discipline(self) -> str | None:
        """The discipline that is shown and counted: the first."""
        return self.disciplines[0] if self.disciplines else None

    @property
    def needs_accessible_room(self) -> bool:
        """Whether one of the needs stated binds the room."""
        return not ACCESS_NEEDS.isdisjoint(self.accessibility)
