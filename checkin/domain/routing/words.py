"""The reason of an assignment in words, as organizers and attendees read it."""

from checkin.domain.assignments import Assignment, Blocked, Why
from checkin.domain.model import Agenda

FOR_EVERYONE = "For everyone"

_BLOCKED = {
    Blocked.NOTHING_ELIGIBLE: "No session for your profession at this time; please ask at the help desk",
    Blocked.NOT_ACCESSIBLE: "No accessible room at this time; please ask at the help desk",
    Blocked.TOPICS_DONE: "You have every session that is offered at this time already",
    Blocked.FULL: "All your sessions at this time are full; please ask at the help desk",
    Blocked.RELEASED: "Your seat was given to somebody else after the start; please ask at the help desk",
    Blocked.ROOM_CLOSED: "The room is closed; please ask at the help desk",
}


def words(agenda: Agenda, assignment: Assignment) -> str:
    """For example `Law enforcement, required, seat 41 of 60`."""
    session = agenda.session.get(assignment.session or "")
    if session is not None and session.is_plenary:
        return FOR_EVERYONE
    return _words(agenda, assignment.why)


def _words(agenda: Agenda, why: Why) -> str:
    if why.blocked is not None:
        return _BLOCKED[why.blocked]
    matched = agenda.discipline.get(why.discipline or "")
    parts = [matched.name if matched is not None else "Open to all professions"]
    if why.is_required:
        parts.append("required")
    parts.append(f"seat {why.seat} of {why.seats}")
    return ", ".join(parts)
