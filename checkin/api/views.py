"""From what the rules know to what goes over the wire: times, rooms, itineraries, people as screens see them.

Owns the translation that several calls share. Must not choose what may be seen: it gets names already fit to
be shown (the alias, of confidential attendees).
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import structs

from checkin.api import wire
from checkin.domain.assignments import Assignment
from checkin.domain.instants import Instant, to_datetime
from checkin.domain.model import Agenda, Person, Session
from checkin.domain.routing.words import FOR_EVERYONE, words


def moment(agenda: Agenda, instant: Instant) -> datetime:
    """An instant with the event's offset."""
    return to_datetime(instant, agenda.zone)


def moment_or_none(agenda: Agenda, instant: Instant | None) -> datetime | None:
    """The same, of what may not have happened."""
    return None if instant is None else to_datetime(instant, agenda.zone)


def room_item(agenda: Agenda, code: str) -> wire.RoomItem | None:
    """A room by its code; None if the agenda has lost it."""
    known: dict[str, wire.RoomItem] = agenda.worked_out.setdefault("rooms", {})
    item = known.get(code)
    if item is None and (room := agenda.room.get(code)) is not None:
        item = known[code] = wire.RoomItem(code=room.code, name=room.name, directions=room.directions)
    return item


def stop_item(agenda: Agenda, stop: Session | None) -> wire.RoomItem | None:
    """The room to go to now or next."""
    return None if stop is None else room_item(agenda, stop.room)


def itinerary_items(
    agenda: Agenda, day: Iterable[Assignment], say: Callable[[Agenda, Assignment], str] = words
) -> list[wire.ItineraryItem]:
    """An attendee's day, in the order it is given. `say`: why, in full unless told otherwise."""
    known: dict[tuple[str, str | None], wire.ItineraryItem] = agenda.worked_out.setdefault("items", {})
    items: list[wire.ItineraryItem] = []
    for assignment in day:
        key = assignment.slot, assignment.session
        item = known.get(key)
        if item is None:
            if assignment.slot not in agenda.slot:
                continue
            item = known[key] = itinerary_item(agenda, *key)
        items.append(item if item.why else structs.replace(item, why=say(agenda, assignment)))
    return items


def itinerary_item(agenda: Agenda, slot_code: str, session_code: str | None) -> wire.ItineraryItem:
    """What is the same for everybody: of a plenary all, else all but why."""
    slot = agenda.slot[slot_code]
    session = None if session_code is None else agenda.session.get(session_code)
    return wire.ItineraryItem(
        slot=slot.code,
        session=None if session is None else session.code,
        title=None if session is None else session.title,
        starts_at=moment(agenda, slot.starts_at),
        ends_at=moment(agenda, slot.ends_at),
        room=None if session is None else room_item(agenda, session.room),
        why=FOR_EVERYONE if session is not None and session.is_plenary else "",
    )


def seat_items(agenda: Agenda, day: Iterable[Assignment]) -> list[wire.SeatItem]:
    """The same in short, as lists have it."""
    return [
        wire.SeatItem(slot=one.slot, session=one.session, why=words(agenda, one))
        for one in day
        if one.slot in agenda.slot
    ]


def scanned(person: Person) -> wire.Scanned:
    """Whose badge it was."""
    return wire.Scanned(
        number=person.number,
        first_name=person.name.first,
        display_name=person.name.display,
        discipline=person.discipline,
        disciplines=list(person.disciplines),
    )


def page_link(public_url: str, credential: str) -> str:
    """An attendee's page: the credential stands behind the '#', which no browser sends to a server."""
    return f"{public_url}/my#{credential}"
