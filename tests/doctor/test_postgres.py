"""The doctor's look at a PostgreSQL server: a real one, really set up wrongly."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, text

from checkin.config import Settings
from checkin.doctor import postgres as doctor
from checkin.doctor.examination import examine
from checkin.doctor.finding import Finding, Level
from checkin.store.batches_postgres import SCAN_CONNECTIONS
from checkin.store.database import READERS
from checkin.store.database_postgres import WRITERS, PostgresDatabase
from checkin.store.engines import open_database, read_once
from tests.postgres import Server, name_of, running


def examined(url: str, folder: Path) -> dict[str, list[Finding]]:
    """What is not well with a database, by subject."""
    found: dict[str, list[Finding]] = {}
    for one in examine(Settings(url, folder / "checkin.secret", port=0), {}):
        if one.level is not Level.OK:
            found.setdefault(one.subject, []).append(one)
    return found


def facts_of(url: str) -> dict[str, Any]:
    """What the checks look at."""
    return read_once(url, doctor.read_facts)


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    """A migrated database."""
    made = postgres.create("template")
    yield made
    postgres.drop(made)


def set_up(url: str, *statements: str) -> None:
    """Changes a database as its administrator; `{name}` is the database's name."""
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.format(name=name).encode())


SERVER = {"PostgreSQL", "durability", "connections", "rights", "database", "schema"}


def test_a_server_that_is_well_has_no_faults(url: str, tmp_path: Path) -> None:
    assert examined(url, tmp_path).keys() & SERVER == set()
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    (found,) = examined(f"postgresql://tests:hush@/none?host={tmp_path}", tmp_path)["database"]
    assert found.level is Level.FAULT
    assert "no server listens at that socket" in found.says
    assert "hush" not in found.says


def test_a_database_that_is_not_there_is_told(postgres: Server, tmp_path: Path) -> None:
    (found,) = examined(postgres.url("absent"), tmp_path)["database"]
    assert "has no such database" in found.says


@pytest.mark.parametrize(
    ("statement", "subject", "level", "words"),
    [
        ("SET synchronous_commit = off", "durability", Level.WARNING, "synchronous_commit is off"),
        ("SET default_transaction_read_only = on", "PostgreSQL", Level.FAULT, "read-only"),
        ("CONNECTION LIMIT 5", "connections", Level.FAULT, "5 connections"),
    ],
)
def test_settings_of_a_database_are_told(
    url: str, tmp_path: Path, statement: str, subject: str, level: Level, words: str
) -> None:
    set_up(url, f"ALTER DATABASE {{name}} {statement}")
    (found,) = examined(url, tmp_path)[subject]
    assert found.level is level
    assert words in found.says


def test_a_narrow_encoding_is_told(postgres: Server, tmp_path: Path) -> None:
    set_up(
        postgres.url("postgres"),
        "CREATE DATABASE narrow ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0",
    )
    (found,) = examined(postgres.url("narrow"), tmp_path)["database"]
    postgres.drop(postgres.url("narrow"))
    assert found.level is Level.FAULT
    assert "LATIN1" in found.says


def test_rights_that_lack_are_told(url: str, tmp_path: Path) -> None:
    set_up(url, "CREATE ROLE weak LOGIN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    weak = url.replace("tests@", "weak@")
    try:
        (found,) = examined(weak, tmp_path)["rights"]
        assert "weak may not make tables in schema public" in found.says
        set_up(url, found.way_out, "GRANT SELECT ON alembic_version TO weak")
        (found,) = examined(weak, tmp_path)["rights"]
        assert "may not read and write" in found.says
        tables, _, sequences = found.way_out.partition("; ")
        set_up(url, tables)
        (found,) = examined(weak, tmp_path)["rights"]
        assert "_seq" in found.says
        set_up(url, sequences)
        assert "rights" not in examined(weak, tmp_path)
    finally:
        set_up(url, "DROP OWNED BY weak", "DROP ROLE weak")


def test_servers_that_lose_data_or_are_standbys_are_told(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="checkin-"))
    try:
        with running(folder) as server:
            set_up(
                server.url("postgres"),
                "ALTER SYSTEM SET fsync = off",
                "ALTER SYSTEM SET full_page_writes = off",
            )
            server.stop()
            server.start()
            found = examined(server.url("postgres"), tmp_path)
            assert [one.level for one in found["durability"]] == [Level.FAULT, Level.WARNING]
            server.stop()
            (server.data / "standby.signal").touch()
            shutil.chown(server.data / "standby.signal", server.data.owner())
            server.start()
            (standby,) = examined(server.url("postgres"), tmp_path)["PostgreSQL"]
            assert "standby" in standby.says
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("change", "subject", "level"),
    [
        ({"version": 120_022, "shown": "12.22"}, "PostgreSQL", Level.FAULT),
        ({"ours": 0.0}, "clock", Level.WARNING),
        ({"greeted": 0}, "PostgreSQL", Level.WARNING),
        ({"used": 1000}, "connections", Level.WARNING),
    ],
)
def test_what_this_machine_can_not_be_is_told_too(
    url: str, change: dict[str, Any], subject: str, level: Level
) -> None:
    facts = facts_of(url)
    assert {one.level for one in doctor.check_server(facts, url)} == {Level.OK}
    wrong = [one for one in doctor.check_server(facts | change, url) if one.level is not Level.OK]
    assert [(one.subject, one.level) for one in wrong] == [(subject, level)]


@pytest.mark.parametrize(
    ("said", "level"), [("true", Level.OK), ("1", Level.OK), ("false", Level.WARNING), ("", Level.WARNING)]
)
def test_a_pooler_is_well_if_the_address_says_so(url: str, said: str, level: Level) -> None:
    facts = facts_of(url) | {"greeted": 0}
    found = doctor.check_server(facts, f"{url}&pgbouncer={said}")
    assert {one.level for one in found if one.subject == "PostgreSQL"} - {Level.OK} == {level} - {Level.OK}


async def test_a_process_keeps_as_many_connections_as_the_doctor_counts(url: str, postgres: Server) -> None:
    begun, may_end = Semaphore(0), Event()

    def work(connection: Connection) -> None:
        connection.execute(text("SELECT 1"))
        begun.release()
        may_end.wait()

    database = open_database(url)
    assert isinstance(database, PostgresDatabase)
    await database.open()
    await database.check()
    ordinary = [asyncio.create_task(way(work)) for way in (database.read, database.write) for _ in range(10)]
    async with AsyncExitStack() as scans:
        for _ in range(SCAN_CONNECTIONS):
            await scans.enter_async_context(database.scan_transaction(60))
        for _ in range(READERS + WRITERS):
            await asyncio.to_thread(begun.acquire)
        named = f"SELECT 1 FROM pg_stat_activity WHERE datname = '{name_of(url)}'"
        assert len(await asyncio.to_thread(postgres.execute, named)) == doctor.CONNECTIONS
    may_end.set()
    await asyncio.gather(*ordinary)
    await database.close()


def test_the_readme_counts_as_many_connections() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    told = re.findall(r"up to (\d+) connections|\*\*Connections\*\*: up to (\d+)", readme)
    assert [int(one or other) for one, other in told] == [doctor.CONNECTIONS] * 2
