"""An attendee's day as the agenda and the assignments make it, and the doors' hours."""

from collections.abc import Mapping, Sequence

from checkin.domain.assignments import Assignment, Blocked, Cause, Why
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, Session


def itinerary(agenda: Agenda, assignments: Mapping[str, Assignment]) -> tuple[Assignment, ...]:
    """The attendee's day in the order of time: plenaries and what is assigned."""
    day = [plenary or assignments.get(slot) for slot, plenary in _plenaries(agenda)]
    return tuple([item for item in day if item is not None])


def _plenaries(agenda: Agenda) -> Sequence[tuple[str, Assignment | None]]:
    """Each slot, with what a plenary in it is to everybody."""
    known: list[tuple[str, Assignment | None]] | None = agenda.worked_out.get("plenaries")
    if known is None:
        plenaries = {
            slot: Assignment(slot, None, Why(Cause.ROOM_CLOSED, blocked=Blocked.ROOM_CLOSED))
            if agenda.is_closed(session.room, slot)
            else Assignment(slot, session.code, Why(cause=Cause.ARRIVAL))
            for slot, session in agenda.plenary_in.items()
        }
        known = [(slot.code, plenaries.get(slot.code)) for slot in agenda.slots]
        agenda.worked_out["plenaries"] = known
    return known


def next_stop(agenda: Agenda, day: Sequence[Assignment], now: Instant) -> Session | None:
    """Where to go now or next: the first session of the itinerary that has not ended."""
    for item in day:
        if item.session is not None and agenda.slot[item.slot].ends_at > now:
            return agenda.session.get(item.session)
    return None


def are_doors_open(agenda: Agenda, moment: Instant) -> bool:
    """Whether `moment` lies in the doors' hours of one of the event's days; without hours, always."""
    hours = agenda.hours
    return hours is None or any(opens_at <= moment < closes_at for opens_at, closes_at in hours)
