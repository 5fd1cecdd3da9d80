"""What happens by the clock alone: sessions open and end, no-shows' seats are released, midnight comes.

Owns doing it when it is due, once, whichever process comes first: under the event's lock, and as rows. Each
event's is done beside the others': one whose row somebody holds makes no other wait, nor any board.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from checkin.domain.instants import Instant, is_by_faster_clock, next_midnight
from checkin.domain.model import OPENS_BEFORE, Agenda, EventId
from checkin.service.alerts import Watched, look_at_alerts, settle_alerts
from checkin.service.rooms import close_sessions
from checkin.service.services import Clock, find_offset
from checkin.service.trouble import Troubles
from checkin.service.waiting import release_due, release_seats
from checkin.store.database import Database
from checkin.store.events import EventState, bump, find_event, list_states, lock_event, update_ticked_at

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 1.0
"""Between two looks at the clock; also before an event is tried again whose work went wrong."""

WATCHED_PAUSE_SECONDS: Final = 0.25
"""The same while boards are open, which show what comes of it."""

LOOKS_AT_ONCE: Final = 2
"""So many events are looked at in one moment: each minute all are, and others want to read too."""


async def keep_time(db: Database, clock: Clock, is_watched: Callable[[], bool]) -> None:
    """Does what is due, for ever, whatever goes wrong; `is_watched`: whether boards are open."""
    keeper = Timekeeper(db, clock)
    troubles = Troubles(log, "due_must_wait")
    try:
        while True:
            try:
                await keeper.look()
                troubles.end()
            except Exception as problem:
                troubles.begin(problem)
            await asyncio.sleep(WATCHED_PAUSE_SECONDS if is_watched() else PAUSE_SECONDS)
    finally:
        await keeper.close()


async def find_versions(db: Database, clock: Clock) -> Mapping[EventId, int]:
    """The version of every event. Only reads, and waits for nobody's row.

    The clock is set as the database keeps it: another process may have begun a rehearsal.
    """
    return {state.id: state.version for state in await _read_states(db, clock)}


async def _read_states(db: Database, clock: Clock) -> Sequence[EventState]:
    offset, states = await db.read(lambda connection: (find_offset(connection), list_states(connection)))
    clock.follow(offset)
    return states


@dataclass(frozen=True, slots=True)
class _Known:
    """An event after all that was due was done: when there will be something again."""

    agenda_version: int
    moments: Sequence[Instant]
    watched: Watched

    def is_old(self, state: EventState, now: Instant) -> bool:
        """Whether something may be due."""
        if state.agenda_version != self.agenda_version or self.watched.is_old(state.version, now):
            return True
        return _has_ticked(self.moments, state.ticked_at, now)


@dataclass(frozen=True, slots=True)
class _Seen:
    known: _Known
    has_ticked: bool
    has_alerts: bool
    """Whether some are to be raised or cleared."""


class Timekeeper:
    """Does what is due of each event in a task of its own, one at a time an event. For one event loop."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._known: dict[EventId, _Known] = {}
        self._under_way: dict[EventId, asyncio.Task[None]] = {}
        self._looking = asyncio.Semaphore(LOOKS_AT_ONCE)
        self.troubles = Troubles(log, "due_must_wait")
        """The events whose work went wrong when it was last tried."""

    async def look(self) -> None:
        """Begins what is due, and waits for none of it. `AppError unavailable` if nothing can be read."""
        states = await _read_states(self._db, self._clock)
        now = self._clock.now()
        for gone in self._known.keys() - {state.id for state in states}:
            del self._known[gone]
        for state in states:
            known = self._known.get(state.id)
            if state.id not in self._under_way and (known is None or known.is_old(state, now)):
                self._begin(state.id, now)

    async def until_done(self) -> None:
        """Waits for all that was begun."""
        while self._under_way:
            await asyncio.wait(self._under_way.values())

    async def close(self) -> None:
        """Begins nothing more of what is under way. What is being written is not undone by that."""
        for task in self._under_way.values():
            task.cancel()
        await self.until_done()

    def _begin(self, event_id: EventId, now: Instant) -> None:
        task = asyncio.create_task(self._try(event_id, now))
        self._under_way[event_id] = task
        task.add_done_callback(lambda _: self._under_way.pop(event_id))

    async def _try(self, event_id: EventId, now: Instant) -> None:
        try:
            await self._do_due(event_id, now)
            self.troubles.end(event_id)
        except Exception as problem:  # the other events' sessions end all the same
            self.troubles.begin(problem, event_id)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _do_due(self, event_id: EventId, now: Instant) -> None:
        seen = await self._see(event_id, now)
        if seen is not None and seen.has_ticked:
            await self._db.write(partial(_tick, event_id=event_id, now=now))
            seen = await self._see(event_id, now)
        if seen is None:
            return
        if seen.has_alerts:
            await self._db.write(partial(settle_alerts, event_id=event_id, now=now))
        self._known[event_id] = seen.known

    async def _see(self, event_id: EventId, now: Instant) -> _Seen | None:
        before = self._known.get(event_id)
        async with self._looking:
            return await self._db.read(partial(_look, event_id=event_id, before=before, now=now))


def _look(connection: Connection, event_id: EventId, before: _Known | None, now: Instant) -> _Seen | None:
    event = find_event(connection, event_id)
    if event is None:
        return None
    is_same = before is not None and before.agenda_version == event.agenda_version
    moments = before.moments if before is not None and is_same else _find_moments(event.agenda)
    watched, has_alerts = look_at_alerts(connection, event, now)
    known = _Known(event.agenda_version, moments, watched)
    return _Seen(known, _has_ticked(moments, event.ticked_at, now), has_alerts)


def _tick(connection: Connection, event_id: EventId, now: Instant) -> None:
    event = lock_event(connection, event_id)
    if not _has_ticked(_find_moments(event.agenda), event.ticked_at, now):  # another process was faster
        return
    close_sessions(connection, event, now)
    release_seats(connection, event, now)
    update_ticked_at(connection, event_id, now)
    bump(connection, event_id)


def _has_ticked(moments: Sequence[Instant], ticked_at: Instant, now: Instant) -> bool:
    if is_by_faster_clock(ticked_at, now):
        return False
    return bisect_right(moments, now) != bisect_right(moments, ticked_at)


def _find_moments(agenda: Agenda) -> Sequence[Instant]:
    found = {Instant(slot.starts_at - OPENS_BEFORE) for slot in agenda.slots}
    found |= {slot.starts_at for slot in agenda.slots} | {slot.ends_at for slot in agenda.slots}
    found |= {release_due(agenda, slot) for slot in agenda.slots}
    midnight, days = agenda.starts_at, (agenda.last_day - agenda.first_day) // timedelta(days=1) + 1
    for _ in range(days):
        midnight = next_midnight(midnight, agenda.zone)
        found.add(midnight)
    return sorted(found)
