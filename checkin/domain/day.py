"""An attendee's day as the agenda and the assignments make it, and the doors' hours."""

from collections.abc import Mapping, Sequence

from checkin.domain.assignments import Assignment, Blocked, Cause, Why
from checkin.domain.instants import Instant, local_date, to_datetime
from checkin.domain.model import Agenda, Session


def itinerary(agenda: Agenda, assignments: Mapping[str, Assignment]) -> tuple[Assignment, ...]:
    """The attendee's day in the order of time: plenaries and what is assigned."""
    day: list[Assignment] = []
    for slot in agenda.slots:
        plenary = agenda.plenary_in.get(slot.code)
        if plenary is not None and agenda.is_closed(plenary.room, slot.code):
            day.append(Assignment(slot.code, None, Why(Cause.ROOM_CLOSED, blocked=Blocked.ROOM_CLOSED)))
        elif plenary is not None:
            day.append(Assignment(slot.code, plenary.code, Why(cause=Cause.ARRIVAL)))
        elif slot.code in assignments:
            day.append(assignments[slot.code])
    return tuple(day)


def next_stop(agenda: Agenda, day: Sequence[Assignment], now: Instant) -> Session | None:
    """Where to go now or next: the first session of the itinerary that has not ended."""
    for item in day:
        if item.session is not None and agenda.slot[item.slot].ends_at > now:
            return agenda.session.get(item.session)
    return None


def are_doors_open(agenda: Agenda, moment: Instant) -> bool:
    """Whether `moment` lies in the doors' hours of one of the event's days; without hours, always."""
    if agenda.doors_open is None or agenda.doors_close is None:
        return True
    local = to_datetime(moment, agenda.zone)
    is_event_day = agenda.first_day <= local_date(moment, agenda.zone) <= agenda.last_day
    return is_event_day and agenda.doors_open <= local.time() < agenda.doors_close
