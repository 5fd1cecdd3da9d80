"""A PostgreSQL server that stops or drops its clients under load: none of the answered scans is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from badges.credential import KeyRing
from checkin.domain.model import Agenda
from tests.conftest import StandingClock
from tests.faults.postgres_hall import Crowd, gather_crowd, under_load
from tests.postgres import Server, private_server
from tests.surroundings import services_on

_DROP_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def trouble(keys: KeyRing, clock: StandingClock, agenda: Agenda) -> AsyncIterator[tuple[Server, Crowd]]:
    """A server that no other test uses, with the small conference on it."""
    with private_server() as server:
        async with services_on(server.create(), keys, clock) as services:
            yield server, await gather_crowd(services, agenda)


@pytest.mark.parametrize("mode", ["immediate", "fast"])
async def test_no_answered_scan_is_lost_when_the_server_restarts(
    trouble: tuple[Server, Crowd], mode: str
) -> None:
    server, crowd = trouble
    async with under_load(crowd):
        await asyncio.to_thread(server.stop, mode)
        await asyncio.to_thread(server.start)
    await crowd.check()


async def test_no_answered_scan_is_lost_when_connections_are_dropped_in_the_middle(
    trouble: tuple[Server, Crowd],
) -> None:
    server, crowd = trouble
    async with under_load(crowd):
        for _ in range(10):
            await asyncio.to_thread(server.execute, _DROP_ALL)
            await crowd.until_answered(10)
    await crowd.check()
    assert crowd.refused == 0, "a batch whose connection is dropped is recorded again, unnoticed"
