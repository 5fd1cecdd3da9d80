"""Transactions that PostgreSQL took back: tried again, counted, and told."""

import asyncio
import logging
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import Connection, Engine, event, text

from checkin.domain.errors import AppError
from checkin.domain.model import Role
from checkin.service.devices import add_device, pair
from checkin.service.scans import ScanDesk
from checkin.store.database import Database
from checkin.store.engines import open_database, open_scan_log
from checkin.store.migrate import migrate
from tests.conftest import StandingClock
from tests.domain.conference import CONFERENCE, at
from tests.faults.postgres_hall import until
from tests.postgres import Server, name_of
from tests.service.venue import EVENT, KEYS, KIOSK, lay_out, reading
from tests.surroundings import services_on

LOSE = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$"

FAIL_AT_FIRST = """
    CREATE FUNCTION public.set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{}'; END $$
"""
"""Stands for a server that fails at the first statement of a transaction."""


@pytest_asyncio.fixture
async def server(postgres: Server) -> AsyncIterator[Database]:
    """A database of the test's own."""
    url = postgres.create("template")
    database = open_database(url)
    await database.open()
    await migrate(database)
    yield database
    await database.close()
    postgres.drop(url)


def told(caplog: pytest.LogCaptureFixture) -> list[object]:
    """What the log says of transactions tried again."""
    return [one.args for one in caplog.records if one.getMessage() == "transaction_retried"]


async def test_a_write_that_was_lost_is_counted(server: Database, caplog: pytest.LogCaptureFixture) -> None:
    attempts = 0

    def work(connection: Connection) -> int:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            connection.execute(text(LOSE))
        return attempts

    assert server.retries == 0
    with caplog.at_level(logging.INFO, "checkin"):
        assert await server.write(work) == 2
    assert server.retries == 1
    assert told(caplog) == [{"problem": "SerializationFailure"}]


WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def is_somebody_waiting(url: str) -> bool:
    """Whether a transaction waits for a lock."""
    with psycopg.connect(url) as connection:
        return connection.execute(WAITING).fetchone() == (1,)


async def test_pairing_waits_for_the_event_with_empty_hands(server: Database) -> None:
    async with services_on(server.url, KEYS, StandingClock(at(8))) as services:
        await services.db.write(lambda connection: lay_out(connection, 1))
        made = await add_device(services, CONFERENCE.slug, "Kiosk B", Role.KIOSK)
        with psycopg.connect(server.url) as other:
            other.execute("SELECT 1 FROM event_state FOR UPDATE")
            pairing = asyncio.create_task(pair(services, made.code))
            await until(partial(is_somebody_waiting, server.url))
            # Whoever revokes the device has the event's row by now, and takes this one next.
            other.execute("SELECT 1 FROM pairing FOR UPDATE NOWAIT")
            other.rollback()
        assert (await pairing).device.id == made.device_id


async def test_a_server_that_is_lost_as_a_write_begins_is_told_as_such(
    server: Database, postgres: Server
) -> None:
    lost: list[int] = []

    def lose(connection: Connection) -> None:
        raw: Any = connection.connection.driver_connection
        lost.append(raw.info.backend_pid)
        postgres.execute(f"SELECT pg_terminate_backend({lost[-1]}, 60000)")

    event.listen(Engine, "begin", lose)
    try:
        with pytest.raises(AppError, match="nothing was stored") as refused:
            await server.write(lambda connection: connection.execute(text("SELECT 1")))
    finally:
        event.remove(Engine, "begin", lose)
    assert refused.value.code == "unavailable"
    assert "57P01" in refused.value.message
    assert len(lost) == 1
    assert await server.write(lambda connection: connection.execute(text("SELECT 1")).scalar_one()) == 1


@pytest.mark.parametrize(("state", "retries"), [("53200", 0), ("57014", 0), ("40001", 2)])
async def test_a_server_that_fails_as_a_write_begins_is_told_as_later(
    server: Database, postgres: Server, state: str, retries: int
) -> None:
    name = name_of(server.url)
    postgres.execute(FAIL_AT_FIRST.format(state), name)
    postgres.execute(f"ALTER DATABASE {name} SET search_path = public, pg_catalog")
    postgres.execute(
        f"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    with pytest.raises(AppError, match=state) as refused:
        await server.write(lambda connection: connection.execute(text("SELECT 1")))
    assert refused.value.code == "unavailable"
    assert server.retries == retries


@pytest.mark.parametrize("loss", [asyncpg.SerializationError, asyncpg.InternalClientError])
async def test_a_batch_that_was_lost_is_counted_each_time(
    server: Database, caplog: pytest.LogCaptureFixture, loss: type[Exception]
) -> None:
    await server.write(lambda connection: lay_out(connection, 3))
    losses = 2

    def lose() -> None:
        nonlocal losses
        if losses:
            losses -= 1
            raise loss("could not be done")

    desk = ScanDesk(open_scan_log(server, lose), KEYS, lambda: at(8), lambda _: None)
    with caplog.at_level(logging.INFO, "checkin"):
        answer = await desk.record_one(EVENT, KIOSK, reading(1, 1))
    assert answer.recorded.reason.value == "checked_in"
    assert server.retries == len(told(caplog)) == 2
    losses = 99
    with caplog.at_level(logging.INFO, "checkin"), pytest.raises(AppError, match="nothing was stored"):
        await desk.record_one(EVENT, KIOSK, reading(2, 2))
    assert server.retries == len(told(caplog)) > 3
    await desk.close()


async def test_on_sqlite_nothing_is_ever_lost(tmp_path: Path) -> None:
    assert open_database(f"sqlite:///{tmp_path}/checkin.db").retries == 0
