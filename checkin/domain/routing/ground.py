"""What a plan or a reroute starts from, and what it gives: values that travel to a process of their own.

Owns the terms that all of routing shares. Nothing here decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checkin.domain.assignments import Assignment, Blocked
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, AttendeeId, Person


@dataclass(frozen=True, slots=True)
class Seeker:
    """One attendee who takes seats (not cancelled, not welcome everywhere) as routing sees them.

    `held`: by slot. `told`: the slots whose assignment they have been told (badge, page, check-in).
    `inside`: the code of the session that they are sitting in now. `waiting_since`: by slot, since when they
    have waited for a session in it; those who have waited longest come first, those without an entry last.
    `is_on_site`: whether they are at the venue; in a slot that has begun nobody else waits.
    """

    person: Person
    held: Mapping[str, Assignment] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    inside: str | None = None
    waiting_since: Mapping[str, Instant] = field(default_factory=dict)
    is_on_site: bool = True


@dataclass(frozen=True, slots=True)
class Ground:
    """The event at one moment. `seed` (the event's UUID) fixes an order among equals that favours nobody."""

    agenda: Agenda
    seekers: tuple[Seeker, ...]
    now: Instant
    seed: bytes


@dataclass(frozen=True, slots=True)
class Shortage:
    """What will fail: `people` of a discipline (None: without one) have nothing in a slot.

    `blocked`: why. Where it is `FULL`, `extra_seats` more in `session` would cure it; else `session` is None
    and a session of so many is missing, unless they have all its topics at other times (`TOPICS_DONE`).
    """

    slot: str
    discipline: str | None
    people: int
    session: str | None
    extra_seats: int
    blocked: Blocked


@dataclass(frozen=True, slots=True)
class Plan:
    """Everybody's assignments in the slots that had not begun, and how good they are.

    `assignments`: for each attendee every planned slot that has something in it, without a session where none
    was to be had. `value`: sum over all placed of 20 - cost of the choice (`routing.costs`). `placed_bound`
    and `value_bound`: proven, no plan has more. `moved`: how many got another session than they held.
    """

    assignments: Mapping[AttendeeId, tuple[Assignment, ...]]
    prices: Mapping[str, int]
    placed: int
    placed_bound: int
    required_met: int
    groups_met: int
    value: int
    value_bound: int
    cost: int
    fill: int
    method: str
    moved: int
    shortages: tuple[Shortage, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """One person's change of session in one slot; None: no session."""

    attendee: AttendeeId
    slot: str
    old: str | None
    new: Assignment


@dataclass(frozen=True, slots=True)
class Reroute:
    """What a change of rooms means for people: the fewest moves that keep as many placed as possible.

    `moves` holds those who lose their seat too (their new assignment has no session). `overfull`: by session
    how many stay inside beyond its seats.
    """

    moves: tuple[Move, ...]
    overfull: Mapping[str, int] = field(default_factory=dict)
