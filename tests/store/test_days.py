"""Rooms over more than one day, and in the nights in which the clocks change."""

from dataclasses import replace
from datetime import date, time

import pytest

from checkin.domain.instants import Instant, local_instant
from checkin.domain.model import Agenda, Room, Session, Slot
from checkin.service import occupancy
from checkin.service.events import load_event
from checkin.service.rooms import count_room
from checkin.service.services import Services
from checkin.service.verify import verify
from tests.clockwork import catch_up
from tests.conftest import StandingClock
from tests.domain.conference import CONFERENCE, DENVER
from tests.store.people import ORGANIZER, SLUG, add_door, register, rows

SPRING, AUTUMN = date(2027, 3, 14), date(2027, 11, 7)


def night(day: date) -> Agenda:
    """A session from 00:30 to 04:00 of that day, the second of two."""
    before = date.fromordinal(day.toordinal() - 1)
    starts, ends = time(0, 30), time(4)
    slot = Slot("n", "Night", day, starts, ends, _at(day, starts), _at(day, ends))
    return replace(
        CONFERENCE,
        first_day=before,
        last_day=day,
        doors_open=None,
        doors_close=None,
        rooms=(Room("lab", "Lab", 5, 5),),
        slots=(slot,),
        sessions=(Session("watch", "watch", "Night watch", "n", "lab"),),
        curriculum={},
    )


def _at(day: date, clock: time) -> Instant:
    return local_instant(day, clock, DENVER)


async def headcount(services: Services) -> int:
    """Of the lab, once verify has found nothing."""
    assert await verify(services.db) == []
    frame = await occupancy.occupancy(services, SLUG)
    return int(frame["rooms"][0]["headcount"])


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 2.5), (AUTUMN, 4.5), (date(2027, 6, 1), 3.5)])
async def test_a_session_ends_at_its_local_time_however_long_the_night_is(
    services: Services, clock: StandingClock, day: date, hours: float
) -> None:
    await load_event(services, night(day))
    door = await add_door(services, "lab")
    clock.set(_at(day, time(0, 30)))
    await door.scan((await register(services)).credential)
    end = Instant(clock.shown + int(hours * 3600 * 10**6))
    clock.set(Instant(end - 1))
    await catch_up(services.db, clock)
    assert await headcount(services) == 1
    clock.set(end)
    await catch_up(services.db, clock)
    assert await headcount(services) == 0
    assert await rows(services, "SELECT session, ended_at FROM closing") == [("watch", end)]


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
async def test_midnight_ends_what_was_entered_before_it(
    services: Services, clock: StandingClock, day: date
) -> None:
    await load_event(services, night(day))
    door = await add_door(services, "lab")
    badge = (await register(services)).credential
    clock.set(Instant(_at(day, time(0)) - 1))
    first = await door.scan(badge)
    assert (first.recorded.reason, first.recorded.session) == ("entered", None)
    assert await headcount(services) == 1
    clock.set(_at(day, time(0)))
    await catch_up(services.db, clock)
    assert await headcount(services) == 0
    clock.set(_at(day, time(0, 20)))
    again = await door.scan(badge)
    assert (again.recorded.reason, again.recorded.session) == ("entered", "watch")
    assert "left_room" not in (again.recorded.detail or {})
    clock.set(_at(day, time(4)))
    await catch_up(services.db, clock)
    assert await headcount(services) == 0


async def test_an_entry_for_a_session_after_midnight_ends_at_midnight_all_the_same(
    services: Services, clock: StandingClock
) -> None:
    agenda = night(date(2027, 6, 2))
    early = replace(agenda.slots[0], starts=time(0, 10), starts_at=_at(date(2027, 6, 2), time(0, 10)))
    await load_event(services, replace(agenda, slots=(early,)))
    door = await add_door(services, "lab")
    clock.set(_at(date(2027, 6, 1), time(23, 55)))
    answer = await door.scan((await register(services)).credential)
    assert answer.recorded.session == "watch"
    clock.set(_at(date(2027, 6, 2), time(0)))
    await catch_up(services.db, clock)
    assert await headcount(services) == 0
    clock.set(_at(date(2027, 6, 2), time(0, 5)))
    await count_room(services, SLUG, "lab", 3, ORGANIZER)
    clock.set(_at(date(2027, 6, 2), time(4)))
    await catch_up(services.db, clock)
    assert await headcount(services) == 3
