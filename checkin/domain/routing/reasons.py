"""The reason of an assignment, made when it is: what matched, and what blocked each better choice."""

from collections.abc import Callable, Mapping

from checkin.domain.assignments import Assignment, Better, Blocked, Cause, Why
from checkin.domain.model import Agenda, Person, Session, Slot
from checkin.domain.routing.costs import RANK_COSTS, choice_of
from checkin.domain.routing.eligibility import obstacle, sessions_for

Assigned = Callable[[str], int]
"""How many are assigned to a session, by its code."""

Known = dict[object, Better]
"""What blocked a choice, found before with the same loads."""


def assign(
    agenda: Agenda,
    person: Person,
    slot: Slot,
    session: Session | None,
    cause: Cause,
    day: Mapping[str, str | None],
    assigned: Assigned,
    moved_from: str | None = None,
    known: Known | None = None,
) -> Assignment:
    """The assignment of a session (None: there is none) with its reason.

    `day`: the session of each slot of this person's day as it is now, by codes. `assigned` counts this
    assignment already. Who makes many assignments at the same loads hands in the same `known` each time.
    """
    elsewhere = {
        agenda.session[code].topic
        for other, code in day.items()
        if code is not None and other != slot.code and code in agenda.session
    }
    if session is None:
        blocked = obstacle(agenda, person, slot, elsewhere)
        return Assignment(slot.code, None, Why(cause=cause, blocked=blocked, moved_from=moved_from))
    required = agenda.required_topics(person.disciplines)
    why = Why(
        cause=cause,
        discipline=next((code for code in person.disciplines if code in session.disciplines), None),
        is_required=session.topic in required,
        choice=choice_of(person.preferences, session.topic),
        seat=assigned(session.code),
        seats=agenda.seats(session),
        better=_better(agenda, person, slot, session, required, elsewhere, assigned, known),
        moved_from=moved_from,
    )
    return Assignment(slot.code, session.code, why)


def _better(
    agenda: Agenda,
    person: Person,
    slot: Slot,
    session: Session,
    required: frozenset[str],
    elsewhere: set[str],
    assigned: Assigned,
    known: Known | None,
) -> tuple[Better, ...]:
    """Topics that this slot has and that come before the one given: of the curriculum, then by rank."""
    offered = agenda.breakouts_of[slot.code]
    wishes = person.preferences[: len(RANK_COSTS)]
    choice = choice_of(wishes, session.topic)
    before: list[tuple[str, int]] = []
    if session.topic not in required:  # what the curriculum asks for comes before any wish
        before += [(topic, 0) for topic in sorted(required)]
        ahead = wishes[: choice - 1] if choice else wishes
        before += [(topic, rank) for rank, topic in enumerate(ahead, 1) if topic not in required]
    lost = [(topic, rank) for topic, rank in before if topic in offered and topic not in elsewhere]
    # what is to be had at another time, or had there, was not lost
    if known is None:
        return tuple(_blocked(agenda, person, slot, topic, rank, assigned) for topic, rank in lost)
    profile = person.disciplines, person.needs_accessible_room, slot.code
    found: list[Better] = []
    for topic, rank in lost:
        better = known.get((profile, topic, rank))
        if better is None:
            better = known[profile, topic, rank] = _blocked(agenda, person, slot, topic, rank, assigned)
        found.append(better)
    return tuple(found)


def _blocked(agenda: Agenda, person: Person, slot: Slot, topic: str, rank: int, assigned: Assigned) -> Better:
    """What blocked one choice, the topic not being had in another slot."""
    blocked = obstacle(agenda, person, slot, (), topic)
    if blocked is not Blocked.FULL:
        return Better(topic, rank, blocked)
    possible = sessions_for(agenda, person, slot, topic)
    if all(assigned(one.code) >= agenda.seats(one) for one in possible):
        return Better(topic, rank, blocked, sum(agenda.seats(one) for one in possible))
    return Better(topic, rank, Blocked.KEPT)
