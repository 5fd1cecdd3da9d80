"""An attendee's own page: whoever holds the credential sees what it is good for, and nothing else."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from badges.credential import is_genuine, parse
from badges.layout import BadgeContent
from checkin.domain.assignments import Assignment
from checkin.domain.day import itinerary, next_stop
from checkin.domain.errors import not_found
from checkin.domain.model import Person, Session
from checkin.service.attendee_views import held_by
from checkin.service.badges import badge_content, draw
from checkin.service.services import Services
from checkin.service.telling import tell_day
from checkin.store.attendees import find_attendee
from checkin.store.credentials import find_credential
from checkin.store.events import EventRow, get_event

_REFUSED = "This badge is not valid. Please ask at the help desk."


@dataclass(frozen=True, slots=True)
class My:
    """What the page shows. `stop`: the session to go to now or next; `version` is the event's."""

    person: Person
    itinerary: tuple[Assignment, ...]
    stop: Session | None
    event: EventRow
    badge_png: bytes | None = field(default=None, repr=False)


async def look_up(services: Services, letters: str, with_badge: bool = False) -> My:
    """The holder's day. `AppError not_found` for everything that is refused: no telling why."""
    credential = parse(letters)
    if credential is None:
        raise not_found(_REFUSED)
    now = services.clock.now()

    def work(connection: Connection) -> tuple[My, BadgeContent]:
        found = find_credential(connection, credential.digest)
        if found is None or found.replaced_at is not None:
            raise not_found(_REFUSED)
        event = get_event(connection, found.event_id)
        row = find_attendee(connection, found.attendee)
        if row is None or row.is_cancelled or not is_genuine(services.keys, credential, event.uuid):
            raise not_found(_REFUSED)
        held = held_by(connection, event, [row.id]).get(row.id, {})
        day = itinerary(event.agenda, held)
        mine = My(row.person, day, next_stop(event.agenda, day, now), event)
        return mine, badge_content(event, row, credential.letters, held)

    mine, content = await services.db.read(work)
    await tell_day(services, mine.event.id, [mine.person.id])
    if not with_badge:
        return mine
    return My(mine.person, mine.itinerary, mine.stop, mine.event, await draw(content))
