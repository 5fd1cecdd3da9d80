"""The plan in the database: what it stores, whom it leaves alone, and who gets the seats that become free."""

import asyncio
from dataclasses import replace

import pytest

from checkin.domain.assignments import Blocked
from checkin.domain.errors import AppError
from checkin.domain.instants import MINUTE, SECOND, Instant
from checkin.domain.model import Agenda
from checkin.service import attendees, my
from checkin.service.events import load_event, show_event
from checkin.service.planning import make_plan
from checkin.service.services import Services
from checkin.service.verify import verify
from checkin.service.waiting import list_who_waits
from tests.clockwork import catch_up
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.domain.rough_events import with_seats
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
    await catch_up(services.db, clock)


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
    placed = [session for _, _, session in stored if session is not None]
    assert len(placed) == first.plan.placed == first.plan.placed_bound
    again = await make_plan(services, SLUG)
    assert again.plan.moved == 0
    assert await rows(services, ASSIGNMENTS) == stored
    assert await verify(services.db) == []


async def test_who_can_have_no_seat_is_told_and_waits_in_order(services: Services, event: Agenda) -> None:
    await crowd(services, 11)
    planned = await make_plan(services, SLUG)
    assert planned.unplaced
    assert {one.discipline for one in planned.shortages} == {"law"}
    _, waiting = await list_who_waits(services, SLUG)
    full = [(item.slot, number) for number, item in planned.unplaced if item.why.blocked is Blocked.FULL]
    assert sorted((one.slot, one.attendee.number) for one in waiting) == sorted(full)
    for slot in ("s2", "s3"):
        places = [one.place for one in waiting if one.slot == slot]
        assert places == list(range(1, len(places) + 1))


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
    letters = {await number_of(services, one): one for one in await crowd(services, 11)}
    await make_plan(services, SLUG)
    holders = await holding(services, "undercover-2")
    absent = min(holders)
    clock.set(at(9))
    for number in sorted(letters.keys() - {absent}):
        await kiosk.scan(letters[number])
    _, waiting = await list_who_waits(services, SLUG)
    first = next(one for one in waiting if one.slot == "s2").attendee.number
    await tick(services, clock, Instant(at(10) + 10 * MINUTE - SECOND))
    assert await holding(services, "undercover-2") == holders
    await tick(services, clock, Instant(at(10) + 10 * MINUTE))
    assert await holding(services, "undercover-2") == (holders - {absent}) | {first}
    assert await rows(services, "SELECT slot FROM release ORDER BY 1") == [("s1",), ("s2",)]
    await tick(services, clock, Instant(at(10) + 20 * MINUTE))
    assert await holding(services, "undercover-2") == (holders - {absent}) | {first}
    assert await verify(services.db) == []


async def test_a_no_show_who_comes_after_all_hears_the_truth(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    letters = await crowd(services, 1)
    await make_plan(services, SLUG)
    await tick(services, clock, Instant(at(10) + 10 * MINUTE))
    assert await holding(services, "undercover-2") == set()
    answer = await kiosk.scan(letters[0])
    assert answer.outcome.stop == "undercover-2"  # the seat was still free


async def test_a_cancelled_persons_seat_goes_to_who_waits(services: Services, event: Agenda) -> None:
    await crowd(services, 11)
    planned = await make_plan(services, SLUG)
    holder = sorted(await holding(services, "undercover-2"))[0]
    seated = await holding(services, "undercover-2")
    assert len(seated) == 4
    _, waiting = await list_who_waits(services, SLUG)
    first = next(one for one in waiting if one.slot == "s2").attendee.number
    assert first in {number for number, _ in planned.unplaced}
    await attendees.cancel_attendee(services, SLUG, holder)
    assert await holding(services, "undercover-2") == (seated - {holder}) | {first}
    assert await verify(services.db) == []


async def holding(services: Services, session: str) -> set[str]:
    """The numbers of those who have a seat in a session."""
    query = (
        "SELECT a.number FROM attendee a JOIN assignment m ON m.attendee_id = a.id "
        f"WHERE m.session = '{session}'"
    )
    return {number for (number,) in await rows(services, query)}


async def number_of(services: Services, letters: str) -> str:
    """The number of whose badge it is."""
    return (await my.look_up(services, letters)).person.number


async def test_the_same_file_after_a_plan_changes_nothing(services: Services, event: Agenda) -> None:
    await crowd(services, 2)
    await make_plan(services, SLUG)
    assert await load_event(services, event) == []


@pytest.mark.parametrize("is_planned", [True, False])
async def test_whose_seat_a_forced_file_takes_is_told_why_and_waits(
    services: Services, event: Agenda, is_planned: bool
) -> None:
    letters = await crowd(services, 0, 2)
    if is_planned:
        await make_plan(services, SLUG)
    kiosk = await add_kiosk(services)
    for one in letters:
        await kiosk.scan(one)
    await load_event(services, with_seats(await show_event(services, SLUG), "a101", 1), force=True)
    _, waiting = await list_who_waits(services, SLUG)
    assert [one.slot for one in waiting] == ["s2", "s3"]
    assert {one.assignment.why.blocked for one in waiting} == {Blocked.FULL}
    assert await verify(services.db) == []


async def test_an_unknown_event_is_not_found(services: Services) -> None:
    with pytest.raises(AppError, match="no event"):
        await make_plan(services, "nowhere")
