"""Servers on one database whose clocks are seconds apart: neither undoes what the other has done."""

from collections.abc import AsyncIterator

import pytest_asyncio

from checkin.domain.instants import SECOND, Instant
from checkin.domain.model import Agenda, EventId
from checkin.service.services import Clock, Services, open_clock
from checkin.store.alerts import list_alerts
from checkin.store.database import Database
from checkin.store.engines import open_database
from tests.clockwork import catch_up
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.store.people import add_kiosk, rows

EVENT = EventId(1)
BEHIND = 3 * SECOND


@pytest_asyncio.fixture
async def slower(services: Services) -> AsyncIterator[Database]:
    """The same database as another server has it open."""
    opened = open_database(services.db.url)
    await opened.open()
    yield opened
    await opened.close()


async def look_in_turn(services: Services, clock: StandingClock, slower: Database) -> set[int]:
    """Both look several times, the other three seconds behind; gives the versions they saw."""
    late = StandingClock(Instant(clock.now() - BEHIND))
    seen = set()
    for _ in range(3):
        seen.add((await catch_up(services.db, clock))[EVENT])
        seen.add((await catch_up(slower, late))[EVENT])
        clock.advance(SECOND // 4)
        late.advance(SECOND // 4)
    return seen


async def test_a_session_ends_once_though_one_clock_is_behind(
    services: Services, event: Agenda, clock: StandingClock, slower: Database
) -> None:
    clock.set(at(9, 30, 1))  # the first session has ended by this clock
    assert len(await look_in_turn(services, clock, slower)) == 1
    assert await rows(services, "SELECT session FROM closing") == [("opening",)]


async def test_an_alert_is_raised_once_though_one_clock_is_behind(
    services: Services, event: Agenda, clock: StandingClock, slower: Database
) -> None:
    kiosk = await add_kiosk(services)
    services.calls.note(kiosk.facts.id, at(8, 30))
    await services.calls.flush(services.db, at(8, 30))
    clock.set(at(8, 34, 50))
    await look_in_turn(services, clock, slower)
    clock.set(at(8, 35, 1))  # silent for five minutes by this clock
    assert len(await look_in_turn(services, clock, slower)) == 1
    raised = await services.db.read(lambda c: list_alerts(c, EVENT, False, None, 100))
    assert [(str(one.alert.kind), one.cleared_at) for one in raised] == [("device", None)]


async def test_a_rehearsal_begun_anew_at_an_earlier_time_goes_on_from_there(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    clock.set(at(11))
    ended = (await catch_up(services.db, clock))[EVENT]
    clock.set(at(8))
    begun = (await catch_up(services.db, clock))[EVENT]
    clock.set(at(9))  # the first session is open now
    assert (await catch_up(services.db, clock))[EVENT] > begun > ended


async def test_a_clock_follows_what_another_server_has_stored(services: Services) -> None:
    clock = await open_clock(services.db)
    assert not clock.is_rehearsal
    begun = await open_clock(services.db, at(8))
    clock.follow(str(begun.offset))
    assert (clock.offset, clock.is_rehearsal) == (begun.offset, True)
    clock.follow(None)
    assert clock.offset == Clock().offset
