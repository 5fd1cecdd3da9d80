"""When each device was last heard of: noted with every call, written in the background.

Owns how seldom that is written: of one device at most once a minute, so that no scan waits for it and a busy
door costs no more than an idle one.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from checkin.domain.instants import MINUTE, Instant
from checkin.domain.model import DeviceId
from checkin.service.trouble import Troubles
from checkin.store.alerts import list_events_missing
from checkin.store.database import Database
from checkin.store.devices import update_last_seen
from checkin.store.events import bump, lock_event

log = logging.getLogger(__name__)

WRITE_EVERY: Final = MINUTE
PAUSE_SECONDS: Final = 1.0


class LastCalls:
    """The devices that this process has heard of and not yet written down. For one event loop."""

    def __init__(self) -> None:
        self._noted: dict[DeviceId, Instant] = {}
        self._written: dict[DeviceId, Instant] = {}

    def note(self, device: DeviceId, now: Instant) -> None:
        """A call of this device, or a stream of it that is open."""
        self._noted[device] = now

    async def flush(self, db: Database, now: Instant, is_all: bool = False) -> int:
        """Writes what is due (or all, at the end) and tells of how many devices.

        An event that misses one of them counts it as a change, so that its alert clears at once.
        """
        due = {
            device: at
            for device, at in self._noted.items()
            if is_all or abs(now - self._written.get(device, Instant(0))) >= WRITE_EVERY
        }
        if not due:
            return 0

        def work(connection: Connection) -> None:
            # Events before devices, and both in one order: so nobody waits for another in a ring.
            missing = sorted(list_events_missing(connection, due))
            for event_id in missing:
                lock_event(connection, event_id)
            update_last_seen(connection, due)
            for event_id in missing:
                bump(connection, event_id)

        await db.write(work)
        for device, at in due.items():
            self._written[device] = now
            if self._noted.get(device) == at:
                del self._noted[device]
        return len(due)


async def keep_calls(calls: LastCalls, db: Database, now: Callable[[], Instant]) -> None:
    """Writes what is due, for ever, whatever goes wrong: it is tried again."""
    troubles = Troubles(log, "calls_must_wait")
    while True:
        try:
            await calls.flush(db, now())
            troubles.end()
        except Exception as problem:
            troubles.begin(problem)
        await asyncio.sleep(PAUSE_SECONDS)
