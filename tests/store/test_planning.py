"""The plan in the database: what it stores, whom it leaves alone, and who gets the seats that become free."""

import asyncio
from dataclasses import replace

import pytest

from checkin.domain.errors import AppError
from checkin.domain.instants import MINUTE, SECOND, Instant
from checkin.domain.model import Agenda
from checkin.service import attendees, my
from checkin.service.events import load_event
from checkin.service.planning import make_plan
from checkin.service.services import Services
from checkin.service.timekeeping import find_versions
from checkin.service.verify import verify
from checkin.service.waiting import list_who_waits
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.store.people import SLUG, add_kiosk, register, rows

ASSIGNMENTS = "SELECT attendee_id, slot, session FROM assignment ORDER BY attendee_id, slot"


async def crowd(services: Services, law: int, medical: int = 0) -> list[str]:
    """Registers so many and gives their credentials."""
    made = [await register(services) for _ in range(law)]
    made += [await register(services, discipline=["medical"]) for _ in range(medical)]
    return [one.credential for one in made]


async def tick(services: Services, clock: StandingClock, now: Instant) -> None:
    """Sets the clock and does what is due by it."""
    clock.set(now)
    await find_versions(services.db, clock)


async def test_a_dry_run_tells_and_stores_nothing(services: Services, event: Agenda) -> None:
    await crowd(services, 2)
    before = await rows(services, "SELECT version FROM event_state")
    planned = await make_plan(services, SLUG, dry_run=True)
    assert (planned.plan.placed, planned.unplaced) == (4, ())
    assert await rows(services, ASSIGNMENTS) == []
    assert await rows(services, "SELECT version FROM event_state") == before


async def test_a_plan_is_stored_and_the_same_again_moves_nobody(services: Services, event: Agenda) -> None:
    await crowd(services, 3, 2)
    first = await make_plan(services, SLUG)
    stored = await rows(services, ASSIGNMENTS)
    assert len(stored) == first.plan.placed == first.plan.placed_bound
    again = await make_plan(services, SLUG)
    assert again.plan.moved == 0
    assert await rows(services, ASSIGNMENTS) == stored
    assert await verify(services.db) == []


async def test_who_can_have_no_seat_is_told_and_waits_in_order(services: Services, event: Agenda) -> None:
    await crowd(services, 6)
    planned = await make_plan(services, SLUG)
    assert [item.slot for _, item in planned.unplaced] == ["s2", "s2"]
    assert planned.shortages[0].discipline == "law"
    _, waiting = await list_who_waits(services, SLUG)
    assert [(one.slot, one.place) for one in waiting] == [("s2", 1), ("s2", 2)]
    assert {one.attendee.number for one in waiting} == {number for number, _ in planned.unplaced}


async def test_who_registers_after_the_plan_is_placed_at_once(services: Services, event: Agenda) -> None:
    assert (await register(services)).itinerary == ()
    await make_plan(services, SLUG)
    made = await register(services)
    assert [item.session for item in made.itinerary] == ["opening", "undercover-2", "planning-3"]
    assert await verify(services.db) == []


async def test_who_has_seen_their_room_keeps_it(services: Services, event: Agenda) -> None:
    letters = await crowd(services, 4)
    await make_plan(services, SLUG)
    mine = await my.look_up(services, letters[0])
    seen = [item.session for item in mine.itinerary]
    told = await rows(services, "SELECT count(*) FROM told")
    # More people than seats, and another order of the sessions: everybody else may be moved.
    await crowd(services, 3)
    await load_event(services, replace(event, sessions=tuple(reversed(event.sessions))))
    await make_plan(services, SLUG)
    again = await my.look_up(services, letters[0])
    assert sorted(str(item.session) for item in again.itinerary) == sorted(map(str, seen))
    assert told[0][0] > 0
    assert await verify(services.db) == []


async def test_a_plan_among_arrivals_leaves_no_contradiction(services: Services, event: Agenda) -> None:
    kiosk = await add_kiosk(services)
    letters = await crowd(services, 4, 3)

    async def arrive() -> None:
        for one in letters:
            await kiosk.scan(one)
            await asyncio.sleep(0.02)

    planned, _ = await asyncio.gather(make_plan(services, SLUG), arrive())
    assert planned.plan.placed > 0
    assert await verify(services.db) == []


async def test_a_no_shows_seat_goes_to_who_waits_once_its_time_has_come(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    letters = await crowd(services, 5)
    planned = await make_plan(services, SLUG)
    ((waiting, _),) = planned.unplaced
    numbers = {one: (await my.look_up(services, one)).person.number for one in letters}
    clock.set(at(9))
    present = [one for one in letters if numbers[one] == waiting]
    present += [one for one in letters if numbers[one] != waiting][:3]
    for one in present:  # one of those with a seat stays away
        await kiosk.scan(one)
    await tick(services, clock, Instant(at(10) + 10 * MINUTE - SECOND))
    assert await seated(services) == 4
    assert len((await list_who_waits(services, SLUG))[1]) == 1
    await tick(services, clock, Instant(at(10) + 10 * MINUTE))
    assert await seated(services) == 4
    mine = await my.look_up(services, present[0])
    assert [item.session for item in mine.itinerary][1] == "undercover-2"
    assert await rows(services, "SELECT slot FROM release ORDER BY 1") == [("s1",), ("s2",)]
    assert await verify(services.db) == []


async def test_a_no_show_who_comes_after_all_hears_the_truth(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    letters = await crowd(services, 1)
    await make_plan(services, SLUG)
    await tick(services, clock, Instant(at(10) + 10 * MINUTE))
    assert await seated(services) == 0
    answer = await kiosk.scan(letters[0])
    assert answer.outcome.stop is not None
    assert answer.outcome.stop.code == "undercover-2"  # the seat was still free


async def test_a_cancelled_persons_seat_goes_to_who_waits(services: Services, event: Agenda) -> None:
    await crowd(services, 5)
    planned = await make_plan(services, SLUG)
    waiting = planned.unplaced[0][0]
    holder = (await rows(services, "SELECT number FROM attendee a JOIN assignment m ON m.attendee_id = a.id "
                                   "WHERE m.session = 'undercover-2' ORDER BY a.id LIMIT 1"))[0][0]  # fmt: skip
    await attendees.cancel_attendee(services, SLUG, holder)
    found = await attendees.find_attendee(services, SLUG, waiting)
    assert "undercover-2" in [item.session for item in found.itinerary]
    assert await seated(services) == 4
    assert await verify(services.db) == []


async def seated(services: Services) -> int:
    """How many have a seat in the second slot's session of law enforcement."""
    found = await rows(services, "SELECT count(*) FROM assignment WHERE session = 'undercover-2'")
    return int(found[0][0])


async def test_an_unknown_event_is_not_found(services: Services) -> None:
    with pytest.raises(AppError, match="no event"):
        await make_plan(services, "nowhere")
