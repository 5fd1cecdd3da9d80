"""A process that records scans until it dies, and says on standard output which of them were answered.

Run as `python -m tests.faults.scan_writer DATABASE SCANS PEOPLE POINT COUNT`: it kills itself with SIGKILL
when it passes POINT (`before_commit`, `after_commit`, `never`) for the COUNTth time. With POINT `hasty` the
database is deliberately broken: it answers before it commits, and the process dies in between.
"""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar

from checkin.store.database import Database
from checkin.store.database_sqlite import SqliteDatabase, sqlite_path
from checkin.store.engines import open_database
from tests.service.venue import Point, open_venue, reading

T = TypeVar("T")

CLIENTS = 8


def die() -> None:
    """Ends this process as a pulled plug would, as far as it is concerned."""
    os.kill(os.getpid(), signal.SIGKILL)


class HastyDatabase(SqliteDatabase):
    """What must never be: results go out before the commit."""

    def __init__(self, path: Path, batches: int, told: list[int]) -> None:
        super().__init__(path)
        self._batches_left = batches
        self._told = told
        self._tasks: set[asyncio.Task[object]] = set()

    async def write_raw(self, work: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        early: asyncio.Future[T] = loop.create_future()

        def answer_early(raw: Connection) -> None:
            (before,) = raw.execute("SELECT count(*) FROM scan").fetchone()
            result = work(raw)
            loop.call_soon_threadsafe(early.set_result, result)
            self._batches_left -= 1
            if not self._batches_left:
                while len(self._told) <= before:  # until one of this batch has been answered
                    time.sleep(0.005)
                die()

        task = loop.create_task(super().write_raw(answer_early))
        self._tasks.add(task)
        return await early


async def write_scans(url: str, scans: int, people: int, point: str, count: int) -> None:
    """Records the scans 1 to `scans` of so many people, a few at a time."""
    passed: Counter[str] = Counter()
    told: list[int] = []

    def at_point(reached: Point) -> None:
        passed[reached.value] += 1
        if reached.value == point and passed[point] == count:
            die()

    def make(url: str) -> Database:
        return HastyDatabase(sqlite_path(url), count, told) if point == "hasty" else open_database(url)

    async with open_venue(url, make=make) as venue:
        venue.at_point = at_point
        names = iter(range(1, scans + 1))

        async def send() -> None:
            for name in names:
                answer = await venue.scan_one(reading(name, 1 + name % people))
                os.write(1, f"{name} {answer.recorded.reason} {answer.recorded.recorded_at}\n".encode())
                told.append(name)

        await asyncio.gather(*(send() for _ in range(CLIENTS)))


if __name__ == "__main__":
    database, scans, people, point, count = sys.argv[1:]
    asyncio.run(write_scans(database, int(scans), int(people), point, int(count)))
