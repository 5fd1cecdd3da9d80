"""What is not copied, and what is said of it; nothing is touched."""

import os
from pathlib import Path

import psycopg
import pytest

from checkin.store.engines import read_once
from checkin.store.migrate import HEAD, find_revision
from tests.service.copies import copied, refusal, tables_in
from tests.service.whole_day import opened, put_day
from tests.store.people import execute, rows


async def test_a_full_database_is_refused_and_nothing_is_touched(sqlite_url: str, target_url: str) -> None:
    await put_day(sqlite_url)
    await copied(sqlite_url, target_url)
    async with opened(target_url) as services:
        await execute(services, "DELETE FROM scan WHERE seq = (SELECT max(seq) FROM scan)")
        before = await rows(services, "SELECT * FROM scan ORDER BY seq")
    assert "not empty (" in await refusal(sqlite_url, target_url)
    async with opened(target_url) as services:
        assert await rows(services, "SELECT * FROM scan ORDER BY seq") == before


async def test_an_empty_schema_is_as_good_as_none(sqlite_url: str, target_url: str) -> None:
    async with opened(target_url):
        pass
    await put_day(sqlite_url)
    assert all(one.is_same for one in (await copied(sqlite_url, target_url)).tables)


async def test_a_database_of_something_else_is_refused(sqlite_url: str, bare_postgres: str) -> None:
    await put_day(sqlite_url)
    with psycopg.connect(bare_postgres) as connection:
        connection.execute("CREATE TABLE invoice (id int)")
    assert "tables of something else (invoice)" in await refusal(sqlite_url, bare_postgres)
    assert tables_in(bare_postgres) == ["invoice"]


@pytest.mark.parametrize(
    ("revision", "way_out"), [("0004", "checkin migrate"), ("9999", "update this program")]
)
async def test_another_schema_is_refused_and_left_as_it_is(
    database_url: str, tmp_path: Path, revision: str, way_out: str
) -> None:
    async with opened(database_url) as services:
        await execute(services, f"UPDATE alembic_version SET version_num = '{revision}'")
    told = await refusal(database_url, f"sqlite:///{tmp_path / 'new.db'}")
    assert revision in told
    assert HEAD in told
    assert way_out in told
    assert read_once(database_url, find_revision) == revision
    assert not (tmp_path / "new.db").exists()


async def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    source, target = tmp_path / "absent.db", tmp_path / "new.db"
    assert "no database" in await refusal(f"sqlite:///{source}", f"sqlite:///{target}")
    (tmp_path / "empty.db").touch()
    assert "holds nothing" in await refusal(f"sqlite:///{tmp_path / 'empty.db'}", f"sqlite:///{target}")
    assert os.listdir(tmp_path) == ["empty.db"]


async def test_a_database_is_not_copied_into_itself(sqlite_url: str) -> None:
    await put_day(sqlite_url)
    assert "itself" in await refusal(sqlite_url, sqlite_url.replace("/checkin.db", "/./checkin.db"))


async def test_a_file_in_use_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url):
        assert "is in use: stop the server" in await refusal(sqlite_url, f"sqlite:///{tmp_path / 'new.db'}")
    assert not (tmp_path / "new.db").exists()
