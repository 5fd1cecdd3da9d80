"""Behind PgBouncer in transaction mode: other tests of the store once more, and what only a pooler can break.

The address says nothing of the pooler unless a test does: it has to be found out.
"""

# ruff: noqa: F403 - the point is to run all of them
import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from badges.credential import KeyRing
from checkin.domain.model import Agenda
from checkin.store.database_postgres import PostgresDatabase
from checkin.store.migrate import migrate
from tests.conftest import StandingClock
from tests.faults.postgres_hall import Crowd, gather_crowd, under_load
from tests.pgbouncer import pooled
from tests.postgres import Server
from tests.store.test_occupancy import *
from tests.store.test_registration import *
from tests.store.test_undoing import *
from tests.surroundings import services_on


@pytest.fixture(scope="module")
def pooler(postgres: Server) -> Iterator[Path]:
    """The folder of the pooler's socket."""
    with pooled(postgres) as folder:
        yield folder


@pytest.fixture
def database_url(postgres: Server, pooler: Path) -> Iterator[str]:
    """A database of the test's own, behind the pooler."""
    direct = postgres.create("template")
    yield direct.replace(str(postgres.folder), str(pooler))
    postgres.drop(direct)


@pytest.mark.parametrize("option", ["", "&pgbouncer=true", "&target_session_attrs=read-write"])
async def test_a_day_of_scans_behind_a_pooler_adds_up(
    database_url: str, keys: KeyRing, clock: StandingClock, agenda: Agenda, option: str
) -> None:
    async with (
        services_on(database_url + option, keys, clock) as services,
        services_on(database_url + option, keys, clock) as others,
    ):
        crowd = await gather_crowd(services, agenda)
        second = Crowd(others, crowd.kiosk, crowd.badges, names=iter(range(1_000_000, 2_000_000)))
        async with under_load(crowd, 300, 300), under_load(second, 300, 300):
            pass
        assert crowd.refused == second.refused == 0
        await crowd.check()
        await second.check()


async def test_two_processes_migrate_behind_a_pooler_at_once(postgres: Server, pooler: Path) -> None:
    direct = postgres.create()
    databases = [PostgresDatabase(direct.replace(str(postgres.folder), str(pooler))) for _ in range(4)]
    await asyncio.gather(*(database.open() for database in databases))
    done = await asyncio.gather(*(migrate(database) for database in databases))
    await asyncio.gather(*(database.close() for database in databases))
    assert sorted(done) == [False, False, False, True]
    assert not postgres.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")
    postgres.drop(direct)


async def test_a_pooler_is_found_out(database_url: str, postgres: Server, pooler: Path) -> None:
    for url, is_pooled in (
        (database_url, True),
        (database_url.replace(str(pooler), str(postgres.folder)), False),
    ):
        database = PostgresDatabase(url)
        await database.open()
        assert database.is_pooled is is_pooled
        await database.close()
