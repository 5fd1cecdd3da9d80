"""Who knows their day: whoever was shown it on a page or a badge keeps it where that is possible."""

from sqlalchemy import Connection

from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, EventId
from checkin.service.services import Services
from checkin.store.told import list_untold, put_told


async def tell_day(services: Services, event_id: EventId, attendees: list[AttendeeId] | None = None) -> None:
    """Remembers that these attendees, or all, were shown what they hold; a write only where that is new."""
    if not await services.db.read(lambda connection: list_untold(connection, event_id, attendees)):
        return
    now = services.clock.now()
    await services.db.write(lambda connection: record_telling(connection, event_id, attendees, now))


def record_telling(
    connection: Connection, event_id: EventId, attendees: list[AttendeeId] | None, now: Instant
) -> None:
    """The same inside a transaction."""
    put_told(connection, event_id, list_untold(connection, event_id, attendees), now)
