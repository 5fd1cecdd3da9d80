"""A caller that goes away, at whatever await it stands, leaves the database free and consistent."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from checkin.store.database_sqlite import SqliteDatabase
from tests.service.venue import KIOSK, Point, Venue, open_venue, reading, scan_id

PEOPLE = 60
MOST_AWAITS = 200
OTHERS_AT_WORK = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()
"""


class CancelledAt(Awaitable[Any]):
    """Awaits `work`, cancelling the task that does so while it stands at its nth await."""

    def __init__(self, work: Coroutine[Any, Any, Any], step: int) -> None:
        self._work = work
        self._step = step
        self.was_reached = False

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._work.__await__()
        problem: BaseException | None = None
        step = 0
        while True:
            try:
                waiting_for = steps.send(None) if problem is None else steps.throw(problem)
            except StopIteration as stop:
                return stop.value
            if step == self._step:
                self.was_reached = True
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            step += 1
            try:
                yield waiting_for
                problem = None
            except BaseException as raised:
                problem = raised


@pytest.fixture
async def venue(database_url: str) -> AsyncIterator[Venue]:
    async with open_venue(database_url, PEOPLE) as opened:
        yield opened


async def one_scan(venue: Venue, name: int) -> None:
    await venue.scan_one(reading(name, 1 + name % PEOPLE))


async def several_scans(venue: Venue, name: int) -> None:
    await venue.scan(*(reading(n, 1 + n % PEOPLE) for n in range(name, name + 3)))


async def scan_and_undo(venue: Venue, name: int) -> None:
    await venue.scan_one(reading(name, 1 + name % PEOPLE))
    await venue.desk.undo(scan_id(name), KIOSK.id, "device 1")


async def ordinary_write(venue: Venue, name: int) -> None:
    await venue.execute("INSERT INTO setting VALUES (:name, 'x')", name=str(name))


async def ordinary_read(venue: Venue, name: int) -> None:
    assert await venue.database.read(lambda c: c.execute(text("SELECT 1")).scalar()) == 1


@pytest.mark.parametrize("work", [one_scan, several_scans, scan_and_undo, ordinary_write, ordinary_read])
async def test_cancelled_at_any_await_the_database_is_free_and_consistent(
    venue: Venue, work: Callable[[Venue, int], Coroutine[Any, Any, None]]
) -> None:
    reached = 0
    for step in range(MOST_AWAITS):
        attempt = CancelledAt(work(venue, 1000 * (step + 1)), step)

        async def call(attempt: CancelledAt = attempt) -> None:
            await attempt

        task = asyncio.create_task(call())
        await asyncio.wait([task])
        if not attempt.was_reached:
            break
        assert task.cancelled(), f"await {step} swallowed the cancellation"
        reached += 1
        async with asyncio.timeout(10):
            await venue.scan_one(reading(step + 1, 1 + step % PEOPLE))
            assert await venue.faults() == []
            await assert_free(venue)
    else:
        pytest.fail(f"still waiting after {MOST_AWAITS} awaits")
    assert reached >= 1


async def assert_free(venue: Venue) -> None:
    """Nobody holds a lock, and no reader's connection is kept out of its pool."""
    if isinstance(venue.database, SqliteDatabase):
        assert_free_file(venue.database.path)
        return
    for _ in range(500):  # what was cancelled may still be coming to its end, on a thread of its own
        if await venue.rows(OTHERS_AT_WORK) == [(0,)]:
            return
        await asyncio.sleep(0.02)
    pytest.fail("a connection is still inside a transaction")


def assert_free_file(path: Path) -> None:
    """The same of a SQLite file, where whatever came before has ended when a write has."""
    with sqlite3.connect(path, timeout=0, isolation_level=None) as beside:
        beside.execute("BEGIN IMMEDIATE")
        beside.execute("ROLLBACK")
        busy, in_log, moved = beside.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    beside.close()
    assert (busy, in_log, moved) == (0, 0, 0), "a reader is still inside a transaction"


@pytest.mark.parametrize("point", list(Point))
async def test_cancelled_while_its_batch_is_being_committed_the_scan_is_stored(
    venue: Venue, point: Point
) -> None:
    gone: list[asyncio.Task[Any]] = []
    loop = asyncio.get_running_loop()

    def go_away(reached: Point) -> None:
        if reached is point and gone:
            task = gone.pop()
            loop.call_soon_threadsafe(task.cancel)

    venue.at_point = go_away
    task = asyncio.create_task(venue.scan_one(reading(1, 3)))
    gone.append(task)
    stays = asyncio.create_task(venue.scan_one(reading(2, 4)))
    await asyncio.wait([task, stays])
    assert (await stays).recorded.scan_id == scan_id(2)
    retry = await venue.scan_one(reading(1, 3))
    assert retry.outcome.is_replay
    assert await venue.tally("checked_in") == 2
    assert await venue.faults() == []
    await assert_free(venue)
