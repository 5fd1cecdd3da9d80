"""A process that is killed loses nothing that it has answered.

Being killed alone proves little (what the system holds for the disk survives it), so the process also dies
between its steps, every commit is checked to wait for the disk, and the harness must catch a database that
answers early.
"""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from checkin.service.scans import Answer
from checkin.store.database_postgres import PostgresDatabase
from tests.postgres import name_of
from tests.service.venue import Venue, open_venue, reading, scan_id

PEOPLE = 60
SCANS = 150
ROOT = Path(__file__).parents[2]


on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
async def database(database_url: str) -> str:
    async with open_venue(database_url, PEOPLE):
        pass
    return database_url


def answered(output: bytes) -> dict[int, tuple[str, int]]:
    """The scans that a writer says were answered; a line cut off by its death does not count."""
    lines = output.decode().split("\n")[:-1]
    return {int(n): (reason, int(at)) for n, reason, at in (line.split() for line in lines)}


async def run_writer(database: str, point: str, count: int, kill_after: int = 0) -> tuple[int, bytes]:
    """Runs a writer to its end, or kills it after so many answers; its exit status and output."""
    arguments = [database, str(SCANS), str(PEOPLE), point, str(count)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.scan_writer", *arguments, cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    output = b"".join([await process.stdout.readline() for _ in range(kill_after)])
    if kill_after:
        process.send_signal(signal.SIGKILL)
    output += await process.stdout.read()
    return await process.wait(), output


async def find_lost(venue: Venue, told: dict[int, tuple[str, int]]) -> set[int]:
    """The scans that were answered and are not in the log as they were answered."""
    rows = await venue.rows("SELECT scan_id, reason, recorded_at FROM scan")
    stored = {(row[0], row[1], row[2]) for row in rows}
    return {name for name, (reason, at) in told.items() if (scan_id(name), reason, at) not in stored}


async def stored_ids(venue: Venue) -> set[object]:
    """The ids in the log."""
    return {row[0] for row in await venue.rows("SELECT scan_id FROM scan")}


async def check_after(database: str, output: bytes) -> set[int]:
    """Nothing contradicts the log, nothing answered is lost, and sending all again counts everyone once.

    Gives the scans that were stored and not answered.
    """
    told = answered(output)
    async with open_venue(database) as venue:
        assert await venue.faults() == []
        assert await find_lost(venue, told) == set()
        ids = await stored_ids(venue)
        stored = {name for name in range(1, SCANS + 1) if scan_id(name) in ids}
        again = await venue.scan(*(reading(name, 1 + name % PEOPLE) for name in range(1, SCANS + 1)))
        for name, answer in enumerate(again, 1):
            assert isinstance(answer, Answer)
            assert answer.outcome.is_replay == (name in stored)
            if name in told:
                assert (answer.recorded.reason, answer.recorded.recorded_at) == told[name]
        assert await venue.tally("checked_in") == PEOPLE
        assert await venue.rows("SELECT count(*) FROM scan") == [(SCANS,)]
        assert await venue.faults() == []
    return stored - told.keys()


@pytest.mark.parametrize("count", [1, 4, 9])
async def test_killed_before_a_commit_the_batch_was_never_there(database: str, count: int) -> None:
    status, output = await run_writer(database, "before_commit", count)
    assert status == -signal.SIGKILL
    unanswered = await check_after(database, output)
    assert count > 1 or unanswered == set()


@pytest.mark.parametrize("count", [1, 4, 9])
async def test_killed_between_commit_and_answer_a_retry_gets_the_answer(database: str, count: int) -> None:
    status, output = await run_writer(database, "after_commit", count)
    assert status == -signal.SIGKILL
    assert await check_after(database, output), "the last batch was stored and not answered"


@pytest.mark.parametrize("kill_after", [3, 40, 90])
async def test_killed_from_outside_nothing_answered_is_lost(database: str, kill_after: int) -> None:
    status, output = await run_writer(database, "never", 0, kill_after)
    assert status == -signal.SIGKILL
    assert len(answered(output)) >= kill_after
    await check_after(database, output)


@on_sqlite  # the deliberate fault is in that engine's writer
async def test_the_harness_catches_answers_before_the_commit(database: str) -> None:
    status, output = await run_writer(database, "hasty", 4)
    assert status == -signal.SIGKILL
    async with open_venue(database) as venue:
        assert await find_lost(venue, answered(output)) != set()


@on_sqlite
async def test_every_commit_waits_for_the_disk(database: str) -> None:
    async with open_venue(database) as venue:
        found = await venue.database.write(
            lambda c: [
                c.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")
            ]
        )
        assert found == [2, "wal"]  # 2 is FULL: the log of writes is synced before a commit returns


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_commit_of_scans_waits_for_the_disk_whatever_the_database_says(database: str) -> None:
    async with open_venue(database) as venue:
        await venue.execute(f"ALTER DATABASE {name_of(database)} SET synchronous_commit = off")
    async with open_venue(database) as venue:
        assert await venue.rows("SHOW synchronous_commit") == [("off",)]
        assert await venue.rows("SHOW fsync") == [("on",)], "as in all of these tests"
        assert isinstance(venue.database, PostgresDatabase)
        async with venue.database.scan_transaction(10) as connection:
            assert await connection.fetchval("SHOW synchronous_commit") == "on"
