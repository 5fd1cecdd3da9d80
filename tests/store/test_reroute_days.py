"""Whatever arrivals, plans, changes of rooms and undoing come together in a day: the rules of seats hold."""

import asyncio
import contextlib
import pickle
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from checkin import routing_process
from checkin.domain.errors import AppError
from checkin.domain.routing.room_changes import (
    AddSession,
    CancelSession,
    CloseRoom,
    MoveSession,
    OpenRoom,
    SetSeats,
)
from checkin.domain.scans import Direction
from checkin.service import planning, rerouting
from checkin.service.planning import make_plan
from checkin.service.rerouting import make_reroute
from checkin.service.undoing import undo_reroute
from checkin.store.assignments import find_assignments
from checkin.store.attendee_lists import list_attendees
from checkin.store.events import get_event
from tests.databases import Engine, created
from tests.store.people import SLUG
from tests.store.test_invariants import DISCIPLINES, Desk, play, who

ROOMS = st.sampled_from(["a101", "b204", "hall"])
SESSIONS = st.sampled_from(["undercover-2", "injuries-2", "undercover-3", "planning-3", "extra-2", "extra-3"])
EXTRAS = [
    {"code": f"extra-{slot}", "title": "Extra", "topic": "extra", "slot": f"s{slot}", "room": "hall"}
    for slot in (2, 3)
]

changes = st.one_of(
    st.builds(CloseRoom, ROOMS, st.sampled_from([None, "s2", "s3"])),
    st.builds(OpenRoom, ROOMS, st.sampled_from([None, "s2", "s3"])),
    st.builds(SetSeats, ROOMS, st.integers(0, 6)),
    st.builds(MoveSession, SESSIONS, ROOMS),
    st.builds(CancelSession, SESSIONS),
    st.builds(AddSession, st.sampled_from(EXTRAS)),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("register"), st.sampled_from(DISCIPLINES)),
        st.tuples(st.just("register"), st.sampled_from(DISCIPLINES)),
        st.tuples(st.just("scan"), who),
        st.tuples(st.just("door"), who, st.integers(0, 1), st.just(Direction.IN), st.none(), st.booleans()),
        st.tuples(st.just("cancel"), who),
        st.tuples(st.just("reinstate"), who),
        st.tuples(st.just("wheelchair"), who, st.booleans()),
        st.tuples(st.just("soon"), st.sampled_from([1, 20, 45])),
        st.tuples(st.just("tick")),
        st.tuples(st.just("plan")),
        st.tuples(st.just("reroute"), changes),
        st.tuples(st.just("reroute"), changes),
        st.tuples(st.just("take back")),
    ),
    min_size=5,
    max_size=30,
)


async def solve_here(job: str, *arguments: object, **_: object) -> Any:
    """What the process would answer; a process for each step would take minutes."""
    name, sent = pickle.loads(pickle.dumps((job, arguments)))
    return pickle.loads(pickle.dumps(routing_process.JOBS[name](*sent)))


@dataclass
class RoutingDesk(Desk):
    """The same, where the organizer plans, changes rooms and takes that back."""

    standing: list[int] = field(default_factory=list)

    async def do(self, step: tuple[Any, ...]) -> None:
        name, *given = step
        if name == "plan":
            await make_plan(self.services, SLUG)
        elif name == "reroute":
            with contextlib.suppress(AppError):  # no such session, or the room is taken
                made = await make_reroute(self.services, SLUG, given[0])
                assert made.reroute_id is not None
                self.standing.append(made.reroute_id)
        elif name == "take back":
            if self.standing:
                await undo_reroute(self.services, SLUG, self.standing.pop())
        else:
            await super().do(step)

    async def check(self) -> None:
        await super().check()
        await self.services.db.read(self.check_days)

    def check_days(self, connection: Connection) -> None:
        """Nobody is sent into a closed room, and who is planned has a seat or a reason for every slot."""
        event, now = get_event(connection, SLUG), self.clock.now()
        held = find_assignments(connection, event.id)
        people = [row for row in list_attendees(connection, event.id) if not row.is_cancelled]
        for slot in event.agenda.slots:
            offered = {one.code for one in event.agenda.offered_in[slot.code]}
            if slot.starts_at <= now or not offered:
                continue
            for row in people:
                item = held.get(row.id, {}).get(slot.code)
                assert item is None or item.session is None or item.session in offered
                assert item is None or (item.session is None) == (item.why.blocked is not None)
                assert item is not None or event.agenda.standing.planned_at is None


_MEDICAL = ("register", ["medical"])


@example(script=[_MEDICAL, ("reroute", AddSession(EXTRAS[0])), _MEDICAL, _MEDICAL, ("take back",)])
@example(script=[_MEDICAL, ("reroute", SetSeats("a101", 5)), *[_MEDICAL] * 3, ("take back",)])
@example(
    script=[
        _MEDICAL,
        ("reroute", CloseRoom("a101", "s2")),
        ("reroute", OpenRoom("a101", "s2")),
        _MEDICAL,
        ("take back",),
    ]
)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
    ],  # as in test_invariants
)
@given(script=steps)
def test_a_day_of_changes_keeps_the_rules_of_seats(engine: Engine, script: list[tuple[Any, ...]]) -> None:
    with created(engine) as url, pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "solve", solve_here)
        patch.setattr(rerouting, "solve", solve_here)
        checked = asyncio.run(play(url, [("plan",), *script], RoutingDesk))
    assert checked == 1 + len(script)
