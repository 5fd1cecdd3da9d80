"""A PostgreSQL server that is there and does not serve: scans wait or are refused, and nothing hangs.

Afterwards all goes on by itself, and what was answered is in the log.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from badges.credential import KeyRing
from checkin.domain.errors import AppError
from checkin.domain.model import Agenda
from checkin.live import Frame
from checkin.service.attendees import list_attendees
from checkin.store.engines import open_database
from tests.conftest import StandingClock
from tests.faults.postgres_hall import PATIENCE_SECONDS, Crowd, gather_crowd, until
from tests.faults.silent import Way, silent_way
from tests.postgres import Server, private_server
from tests.store.people import SLUG, register
from tests.surroundings import services_on

CONNECTIONS = 24


class Screen:
    """A board that keeps what it is shown."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def put(self, frame: Frame) -> bool:
        """Takes any number."""
        self.frames.append(frame)
        return True

    def drop(self) -> None:
        """Nobody is told."""


@pytest.fixture
async def trouble(
    keys: KeyRing, clock: StandingClock, agenda: Agenda
) -> AsyncIterator[tuple[Server, Crowd, str]]:
    """A small server that no other test uses, with the conference on it, and its database's name."""
    with private_server(CONNECTIONS) as server:
        async with services_on(server.create_named("day"), keys, clock) as services:
            yield server, await gather_crowd(services, agenda), "day"


async def is_refused(crowd: Crowd, name: int) -> None:
    """A scan is told `unavailable`, within the time that anything may take."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(AppError) as refused:
            await crowd.scan(crowd.reading(name))
    assert refused.value.code == "unavailable"


@pytest.fixture
async def way(
    postgres: Server, keys: KeyRing, clock: StandingClock, agenda: Agenda
) -> AsyncIterator[tuple[Way, Crowd]]:
    """The conference on a server to which the only way can fall silent."""
    folder = Path(tempfile.mkdtemp(prefix="checkin-"))
    url = postgres.create("template")
    async with (
        silent_way(folder, postgres.folder) as opened,
        services_on(url.replace(str(postgres.folder), str(folder)), keys, clock) as services,
    ):
        yield opened, await gather_crowd(services, agenda)
    postgres.drop(url)
    shutil.rmtree(folder)


async def test_a_silent_server_refuses_scans_and_all_goes_on_when_it_speaks_again(
    way: tuple[Way, Crowd],
) -> None:
    silent, crowd = way
    screen, event_id = Screen(), crowd.kiosk.actor.event_id
    assert event_id is not None
    async with crowd.services.live.subscribe(event_id, screen):
        await crowd.scan(crowd.reading(1))
        await until(lambda: b'"checked_in":1' in screen.frames[-1].data if screen.frames else False)
        silent.is_open.clear()
        await asyncio.gather(*(is_refused(crowd, name) for name in range(2, 10)))
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(AppError, match="can't take this now"):
                await list_attendees(crowd.services, SLUG)
        assert b'"checked_in":1' in screen.frames[-1].data, "the last frame stays"
        silent.is_open.set()
        for name in range(2, 10):
            await crowd.scan_until_answered(crowd.reading(name))
        await until(lambda: b'"checked_in":9' in screen.frames[-1].data)
    await crowd.check()


async def test_readers_behind_a_silent_server_do_not_queue_up(way: tuple[Way, Crowd]) -> None:
    silent, crowd = way
    silent.is_open.clear()
    async with asyncio.timeout(PATIENCE_SECONDS):
        told = await asyncio.gather(
            *(list_attendees(crowd.services, SLUG) for _ in range(200)), return_exceptions=True
        )
    assert {one.code for one in told if isinstance(one, AppError)} == {"unavailable"}
    assert len([one for one in told if "its turn did not come" in str(one)]) > 100
    silent.is_open.set()
    await crowd.scan_until_answered(crowd.reading(1))
    assert (await list_attendees(crowd.services, SLUG)).items


async def test_a_host_that_says_nothing_does_not_hide_the_next_one(
    postgres: Server, keys: KeyRing, clock: StandingClock, agenda: Agenda
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="checkin-"))
    url = postgres.create("template")
    async with silent_way(folder, postgres.folder) as silent:
        silent.is_open.clear()
        both = url.replace(str(postgres.folder), f"{folder},{postgres.folder}")
        async with services_on(both, keys, clock) as services:
            crowd = await gather_crowd(services, agenda)
            await crowd.scan(crowd.reading(1))
            await crowd.check()
    postgres.drop(url)
    shutil.rmtree(folder)


async def test_a_scan_does_not_wait_for_ever_for_who_holds_the_event(
    trouble: tuple[Server, Crowd, str],
) -> None:
    server, crowd, name = trouble
    with psycopg.connect(server.url(name)) as holder:
        holder.execute("SELECT 1 FROM event_state FOR UPDATE")
        await asyncio.gather(is_refused(crowd, 1), is_refused(crowd, 2))
        holder.rollback()
    await crowd.scan(crowd.reading(1))
    await crowd.check()


async def test_a_scan_waits_for_who_holds_the_event_a_moment(trouble: tuple[Server, Crowd, str]) -> None:
    server, crowd, name = trouble
    with psycopg.connect(server.url(name)) as holder:
        holder.execute("SELECT 1 FROM event_state FOR UPDATE")
        scan = asyncio.create_task(crowd.scan(crowd.reading(1)))
        await until(lambda: bool(server.execute("SELECT 1 FROM pg_locks WHERE NOT granted")))
        holder.rollback()
    await scan
    await crowd.check()


async def test_a_deadlock_is_tried_again(trouble: tuple[Server, Crowd, str]) -> None:
    server, crowd, name = trouble
    await crowd.scan(crowd.reading(1))
    with psycopg.connect(server.url(name)) as other:
        other.execute("SELECT 1 FROM tally FOR UPDATE")
        scan = asyncio.create_task(crowd.scan(crowd.reading(2)))
        await until(lambda: bool(server.execute("SELECT 1 FROM pg_locks WHERE NOT granted")))
        with suppress(psycopg.errors.DeadlockDetected):  # one of the two has to give way
            await asyncio.to_thread(other.execute, "SELECT 1 FROM event_state FOR UPDATE")
        other.rollback()
    await scan
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = 'day'"
    await until(lambda: server.execute(deadlocks)[0][0] > 0)
    await crowd.check()


async def test_a_server_that_takes_no_writes_for_a_while(trouble: tuple[Server, Crowd, str]) -> None:
    server, crowd, _ = trouble
    await crowd.scan(crowd.reading(1))
    await asyncio.to_thread(server.set_up, default_transaction_read_only="on")
    await until(lambda: server.execute("SHOW default_transaction_read_only") == [("on",)])
    await is_refused(crowd, 2)
    with pytest.raises(AppError) as refused:
        await register(crowd.services)
    assert refused.value.code == "unavailable"
    assert (await list_attendees(crowd.services, SLUG)).items, "who only looks still sees"
    await asyncio.to_thread(_make_writable, server)
    await crowd.scan_until_answered(crowd.reading(2))
    await crowd.check()


def _make_writable(server: Server) -> None:
    server.execute("ALTER SYSTEM RESET default_transaction_read_only")
    server.execute("SELECT pg_reload_conf()")


async def test_a_server_without_a_free_connection(trouble: tuple[Server, Crowd, str]) -> None:
    server, crowd, _ = trouble
    with ExitStack() as taken:
        guest = take_all(taken, server)
        guest.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'checkin'"
        )
        await asyncio.sleep(0.2)  # they are ended when they have noticed
        take_all(taken, server)
        await is_refused(crowd, 1)
    await crowd.scan_until_answered(crowd.reading(1))
    await crowd.check()


def take_all(taken: ExitStack, server: Server) -> psycopg.Connection[tuple[Any, ...]]:
    """Every connection that there is left; one of them."""
    guests: list[psycopg.Connection[tuple[Any, ...]]] = []
    with suppress(psycopg.OperationalError):
        while True:
            guests.append(taken.enter_context(psycopg.connect(server.url("day"), autocommit=True)))
    assert guests
    return guests[0]


@pytest.mark.parametrize(
    ("shut", "open_again"),
    [
        ("ALTER DATABASE day ALLOW_CONNECTIONS false", "ALTER DATABASE day ALLOW_CONNECTIONS true"),
        ("ALTER DATABASE day RENAME TO away", "ALTER DATABASE away RENAME TO day"),
    ],
)
async def test_a_server_that_lets_nobody_in_is_told_to_all_scans_at_once(
    trouble: tuple[Server, Crowd, str], shut: str, open_again: str
) -> None:
    server, crowd, _ = trouble
    event_id = crowd.kiosk.actor.event_id
    assert event_id is not None
    await crowd.scan(crowd.reading(1))
    await until(lambda: _is_done(server, shut))
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'day'")
    await until(lambda: not server.execute("SELECT 1 FROM pg_stat_activity WHERE datname = 'day'"))
    before = _refusals(server)
    told = await crowd.services.scans.record(
        event_id, crowd.kiosk.facts, [crowd.reading(name) for name in range(2, 34)]
    )
    assert {one.code if isinstance(one, AppError) else one for one in told} == {"unavailable"}
    assert _refusals(server) - before < 8, "they ask together"
    server.execute(open_again)
    await crowd.scan_until_answered(crowd.reading(2))
    await crowd.check()


def _is_done(server: Server, statement: str) -> bool:
    with suppress(psycopg.errors.ObjectInUse):  # nobody may be in a database that is renamed
        server.execute(statement)
        return True
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'day'")
    return False


def _refusals(server: Server) -> int:
    """How often somebody asked to be let in, and was not."""
    return (server.folder / "log").read_text().count("FATAL:  database ")


async def test_a_standby_alone_is_not_served_from(trouble: tuple[Server, Crowd, str]) -> None:
    server, _, name = trouble
    folder = Path(tempfile.mkdtemp(prefix="checkin-"))
    standby = server.copy_to(folder)
    standby.start()
    database = open_database(f"{standby.url(name)}&target_session_attrs=read-write")
    with pytest.raises(AppError) as refused:
        await database.open()
    assert refused.value.code == "unavailable"
    await database.close()
    standby.stop("immediate")
    shutil.rmtree(folder)
