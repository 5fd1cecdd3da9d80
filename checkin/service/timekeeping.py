"""What happens by the clock alone: sessions open and end, no-shows' seats are released, midnight comes.

Owns doing it when it is due, once, whichever process comes first: under the event's lock, and as rows.
"""

import asyncio
import logging
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from checkin.domain.errors import AppError
from checkin.domain.instants import Instant, next_midnight
from checkin.domain.model import OPENS_BEFORE, EventId
from checkin.service.alerts import watch_alerts
from checkin.service.rooms import close_sessions
from checkin.service.services import Clock
from checkin.service.waiting import release_due, release_seats
from checkin.store.database import Database
from checkin.store.events import EventRow, bump, list_events, lock_event, update_ticked_at

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 1.0
"""Between two looks at the clock where no board looks more often."""


async def keep_time(db: Database, clock: Clock) -> None:
    """Does what is due, for ever. A database that can't take it now is asked again."""
    is_failing = False
    while True:
        try:
            await find_versions(db, clock)
            is_failing = False
        except AppError as problem:
            if not is_failing:
                log.error("due_must_wait", {"problem": problem.message})
            is_failing = True
        await asyncio.sleep(PAUSE_SECONDS)


async def find_versions(db: Database, clock: Clock) -> Mapping[EventId, int]:
    """The version of every event. What was due since the last look is done, and raises its event's."""
    now = clock.now()
    events = await db.read(list_events)
    versions = {event.id: event.version for event in events}
    for event in events:
        if _has_ticked(event, now):
            versions[event.id] = await db.write(partial(_tick, event_id=event.id, now=now))
    return versions | await watch_alerts(db, versions, now)


_MOMENTS_KEPT: Final = 64
_moments: OrderedDict[tuple[bytes, int], list[Instant]] = OrderedDict()


def _has_ticked(event: EventRow, now: Instant) -> bool:
    moments = _moments_of(event)
    return bisect_right(moments, now) != bisect_right(moments, event.ticked_at)


def _moments_of(event: EventRow) -> list[Instant]:
    key = (event.uuid, event.agenda_version)
    moments = _moments.get(key)
    if moments is None:
        agenda = event.agenda
        found = {Instant(slot.starts_at - OPENS_BEFORE) for slot in agenda.slots}
        found |= {slot.starts_at for slot in agenda.slots} | {slot.ends_at for slot in agenda.slots}
        found |= {release_due(agenda, slot) for slot in agenda.slots}
        midnight, days = agenda.starts_at, (agenda.last_day - agenda.first_day) // timedelta(days=1) + 1
        for _ in range(days):
            midnight = next_midnight(midnight, agenda.zone)
            found.add(midnight)
        moments = _moments[key] = sorted(found)
        while len(_moments) > _MOMENTS_KEPT:
            _moments.popitem(last=False)
    return moments


def _tick(connection: Connection, event_id: EventId, now: Instant) -> int:
    event = lock_event(connection, event_id)
    if not _has_ticked(event, now):  # another process was faster
        return event.version
    close_sessions(connection, event, now)
    release_seats(connection, event, now)
    update_ticked_at(connection, event_id, now)
    return bump(connection, event_id)
