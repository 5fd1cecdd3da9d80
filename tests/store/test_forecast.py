"""What a frame says of the next slot, of free seats, of arrivals and of ushers' counts."""

import json
from typing import Any

import pytest

from checkin.domain.instants import Instant
from checkin.domain.model import Agenda
from checkin.domain.routing.room_changes import CloseRoom
from checkin.domain.scans import Direction
from checkin.service import alerts, attendees, occupancy
from checkin.service.planning import make_plan
from checkin.service.rerouting import make_reroute
from checkin.service.rooms import count_room
from checkin.service.services import Services
from checkin.service.undoing import undo_reroute
from tests.clockwork import catch_up
from tests.conftest import StandingClock
from tests.domain.conference import NEXT_DAY, at
from tests.store.frames import frame_and_scratch
from tests.store.people import ORGANIZER, SLUG, add_kiosk, register, rows


async def shown(services: Services) -> dict[str, Any]:
    """The frame of now."""
    return await occupancy.occupancy(services, SLUG)


async def room(services: Services, code: str = "b204") -> dict[str, Any]:
    """One room of it."""
    return next(one for one in (await shown(services))["rooms"] if one["code"] == code)


async def test_the_next_slot_tells_who_is_assigned_and_who_of_them_has_come(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    people = [await register(services) for _ in range(3)]
    for one in people[:2]:
        await kiosk.scan(one.credential)
    await register(services, discipline=["medical"])
    first = (await shown(services))["next_slot"]
    assert (first["code"], first["name"], first["starts_at"]) == ("s1", "S1", "2027-01-26T08:30:00-07:00")
    assert first["rooms"] == [
        {
            "code": "hall",
            "session": "opening",
            "title": "Warning signs",
            "assigned": 4,
            "checked_in": 2,
        }
    ]
    clock.set(at(8, 30))
    second = (await shown(services))["next_slot"]
    counted = {one["session"]: (one["code"], one["assigned"], one["checked_in"]) for one in second["rooms"]}
    assert counted == {"undercover-2": ("b204", 2, 2), "injuries-2": ("a101", 0, 0)}
    await kiosk.scan(people[0].credential, Direction.OUT)
    second = (await shown(services))["next_slot"]
    assert [one["checked_in"] for one in second["rooms"] if one["code"] == "b204"] == [1]


async def test_plans_and_reroutes_move_those_who_have_come_with_their_forecast(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    people = [await register(services) for _ in range(5)]
    people += [await register(services, discipline=["medical"]) for _ in range(3)]
    for one in people[:3] + people[5:7]:
        await kiosk.scan(one.credential)
    clock.set(at(8, 30))
    frames = []
    made = None
    for change in (None, CloseRoom("b204"), None):
        if change is not None:
            made = await make_reroute(services, SLUG, change)
        elif made is None:
            await make_plan(services, SLUG)
        else:
            await undo_reroute(services, SLUG, made.reroute_id or 0)
        frame, counted = await frame_and_scratch(services)
        assert frame == counted
        frames.append({one["session"]: one["checked_in"] for one in frame["next_slot"]["rooms"]})
    assert frames[0]["undercover-2"] > 0
    assert frames[1]["undercover-2"] == 0
    assert frames[2] == frames[0]


async def test_who_waits_comes_into_the_forecast_with_a_released_seat(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    people = [await register(services) for _ in range(9)]
    await make_plan(services, SLUG)
    seated = {
        row[0] for row in await rows(services, "SELECT attendee_id FROM assignment WHERE session <> ''")
    }
    (waiting,) = {*range(1, 10)} - seated
    await kiosk.scan(people[waiting - 1].credential)
    count = "SELECT sum(n) FROM tally WHERE what = 'coming' AND key LIKE '%undercover%'"
    for moment, n in ((at(9, 59), None), (at(10, 10), 1), (at(13, 10), 1)):
        clock.set(moment)
        await catch_up(services.db, clock)
        frame, counted = await frame_and_scratch(services)
        assert frame == counted
        assert await rows(services, count) == [(n,)]


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (Instant(at(10) - 1), "s2"),
        (at(10), "s3"),
        (Instant(at(13) - 1), "s3"),
        (at(13), None),
    ],
)
async def test_the_next_slot_is_the_first_that_has_not_started(
    services: Services, event: Agenda, clock: StandingClock, moment: Instant, code: str | None
) -> None:
    clock.set(moment)
    found = (await shown(services))["next_slot"]
    assert (None if found is None else found["code"]) == code


async def test_yesterdays_visit_is_no_visit(services: Services, event: Agenda, clock: StandingClock) -> None:
    kiosk = await add_kiosk(services)
    clock.set(at(8))
    await kiosk.scan((await register(services)).credential)
    clock.set(at(0, day=NEXT_DAY))
    frame = await shown(services)
    assert (frame["next_slot"], frame["arrivals"]) == (None, [{"at": "2027-01-27T00:00:00-07:00", "n": 0}])


async def test_free_seats_are_those_not_assigned_and_at_a_plenary_those_not_used(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    assert (await room(services))["seats_free"] is None
    await kiosk.scan((await register(services)).credential)
    clock.set(at(9, 40))
    assert (await room(services))["seats_free"] == 3
    clock.set(at(8, 30))
    await count_room(services, SLUG, "hall", 40, ORGANIZER)
    assert (await room(services, "hall"))["seats_free"] == 610


async def test_a_count_that_stands_tells_when_it_was_made(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    assert (await room(services))["counted_at"] is None
    clock.set(at(10, 15))
    await count_room(services, SLUG, "b204", 12, ORGANIZER)
    counted = await room(services)
    assert (counted["counted_at"], counted["headcount"], counted["adjustment"]) == (
        "2027-01-26T10:15:00-07:00",
        12,
        12,
    )
    clock.set(at(11))
    counted = await room(services)
    assert (counted["counted_at"], counted["headcount"]) == (None, 0)


async def test_arrivals_are_first_check_ins_by_five_minutes_of_the_last_two_hours(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    for minute in (0, 4, 5):
        clock.set(at(8, minute, 30))
        await kiosk.scan((one := await register(services)).credential)
    clock.set(at(8, 6))
    await kiosk.scan(one.credential, Direction.OUT)
    await kiosk.scan(one.credential)
    arrivals = (await shown(services))["arrivals"]
    assert len(arrivals) == 24
    assert {item["at"]: item["n"] for item in arrivals if item["n"]} == {
        "2027-01-26T08:00:00-07:00": 2,
        "2027-01-26T08:05:00-07:00": 1,
    }
    assert arrivals[-1]["at"] == "2027-01-26T08:05:00-07:00"
    clock.set(at(9, 59, 59))
    assert (await shown(services))["arrivals"][0]["n"] == 2
    clock.set(at(10))
    assert (await shown(services))["arrivals"][0]["at"] == "2027-01-26T08:05:00-07:00"


async def test_no_alert_and_no_forecast_names_a_person(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    registered = await register(services, first_name="Quetzal", last_name="Xochitl")
    await kiosk.scan(registered.credential)
    await count_room(services, SLUG, "b204", 71, ORGANIZER)
    await attendees.cancel_attendee(services, SLUG, (await register(services)).number)
    await catch_up(services.db, clock)
    frame = await shown(services)
    assert {one["kind"] for one in frame["alerts"]} == {"over", "drift"}
    page = await alerts.list_alerts(services, SLUG, is_all=True)
    text = json.dumps(frame) + repr(page.items)
    for secret in ("Quetzal", "Xochitl", registered.number):
        assert secret not in text
