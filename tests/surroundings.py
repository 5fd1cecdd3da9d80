"""The use cases' surroundings on a database of any engine, without a server around them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from badges.credential import KeyRing
from checkin.live import Live
from checkin.service.occupancy import render_frame
from checkin.service.scans import ScanDesk
from checkin.service.services import Clock, Services
from checkin.service.timekeeping import find_versions
from checkin.store.engines import open_database, open_scan_log, open_scan_log_apart
from checkin.store.migrate import migrate


@asynccontextmanager
async def services_on(
    url: str, keys: KeyRing, clock: Clock, is_apart: bool = False
) -> AsyncIterator[Services]:
    """The use cases' surroundings on a database, migrated first; `is_apart`: a process records scans."""
    database = open_database(url)
    try:
        await database.open()
        await migrate(database)
        live = Live(partial(render_frame, database, clock), partial(find_versions, database, clock))
        log = await open_scan_log_apart(database, keys) if is_apart else open_scan_log(database)
        desk = ScanDesk(log, keys, clock.now, live.nudge)
        try:
            yield Services(database, keys, clock, "", desk, live)
        finally:
            await desk.close()
            await live.close()
    finally:
        await database.close()
