"""The small conference on a PostgreSQL server that is in trouble, and the kiosks that go on asking.

Owns what a device does when it is told `unavailable`: it asks again with the same scan_id, until it is
answered. Knows nothing of what the trouble is.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from checkin.domain.errors import AppError
from checkin.domain.model import Agenda
from checkin.service.events import load_event
from checkin.service.scans import Reading
from checkin.service.services import Services
from checkin.service.verify import verify
from tests.postgres import Server, private_server
from tests.store.people import Kiosk, add_kiosk, register, rows

DATABASE = "day"
PEOPLE, CLIENTS = 12, 8
PATIENCE_SECONDS = 60.0
"""So long something may take to happen, whatever else the machine does."""

Told = tuple[str, str, int]
"""Verdict, reason and recorded_at, which a retry must get again."""


@contextmanager
def standby_pair() -> Iterator[tuple[Server, Server]]:
    """A primary with a database, which commits nothing without its standby; and the standby."""
    folder = Path(tempfile.mkdtemp(prefix="checkin-"))
    with private_server() as primary:
        primary.create_named(DATABASE)
        standby = primary.copy_to(folder)
        standby.start()
        primary.set_up(synchronous_standby_names="*")
        try:
            yield primary, standby
        finally:
            if standby.is_running:
                standby.stop("immediate")
    shutil.rmtree(folder)


def url_of(*servers: Server) -> str:
    """The address of the database, on several servers, as users write it."""
    return f"postgresql://tests@/{DATABASE}?host={','.join(str(one.folder) for one in servers)}"


async def until(is_so: Callable[[], bool]) -> None:
    """Waits until something is so; what it asks may block for a moment."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await asyncio.to_thread(is_so):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


@dataclass
class Crowd:
    """People who are scanned again and again at one kiosk, a few at a time. `answered`: by scan_id."""

    services: Services
    kiosk: Kiosk
    badges: Sequence[str]
    answered: dict[bytes, Told] = field(default_factory=dict)
    refused: int = 0
    names: Iterator[int] = field(default_factory=lambda: count(1))

    def reading(self, name: int) -> Reading:
        """The scan of a name."""
        return Reading(name.to_bytes(16, "big"), self.badges[name % len(self.badges)])

    async def scan(self, reading: Reading) -> Told:
        """One try, whose answer is remembered. `AppError unavailable` is the caller's to see."""
        assert self.kiosk.actor.event_id is not None
        answer = await self.services.scans.record_one(self.kiosk.actor.event_id, self.kiosk.facts, reading)
        recorded = answer.recorded
        told = str(recorded.verdict), str(recorded.reason), recorded.recorded_at
        assert self.answered.setdefault(reading.scan_id, told) == told
        return told

    async def scan_until_answered(self, reading: Reading) -> Told:
        """The same, asking again as a device does."""
        while True:
            try:
                return await self.scan(reading)
            except AppError as problem:
                if problem.code != "unavailable":
                    raise
                self.refused += 1
                await asyncio.sleep(0.1)

    async def go_on(self, is_enough: Callable[[], bool]) -> None:
        """Scans until it is enough, so that there is load whatever happens."""

        async def client() -> None:
            while not is_enough():
                await self.scan_until_answered(self.reading(next(self.names)))

        await asyncio.gather(*(client() for _ in range(CLIENTS)))

    async def until_answered(self, more: int) -> None:
        """Waits until so many more scans were answered."""
        wanted = len(self.answered) + more
        await until(lambda: len(self.answered) >= wanted)

    async def check(self) -> None:
        """What was answered is in the log, once and as it was told; everything adds up."""
        stored = await rows(self.services, "SELECT scan_id, verdict, reason, recorded_at FROM scan")
        kept = {bytes(row[0]): (str(row[1]), str(row[2]), int(row[3])) for row in stored}
        assert len(kept) == len(stored)
        told = {name: (one[0], one[1], one[2]) for name, one in self.answered.items()}
        assert {name: kept.get(name) for name in told} == told
        assert await verify(self.services.db) == []


async def gather_crowd(services: Services, agenda: Agenda) -> Crowd:
    """The event, a kiosk, and a dozen people with badges."""
    await load_event(services, agenda)
    badges = [(await register(services)).credential for _ in range(PEOPLE)]
    return Crowd(services, await add_kiosk(services), badges)


@asynccontextmanager
async def under_load(crowd: Crowd, before: int = 50, after: int = 50) -> AsyncIterator[None]:
    """Scans go on while the block runs: some were answered before it, and some are after it."""
    is_over = False
    load = asyncio.create_task(crowd.go_on(lambda: is_over))
    try:
        await crowd.until_answered(before)
        yield
        await crowd.until_answered(after)
    finally:
        is_over = True
        async with asyncio.timeout(PATIENCE_SECONDS):
            await load
