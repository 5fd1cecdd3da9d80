"""Every migration together gives exactly the schema that the code works with."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from msgspec import structs
from sqlalchemy import Connection, create_engine, text

from checkin.domain.errors import AppError
from checkin.domain.scans import Direction
from checkin.service.scans import ScanDesk
from checkin.store import migrations, schema, schema_base, schema_day
from checkin.store.engines import open_database, open_scan_log
from checkin.store.migrate import HEAD, migrate, upgrade
from checkin.store.tallies import find_tallies
from tests.databases import Engine
from tests.domain.conference import at
from tests.service.venue import EVENT, KEYS, KIOSK, lay_out, reading


def describe(path: Path) -> dict[str, Any]:
    """Tables, columns and indexes as SQLite itself sees them; the order of constraints is of no matter."""
    with sqlite3.connect(path) as raw:
        tables = [
            row[0]
            for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if row[0] != "alembic_version"
        ]
        found: dict[str, Any] = {}
        for table in tables:
            ddl = raw.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()[0]
            indexes = raw.execute(f"PRAGMA index_list({table})").fetchall()
            found[table] = {
                "columns": raw.execute(f"PRAGMA table_info({table})").fetchall(),
                "foreign": sorted(row[2:] for row in raw.execute(f"PRAGMA foreign_key_list({table})")),
                "indexes": sorted(
                    (row[2:], [part[2] for part in raw.execute(f"PRAGMA index_info({row[1]})")])
                    for row in indexes
                ),
                "ddl": sorted(part.strip() for part in re.split(r"[,\n]", ddl) if part.strip()),
            }
        texts = raw.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql NOTNULL")
        found["index texts"] = sorted(row[0] for row in texts)
    raw.close()
    return found


async def test_migrations_end_in_exactly_the_schema(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'migrated.db'}")
    await database.open()
    assert await migrate(database)

    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), schema_base.metadata))

    assert await database.write(differences) == []
    await database.close()

    engine = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    assert schema.event.metadata is schema_day.scan.metadata
    schema_base.metadata.create_all(engine)
    engine.dispose()
    assert describe(tmp_path / "migrated.db") == describe(tmp_path / "made.db")


DESCRIBED = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    """,
    "indexes": """
        SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass
    """,
}


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_on_postgresql_too_and_its_texts_sort_by_code_points(engine: Engine, tmp_path: Path) -> None:
    found = []
    for fill in (upgrade, make_at_once):
        url = engine.blank(tmp_path)
        database = open_database(url)
        await database.open()
        await database.write(fill)
        found.append(await database.read(described))
        await database.close()
        engine.drop(url)
    assert found[0] == found[1]
    texts = [row for row in found[0]["columns"] if row[2] == "text"]
    assert {collation for *_, collation in texts} == {"C"}


def make_at_once(connection: Connection) -> None:
    """Makes the tables without the migrations."""
    schema_base.metadata.create_all(connection)
    connection.execute(text("CREATE TABLE alembic_version ()"))


def described(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Tables, columns and indexes as PostgreSQL itself sees them."""
    return {
        name: sorted(tuple(row) for row in connection.execute(text(query)))
        for name, query in DESCRIBED.items()
    }


async def test_a_second_migration_has_nothing_to_do(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'checkin.db'}")
    await database.open()
    assert await migrate(database)
    assert not await migrate(database)
    await database.close()


async def test_the_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'checkin.db'}")
    await database.open()
    await migrate(database)
    await database.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(AppError) as caught:
        await migrate(database)
    assert caught.value.code == "unavailable"
    assert "newer version" in caught.value.message
    await database.close()


def test_head_is_the_newest_step() -> None:
    versions = Path(migrations.__path__[0]) / "versions"
    assert max(path.name for path in versions.glob("[0-9]*.py"))[:4] == HEAD


async def test_a_migration_may_make_a_table_anew_without_losing_what_refers_to_it(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'checkin.db'}")
    await database.open()
    await migrate(database)

    def fill(connection: Connection) -> None:
        connection.execute(text("INSERT INTO event VALUES (1, x'00', 'small', '{}', 0, '{}')"))
        connection.execute(text("INSERT INTO event_state (event_id) VALUES (1)"))

    def rebuild(connection: Connection) -> None:
        ddl = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'event'")).scalar_one()
        connection.exec_driver_sql(ddl.replace("CREATE TABLE event", "CREATE TABLE newer", 1))
        connection.execute(text("INSERT INTO newer SELECT * FROM event"))
        connection.execute(text("DROP TABLE event"))
        connection.execute(text("ALTER TABLE newer RENAME TO event"))

    def lose(connection: Connection) -> None:
        connection.execute(text("DELETE FROM event"))

    def count(connection: Connection) -> object:
        return connection.execute(text("SELECT count(*) FROM event_state")).scalar()

    await database.write(fill)
    with pytest.raises(RuntimeError, match="event_state that refers to nothing"):
        await database.write_schema(lose)
    await database.write_schema(rebuild)
    assert await database.read(count) == 1
    await database.write(lose)
    assert await database.read(count) == 0
    await database.close()


async def test_an_older_database_counts_arrivals_and_who_is_coming(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'checkin.db'}")
    await database.open()
    await migrate(database)
    await database.write(lambda connection: lay_out(connection, 8))
    desk = ScanDesk(open_scan_log(database), KEYS, lambda: at(8, 7), lambda _event: None)
    await desk.record(EVENT, KIOSK, [reading(n, n) for n in range(1, 7)])
    await desk.record(EVENT, KIOSK, [structs.replace(reading(7, 2), direction=Direction.OUT)])
    counted = await database.read(lambda connection: find_tallies(connection, EVENT))
    assert any(what == "coming" and n > 1 for (what, _), n in counted.items())
    assert any(what == "arrived" for what, _ in counted)

    def take_back(connection: Connection) -> None:
        connection.execute(text("DELETE FROM tally WHERE what IN ('arrived', 'coming')"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))

    await database.write(take_back)
    assert await migrate(database)
    again = await database.read(lambda connection: find_tallies(connection, EVENT))
    assert {key: n for key, n in again.items() if n} == {key: n for key, n in counted.items() if n}
    await desk.close()
    await database.close()
