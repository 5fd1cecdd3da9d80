"""Assignments: an attendee's place in one slot, and the reason of it, fixed when it was made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Better:
    """A choice that was better than the one made, and what blocked it.

    `choice`: its rank among the attendee's wishes, from 1; 0 for a topic that the curriculum requires.
    `seats`: of its session, all taken, where `blocked` is `FULL`.
    """

    topic: str
    choice: int
    blocked: Blocked
    seats: int = 0


@dataclass(frozen=True, slots=True)
class Why:
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
        document: dict[str, object] = {"cause": self.cause.value}
        plain = {
            "discipline": self.discipline,
            "is_required": self.is_required,
            "choice": self.choice,
            "seat": self.seat,
            "seats": self.seats,
            "blocked": self.blocked,
            "moved_from": self.moved_from,
        }
        document |= {name: value for name, value in plain.items() if value}
        if self.better:
            document["better"] = [[one.topic, one.choice, one.blocked, one.seats] for one in self.better]
        return document

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Why":
        """The value that `write` made the document from."""
        blocked = document.get("blocked")
        return cls(
            cause=Cause(document["cause"]),
            discipline=document.get("discipline"),
            is_required=document.get("is_required", False),
            choice=document.get("choice", 0),
            seat=document.get("seat", 0),
            seats=document.get("seats", 0),
            better=tuple(
                Better(topic, choice, Blocked(reason), seats)
                for topic, choice, reason, seats in document.get("better", ())
            ),
            blocked=None if blocked is None else Blocked(blocked),
            moved_from=document.get("moved_from"),
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """An attendee's place in one slot; `session` None: none was to be had, `why` says so.

    `made_at` tells whether it stood already at some moment; two assignments are the same whenever made.
    """

    slot: str
    session: str | None
    why: Why
    made_at: Instant = field(default=Instant(0), compare=False)
