"""The nouns of an event's day: agenda, attendee, assignment. Frozen values, nothing that acts.

Codes (of rooms, slots, sessions, disciplines) are the organizers' own words from the event's file; ids are
the store's numbers. An `Agenda` is one version of an event's file with the look-ups the rules need.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from typing import Any, NewType
from zoneinfo import ZoneInfo

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


@dataclass(frozen=True)
class Agenda:
    """One event's file, checked: every code resolves and every time exists.

    Tuples keep the file's order, except `slots`, which is by start.
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
    def plenary_in(self) -> Mapping[str, Session]:
        """The plenary of each slot that has one, by the slot's code."""
        return {session.slot: session for session in self.sessions if session.is_plenary}

    def seats(self, session: Session) -> int:
        """How many may be assigned to a session: its room's seats."""
        return self.room[session.room].seats


@dataclass(frozen=True, slots=True)
class PersonName:
    """How a person is called. For confidential attendees this is the alias wherever it leaves the store."""

    first: str
    last: str

    @property
    def display(self) -> str:
        """First name and last initial: `Ana R.`; the first name alone where there is no last name."""
        return f"{self.first} {self.last[0].upper()}." if self.last else self.first


@dataclass(frozen=True, slots=True)
class Person:
    """What the rules need of an attendee. `name` is what may be shown: the alias, if confidential."""

    id: AttendeeId
    number: str
    name: PersonName
    disciplines: tuple[str, ...] = ()
    accessibility: tuple[str, ...] = ()
    is_welcome_everywhere: bool = False
    is_cancelled: bool = False

    @property
    def discipline(self) -> str | None:
        """The discipline that is shown and counted: the first."""
        return self.disciplines[0] if self.disciplines else None

    @property
    def needs_accessible_room(self) -> bool:
        """Whether one of the needs stated binds the room."""
        return not ACCESS_NEEDS.isdisjoint(self.accessibility)


class Cause(StrEnum):
    """What made an assignment."""

    ARRIVAL = "arrival"


class Blocked(StrEnum):
    """Why an attendee has no session in a slot."""

    NOTHING_ELIGIBLE = "nothing_eligible"
    NOT_ACCESSIBLE = "not_accessible"
    TOPICS_DONE = "topics_done"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Why:
    """The reason of one assignment (or of none), fixed when it was made.

    `discipline`: the one that made eligible, None where the session is open to all. `seat` of `seats`: the
    load after this one was added. `blocked` says why there is no session.
    """

    cause: Cause
    discipline: str | None = None
    is_required: bool = False
    seat: int = 0
    seats: int = 0
    blocked: Blocked | None = None

    def write(self) -> dict[str, object]:
        """As JSON for the store; defaults are left out. `read` gives the same value back."""
        document: dict[str, object] = {"cause": self.cause.value}
        if self.discipline is not None:
            document["discipline"] = self.discipline
        if self.is_required:
            document["is_required"] = True
        if self.seats:
            document |= {"seat": self.seat, "seats": self.seats}
        if self.blocked is not None:
            document["blocked"] = self.blocked.value
        return document

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Why":
        """The value that `write` made the document from."""
        blocked = document.get("blocked")
        return cls(
            cause=Cause(document["cause"]),
            discipline=document.get("discipline"),
            is_required=document.get("is_required", False),
            seat=document.get("seat", 0),
            seats=document.get("seats", 0),
            blocked=None if blocked is None else Blocked(blocked),
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """An attendee's place in one slot; `session` None: none was to be had, `why` says so."""

    slot: str
    session: str | None
    why: Why
