"""What most tests work with: a fresh database on disk, a standing clock, the services, a small agenda."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from badges.credential import KeyPair, KeyRing
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda
from checkin.live import Live
from checkin.service.events import load_event
from checkin.service.occupancy import render_frame
from checkin.service.scans import ScanDesk
from checkin.service.services import Clock, Services
from checkin.service.timekeeping import find_versions
from checkin.store.database import Database
from checkin.store.engines import open_database, open_scan_log
from checkin.store.migrate import migrate
from tests.databases import ENGINES, MIGRATED, Engine, engine_of, migrated
from tests.domain.conference import CONFERENCE, at
from tests.postgres import Server, running


class StandingClock(Clock):
    """A clock that shows what the test has set it to."""

    def __init__(self, shown: Instant) -> None:
        super().__init__(source=lambda: self.shown)
        self.shown = shown

    def set(self, shown: Instant) -> None:
        """Shows this time from now on."""
        self.shown = shown

    def advance(self, microseconds: int) -> None:
        """Shows so much later a time."""
        self.shown = Instant(self.shown + microseconds)


@pytest.fixture
def agenda() -> Agenda:
    """One day in Denver, two professions, three slots."""
    return CONFERENCE


@pytest.fixture
def clock() -> StandingClock:
    """08:00 of the conference's day."""
    return StandingClock(at(8))


@pytest.fixture
def keys() -> KeyRing:
    """The keys of the contract's example."""
    return KeyRing(0, {0: KeyPair(bytes(range(32)), bytes(range(32, 64)))})


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of the tests' own, with a migrated database to copy."""
    folder = Path(tempfile.mkdtemp(prefix="checkin-"))
    try:
        with running(folder) as server:
            asyncio.run(migrated(server.create_named(MIGRATED)))
            yield server
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn; a test of one alone says `parametrize("engine", ["sqlite"], indirect=True)`."""
    return engine_of(request)


@pytest.fixture
def database_url(engine: Engine, tmp_path: Path) -> Iterator[str]:
    """The address of a database of the test's own, on each engine; it may still have to be migrated."""
    url = engine.create(tmp_path)
    yield url
    engine.drop(url)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty database with the newest schema."""
    opened = open_database(database_url)
    await opened.open()
    await migrate(opened)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def services(database: Database, keys: KeyRing, clock: StandingClock) -> AsyncIterator[Services]:
    """The use cases' surroundings, all of them real."""
    live = Live(partial(render_frame, database, clock), partial(find_versions, database, clock))
    scans = ScanDesk(open_scan_log(database), keys, clock.now, live.nudge)
    yield Services(database, keys, clock, "https://checkin.example.org", scans, live)
    await scans.close()
    await live.close()


@pytest_asyncio.fixture
async def event(services: Services, agenda: Agenda) -> Agenda:
    """The small agenda, loaded."""
    await load_event(services, agenda)
    return agenda
