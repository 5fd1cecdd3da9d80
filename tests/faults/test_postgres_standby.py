"""A synchronous standby: what was answered is on it, whatever becomes of the primary and its commits."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from badges.credential import KeyRing
from checkin.domain.errors import AppError
from checkin.domain.model import Agenda
from tests.conftest import StandingClock
from tests.faults.postgres_hall import DATABASE, Crowd, gather_crowd, standby_pair, under_load, until, url_of
from tests.postgres import Server
from tests.store.people import register
from tests.surroundings import services_on

_WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
_CANCEL = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    """A primary that commits nothing without its standby, and the standby."""
    with standby_pair() as servers:
        yield servers


@pytest.fixture
async def crowd(
    pair: tuple[Server, Server], keys: KeyRing, clock: StandingClock, agenda: Agenda
) -> AsyncIterator[Crowd]:
    """The small conference on both; the standby is named first, as after an earlier failover."""
    async with services_on(url_of(pair[1], pair[0]), keys, clock) as services:
        yield await gather_crowd(services, agenda)


async def test_every_answered_scan_is_on_the_promoted_standby(
    pair: tuple[Server, Server], crowd: Crowd
) -> None:
    primary, standby = pair
    async with under_load(crowd):
        await asyncio.to_thread(primary.kill)
        await asyncio.to_thread(standby.promote)
    await crowd.check()
    before = dict(crowd.answered)
    for name in range(1, 1 + len(before)):  # whatever a device sends again has its old answer
        await crowd.scan(crowd.reading(name))
    assert crowd.answered == before


async def test_a_commit_that_was_cancelled_before_the_standby_had_it_is_not_answered(
    pair: tuple[Server, Server], crowd: Crowd
) -> None:
    primary, standby = pair
    await asyncio.to_thread(standby.stop)
    scan = asyncio.create_task(crowd.scan_until_answered(crowd.reading(1)))
    await until(lambda: bool(primary.execute(_WAITING)))
    await asyncio.to_thread(primary.execute, _CANCEL)
    # It stands on the primary now, and is found there; that must not be an answer either.
    await until(lambda: bool(primary.execute("SELECT 1 FROM scan", DATABASE)))
    await until(lambda: bool(primary.execute(_WAITING)))
    assert not scan.done()
    await asyncio.to_thread(standby.start)
    await scan
    await asyncio.to_thread(primary.kill)
    await asyncio.to_thread(standby.promote)
    await crowd.scan_until_answered(crowd.reading(1))
    await crowd.check()


async def test_an_ordinary_change_whose_commit_was_cancelled_fails(
    pair: tuple[Server, Server], crowd: Crowd
) -> None:
    primary, standby = pair
    await asyncio.to_thread(standby.stop)
    change = asyncio.create_task(register(crowd.services))
    await until(lambda: bool(primary.execute(_WAITING)))
    await asyncio.to_thread(primary.execute, _CANCEL)
    with pytest.raises(AppError) as failed:
        await change
    assert failed.value.code == "unavailable"
    assert "may be stored all the same" in str(failed.value)
    await asyncio.to_thread(standby.start)


async def test_a_server_that_would_answer_before_its_disk_is_made_to_wait(
    pair: tuple[Server, Server], crowd: Crowd
) -> None:
    primary, standby = pair
    await asyncio.to_thread(primary.set_up, synchronous_commit="off")
    await asyncio.to_thread(standby.stop)
    scan = asyncio.create_task(crowd.scan_until_answered(crowd.reading(1)))
    await until(lambda: bool(primary.execute(_WAITING)))
    assert not scan.done()
    await asyncio.to_thread(standby.start)
    await scan
    await asyncio.to_thread(standby.stop)
    change = asyncio.create_task(register(crowd.services))
    await until(lambda: bool(primary.execute(_WAITING)))
    assert not change.done()
    await asyncio.to_thread(standby.start)
    await change
