"""The frame of boards: counts, states, sessions, versions, and never a name."""

import json
from dataclasses import replace

import pytest

from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, EventId
from checkin.domain.room_state import session_in
from checkin.domain.scans import Direction
from checkin.service import attendees, occupancy
from checkin.service.services import Services
from tests.clockwork import catch_up
from tests.conftest import StandingClock
from tests.domain.conference import NEXT_DAY, at
from tests.service.watching import watching
from tests.store.people import SLUG, add_kiosk, execute, register, version


async def room(services: Services, code: str) -> dict[str, object]:
    """One room of the frame."""
    frame = await occupancy.occupancy(services, SLUG)
    (found,) = [one for one in frame["rooms"] if one["code"] == code]
    return dict(found)


async def test_counts_follow_arrivals_departures_and_cancellations(services: Services, event: Agenda) -> None:
    kiosk = await add_kiosk(services)
    people = [await register(services) for _ in range(5)]
    for registered in people[:3]:
        await kiosk.scan(registered.credential)
    await kiosk.scan(people[0].credential, Direction.OUT)
    await attendees.cancel_attendee(services, SLUG, people[4].number)
    frame = await occupancy.occupancy(services, SLUG)
    assert (frame["registered"], frame["checked_in"], frame["on_site"]) == (4, 3, 2)
    assert frame["version"] == await version(services)
    assert (frame["event"], frame["at"]) == (SLUG, "2027-01-26T08:00:00-07:00")


async def test_at_midnight_nobody_is_on_site_any_more(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    await kiosk.scan((await register(services)).credential)
    clock.set(Instant(at(0, day=NEXT_DAY) - 1))
    assert (await occupancy.occupancy(services, SLUG))["on_site"] == 1
    clock.set(at(0, day=NEXT_DAY))
    frame = await occupancy.occupancy(services, SLUG)
    assert (frame["on_site"], frame["checked_in"]) == (0, 1)


async def test_a_discipline_with_fewer_than_five_is_left_out(services: Services, event: Agenda) -> None:
    for n in range(9):
        await register(services, discipline=["law"] if n < 5 else ["medical"])
    frame = await occupancy.occupancy(services, SLUG)
    assert frame["disciplines"] == [{"code": "law", "registered": 5, "checked_in": 0}]


async def test_no_name_and_no_number_is_in_a_frame(services: Services, event: Agenda) -> None:
    kiosk = await add_kiosk(services)
    registered = await register(services, first_name="Quetzal", last_name="Xochitl")
    await kiosk.scan(registered.credential)
    text = json.dumps(await occupancy.occupancy(services, SLUG))
    for secret in ("Quetzal", "Xochitl", registered.number):
        assert secret not in text


@pytest.mark.parametrize(
    ("clock_time", "code"),
    [
        (at(8, 9, 59), None),
        (at(8, 10), "opening"),
        (at(9, 29, 59), "opening"),
        (at(9, 30), None),
    ],
)
async def test_a_session_shows_from_twenty_minutes_before_its_start_to_its_end(
    services: Services, event: Agenda, clock: StandingClock, clock_time: Instant, code: str | None
) -> None:
    clock.set(clock_time)
    session = (await room(services, "hall"))["session"]
    assert (session["code"] if isinstance(session, dict) else None) == code


async def test_expected_are_the_assigned_and_at_a_plenary_everybody(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    for _ in range(2):
        await kiosk.scan((await register(services)).credential)
    await register(services)
    clock.set(at(8, 30))
    assert (await room(services, "hall"))["expected"] == 3
    clock.set(at(10))
    assert (await room(services, "b204"))["expected"] == 2
    assert (await room(services, "b204"))["headcount"] == 0
    assert (await room(services, "a101"))["session"] == {
        "code": "injuries-2",
        "title": "Injuries to look for",
        "starts_at": "2027-01-26T10:00:00-07:00",
        "ends_at": "2027-01-26T11:00:00-07:00",
    }


def test_the_running_session_comes_before_the_open_one(agenda: Agenda) -> None:
    nine = replace(agenda.slots[1], starts_at=at(9, 30), ends_at=at(10))
    moved = replace(
        agenda,
        slots=(agenda.slots[0], nine, agenda.slots[2]),
        sessions=tuple(
            replace(one, room="hall") if one.code == "injuries-2" else one for one in agenda.sessions
        ),
    )
    shown = [session_in(moved, "hall", at(9, minute)) for minute in (15, 29, 30)]
    assert [one.code for one in shown if one is not None] == ["opening", "opening", "injuries-2"]


async def test_the_last_scan_of_a_room_is_found_by_its_index(services: Services, event: Agenda) -> None:
    kiosk = await add_kiosk(services)
    await kiosk.scan((await register(services)).credential)
    assert (await room(services, "b204"))["last_scan_at"] is None
    await execute(services, "UPDATE scan SET room = 'b204'")
    assert (await room(services, "b204"))["last_scan_at"] == "2027-01-26T08:00:00-07:00"


async def test_a_version_rises_when_a_session_opens_starts_or_ends(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    seen = []
    moments = [
        at(8),
        at(8, 9),
        at(8, 10),
        at(8, 11),
        at(8, 30),
        at(9, 30),
        at(9, 30, 5),
        at(9, 40),
        at(0, day=NEXT_DAY),
    ]
    for moment in moments:
        clock.set(moment)
        versions = await catch_up(services.db, clock)
        seen.append(versions[EventId(1)])
    first = seen[0]
    assert [one - first for one in seen] == [0, 0, 1, 1, 2, 3, 3, 4, 5]
    assert await catch_up(services.db, clock) == {EventId(1): seen[-1]}


async def test_a_frame_and_its_version_are_of_one_moment(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    number, data = await occupancy.render_frame(services.db, clock, EventId(1))
    assert json.loads(data) == await occupancy.occupancy(services, SLUG)
    assert json.loads(data)["version"] == number


async def test_a_board_hears_of_a_registration(services: Services, event: Agenda) -> None:
    async with watching(services.live, EventId(1)) as board:
        first = await board.next_frame(5)
        assert first is not None
        await register(services)
        second = await board.next_frame(5)
    assert second is not None
    assert json.loads(second.data)["registered"] == json.loads(first.data)["registered"] + 1
    assert second.version > first.version
