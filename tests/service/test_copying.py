"""A database copied whole into an empty one, between any two engines; or not at all."""

import asyncio
import os
import shutil
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Connection,
    Integer,
    LargeBinary,
    RowMapping,
    Table,
    TextClause,
    text,
)

from checkin.service.copying import CopyDiffers, copy_database
from checkin.service.scans import Reading
from checkin.service.verify import verify
from checkin.store.engines import read_once
from checkin.store.schema_base import metadata
from checkin.store.settings import update_setting
from checkin.store.table_rows import list_tables
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.service.copies import copied, refusal, tables_in
from tests.service.whole_day import live_a_day, opened, put_day
from tests.store.people import Kiosk, execute, register, rows


async def test_a_day_goes_on_in_the_copy(database_url: str, target_url: str) -> None:
    kiosk, badge, first = await live_a_day(database_url)
    seen: list[tuple[str, int, int]] = []
    made = await copy_database(database_url, target_url, lambda *told: seen.append(told))
    assert {one.table for one in made.tables} == set(tables_in(target_url)) - {"alembic_version"}
    assert all(one.is_same for one in made.tables)
    counted = {one.table: one.rows[0] for one in made.tables}
    lacking = {name for name, n in counted.items() if n == 0}
    assert lacking <= {"backoff", "idempotency", "release"}, "the day has something of everything in it"
    total = sum(counted.values())
    assert ("copying", total, total) in seen
    assert ("comparing", total, total) in seen
    async with opened(target_url, StandingClock(at(11, 5))) as services:
        assert await verify(services.db) == []
        ((newest, last_seq),) = await rows(services, "SELECT max(recorded_at), max(seq) FROM scan")
        again = Kiosk(services, kiosk.actor)
        assert kiosk.actor.event_id is not None
        retry = await services.scans.record_one(
            kiosk.actor.event_id, again.facts, Reading(first.recorded.scan_id, badge)
        )
        assert retry.recorded == first.recorded
        assert retry.outcome.is_replay
        fresh = await again.scan((await register(services)).credential)
        assert fresh.recorded.reason == "checked_in"
        assert fresh.recorded.recorded_at > newest
        assert await rows(services, "SELECT max(seq) FROM scan") == [(last_seq + 1,)]
        assert await verify(services.db) == []


async def test_there_and_back_again_gives_the_same_digests(sqlite_url: str, bare_postgres: str) -> None:
    await put_day(sqlite_url)
    there = await copied(sqlite_url, bare_postgres)
    back = await copied(bare_postgres, sqlite_url.replace("checkin.db", "back.db"))
    assert there.tables == back.tables


def odd_row(table: Table) -> dict[str, object]:
    """A row with the oddest value that each column may hold; whatever a row is referred to by is 1."""
    row: dict[str, object] = {}
    for column in table.columns:
        if column.foreign_keys or column is table.autoincrement_column:
            row[column.name] = 1
        elif isinstance(column.type, Boolean):
            row[column.name] = True
        elif isinstance(column.type, LargeBinary):
            row[column.name] = bytes(range(250, 256)) + b"\0\\x"
        elif isinstance(column.type, Integer):
            row[column.name] = 2**62 + 1 if isinstance(column.type, BigInteger) else 2**31 - 1
        elif isinstance(column.type, JSON):
            row[column.name] = '{"b": 1,  "a": "\\u0000 \\u00fc \\\\ \' \U0001f600", "b": 2.50}'
        else:
            row[column.name] = "Ünï \\N \\. \t\r\n' \" \U0001f600"
    return row | ({"role": "door"} if table.name == "device" else {})


def _mappings(query: TextClause, connection: Connection) -> Sequence[RowMapping]:
    return connection.execute(query).mappings().all()


async def test_every_table_is_copied_with_every_column(sqlite_url: str, bare_postgres: str) -> None:
    """Whatever the schema says: a new table can't be forgotten."""

    def fill(connection: Connection) -> None:
        for table in list_tables():
            row = odd_row(table)
            names, places = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
            connection.execute(text(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})'), row)

    async with opened(sqlite_url) as services:
        await services.db.write(fill)
    made = await copied(sqlite_url, bare_postgres)
    assert [one.rows for one in made.tables] == [(1, 1)] * len(metadata.tables)
    for table in metadata.tables.values():
        shown = ", ".join(f'"{one.name}"{"::text" * isinstance(one.type, JSON)}' for one in table.columns)
        query = text(f'SELECT {shown} FROM "{table.name}"')
        (found,) = read_once(bare_postgres, partial(_mappings, query))
        assert dict(found) == odd_row(table), table.name


async def test_a_servers_own_order_of_words_is_of_no_matter(sqlite_url: str, bare_postgres: str) -> None:
    async with opened(bare_postgres) as services:
        await execute(services, 'ALTER TABLE setting ALTER COLUMN key TYPE text COLLATE "de-x-icu"')
    async with opened(sqlite_url) as services:
        for key in ("b", "A", "a", "B", "ä", "_", "Z"):
            await services.db.write(partial(update_setting, key=key, value=key))
    made = await copied(sqlite_url, bare_postgres)
    assert all(one.is_same for one in made.tables)
    back = await copied(bare_postgres, sqlite_url.replace("checkin.db", "back.db"))
    assert back.tables == made.tables


async def test_what_a_crash_left_in_the_log_is_copied(sqlite_url: str, tmp_path: Path) -> None:
    await put_day(sqlite_url)
    after = tmp_path / "crash"
    after.mkdir()
    async with opened(sqlite_url) as services:
        number = (await register(services)).number
        for name in ("checkin.db", "checkin.db-wal"):  # as a power cut leaves them
            shutil.copy2(tmp_path / name, after / name)
    target = f"sqlite:///{tmp_path / 'new.db'}"
    await copied(f"sqlite:///{after / 'checkin.db'}", target)
    async with opened(target) as services:
        query = f"SELECT count(*) FROM attendee WHERE number = '{number}'"
        assert await rows(services, query) == [(1,)]
        assert await verify(services.db) == []


async def test_others_at_a_server_are_told_of(bare_postgres: str, tmp_path: Path) -> None:
    async with opened(bare_postgres):
        made = await copied(bare_postgres, f"sqlite:///{tmp_path / 'new.db'}")
    assert made.others > 0
    assert (await copied(bare_postgres, f"sqlite:///{tmp_path / 'newer.db'}")).others == 0


async def test_nobody_else_writes_to_the_new_database_meanwhile(sqlite_url: str, bare_postgres: str) -> None:
    await put_day(sqlite_url)
    async with opened(bare_postgres):
        pass
    refused: list[str] = []

    def progress(_stage: str, _done: int, _of: int) -> None:
        with psycopg.connect(bare_postgres, options="-c lock_timeout=10ms") as other:
            try:
                other.execute("INSERT INTO setting VALUES ('other', 'other')")
            except psycopg.errors.LockNotAvailable as problem:
                refused.append(str(problem))

    made = await copy_database(sqlite_url, bare_postgres, progress)
    assert all(one.is_same for one in made.tables)
    assert len(refused) > len(list_tables())


async def test_a_copy_that_differs_is_taken_back(sqlite_url: str, target_url: str) -> None:
    await put_day(sqlite_url)
    async with opened(target_url) as services:
        for statement in CHANGING[services.db.url.partition(":")[0]]:
            await execute(services, statement)
    with pytest.raises(CopyDiffers) as caught:
        await copied(sqlite_url, target_url)
    assert [one.table for one in caught.value.tables if not one.is_same] == ["token"]
    assert "differs in token" in caught.value.message
    async with opened(target_url) as services:
        for table in list_tables():
            assert await rows(services, f'SELECT * FROM "{table.name}"') == []


CHANGING = {
    "sqlite": [
        "CREATE TRIGGER changing AFTER INSERT ON token BEGIN UPDATE token SET name = 'other'; END",
    ],
    "postgresql": [
        "CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.name = 'other'; RETURN NEW; END $$",
        "CREATE TRIGGER changing BEFORE INSERT ON token FOR EACH ROW EXECUTE FUNCTION change()",
    ],
}
"""A target that does not keep what it is given."""


async def test_a_nul_character_is_named_with_its_cure(sqlite_url: str, bare_postgres: str) -> None:
    await put_day(sqlite_url)
    async with opened(sqlite_url) as services:
        await execute(services, "UPDATE attendee SET county = 'Ta' || char(0) || 'os' WHERE id = 3")
    told = await refusal(sqlite_url, bare_postgres)
    assert "attendee id 3: county holds a NUL character" in told
    assert tables_in(bare_postgres) == []
    cure = told[told.index("UPDATE") :].replace("NEW TEXT", "Taos")
    async with opened(sqlite_url) as services:
        await execute(services, cure)
        assert await rows(services, "SELECT county FROM attendee WHERE id = 3") == [("Taos",)]
    assert all(one.is_same for one in (await copied(sqlite_url, bare_postgres)).tables)


async def test_a_row_that_a_server_refuses_is_named_without_its_content(
    sqlite_url: str, bare_postgres: str
) -> None:
    await put_day(sqlite_url)
    async with opened(sqlite_url) as services:
        await execute(services, "UPDATE room_count SET counted = 5000000000")
    told = await refusal(sqlite_url, bare_postgres)
    assert told.startswith("room_count id 1, counted: ")
    assert "out of range" in told
    assert tables_in(bare_postgres) == []


async def test_who_stops_a_copy_has_nothing_stored(sqlite_url: str, target_url: str) -> None:
    await put_day(sqlite_url)
    is_under_way = asyncio.Event()
    loop = asyncio.get_running_loop()
    goes_on = threading.Event()

    def progress(_stage: str, _done: int, _of: int) -> None:
        loop.call_soon_threadsafe(is_under_way.set)
        goes_on.wait(20)

    copying = asyncio.create_task(copy_database(sqlite_url, target_url, progress))
    await is_under_way.wait()
    copying.cancel()
    loop.call_later(0.1, goes_on.set)
    with pytest.raises(asyncio.CancelledError):
        await copying
    if target_url.startswith("sqlite"):
        assert "target.db" not in os.listdir(Path(target_url.removeprefix("sqlite:///")).parent)
    else:
        assert tables_in(target_url) == []
