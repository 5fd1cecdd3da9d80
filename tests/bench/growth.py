"""Whether recording scans becomes slower while the log grows, on either engine.

`python -m tests.bench.growth [--scans 50000] [--database URL]` begins with an empty log, in databases of its
own on SQLite and on a PostgreSQL server of its own (or in the empty database of a URL), and prints for each
fifth of the scans how many a second were answered and what one took of the processor: of this process and,
on PostgreSQL, of the server. Each fifth has the same mix: people who arrive at a kiosk, enter a room, leave
it, enter again, and come to the kiosk once more.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count, cycle, pairwise
from pathlib import Path
from time import perf_counter, process_time

import uvloop
from sqlalchemy import text

from checkin.app import open_services
from checkin.config import Settings
from checkin.domain.instants import to_instant
from checkin.domain.model import EventId
from checkin.domain.scans import DeviceFacts, Direction, Override
from checkin.service.devices import authenticate_device
from checkin.service.scans import Reading
from checkin.service.services import Services
from checkin.store.engines import is_postgres
from tests.bench.venue import MORNING, Seeded, seed
from tests.postgres import running

PARTS = 5
CLIENTS = 256
SCANS_EACH = 5
_LET_IN = Override("a measurement", "bench")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Part:
    """One fifth of the scans. Seconds, `server` None where there is none or it can't be seen."""

    scans: int
    wall: float
    processor: float
    server: float | None

    @property
    def rate(self) -> float:
        """Scans a second."""
        return self.scans / self.wall

    @property
    def cost(self) -> float:
        """Processor seconds of a scan, wherever they were spent."""
        return (self.processor + (self.server or 0.0)) / self.scans


@dataclass(frozen=True, slots=True)
class Growth:
    """The fifths in their order. Both ratios are 1 where nothing grows, less where it becomes slower."""

    parts: Sequence[Part]

    @property
    def rate(self) -> float:
        """The last fifth's scans a second to the first's."""
        return self.parts[-1].rate / self.parts[0].rate

    @property
    def thrift(self) -> float:
        """The first fifth's processor time to the last's: the same ratio on a machine that others use too."""
        return self.parts[0].cost / self.parts[-1].cost

    def table(self) -> str:
        """As text, a row for each fifth."""
        rows = [f"{'scans':>7} {'a second':>9} {'us a scan':>9} {'server us':>9}"]
        for part in self.parts:
            server = "" if part.server is None else f"{1e6 * part.server / part.scans:>9.1f}"
            rows.append(
                f"{part.scans:>7,} {part.rate:>9,.0f} {1e6 * part.processor / part.scans:>9.1f} {server:>9}"
            )
        return "\n".join(
            [*rows, f"last fifth to first: {self.rate:.2f}, by processor time {self.thrift:.2f}"]
        )


async def measure(url: str, scans: int = 50_000) -> Growth:
    """Fills an empty database with scans."""
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(database=url, secret_file=Path(name) / "checkin.secret")
        seeded = await seed(Path(name), scans // SCANS_EACH, displays=0, come=0.0, database=url)
        async with open_services(settings, to_instant(datetime.fromisoformat(MORNING))) as services:
            server = await _server_clock(services) if is_postgres(url) else None
            return Growth(await _fill(services, seeded, server))


async def _fill(services: Services, seeded: Seeded, server: Callable[[], float] | None) -> list[Part]:
    kiosk = await _device(services, seeded.kiosks[0])
    doors = cycle([await _device(services, token) for token in seeded.doors.values()])
    names, people = count(1), iter(seeded.waiting)
    total = SCANS_EACH * len(seeded.waiting)
    step, done = total // PARTS, 0
    marks = [_now(server)]

    async def come(badges: Iterator[str]) -> None:
        nonlocal done
        for badge in badges:
            door = next(doors)
            for event_id, device, direction in (
                (*kiosk, Direction.AUTO),
                (*door, Direction.IN),
                (*door, Direction.OUT),
                (*door, Direction.IN),
                (*kiosk, Direction.AUTO),
            ):
                reading = Reading(
                    next(names).to_bytes(16, "big"),
                    badge,
                    direction=direction,
                    override=_LET_IN if direction is Direction.IN else None,
                )
                await services.scans.record_one(event_id, device, reading)
                done += 1
                if done % step == 0:
                    marks.append(_now(server))

    await asyncio.gather(*(come(people) for _ in range(CLIENTS)))
    return [
        Part(
            step, after[0] - before[0], after[1] - before[1], None if server is None else after[2] - before[2]
        )
        for before, after in pairwise(marks)
    ]


async def _device(services: Services, token: str) -> tuple[EventId, DeviceFacts]:
    actor = await authenticate_device(services, token)
    if actor is None or actor.device is None or actor.event_id is None:
        raise RuntimeError("the device is not paired")
    return actor.event_id, actor.device


def _now(server: Callable[[], float] | None) -> tuple[float, float, float]:
    return perf_counter(), process_time(), server() if server is not None else 0.0


async def _server_clock(services: Services) -> Callable[[], float] | None:
    """What the server's processes have used of the processor so far; None if it runs elsewhere."""
    backend = await services.db.read(lambda c: c.execute(text("SELECT pg_backend_pid()")).scalar_one())
    return _clock_of(Path(f"/proc/{backend}/stat"))


def _clock_of(backend: Path) -> Callable[[], float] | None:
    if not backend.exists() or "postgres" not in backend.read_text():
        return None
    postmaster = int(_fields(backend)[1])

    def used() -> float:
        ticks = sum(int(field) for field in _fields(Path(f"/proc/{postmaster}/stat"))[11:15])
        for child in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split():
            ticks += sum(int(field) for field in _fields(Path(f"/proc/{child}/stat"))[11:13])
        return ticks / _TICKS

    return used


def _fields(stat: Path) -> list[str]:
    """From the process's state on: its parent is 1, its times 11 and 12, its dead children's 13 and 14."""
    return stat.read_text().rpartition(")")[2].split()


@asynccontextmanager
async def _databases(given: str | None) -> AsyncIterator[list[str]]:
    if given is not None:
        yield [given]
        return
    with tempfile.TemporaryDirectory(prefix="checkin-") as name, running(Path(name)) as server:
        yield [f"sqlite:///{name}/checkin.db", server.create()]


async def _run(scans: int, given: str | None) -> None:
    async with _databases(given) as urls:
        for url in urls:
            growth = await measure(url, scans)
            print(f"{url.partition(':')[0]}\n{growth.table()}", flush=True)


def main() -> None:
    """Prints a table for each engine."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth")
    parser.add_argument("--scans", type=int, default=50_000)
    parser.add_argument("--database", help="an empty one")
    given = parser.parse_args()
    uvloop.run(_run(given.scans, given.database))


if __name__ == "__main__":
    main()
