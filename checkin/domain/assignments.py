"""Assignments: an attendee's place in one slot, and the reason of it, fixed when it was made."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, convert, to_builtins

from checkin.domain.instants import Instant


class Cause(StrEnum):
    """What made an assignment."""

    PLAN = "plan"
    ARRIVAL = "arrival"
    DOOR = "door"
    FREED_SEAT = "freed_seat"
    ROOM_CLOSED = "room_closed"
    ROOM_OPENED = "room_opened"
    SEATS_CHANGED = "seats_changed"
    SESSION_MOVED = "session_moved"
    SESSION_CANCELLED = "session_cancelled"
    SESSION_ADDED = "session_added"


class Blocked(StrEnum):
    """Why an attendee has no session in a slot, or did not get a better choice in it.

    `KEPT`: it has free seats, but others (or the attendee's group, or the rest of the day) need them more.
    """

    NOTHING_ELIGIBLE = "nothing_eligible"
    NOT_ACCESSIBLE = "not_accessible"
    TOPICS_DONE = "topics_done"
    FULL = "full"
    KEPT = "kept"
    RELEASED = "released"
    ROOM_CLOSED = "room_closed"


class Better(Struct, frozen=True, array_like=True):
    """A choice that was better than the one made, and what blocked it.

    `choice`: its rank among the attendee's wishes, from 1; 0 for a topic that the curriculum requires.
    `seats`: of its session, all taken, where `blocked` is `FULL`.
    """

    topic: str
    choice: int
    blocked: Blocked
    seats: int = 0


class Why(Struct, frozen=True, omit_defaults=True):
    """The reason of one assignment (or of none), fixed when it was made.

    `discipline`: the one that made eligible, None where the session is open to all. `choice`: the rank among
    the attendee's wishes, from 1; 0: no wish. `seat` of `seats`: the load after this one was added.
    `better`: choices before this one, best first. `blocked` says why there is no session. `moved_from`: the
    room that the attendee was told before.
    """

    cause: Cause
    discipline: str | None = None
    is_required: bool = False
    choice: int = 0
    seat: int = 0
    seats: int = 0
    better: tuple[Better, ...] = ()
    blocked: Blocked | None = None
    moved_from: str | None = None

    def write(self) -> dict[str, object]:
        """As JSON for the store; defaults are left out. `read` gives the same value back."""
        document: dict[str, object] = to_builtins(self)
        return document

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Why":
        """The value that `write` made the document from."""
        return convert(document, cls)


class Assignment(Struct, frozen=True, eq=False, array_like=True):
    """An attendee's place in one slot; `session` None: none was to be had, `why` says so.

    `made_at` tells whether it stood already at some moment; two assignments are the same whenever made.
    """

    slot: str
    session: str | None
    why: Why
    made_at: Instant = Instant(0)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Assignment):
            return NotImplemented
        return (self.slot, self.session, self.why) == (other.slot, other.session, other.why)

    def __hash__(self) -> int:
        return hash((self.slot, self.session, self.why))


class KeptDay(tuple[Assignment, ...]):
    """An attendee's day that somebody keeps. `worked_out`: what has been made of it, as an agenda has it."""

    def __init__(self, _items: Iterable[Assignment]) -> None:
        self.worked_out: dict[str, Any] = {}
