"""A PostgreSQL server that crashes under load: scans wait or are refused, none that was answered is lost."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from badges.credential import KeyRing
from checkin.domain.errors import AppError
from checkin.domain.model import Agenda
from checkin.live import Live
from checkin.service.events import load_event
from checkin.service.occupancy import render_frame
from checkin.service.scans import Reading, ScanDesk
from checkin.service.services import Services
from checkin.service.timekeeping import find_versions
from checkin.service.verify import verify
from checkin.store.engines import open_database, open_scan_log
from checkin.store.migrate import migrate
from tests.conftest import StandingClock
from tests.postgres import Server, running
from tests.store.people import Kiosk, add_kiosk, register, rows

PEOPLE, CLIENTS, SCANS = 12, 8, 400


@pytest.fixture
async def crashing(
    keys: KeyRing, clock: StandingClock, agenda: Agenda
) -> AsyncIterator[tuple[Server, Services]]:
    """A server that no other test uses, with the small conference on it."""
    folder = Path(tempfile.mkdtemp(prefix="checkin-"))
    with running(folder) as server:
        database = open_database(server.create())
        await database.open()
        await migrate(database)
        live = Live(partial(render_frame, database, clock), partial(find_versions, database, clock))
        desk = ScanDesk(open_scan_log(database), keys, clock.now, live.nudge)
        services = Services(database, keys, clock, "", desk, live)
        await load_event(services, agenda)
        yield server, services
        await desk.close()
        await live.close()
        await database.close()
    shutil.rmtree(folder)


async def test_no_answered_scan_is_lost_when_the_server_crashes(crashing: tuple[Server, Services]) -> None:
    server, services = crashing
    badges = [(await register(services)).credential for _ in range(PEOPLE)]
    kiosk = await add_kiosk(services)
    names, answered, is_busy = count(1), set[bytes](), asyncio.Event()

    async def client() -> None:
        for name in names:
            if name > SCANS:
                return
            reading = Reading(name.to_bytes(16, "big"), badges[name % PEOPLE])
            answered.add(await send(kiosk, reading))
            if len(answered) > SCANS // 4:
                is_busy.set()

    async def send(kiosk: Kiosk, reading: Reading) -> bytes:
        while True:
            try:
                assert kiosk.actor.event_id is not None
                answer = await services.scans.record_one(kiosk.actor.event_id, kiosk.facts, reading)
                return answer.recorded.scan_id
            except AppError as problem:
                if problem.code != "unavailable":
                    raise
                await asyncio.sleep(0.1)

    async def crash() -> None:
        await is_busy.wait()
        await asyncio.to_thread(server.stop, "immediate")
        await asyncio.to_thread(server.start)

    await asyncio.gather(crash(), *(client() for _ in range(CLIENTS)))
    stored = {bytes(scan_id) for (scan_id,) in await rows(services, "SELECT scan_id FROM scan")}
    assert len(answered) == SCANS
    assert answered == stored
    assert await verify(services.db) == []
