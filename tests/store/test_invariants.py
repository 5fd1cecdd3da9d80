"""Whatever organizers, kiosks and doors do, in any order: everything counted again comes out the same."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from badges.credential import KeyPair, KeyRing
from checkin.domain.instants import HOUR, MINUTE
from checkin.domain.scans import Direction, Override
from checkin.service import attendees
from checkin.service.events import load_event
from checkin.service.rooms import count_room
from checkin.service.services import Services
from checkin.service.verify import verify
from tests.clockwork import catch_up
from tests.conftest import StandingClock
from tests.databases import APART, ENGINES, Engine, FilesApart, created
from tests.domain.conference import CONFERENCE, at
from tests.store.frames import frame_and_scratch
from tests.store.people import ORGANIZER, SLUG, Kiosk, add_door, add_kiosk, register, version
from tests.surroundings import services_on

KEYS = KeyRing(0, {0: KeyPair(bytes(32), bytes(range(32)))})
DISCIPLINES: tuple[list[str], ...] = ([], ["law"], ["medical"], ["medical", "law"])

who = st.integers(0, 9)
ways = st.sampled_from(list(Direction))
lateness = st.sampled_from([None, 0, MINUTE, 30 * MINUTE, 2 * HOUR])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("register"), st.sampled_from(DISCIPLINES)),
        st.tuples(st.just("scan"), who),
        st.tuples(st.just("out"), who),
        st.tuples(st.just("undo"), who),
        st.tuples(st.just("cancel"), who),
        st.tuples(st.just("reinstate"), who),
        st.tuples(st.just("reissue"), who),
        st.tuples(st.just("discipline"), who, st.sampled_from(DISCIPLINES)),
        st.tuples(st.just("all_rooms"), who, st.booleans()),
        st.tuples(st.just("wheelchair"), who, st.booleans()),
        st.tuples(st.just("seats"), st.integers(1, 4)),
        st.tuples(st.just("end"), st.sampled_from([time(10, 20), time(11), time(12, 45)])),
        st.tuples(st.just("import"), st.sampled_from(DISCIPLINES)),
        st.tuples(st.just("later"), st.integers(1, 9)),
        st.tuples(st.just("soon"), st.integers(1, 40)),
        st.tuples(st.just("tick")),
        st.tuples(st.just("door"), who, st.integers(0, 1), ways, lateness, st.booleans()),
        st.tuples(st.just("door"), who, st.integers(0, 1), ways, st.none(), st.booleans()),
        st.tuples(st.just("count"), st.sampled_from(["a101", "b204"]), st.integers(0, 5)),
    ),
    min_size=5,
    max_size=40,
)


@dataclass
class Desk:
    """An organizer, a kiosk and two doors, who do one step after the other."""

    services: Services
    clock: StandingClock
    kiosk: Kiosk
    doors: tuple[Kiosk, Kiosk]
    people: list[tuple[str, str]] = field(default_factory=list)
    scans: list[bytes] = field(default_factory=list)

    async def do(self, step: tuple[Any, ...]) -> None:
        """One step; one that names somebody does nothing while there is nobody."""
        name, *given = step
        if name == "register":
            made = await register(
                self.services, discipline=given[0], email=f"p{len(self.people)}@example.org"
            )
            self.people.append((made.number, made.credential))
        elif name == "later":
            self.clock.advance(given[0] * HOUR)
        elif name == "soon":
            self.clock.advance(given[0] * MINUTE)
        elif name == "tick":
            await catch_up(self.services.db, self.clock)
        elif name == "count":
            await count_room(self.services, SLUG, given[0], given[1], ORGANIZER)
        elif name == "seats":
            rooms = tuple(replace(room, seats=given[0]) for room in CONFERENCE.rooms)
            await load_event(self.services, replace(CONFERENCE, rooms=rooms), force=True)
        elif name == "end":
            first, second, third = CONFERENCE.slots
            second = replace(second, ends=given[0], ends_at=at(given[0].hour, given[0].minute))
            await load_event(self.services, replace(CONFERENCE, slots=(first, second, third)), force=True)
        elif name == "import":
            lines = [f"New,Name,{';'.join(given[0])},p{n}@example.org" for n in range(3)]
            table = "\n".join(["first_name,last_name,discipline,email", *lines])
            await attendees.import_attendees(self.services, SLUG, table.encode())
        elif name == "undo":
            if self.scans:
                scan_id = self.scans[given[0] % len(self.scans)]
                await self.services.scans.undo(scan_id, None, "organizer")
        elif self.people:
            await self.do_to(name, given, given[0] % len(self.people))

    async def check(self) -> None:
        """What holds after every step: log and state agree, and boards show what the rows say."""
        assert await verify(self.services.db) == []
        shown, counted = await frame_and_scratch(self.services)
        assert shown == counted

    async def do_to(self, name: str, given: list[Any], position: int) -> None:
        """A step that is about one person."""
        number, letters = self.people[position]
        if name in ("scan", "out"):
            direction = Direction.OUT if name == "out" else Direction.AUTO
            answer = await self.kiosk.scan(letters, direction)
            if answer.recorded.effect is not None:
                self.scans.append(answer.recorded.scan_id)
        elif name == "door":
            door, way, late, is_let_in = given[1:]
            override = Override("asked", "M. Ortiz") if is_let_in else None
            answer = await self.doors[door].scan(letters, way, lateness=late, override=override)
            if answer.recorded.effect is not None:
                self.scans.append(answer.recorded.scan_id)
        elif name == "cancel":
            await attendees.cancel_attendee(self.services, SLUG, number)
        elif name == "reinstate":
            await attendees.reinstate(self.services, SLUG, number)
        elif name == "reissue":
            self.people[position] = (number, await attendees.reissue(self.services, SLUG, number))
        else:
            values = {"discipline": {"discipline": given[-1]}, "all_rooms": {"all_rooms": given[-1]}}.get(
                name, {"accessibility": ["wheelchair"] if given[-1] else []}
            )
            await attendees.change_attendee(self.services, SLUG, number, values)


async def play(
    url: str, script: list[tuple[Any, ...]], kind: type[Desk] = Desk, is_apart: bool = False
) -> int:
    """Does the steps on a fresh database and gives how many were checked, which is after each.

    `is_apart`: a process of its own records scans.
    """
    clock = StandingClock(at(8))
    checked = 0
    async with services_on(url, KEYS, clock, is_apart) as services:
        await load_event(services, CONFERENCE)
        doors = await add_door(services, "a101"), await add_door(services, "b204")
        player = kind(services, clock, await add_kiosk(services), doors)
        last = await version(services)
        for step in script:
            await player.do(step)
            await player.check()
            checked += 1
            now = await version(services)
            assert now >= last
            last = now
    return checked


@settings(
    max_examples=20,
    deadline=None,
    # An engine is the same for all scripts of a test; each script has a database of its own.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(script=steps)
@pytest.mark.parametrize("engine", [*ENGINES, APART], indirect=True)
def test_everything_counted_again_comes_out_the_same(engine: Engine, script: list[tuple[Any, ...]]) -> None:
    with created(engine) as url:
        checked = asyncio.run(play(url, script, is_apart=isinstance(engine, FilesApart)))
    assert checked == len(script)
