"""The past is told as it was seen then: frames taken on the way come out again, whatever happened since."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from checkin.domain.errors import AppError
from checkin.domain.instants import HOUR, MINUTE, Instant
from checkin.domain.model import Agenda, AttendeeId, Role
from checkin.domain.scans import Direction
from checkin.service import devices, history, occupancy, rooms
from checkin.service.services import Services
from checkin.service.solver import solve
from checkin.service.watch import Watch
from tests.clockwork import catch_up
from tests.conftest import StandingClock
from tests.domain.conference import NEXT_DAY, at
from tests.store.people import ORGANIZER, SLUG, Kiosk, add_kiosk, register


async def add_door(services: Services, room: str) -> Kiosk:
    """A paired door of a room."""
    pairing = await devices.add_device(services, SLUG, f"Door of {room}", Role.DOOR, room)
    paired = await devices.pair(services, pairing.code)
    actor = await devices.authenticate_device(services, paired.token)
    assert actor is not None
    return Kiosk(services, actor)


def steady(frame: dict[str, Any]) -> dict[str, Any]:
    """What of a frame may not depend on when it is asked for."""
    return {key: value for key, value in frame.items() if key != "version"}


async def live_a_day(services: Services, clock: StandingClock) -> dict[Instant, dict[str, Any]]:
    """Arrivals, doors, counts, ends of sessions, leaving; with the frames seen on the way."""
    kiosk, hall = await add_kiosk(services), await add_door(services, "hall")
    b204, a101 = await add_door(services, "b204"), await add_door(services, "a101")
    people = [await register(services) for _ in range(4)]
    frames: dict[Instant, dict[str, Any]] = {}

    async def see(moment: Instant) -> None:
        clock.set(moment)
        await catch_up(services.db, clock)
        frames[moment] = await occupancy.occupancy(services, SLUG)

    await see(at(8))
    for minute, one in enumerate(people):
        clock.set(at(8, 5 + minute))
        await kiosk.scan(one.credential)
    await see(at(8, 10))
    clock.set(at(8, 20))
    for one in people[:3]:
        await hall.scan(one.credential, Direction.IN)
    await see(at(8, 31))
    clock.set(at(8, 40))
    await rooms.count_room(services, SLUG, "hall", 640, ORGANIZER)
    await see(at(8, 41))
    clock.set(at(8, 50))
    await hall.scan(people[0].credential, Direction.OUT)
    await see(at(8, 51))
    await see(at(9, 30))
    clock.set(at(9, 45))
    await b204.scan(people[0].credential, Direction.IN)
    await see(at(9, 50))
    clock.set(at(10, 5))
    await a101.scan(people[1].credential, Direction.OUT)
    await kiosk.scan(people[2].credential, Direction.OUT)
    await see(at(10, 20))
    await see(at(11))
    await see(at(0, day=NEXT_DAY))
    return frames


async def test_every_frame_comes_out_again_as_it_was(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    frames = await live_a_day(services, clock)
    clock.set(at(8, day=NEXT_DAY))
    heads = [[one["headcount"] for one in frame["rooms"]] for frame in frames.values()]
    assert [3, 0, 0] in heads, "a day on which nothing happens proves nothing"
    assert [639, 0, 0] in heads
    assert [0, 0, 1] in heads
    for moment, seen in frames.items():
        again = await history.occupancy_at(services, SLUG, moment)
        # Who has a seat, and with it who is expected, is told as it is now: assignments are not logged.
        assert steady(again) == steady(seen), moment


async def test_each_minute_is_what_the_frame_of_that_moment_says(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    await live_a_day(services, clock)
    clock.set(at(11, 0, 30))
    found = await history.history(services, SLUG, at(8), at(11))
    assert found.moments == [Instant(at(8) + n * MINUTE) for n in range(181)]
    for place in range(0, 181, 5):
        frame = await history.occupancy_at(services, SLUG, found.moments[place])
        heads = {one["code"]: one["headcount"] for one in frame["rooms"]}
        assert {code: numbers[place] for code, numbers in found.headcounts.items()} == heads
        assert (found.checked_in[place], found.on_site[place]) == (frame["checked_in"], frame["on_site"])


async def test_the_last_hour_is_told_by_default_and_ends_with_now(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    clock.set(at(8, 0, 20))
    await kiosk.scan((await register(services)).credential)
    clock.set(at(8, 0, 30))
    found = await history.history(services, SLUG)
    assert (found.since, found.until) == (at(7, 0, 30), at(8, 0, 30))
    assert found.moments[0] == at(7, 1)
    assert found.moments[-2:] == [at(8), at(8, 0, 30)]
    assert found.on_site[-2:] == [0, 1]


async def test_a_scan_is_in_the_history_that_is_asked_for_after_it(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    for n in (1, 2, 3):
        clock.advance(MINUTE)
        await kiosk.scan((await register(services)).credential)
        answers = await asyncio.gather(*(history.history(services, SLUG) for _ in range(5)))
        assert [one.on_site[-1] for one in answers] == [n] * 5


async def test_a_large_fold_does_for_a_while_and_the_history_ends_where_it_was_made(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    await history.history(services, SLUG)
    kept = history._kept[services.db][SLUG]
    many = {AttendeeId(-n): () for n in range(history.MANY_PEOPLE + 1)}
    kept.replay, kept.seconds = replace(kept.replay, visits=many), 3600.0
    clock.advance(MINUTE)
    await kiosk.scan((await register(services)).credential)
    clock.advance(MINUTE)
    found = await history.history(services, SLUG)
    assert (found.until, found.moments[-1], found.on_site[-1]) == (at(8), at(8), 0)
    assert (await history.occupancy_at(services, SLUG, at(8, 2)))["on_site"] == 1, "it could not do for that"
    assert (await history.history(services, SLUG)).on_site[-1] == 1


async def test_a_scan_that_was_taken_back_is_no_past(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    answer = await kiosk.scan((await register(services)).credential)
    clock.set(at(8, 10))
    assert (await history.occupancy_at(services, SLUG, at(8, 5)))["on_site"] == 1
    await services.scans.undo(answer.recorded.scan_id, None, "desk")
    assert (await history.occupancy_at(services, SLUG, at(8, 5)))["on_site"] == 0


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        (at(7), at(8), None),
        (at(8), at(8), None),
        (Instant(at(8) + 1), at(8), "invalid"),
        (Instant(at(8) - 24 * HOUR), at(8), None),
        (Instant(at(8) - 24 * HOUR - 1), at(8), "invalid"),
        (at(7), at(9), None),
        (at(9), None, "invalid"),
    ],
)
async def test_a_span_is_at_most_a_day_and_ends_now_at_the_latest(
    services: Services, event: Agenda, since: Instant, until: Instant | None, code: str | None
) -> None:
    if code is None:
        assert (await history.history(services, SLUG, since, until)).until == at(8)
        return
    with pytest.raises(AppError) as caught:
        await history.history(services, SLUG, since, until)
    assert caught.value.code == code


async def test_the_future_is_not_known(services: Services, event: Agenda) -> None:
    assert (await history.occupancy_at(services, SLUG, at(8)))["at"] == "2027-01-26T08:00:00-07:00"
    with pytest.raises(AppError) as caught:
        await history.occupancy_at(services, SLUG, Instant(at(8) + 1))
    assert caught.value.code == "invalid"


async def test_a_long_log_is_folded_in_another_process_and_tells_the_same(
    services: Services, event: Agenda, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = await live_a_day(services, clock)
    clock.set(at(8, day=NEXT_DAY))
    near = await history.history(services, SLUG, at(7), at(12))
    history._kept[services.db].clear()
    monkeypatch.setattr(history, "LONG_LOG", 1)
    asked: list[str] = []

    async def ask(job: str, *arguments: object, watch: Watch) -> Any:
        asked.append(job)
        return await solve(job, *arguments, watch=watch)

    monkeypatch.setattr(history, "solve", ask)
    assert await history.history(services, SLUG, at(7), at(12)) == near
    for moment, seen in frames.items():
        assert steady(await history.occupancy_at(services, SLUG, moment)) == steady(seen)
    assert asked == ["fold"], "once for all that is asked of it"
