"""Rooms as the day goes on: ends of sessions, ushers' counts, undo, and a log that always adds up to it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from uuid import UUID

import pytest
import pytest_asyncio

from checkin.domain.instants import MINUTE, Instant
from checkin.domain.model import Agenda
from checkin.domain.scans import Direction, Override
from checkin.service import attendees, occupancy
from checkin.service.events import load_event
from checkin.service.rooms import count_room
from checkin.service.scans import Answer
from checkin.service.services import Services
from checkin.service.timekeeping import Timekeeper
from checkin.service.verify import verify
from tests.clockwork import catch_up, look_once
from tests.conftest import StandingClock
from tests.domain.conference import NEXT_DAY, at
from tests.domain.doors import AGENDA
from tests.store.people import ORGANIZER, SLUG, Kiosk, add_door, add_kiosk, execute, register, rows

OUT = Direction.OUT


@pytest.fixture
def agenda() -> Agenda:
    """Three rooms whose sessions follow each other closely."""
    return AGENDA


@dataclass
class Floor:
    """The doors of A and C with a clock, and people of law enforcement with their badges."""

    services: Services
    clock: StandingClock
    a: Kiosk
    c: Kiosk
    kiosk: Kiosk
    badges: Sequence[str]
    numbers: Sequence[str]

    async def pass_to(self, now: Instant) -> None:
        """The clock goes on, and what is due is done."""
        self.clock.set(now)
        await catch_up(self.services.db, self.clock)

    async def enter(self, door: Kiosk, who: int, now: Instant | None = None, **others: object) -> Answer:
        """Somebody comes to a door."""
        if now is not None:
            self.clock.set(now)
        return await door.scan(self.badges[who], **others)  # type: ignore[arg-type]

    async def count(self, room: str, n: int) -> None:
        """An usher counts."""
        await count_room(self.services, SLUG, room, n, ORGANIZER)

    async def room(self, code: str) -> tuple[int, int]:
        """Headcount and adjustment of a room, once verify has found nothing."""
        assert await verify(self.services.db) == []
        frame = await occupancy.occupancy(self.services, SLUG)
        (found,) = [one for one in frame["rooms"] if one["code"] == code]
        return found["headcount"], found["adjustment"]

    async def inside(self) -> list[tuple[object, ...]]:
        """Who is in a room by what is stored: room, session and the session they stayed over from."""
        return await rows(
            self.services,
            "SELECT attendee_id, room, session, passed_from FROM presence WHERE room IS NOT NULL ORDER BY 1",
        )


@pytest_asyncio.fixture
async def floor(services: Services, event: Agenda, clock: StandingClock) -> Floor:
    made = [await register(services, email=f"p{n}@example.org") for n in range(6)]
    return Floor(
        services,
        clock,
        await add_door(services, "a"),
        await add_door(services, "c"),
        await add_kiosk(services),
        [one.credential for one in made],
        [one.number for one in made],
    )


class TestEndsOfSessions:
    async def test_an_end_is_recorded_once_whoever_looks_at_the_clock(self, floor: Floor) -> None:
        await floor.enter(floor.a, 0, at(9))
        floor.clock.set(at(10))
        keepers = [Timekeeper(floor.services.db, floor.clock) for _ in range(8)]
        await asyncio.gather(*(look_once(keeper) for keeper in keepers))
        await floor.pass_to(at(10, 5))
        ended = await rows(floor.services, "SELECT session, ended_at FROM closing ORDER BY ended_at, session")
        expected = [("opening", at(8, 50)), ("all-1", at(10)), ("law-1", at(10)), ("med-1", at(10))]
        assert ended == expected
        assert await verify(floor.services.db) == []

    async def test_who_has_the_next_session_there_passes_over_the_others_are_out(self, floor: Floor) -> None:
        await floor.enter(floor.a, 0, at(9))
        await floor.enter(floor.a, 1)
        await execute(
            floor.services,
            "UPDATE assignment SET session = 'all-2' WHERE session = 'law-2' AND attendee_id = 2",
        )
        await execute(floor.services, "UPDATE tally SET n = 1 WHERE key IN ('law-2', 'all-2')")
        await floor.pass_to(at(10))
        assert await floor.inside() == [(1, "a", "law-2", "law-1")]
        assert await floor.room("a") == (1, 0)
        await floor.pass_to(at(11))
        assert await floor.inside() == []

    async def test_who_came_without_a_session_stays(self, floor: Floor) -> None:
        await floor.enter(floor.a, 0, at(11, 30))
        await floor.pass_to(at(14))
        assert await floor.room("a") == (1, 0)
        await floor.pass_to(at(0, day=NEXT_DAY))
        assert await floor.room("a") == (0, 0)

    @pytest.mark.parametrize("counted", [False, True])
    async def test_scans_between_an_end_and_its_record_are_later_than_it(
        self, floor: Floor, counted: bool
    ) -> None:
        for who in range(2):
            await floor.enter(floor.a, who, at(12, 50))
        if counted:
            await floor.count("a", 7)
            await floor.count("c", 1)
        await floor.enter(floor.a, 0, at(14), direction=OUT)
        await floor.enter(floor.a, 1, direction=Direction.IN)
        await floor.enter(floor.c, 1)
        await floor.pass_to(at(14, 0, 1))
        assert await floor.inside() == [(2, "c", None, None)]
        assert (await floor.room("c"))[0] == (2 if counted else 1)

    async def test_a_session_made_shorter_ends_at_once(self, floor: Floor) -> None:
        await floor.enter(floor.a, 0, at(13))
        await floor.pass_to(at(13, 10))  # seats are released: the clock has been looked at since
        floor.clock.set(at(13, 11))
        await ends_at(floor, time(13, 5))
        await floor.pass_to(at(13, 12))
        assert await floor.room("a") == (0, 0)

    @pytest.mark.parametrize("extended_at", [at(14, 5), at(14, 40)])
    async def test_a_session_made_longer_after_its_end_goes_on_and_ends_once_more(
        self, floor: Floor, extended_at: Instant
    ) -> None:
        await floor.enter(floor.a, 0, at(13))
        await floor.pass_to(at(14))
        assert await floor.inside() == []
        floor.clock.set(extended_at)
        await ends_at(floor, time(14, 30))
        if extended_at < at(14, 30):
            assert (await floor.room("a"))[0] == 1
            await floor.enter(floor.a, 1)
            assert (await floor.room("a"))[0] == 2
        await floor.pass_to(Instant(max(extended_at, at(14, 30))))
        assert await floor.room("a") == (0, 0)
        ended = await rows(floor.services, "SELECT ended_at FROM closing WHERE session = 'law-3'")
        assert ended == [(at(14, 30),)]

    async def test_seats_are_released_at_once_where_a_slot_begins_earlier_than_it_did(
        self, floor: Floor
    ) -> None:
        await floor.pass_to(at(12, 58))
        last = replace(AGENDA.slots[-1], starts=time(12, 40), starts_at=at(12, 40))
        await load_event(floor.services, replace(AGENDA, slots=(*AGENDA.slots[:-1], last)))
        released = await rows(floor.services, "SELECT slot FROM release WHERE slot = 's3'")
        assert released == [("s3",)]


async def ends_at(floor: Floor, end: time) -> None:
    """The organizers let the last slot end at another time."""
    last = replace(AGENDA.slots[-1], ends=end, ends_at=at(end.hour, end.minute))
    await load_event(floor.services, replace(AGENDA, slots=(*AGENDA.slots[:-1], last)), force=True)


class TestUshersCounts:
    async def test_a_count_is_true_at_its_moment_and_carried_on(self, floor: Floor) -> None:
        await floor.enter(floor.a, 0, at(9))
        await floor.count("a", 3)
        assert await floor.room("a") == (3, 2)
        await floor.enter(floor.a, 0, at(9, 5), direction=OUT)
        assert await floor.room("a") == (2, 2)
        await floor.enter(floor.a, 3, at(9, 6), direction=OUT)
        assert await floor.room("a") == (1, 1), "somebody whom no scan let in has left"
        await floor.enter(floor.a, 3, at(9, 6, 5), direction=OUT)
        await floor.enter(floor.a, 3, at(9, 6, 9), direction=OUT)
        assert await floor.room("a") == (0, 0), "no count is negative"

    async def test_it_fills_the_room(self, floor: Floor) -> None:
        floor.clock.set(at(9))
        await floor.count("a", 3)
        answer = await floor.enter(floor.a, 0)
        assert answer.recorded.reason == "room_full"
        await floor.count("a", 2)
        answer = await floor.enter(floor.a, 0)
        assert answer.recorded.reason == "entered"
        assert answer.outcome.occupancy is not None
        assert answer.outcome.occupancy.headcount == 3

    async def test_it_stands_until_the_running_session_ends(self, floor: Floor) -> None:
        await floor.enter(floor.a, 0, at(9))
        await floor.count("a", 3)
        await floor.pass_to(Instant(at(10) - 1))
        assert await floor.room("a") == (3, 2)
        await floor.pass_to(at(10))
        assert (await floor.room("a"))[1] == 0

    @pytest.mark.parametrize("end", [time(13, 30), time(14, 30)])
    @pytest.mark.parametrize("changed_at", [at(13, 10), at(14, 5)])
    async def test_it_stands_as_long_as_a_session_that_ends_at_another_time(
        self, floor: Floor, end: time, changed_at: Instant
    ) -> None:
        await floor.enter(floor.a, 0, at(13))
        await floor.count("a", 3)
        await floor.pass_to(changed_at)
        await ends_at(floor, end)
        new_end = at(end.hour, end.minute)
        if changed_at < new_end:
            await floor.enter(floor.a, 1, direction=Direction.IN, override=Override("asked", "M. Ortiz"))
            await floor.pass_to(Instant(new_end - 1))
            assert await floor.room("a") == (4, 2)
        await floor.pass_to(max(changed_at, new_end))
        assert await floor.room("a") == (0, 0)

    async def test_without_a_session_it_stands_until_midnight(self, floor: Floor) -> None:
        floor.clock.set(at(15))
        await floor.count("a", 2)
        await floor.pass_to(Instant(at(0, day=NEXT_DAY) - 1))
        assert await floor.room("a") == (2, 2)
        await floor.pass_to(at(0, day=NEXT_DAY))
        assert await floor.room("a") == (0, 0)

    async def test_an_earlier_count_does_not_come_back(self, floor: Floor) -> None:
        floor.clock.set(at(8))
        await floor.count("a", 2)  # no session: until midnight
        floor.clock.set(at(9, 30))
        await floor.count("a", 1)  # until ten
        await floor.pass_to(at(10, 1))
        assert await floor.room("a") == (0, 0)
        await floor.enter(floor.a, 0)
        assert await floor.room("a") == (1, 0)

    async def test_a_late_scan_from_before_it_changes_the_record_not_the_headcount(
        self, floor: Floor
    ) -> None:
        floor.clock.set(at(9, 10))
        await floor.count("a", 2)
        await floor.enter(floor.a, 0, at(9, 20), lateness=15 * MINUTE)
        assert await floor.room("a") == (2, 1)
        await floor.enter(floor.a, 1, at(9, 21), lateness=5 * MINUTE)
        assert await floor.room("a") == (3, 1)

    async def test_a_late_scan_that_comes_after_its_end_still_adds_up(self, floor: Floor) -> None:
        floor.clock.set(at(9, 10))
        await floor.count("a", 2)
        await floor.pass_to(at(10, 1))
        await floor.enter(floor.a, 0, lateness=30 * MINUTE)
        assert (await floor.room("a"))[1] == 0

    async def test_a_seat_lost_after_passing_over_is_an_exit_since_the_count(self, floor: Floor) -> None:
        floor.clock.set(at(8, 55))
        await floor.count("a", 1)  # before the session: until midnight
        await floor.enter(floor.a, 0, at(9))
        await floor.pass_to(at(10, 1))
        assert await floor.inside() == [(1, "a", "law-2", "law-1")]
        assert await floor.room("a") == (2, 1)
        await attendees.cancel_attendee(floor.services, SLUG, floor.numbers[0])
        assert await floor.inside() == []
        assert await floor.room("a") == (1, 1)


class TestUndo:
    async def undo(self, floor: Floor, answer: Answer) -> None:
        scan_id = UUID(bytes=answer.recorded.scan_id).bytes
        await floor.services.scans.undo(scan_id, answer.recorded.device, "door")

    async def test_an_entry_taken_back_was_none(self, floor: Floor) -> None:
        await floor.enter(floor.c, 0, at(9))
        await floor.count("a", 1)
        moved = await floor.enter(floor.a, 0, at(9, 5), override=Override("asked", "M. Ortiz"))
        assert await floor.room("a") == (2, 1)
        assert await floor.room("c") == (0, 0)
        await self.undo(floor, moved)
        assert await floor.room("a") == (1, 1)
        assert await floor.room("c") == (1, 0)

    async def test_an_exit_taken_back_leaves_them_inside(self, floor: Floor) -> None:
        await floor.enter(floor.a, 0, at(9))
        await floor.count("a", 2)
        for moment in (at(9, 5), at(9, 6)):
            out = await floor.enter(floor.a, 0, moment, direction=OUT)
            before = await floor.room("a")
            await self.undo(floor, out)
            assert (before, await floor.room("a")) == ((1, 1), (2, 1))
        assert (await floor.enter(floor.a, 0, at(9, 7))).recorded.reason == "exited"

    async def test_a_check_in_at_a_door_taken_back_leaves_the_seats(self, floor: Floor) -> None:
        answer = await floor.enter(floor.a, 0, at(9))
        await self.undo(floor, answer)
        assert await floor.room("a") == (0, 0)
        assert (await rows(floor.services, "SELECT count(*) FROM assignment"))[0][0] == 3
        assert (await floor.enter(floor.kiosk, 0)).recorded.reason == "checked_in"


async def test_a_seat_taken_at_a_door_stands_in_a_room_without_access(floor: Floor) -> None:
    made = await register(floor.services, accessibility=["wheelchair"])
    floor.clock.set(at(9))
    await floor.c.scan(made.credential)
    taken = await rows(floor.services, "SELECT session FROM assignment WHERE slot = 's1'")
    assert taken == [("all-1",)]
    assert await verify(floor.services.db) == []
