"""Whoever keeps the time: no event's trouble is another's, nor a board's."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, closing
from dataclasses import replace
from typing import Any, TypeVar

import psycopg
import pytest
from sqlalchemy import Connection

from checkin.domain.errors import AppError
from checkin.domain.model import Agenda, EventId
from checkin.service import timekeeping
from checkin.service.events import load_event
from checkin.service.services import Services
from checkin.service.timekeeping import Timekeeper, find_versions, keep_time
from checkin.store.closings import list_ended
from checkin.store.database import Database
from tests.clockwork import look_once
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.store.people import execute, rows

T = TypeVar("T")

HELD, FREE = EventId(1), EventId(2)
PATIENCE_SECONDS = 10.0
"""Shorter than a writer waits for a held row, so that what comes in time has not waited for it."""


@pytest.fixture
async def both(services: Services, event: Agenda) -> Services:
    """Two events on one day."""
    await load_event(services, replace(event, slug="other"))
    return services


@asynccontextmanager
async def keeping(
    db: Database, clock: StandingClock, is_watched: bool = True
) -> AsyncIterator[asyncio.Task[None]]:
    """The time is kept until the block ends."""
    task = asyncio.create_task(keep_time(db, clock, lambda: is_watched))
    try:
        yield task
        assert not task.done(), "it goes on whatever happens"
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until_ended(services: Services, event: EventId) -> None:
    """Waits until a session of the event has ended."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await services.db.read(lambda connection: list_ended(connection, event)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def holding(services: Services, event: EventId) -> AbstractContextManager[psycopg.Connection[Any]]:
    """Somebody who has locked the event's row, until the block ends."""
    other = psycopg.connect(services.db.url)
    other.execute("SELECT 1 FROM event_state WHERE event_id = %s FOR UPDATE", [event])
    return closing(other)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_one_events_held_row_stops_neither_boards_nor_other_events(
    both: Services, clock: StandingClock
) -> None:
    clock.set(at(9, 31))  # the first session has ended, of both
    with holding(both, HELD):
        async with keeping(both.db, clock):
            await until_ended(both, FREE)
            async with asyncio.timeout(PATIENCE_SECONDS):
                versions = await find_versions(both.db, clock)
            assert set(versions) == {HELD, FREE}
            assert await both.db.read(lambda connection: list_ended(connection, HELD)) == {}
    async with keeping(both.db, clock):
        await until_ended(both, HELD)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_nothing_is_begun_twice_of_an_event_whose_row_is_held(
    both: Services, clock: StandingClock
) -> None:
    keeper = Timekeeper(both.db, clock)
    clock.set(at(9, 31))
    waits = "datname = current_database() AND wait_event_type = 'Lock'"
    with holding(both, HELD):
        await keeper.look()
        await until_ended(both, FREE)
        for _ in range(3):
            await keeper.look()
        assert await rows(both, f"SELECT count(*) FROM pg_stat_activity WHERE {waits}") == [(1,)]
    await keeper.until_done()
    assert await rows(both, "SELECT count(*), count(DISTINCT event_id) FROM closing") == [(2, 2)]


async def test_a_look_at_the_versions_does_nothing_that_is_due(both: Services, clock: StandingClock) -> None:
    before = await find_versions(both.db, clock)
    clock.set(at(9, 31))
    assert await find_versions(both.db, clock) == before


@pytest.mark.parametrize("is_watched", [True, False])
async def test_what_is_due_is_done_with_and_without_boards(
    both: Services, clock: StandingClock, is_watched: bool
) -> None:
    async with keeping(both.db, clock, is_watched):
        clock.set(at(9, 31))
        await until_ended(both, HELD)
        await until_ended(both, FREE)
    assert await rows(both, "SELECT count(*), count(DISTINCT event_id) FROM closing") == [(2, 2)]


async def test_a_faulty_event_is_told_of_once_and_the_others_sessions_end(
    both: Services, clock: StandingClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(timekeeping, "PAUSE_SECONDS", 0.01)
    good = "(SELECT document FROM event WHERE id = 2)"
    await execute(both, "UPDATE event SET document = '{}' WHERE id = 1")
    await execute(both, "UPDATE event_state SET agenda_version = agenda_version + 1 WHERE event_id = 1")
    clock.set(at(9, 31))
    async with keeping(both.db, clock):
        await until_ended(both, FREE)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not caplog.records:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        (record,) = caplog.records
        assert isinstance(record.args, Mapping)
        assert (record.getMessage(), record.args["event"]) == ("due_must_wait", HELD)
        await execute(both, f"UPDATE event SET document = {good} WHERE id = 1")
        await until_ended(both, HELD)


@pytest.mark.parametrize("problem", [RuntimeError("a bug"), AppError("unavailable", "the disk is full")])
async def test_the_time_is_kept_on_after_whatever_goes_wrong(
    both: Services,
    clock: StandingClock,
    problem: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    looks = 0
    read = both.db.read

    async def fails_at_first(work: Callable[[Connection], T]) -> T:
        nonlocal looks
        looks += 1
        if looks <= 3:
            raise problem
        return await read(work)

    clock.set(at(9, 31))
    with caplog.at_level(logging.ERROR):
        async with keeping(both.db, clock):
            with monkeypatch.context() as patched:
                patched.setattr(both.db, "read", fails_at_first)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while looks <= 3:  # noqa: ASYNC110
                        await asyncio.sleep(0.02)
            await until_ended(both, FREE)
    (record,) = caplog.records
    assert record.getMessage() == "due_must_wait"
    assert (record.exc_info is None) is isinstance(problem, AppError), "a bug's place is told"


async def test_an_event_is_looked_at_again_only_when_something_may_be_due(
    both: Services, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[EventId] = []
    look = timekeeping._look

    def noting(connection: Connection, event_id: EventId, **given: Any) -> object:
        looked.append(event_id)
        return look(connection, event_id, **given)

    monkeypatch.setattr(timekeeping, "_look", noting)
    keeper = Timekeeper(both.db, clock)
    await look_once(keeper)
    assert sorted(looked) == [HELD, FREE]
    await look_once(keeper)
    assert sorted(looked) == [HELD, FREE]
    await execute(both, "UPDATE event_state SET version = version + 1 WHERE event_id = 2")
    await look_once(keeper)
    assert looked[2:] == [FREE]
