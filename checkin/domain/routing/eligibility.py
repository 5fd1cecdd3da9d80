"""Who may sit where: by discipline, and by the room's access."""

from collections.abc import Iterable
from itertools import chain

from checkin.domain.assignments import Blocked
from checkin.domain.model import Agenda, Person, Session, Slot


def is_eligible(person: Person, session: Session) -> bool:
    """By discipline: the session is open to all, or to one of the attendee's."""
    for code in person.disciplines:
        if code in session.disciplines:
            return True
    return not session.disciplines


def is_accessible(agenda: Agenda, person: Person, session: Session) -> bool:
    """Whether the room suits the attendee's needs."""
    return agenda.room[session.room].accessible or not person.needs_accessible_room


def sessions_for(agenda: Agenda, person: Person, slot: Slot, topic: str | None = None) -> tuple[Session, ...]:
    """What this person may have in a slot (of one topic, if given), full or not, in the file's order."""
    offered = agenda.offered_in[slot.code]
    if topic is not None:
        offered = tuple(
            one
            for one in agenda.breakouts_of[slot.code].get(topic, ())
            if not agenda.is_closed(one.room, one.slot)
        )
    return tuple(
        session
        for session in offered
        if is_eligible(person, session) and is_accessible(agenda, person, session)
    )


def obstacle(
    agenda: Agenda, person: Person, slot: Slot, taken: Iterable[str], wanted: str | None = None
) -> Blocked:
    """Why somebody has none of a slot's sessions (of the topic `wanted`, if given), the nearest cause last.

    `taken`: the topics of the person's other slots.
    """
    breakouts, others = agenda.breakouts_of[slot.code], set(taken)
    teaching = breakouts.values() if wanted is None else (breakouts.get(wanted, ()),)
    nearest = 0
    for session in chain.from_iterable(teaching):
        nearest = max(nearest, _hurdles_taken(agenda, person, session, others))
        if nearest == len(_CAUSES) - 1:
            break
    return _CAUSES[nearest]


_CAUSES = (
    Blocked.NOTHING_ELIGIBLE,
    Blocked.ROOM_CLOSED,
    Blocked.NOT_ACCESSIBLE,
    Blocked.TOPICS_DONE,
    Blocked.FULL,
)


def _hurdles_taken(agenda: Agenda, person: Person, session: Session, others: set[str]) -> int:
    """How near a session comes to being had: the place among the causes of what blocks it."""
    if not is_eligible(person, session):
        return 0
    if agenda.is_closed(session.room, session.slot):
        return 1
    if not is_accessible(agenda, person, session):
        return 2
    return 3 if session.topic in others else 4
