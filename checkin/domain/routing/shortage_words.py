"""What will fail on the day, in words: `Medical has no room in Breakout 3: 120 people`."""

from checkin.domain.assignments import Blocked
from checkin.domain.model import Agenda
from checkin.domain.routing.ground import Shortage

_LACKS = {
    Blocked.NOTHING_ELIGIBLE: "no room in {slot}",
    Blocked.ROOM_CLOSED: "no open room in {slot}",
    Blocked.NOT_ACCESSIBLE: "no accessible room in {slot}",
    Blocked.TOPICS_DONE: "at other times every topic of {slot}",
    Blocked.FULL: "too few seats in {slot}",
}


def shortage_words(agenda: Agenda, shortage: Shortage) -> str:
    """Who lacks what, how many they are, and the seats that would cure it."""
    discipline = agenda.discipline.get(shortage.discipline or "")
    who = "People without a profession have" if discipline is None else f"{discipline.name} has"
    lacks = _LACKS[shortage.blocked].format(slot=agenda.slot[shortage.slot].name)
    people = "1 person" if shortage.people == 1 else f"{shortage.people} people"
    session = agenda.session.get(shortage.session or "")
    if session is None:
        return f"{who} {lacks}: {people}"
    seats = "1 more seat" if shortage.extra_seats == 1 else f"{shortage.extra_seats} more seats"
    return f"{who} {lacks}: {people}; {seats} in {session.title} would cure it"
