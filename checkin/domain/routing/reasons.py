"""The reason of an assignment, made when it is: what matched, and what blocked each better choice."""

from collections.abc import Callable, Mapping

from checkin.domain.assignments import Assignment, Better, Blocked, Cause, Why
from checkin.domain.model import Agenda, Person, Session, Slot
from checkin.domain.routing.costs import RANK_COSTS, choice_of
from checkin.domain.routing.eligibility import obstacle, sessions_for

Assigned = Callable[[str], int]
"""How many are assigned to a session, by its code."""


def assign(
    agenda: Agenda,
    person: Person,
    slot: Slot,
    session: Session | None,
    cause: Cause,
    day: Mapping[str, str | None],
    assigned: Assigned,
    moved_from: str | None = None,
) -> Assignment:
    """The assignment of a session (None: there is none) with its reason.

    `day`: the session of each slot of this person's day as it is now, by codes. `assigned` counts this
    assignment already.
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
        better=_better(agenda, person, slot, session, required, elsewhere, assigned),
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
    found: list[Better] = []
    for topic, rank in before:
        if topic not in offered or topic in elsewhere:
            continue  # to be had at another time, or had there: nothing was lost
        blocked = obstacle(agenda, person, slot, elsewhere, topic)
        if blocked is not Blocked.FULL:
            found.append(Better(topic, rank, blocked))
            continue
        possible = sessions_for(agenda, person, slot, topic)
        is_full = all(assigned(one.code) >= agenda.seats(one) for one in possible)
        seats = sum(agenda.seats(one) for one in possible)
        found.append(Better(topic, rank, blocked, seats) if is_full else Better(topic, rank, Blocked.KEPT))
    return tuple(found)
