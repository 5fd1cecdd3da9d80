"""A copy that is killed halfway leaves the new database empty, and can be made again."""

import asyncio
import sys
import time
from pathlib import Path

import psycopg

from tests.api.terminal import Terminal
from tests.postgres import Server
from tests.service.whole_day import put_day

GATE = 4711
"""The advisory lock at which the copy waits, with most of its rows written."""

TRIGGER = f"""
    CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock({GATE}); RETURN NEW; END $$;
    CREATE TRIGGER gate BEFORE INSERT ON scan FOR EACH ROW EXECUTE FUNCTION wait_at_gate()
"""
WAITING = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {GATE} AND NOT granted"
ALONE = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


def wait_until(connection: psycopg.Connection[tuple[int]], query: str, wanted: int) -> None:
    """Until a count is what it is waited for."""
    deadline = time.monotonic() + 60
    while connection.execute(query.encode()).fetchone() != (wanted,):
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def test_a_killed_copy_leaves_nothing(tmp_path: Path, postgres: Server) -> None:
    await put_day(f"sqlite:///{tmp_path / 'checkin.db'}")
    url = postgres.create("template")
    terminal = Terminal(tmp_path)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TRIGGER.encode())
        connection.execute(f"SELECT pg_advisory_lock({GATE})".encode())
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "checkin", "copy", "sqlite:///checkin.db", url),
            cwd=tmp_path,
            env=terminal.environment(),
        )
        await asyncio.to_thread(wait_until, connection, WAITING, 1)
        process.kill()
        await process.wait()
        connection.execute(f"SELECT pg_advisory_unlock({GATE})".encode())
        await asyncio.to_thread(wait_until, connection, ALONE, 1)
        for table in ("event", "attendee", "scan", "setting"):
            assert connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (0,)
    told = await asyncio.to_thread(terminal.does, "copy", "sqlite:///checkin.db", url)
    assert "every table is the same" in told
    postgres.drop(url)
