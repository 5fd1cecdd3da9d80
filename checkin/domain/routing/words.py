"""The reason of an assignment in words: in full for organizers, in short for the attendee it concerns.

Owns the words only. They tell what `Why` kept when the assignment was made, never how things stand now.
"""

from checkin.domain.assignments import Assignment, Better, Blocked, Cause, Why
from checkin.domain.model import Agenda

FOR_EVERYONE = "For everyone"

_OPEN_TO_ALL = "Open to all professions"

_ORDINALS = ("", "1st", "2nd", "3rd", "4th", "5th")

_ASK = "please ask at the help desk"

_CAUSES = {
    Cause.PLAN: "new plan",
    Cause.ARRIVAL: "placed anew",
    Cause.DOOR: "let in at the door",
    Cause.FREED_SEAT: "seat became free",
    Cause.ROOM_CLOSED: "room closed",
    Cause.ROOM_OPENED: "room opened",
    Cause.SEATS_CHANGED: "number of seats changed",
    Cause.SESSION_MOVED: "session moved",
    Cause.SESSION_CANCELLED: "session cancelled",
    Cause.SESSION_ADDED: "session added",
}
_ORDINARY = (Cause.PLAN, Cause.ARRIVAL, Cause.DOOR)

_CAUSES_IN_SHORT = {
    Cause.PLAN: "the plan was made again",
    Cause.ARRIVAL: "you were given another seat",
    Cause.DOOR: "you were let in at the door",
    Cause.FREED_SEAT: "a seat became free",
    Cause.ROOM_CLOSED: "the room is closed",
    Cause.ROOM_OPENED: "another room is open now",
    Cause.SEATS_CHANGED: "it has another number of seats now",
    Cause.SESSION_MOVED: "the session takes place in another room",
    Cause.SESSION_CANCELLED: "the session was cancelled",
    Cause.SESSION_ADDED: "there is another session now",
}

_NONE = {
    Blocked.NOTHING_ELIGIBLE: "No session for this profession at this time",
    Blocked.NOT_ACCESSIBLE: "No accessible room at this time",
    Blocked.TOPICS_DONE: "Has every topic that is offered at this time already",
    Blocked.FULL: "All sessions possible at this time are full",
    Blocked.KEPT: "Free seats at this time are kept for others",
    Blocked.ROOM_CLOSED: "Room closed",
}

_NONE_IN_SHORT = {
    Blocked.NOTHING_ELIGIBLE: f"No session for your profession at this time; {_ASK}",
    Blocked.NOT_ACCESSIBLE: f"No accessible room at this time; {_ASK}",
    Blocked.TOPICS_DONE: "You have every session that is offered at this time already",
    Blocked.FULL: f"All your sessions at this time are full; {_ASK}",
    Blocked.KEPT: f"All seats at this time are taken or kept for others; {_ASK}",
    Blocked.RELEASED: f"Your seat was released to others after the start; {_ASK}",
    Blocked.ROOM_CLOSED: f"The room is closed; {_ASK}",
}

_BETTER = {
    Blocked.NOTHING_ELIGIBLE: "not for this profession",
    Blocked.NOT_ACCESSIBLE: "not in an accessible room",
    Blocked.TOPICS_DONE: "had already",
    Blocked.KEPT: "kept for others",
    Blocked.RELEASED: "released",
    Blocked.ROOM_CLOSED: "room closed",
}


def words(agenda: Agenda, assignment: Assignment) -> str:
    """In full, for organizers: `Law enforcement, 2nd choice, seat 41 of 60; 1st choice full (60 of 60)`."""
    before, behind = words_around_seat(agenda, assignment)
    why = assignment.why
    return before if behind is None else f"{before}{why.seat} of {why.seats}{behind}"


def words_around_seat(agenda: Agenda, assignment: Assignment) -> tuple[str, str | None]:
    """What stands before and behind `41 of 60`; where there is no seat, all there is to say and None."""
    if assignment.session in agenda.plenaries:
        return FOR_EVERYONE, None
    why = assignment.why
    cause = ""
    if why.moved_from is not None:
        cause = f"Moved from {_room(agenda, why.moved_from)}: {_CAUSES[why.cause]}. "
    elif why.cause not in _ORDINARY and why.blocked is None:
        cause = f"{_capital(_CAUSES[why.cause])}. "
    if why.blocked is not None:
        return f"{cause}{_none(agenda, why.blocked)}", None
    rank = ", required" if why.is_required else f", {_choice(why.choice)}" if why.choice else ""
    before = f"{cause}{_discipline(agenda, why) or _OPEN_TO_ALL}{rank}, seat "
    better = ", ".join([_passed_over(agenda, assignment.slot, one) for one in why.better])
    return before, f"; {better}" if better else ""


def short_words(agenda: Agenda, assignment: Assignment) -> str:
    """For the attendee, without other people's loads: `Your 2nd choice`, `Required for law enforcement`."""
    if assignment.session in agenda.plenaries:
        return FOR_EVERYONE
    why = assignment.why
    moved = None
    if why.moved_from is not None:
        moved = f"{_room(agenda, why.moved_from)}: {_CAUSES_IN_SHORT[why.cause]}"
    if why.blocked is not None:
        text = _NONE_IN_SHORT[why.blocked]
        return text if moved is None else f"{moved}. {text}"
    if moved is not None:
        return f"Moved from {moved}"
    text = _reason_in_short(agenda, why)
    return f"A seat became free. {text}" if why.cause is Cause.FREED_SEAT else text


def _passed_over(agenda: Agenda, slot: str, better: Better) -> str:
    sessions = agenda.breakouts_of.get(slot, {}).get(better.topic, ())
    title = sessions[0].title if sessions else better.topic
    what = _choice(better.choice) if better.choice else f"required “{title}”"
    if better.blocked is Blocked.FULL:
        return f"{what} full ({better.seats} of {better.seats})"
    return f"{what} {_BETTER[better.blocked]}"


def _reason_in_short(agenda: Agenda, why: Why) -> str:
    name = _discipline(agenda, why)
    if why.is_required:
        return f"Required for {_inside(name) if name else 'your profession'}"
    if why.choice:
        return f"Your {_choice(why.choice)}"
    return f"For {_inside(name)}" if name else _OPEN_TO_ALL


def _none(agenda: Agenda, blocked: Blocked) -> str:
    if blocked is Blocked.RELEASED:
        minutes = agenda.release_minutes
        return f"Seat released {minutes} minute{'' if minutes == 1 else 's'} after the start"
    return _NONE[blocked]


def _room(agenda: Agenda, code: str) -> str:
    room = agenda.room.get(code)
    return code if room is None else room.name


def _discipline(agenda: Agenda, why: Why) -> str | None:
    matched = agenda.discipline.get(why.discipline or "")
    return None if matched is None else matched.name


def _choice(rank: int) -> str:
    return f"{_ORDINALS[rank] if rank < len(_ORDINALS) else f'{rank}th'} choice"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _inside(name: str) -> str:
    """A name inside a sentence: `law enforcement`, but `FBI agents` as it is."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name
