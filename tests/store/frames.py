"""A board's frame from scratch: every number counted in rows, none taken from a counter."""

from collections import Counter
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, select

from checkin.domain.instants import MINUTE, Instant, local_date, local_midnight
from checkin.domain.session_ends import SessionEnds
from checkin.domain.tallies import ARRIVED, COMING, TallyKey, coming_key
from checkin.service.occupancy import frame, occupancy, read_figures
from checkin.service.rooms import count_crossings
from checkin.service.services import Services
from checkin.store.closings import list_ended
from checkin.store.events import EventRow, get_event
from checkin.store.room_counts import find_last_counts
from checkin.store.schema import assignment
from checkin.store.schema_day import presence
from tests.service.venue import count_again
from tests.store.people import SLUG

_SPAN = 5 * MINUTE


async def frame_and_scratch(services: Services) -> tuple[dict[str, Any], dict[str, Any]]:
    """The event's frame of now as boards get it, and as it is counted anew."""
    now = services.clock.now()

    def work(connection: Connection) -> dict[str, Any]:
        event = get_event(connection, SLUG)
        figures = replace(read_figures(connection, event), tallies=_count(connection, event, now))
        return frame(event, figures, now)

    return await occupancy(services, SLUG), await services.db.read(work)


def _count(connection: Connection, event: EventRow, now: Instant) -> dict[TallyKey, int]:
    counts = count_again(connection, event.id)
    ends = SessionEnds(event.agenda, list_ended(connection, event.id))
    counts += count_crossings(
        connection, event.id, event.agenda, ends, find_last_counts(connection, event.id)
    )
    found = {key: n for key, n in counts.items() if key[0] not in (ARRIVED, COMING)}
    return found | _arrivals(connection, event) | _coming(connection, event, now)


def _arrivals(connection: Connection, event: EventRow) -> dict[TallyKey, int]:
    query = select(presence.c.first_at).where(
        presence.c.event_id == event.id, presence.c.first_at.is_not(None)
    )
    spans = Counter(at // _SPAN for at in connection.execute(query).scalars())
    return {(ARRIVED, str(span * _SPAN)): n for span, n in spans.items()}


def _coming(connection: Connection, event: EventRow, now: Instant) -> dict[TallyKey, int]:
    query = (
        select(assignment.c.session, func.count())
        .join(presence, presence.c.attendee_id == assignment.c.attendee_id)
        .where(
            assignment.c.event_id == event.id,
            assignment.c.session.is_not(None),
            presence.c.arrived_at >= local_midnight(now, event.agenda.zone),
            presence.c.left_at.is_(None),
        )
        .group_by(assignment.c.session)
    )
    today = local_date(now, event.agenda.zone)
    return {(COMING, coming_key(session, today)): n for session, n in connection.execute(query)}
