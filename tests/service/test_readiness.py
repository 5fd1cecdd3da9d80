"""Whether work may be sent: asked of the database itself, on each engine, and told to the log once each."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from checkin.domain.errors import AppError
from checkin.service import readiness
from checkin.service.readiness import STOPPING, Readiness
from checkin.store.database import Database
from checkin.store.database_postgres import WRITERS
from checkin.store.database_sqlite import SqliteDatabase
from checkin.store.engines import open_database
from tests.postgres import Server, running


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """A database for as long as the block runs."""
    database = open_database(url)
    await database.open()
    yield database
    await database.close()


def words(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log was told of the database."""
    return [one.getMessage() for one in caplog.records if one.name == readiness.__name__]


async def test_it_is_ready_once_the_database_was_asked_and_until_a_stop(database: Database) -> None:
    ready = Readiness()
    assert ready.problem is not None
    await ready.look(database)
    assert ready.problem is None
    ready.stop()
    await ready.look(database)
    assert ready.problem == STOPPING
    assert ready.database_problem is None


def sizes(folder: Path) -> dict[str, int]:
    """The files of a folder."""
    return {path.name: path.stat().st_size for path in folder.iterdir()}


async def test_a_look_leaves_nothing_behind(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/checkin.db") as database:
        await Readiness().look(database)
        before = sizes(tmp_path)
        for _ in range(5):
            await Readiness().look(database)
        assert sizes(tmp_path) == before


async def test_while_somebody_else_holds_the_file_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ready = Readiness()
    async with opened(f"sqlite:///{tmp_path}/checkin.db") as database:
        with closing(sqlite3.connect(tmp_path / "checkin.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with monkeypatch.context() as patched:
                patched.setattr(readiness, "PATIENCE_SECONDS", 0.05)
                for _ in range(3):
                    await ready.look(database)
                    assert ready.problem == "the database does not answer"
            other.execute("ROLLBACK")
        await ready.look(database)
        await ready.look(database)
        assert ready.problem is None
    assert words(caplog) == ["database_lost", "database_back"], "once each"


async def test_where_nothing_more_can_be_written_it_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    async with opened(f"sqlite:///{folder}/checkin.db") as database:
        assert isinstance(database, SqliteDatabase)
        folder.rename(tmp_path / "gone")
        ready = Readiness()
        await ready.look(database)
        assert ready.problem is not None
        assert "can't take this now" in ready.problem
        (tmp_path / "gone").rename(folder)
        await ready.look(database)
        assert ready.problem is None


async def test_a_server_that_takes_no_writes_is_not_ready(postgres: Server) -> None:
    url = postgres.create("template")
    name = url.partition("?")[0].rpartition("/")[2]
    async with opened(url) as database:
        ready = Readiness()
        for setting, is_ready in (("on", False), ("off", True)):
            with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
                connection.execute(
                    f"ALTER DATABASE {name} SET default_transaction_read_only = {setting}".encode()
                )
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
                )
            await ready.look(database)
            assert (ready.problem is None) is is_ready, ready.problem
            assert is_ready or "takes no writes" in str(ready.problem)
    postgres.drop(url)


async def test_writers_who_wait_do_not_make_it_unready(postgres: Server) -> None:
    url = postgres.create()
    async with opened(url) as database:
        with psycopg.connect(url) as other:
            other.execute("SELECT pg_advisory_lock(1)")
            lock = text("SELECT pg_advisory_xact_lock(1)")
            waiting = [
                asyncio.create_task(database.write(lambda connection: connection.execute(lock)))
                for _ in range(WRITERS + 1)
            ]
            await asyncio.sleep(0)  # they stand in the queue
            ready = Readiness()
            await ready.look(database)
            assert ready.problem is None
            assert not any(one.done() for one in waiting)
        await asyncio.gather(*waiting)
    postgres.drop(url)


async def test_a_server_that_goes_and_comes_back_is_told_once_each(caplog: pytest.LogCaptureFixture) -> None:
    folder = Path(tempfile.mkdtemp(prefix="checkin-"))
    with running(folder) as server:
        async with opened(server.create()) as database:
            ready = Readiness()
            await ready.look(database)
            server.stop("immediate")
            for _ in range(3):
                await ready.look(database)
                assert ready.problem is not None
            server.start()
            await ready.look(database)
            assert ready.problem is None
    shutil.rmtree(folder)
    assert words(caplog) == ["database_lost", "database_back"]


async def test_a_database_that_thinks_is_asked_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = 0

    class Thinking(SqliteDatabase):
        async def check(self) -> None:
            nonlocal asked
            asked += 1
            await super().check()

    database = Thinking(tmp_path / "checkin.db")
    await database.open()
    ready = Readiness()
    with closing(sqlite3.connect(tmp_path / "checkin.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(readiness, "PATIENCE_SECONDS", 0.02)
        for _ in range(4):
            await ready.look(database)
        assert asked == 1
        other.execute("ROLLBACK")
    monkeypatch.setattr(readiness, "PATIENCE_SECONDS", 20)
    await ready.look(database)
    assert (ready.problem, asked) == (None, 1)
    await database.close()


async def test_whatever_goes_wrong_is_a_database_lost_and_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(SqliteDatabase):
        async def check(self) -> None:
            raise sqlite3.DatabaseError("malformed near 'Ana Ruiz'")

    database = Broken(tmp_path / "checkin.db")
    ready = Readiness()
    await ready.look(database)
    assert ready.problem == "DatabaseError"
    assert words(caplog) == ["database_lost"]
    assert "Ana" not in str(caplog.records[0].args)


async def test_a_file_that_may_only_be_read_is_not_ready(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path / 'checkin.db'}") as database:
        await database.check()
        assert isinstance(database, SqliteDatabase)
        before = database._raw
        assert before is not None
        before.execute("CREATE TABLE something (id INTEGER)")
        before.close()
        reading = f"file:{tmp_path / 'checkin.db'}?mode=ro"
        database._raw = sqlite3.connect(reading, uri=True, isolation_level=None, check_same_thread=False)
        with pytest.raises(AppError, match="readonly") as refused:
            await database.check()
    assert refused.value.code == "unavailable"
