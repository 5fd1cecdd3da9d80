"""Placement: one attendee gets the day's remaining sessions, now, inside a scan's transaction.

The rule, exactly and over all open slots together: a seat in as many slots as possible; then the least sum
of `routing.costs` (a topic of the curriculum gained, the wish) and of the sessions' stored prices; then the
largest free share of seats; then the file's order. Where the plan left no prices this means: curriculum
first, then wishes, then the emptiest room.

A topic is had once a day and a slot has one session, so this is an assignment of topics to slots (`pairing`):
exact for any number of slots, in polynomial time. Must stay pure Python and read nothing but tallies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checkin.domain.assignments import Assignment, Blocked, Cause
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, Person, Session, Slot
from checkin.domain.routing.costs import UNRANKED, cost_of
from checkin.domain.routing.pairing import pair
from checkin.domain.routing.profiles import Offer, offers_for
from checkin.domain.routing.reasons import Assigned, assign

_UNIT = 1 << 40
"""One unit of `routing.costs`; below it the share of seats taken, which only breaks ties."""

_SHARE = 1 << 32
"""A full room: so fine that shares of rooms below 65,536 seats never look alike, and 255 slots add up to less
than a unit."""

_NO_SEAT = 10_000_000 * _UNIT
"""No seat in a slot: beyond any price, since a present person always takes a free seat rather than none."""


def place(
    agenda: Agenda,
    person: Person,
    held: Mapping[str, Assignment],
    assigned: Assigned,
    from_at: Instant,
    begun_at: Instant | None = None,
    cause: Cause = Cause.ARRIVAL,
) -> tuple[Assignment, ...]:
    """New assignments for the slots that end after `from_at` and where `held` (by slot) has no session.

    With `begun_at` (a late scan) only slots that start after it. A slot where nothing can be had gives an
    assignment without a session that says why, unless `held` says so already; that a seat was released
    stays said. People who are welcome everywhere get none. Nothing is counted here: the caller adds the new
    assignments to its tallies.
    """
    if person.is_welcome_everywhere:
        return ()
    slots = [slot for slot in agenda.slots if _is_open(agenda, slot, held, from_at, begun_at)]
    if not slots:
        return ()
    choices = _choose(agenda, person, slots, held, assigned)
    before: dict[str, str | None] = {code: item.session for code, item in held.items()}
    given = {slot.code: one.session for slot, one in zip(slots, choices, strict=True)}
    after = before | {slot: None if session is None else session.code for slot, session in given.items()}
    fresh = {session.code for session in given.values() if session is not None}

    def counted(code: str) -> int:
        return assigned(code) + (code in fresh)

    made: list[Assignment] = []
    for slot, choice in zip(slots, choices, strict=True):
        # where all is full that is the cause, whatever topics are given at other times
        day = before if choice.is_full else after
        item = assign(agenda, person, slot, choice.session, cause, day, counted)
        if _is_news(held.get(slot.code), item):
            made.append(item)
    return tuple(made)


@dataclass(frozen=True, slots=True)
class _Choice:
    """What one slot gets; `is_full`: nothing that is not had already has a free seat in it."""

    session: Session | None
    is_full: bool


def _is_open(
    agenda: Agenda,
    slot: Slot,
    held: Mapping[str, Assignment],
    from_at: Instant,
    begun_at: Instant | None,
) -> bool:
    has_seat = slot.code in held and held[slot.code].session is not None
    is_ahead = slot.ends_at > from_at and (begun_at is None or slot.starts_at > begun_at)
    has_breakouts = slot.code not in agenda.plenary_in and bool(agenda.sessions_in[slot.code])
    return is_ahead and has_breakouts and not has_seat


def _choose(
    agenda: Agenda,
    person: Person,
    slots: Sequence[Slot],
    held: Mapping[str, Assignment],
    assigned: Assigned,
) -> list[_Choice]:
    sessions = [agenda.session.get(item.session or "") for item in held.values()]
    had = {session.topic for session in sessions if session is not None}
    wishes = {topic: cost_of(person.preferences, topic) for topic in person.preferences}
    other = UNRANKED if wishes else 0
    offers = offers_for(agenda, person)
    bests = [_best_of_topics(offers[slot.code], had, wishes, other, assigned) for slot in slots]
    topics = pair([{topic: cost for topic, (cost, _) in best.items()} for best in bests], _NO_SEAT)
    return [
        _Choice(None if topic is None else best[topic][1], not best)
        for topic, best in zip(topics, bests, strict=True)
    ]


def _best_of_topics(
    offers: Sequence[Offer],
    had: set[str],
    wishes: Mapping[str, int],
    other: int,
    assigned: Assigned,
) -> dict[str, tuple[int, Session]]:
    """Of each topic with a free seat in one slot the cheapest session, with its cost."""
    best: dict[str, tuple[int, Session]] = {}
    for session, code, topic, seats, base in offers:
        if topic in had:
            continue
        load = assigned(code)
        if load >= seats:
            continue
        cost = (base + wishes.get(topic, other)) * _UNIT + load * _SHARE // seats
        if topic not in best or cost < best[topic][0]:
            best[topic] = (cost, session)
    return best


def _is_news(old: Assignment | None, new: Assignment) -> bool:
    """Whether a new assignment tells more than the one held: a seat, or another cause for having none."""
    if old is None or new.session is not None:
        return True
    return old.why.blocked not in (new.why.blocked, Blocked.RELEASED)
