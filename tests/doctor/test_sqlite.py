"""The doctor's look at an SQLite database: really broken files."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from checkin.config import Settings
from checkin.doctor.examination import examine
from checkin.doctor.finding import Finding, Level
from checkin.doctor.sqlite import check_engine, check_file
from tests.service.whole_day import opened, put_day
from tests.store.people import execute


def examined(path: Path) -> dict[str, list[Finding]]:
    """What is not well with a database, by subject."""
    settings = Settings(f"sqlite:///{path}", path.with_name("checkin.secret"), port=0)
    found: dict[str, list[Finding]] = {}
    for one in examine(settings, {}):
        if one.level is not Level.OK:
            found.setdefault(one.subject, []).append(one)
    return found


def contents_of(folder: Path) -> dict[str, bytes]:
    """Every file with what is in it."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_old_engine_is_told() -> None:
    assert check_engine().level is Level.OK
    assert check_engine((3, 34, 1)).level is Level.FAULT


async def test_a_look_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "checkin.db"
    await put_day(f"sqlite:///{path}")
    before = contents_of(tmp_path)
    found = examined(path)
    assert contents_of(tmp_path) == before
    assert "rehearsal" in found
    assert [one.says for one in found["secret file"]] == [f"there is no {tmp_path / 'checkin.secret'}"]


async def test_a_database_in_use_is_looked_at_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "checkin.db"
    await put_day(f"sqlite:///{path}")
    async with opened(f"sqlite:///{path}"):
        found = examined(path)
        assert "rehearsal" in found
        assert "database" not in found


async def test_what_a_crash_left_is_looked_at_and_stays(tmp_path: Path) -> None:
    path, after = tmp_path / "checkin.db", tmp_path / "crash"
    await put_day(f"sqlite:///{path}")
    after.mkdir()
    async with opened(f"sqlite:///{path}") as services:
        await execute(services, "UPDATE alembic_version SET version_num = '0001'")
        for name in ("checkin.db", "checkin.db-wal"):
            shutil.copy2(tmp_path / name, after / name)
    before = contents_of(after)
    found = examined(after / "checkin.db")
    assert "older version (0001" in found["schema"][0].says
    assert contents_of(after).items() >= before.items()


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    (found,) = examined(tmp_path / "checkin.db")["database"]
    assert found.level is Level.FAULT
    assert "there is no database" in found.says
    assert list(tmp_path.iterdir()) == []


async def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "checkin.db"
    await put_day(f"sqlite:///{path}")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(16384))
    (found,) = examined(path)["database"]
    assert found.level is Level.FAULT
    assert "damaged" in found.says or "can't be read" in found.says
    assert "last copy" in found.way_out


@pytest.mark.parametrize("content", [b"x" * 8192, b"SQLite format 3\0" + b"y" * 8192])
def test_a_file_of_something_else_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checkin.db"
    path.write_bytes(content)
    path.chmod(0o600)
    (found,) = examined(path)["database"]
    assert found.level is Level.FAULT
    assert "can't be read" in found.says
    assert path.read_bytes() == content


def test_an_empty_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "checkin.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE stranger (id)")
    assert examined(path)["schema"][0].level is Level.WARNING


def test_a_file_that_everybody_may_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "checkin.db"
    path.touch(0o600)
    assert [one.level for one in check_file(path)] == [Level.OK]
    path.chmod(0o644)
    (found,) = check_file(path)
    assert found.level is Level.WARNING
    assert found.way_out == f"chmod o= {path}"
