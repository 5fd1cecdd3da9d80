"""Who may sit where: by discipline, and by the room's access."""

from collections.abc import Iterable

from checkin.domain.assignments import Blocked
from checkin.domain.model import Agenda, Person, Session, Slot


def is_eligible(person: Person, session: Session) -> bool:
    """By discipline: the session is open to all, or to one of the attendee's."""
    return not session.disciplines or not set(session.disciplines).isdisjoint(person.disciplines)


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
    breakouts = agenda.breakouts_of[slot.code]
    teaching = breakouts.values() if wanted is None else (breakouts.get(wanted, ()),)
    eligible = [session for some in teaching for session in some if is_eligible(person, session)]
    if not eligible:
        return Blocked.NOTHING_ELIGIBLE
    held = [session for session in eligible if not agenda.is_closed(session.room, slot.code)]
    if not held:
        return Blocked.ROOM_CLOSED
    suitable = [session for session in held if is_accessible(agenda, person, session)]
    if not suitable:
        return Blocked.NOT_ACCESSIBLE
    others = set(taken)
    return Blocked.TOPICS_DONE if all(session.topic in others for session in suitable) else Blocked.FULL
