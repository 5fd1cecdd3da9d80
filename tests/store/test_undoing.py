"""Taking a reroute back after the day went on: what people got since, and what the event's file says now."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from checkin.domain.errors import AppError
from checkin.domain.instants import MINUTE
from checkin.domain.model import Agenda, Session
from checkin.domain.routing.room_changes import (
    AddSession,
    CancelSession,
    CloseRoom,
    MoveSession,
    OpenRoom,
    RoomChange,
    SetSeats,
)
from checkin.service.events import load_event, show_event
from checkin.service.planning import make_plan
from checkin.service.rerouting import make_reroute
from checkin.service.services import Services
from checkin.service.undoing import undo_reroute
from checkin.service.verify import verify
from checkin.service.waiting import list_who_waits
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.domain.rough_events import with_seats
from tests.store.people import SLUG, add_door, register, rows

EXTRA = {"code": "extra-2", "title": "Extra", "topic": "extra", "slot": "s2", "room": "hall"}


async def seated(services: Services, session: str) -> int:
    """How many are assigned to a session."""
    ((n,),) = await rows(services, f"SELECT count(*) FROM assignment WHERE session = '{session}'")
    assert isinstance(n, int)
    return n


async def medical(services: Services, count: int) -> list[str]:
    """Registers so many, who are placed at once after a plan; the credentials."""
    return [(await register(services, discipline=["medical"])).credential for _ in range(count)]


@pytest.mark.parametrize(
    ("change", "session", "left"),
    [
        (SetSeats("a101", 6), "injuries-2", 2),
        (MoveSession("injuries-2", "hall"), "injuries-2", 2),
        (AddSession(EXTRA), "extra-2", 0),
    ],
)
async def test_who_got_a_seat_since_that_there_is_no_more_is_told_so(
    services: Services, event: Agenda, change: RoomChange, session: str, left: int
) -> None:
    await medical(services, 2)
    await make_plan(services, SLUG)
    made = await make_reroute(services, SLUG, change)
    await medical(services, 3)
    before = await seated(services, session)
    assert before > left
    assert made.reroute_id is not None
    undone = await undo_reroute(services, SLUG, made.reroute_id)
    assert await seated(services, session) == left
    assert await verify(services.db) == []
    lost = [move for move in undone.moves if move.old == session != move.new.session]
    assert len(lost) == before - left
    assert {move.new.session for move in lost} == {None}
    assert {move.new.why.moved_from for move in lost} <= {"a101", "hall"}
    listed = await rows(services, "SELECT count(*) FROM assignment WHERE slot = 's2'")
    assert listed == [(5,)]


async def test_an_opening_taken_back_leaves_nobody_in_the_closed_room(
    services: Services, event: Agenda
) -> None:
    await make_plan(services, SLUG)
    await make_reroute(services, SLUG, CloseRoom("a101"))
    opened = await make_reroute(services, SLUG, OpenRoom("a101"))
    await medical(services, 2)
    assert await seated(services, "injuries-2") == 2
    assert opened.reroute_id is not None
    await undo_reroute(services, SLUG, opened.reroute_id)
    assert (await seated(services, "injuries-2"), await seated(services, "planning-3")) == (0, 0)
    assert await verify(services.db) == []


async def test_who_lost_a_seat_gets_another_where_there_is_one(services: Services, event: Agenda) -> None:
    await make_plan(services, SLUG)
    await make_reroute(services, SLUG, AddSession(EXTRA))
    await make_reroute(services, SLUG, CloseRoom("a101"))
    opened = await make_reroute(services, SLUG, OpenRoom("a101"))
    await medical(services, 1)
    assert await seated(services, "injuries-2") == 1
    assert opened.reroute_id is not None
    undone = await undo_reroute(services, SLUG, opened.reroute_id)
    (move,) = [move for move in undone.moves if move.slot == "s2"]
    assert (move.old, move.new.session, move.new.why.moved_from) == ("injuries-2", "extra-2", "a101")
    assert await verify(services.db) == []


async def test_who_sits_inside_stays_when_more_seats_are_taken_back(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    await make_plan(services, SLUG)
    made = await make_reroute(services, SLUG, SetSeats("a101", 6))
    letters = await medical(services, 5)
    door = await add_door(services, "a101")
    clock.set(at(9, 50))
    for one in letters[1:5]:
        await door.scan(one)
    assert made.reroute_id is not None
    undone = await undo_reroute(services, SLUG, made.reroute_id)
    assert [move.slot for move in undone.moves if move.old == "injuries-2"] == ["s2"]
    assert await seated(services, "injuries-2") == 4
    assert await verify(services.db) == []


async def test_who_waited_before_waits_in_the_same_place_again(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    await medical(services, 2)
    await make_plan(services, SLUG)
    for _ in range(3):
        clock.advance(MINUTE)
        await medical(services, 1)
    _, before = await list_who_waits(services, SLUG)
    made = await make_reroute(services, SLUG, SetSeats("a101", 3))
    assert made.moves
    clock.advance(MINUTE)
    assert made.reroute_id is not None
    await undo_reroute(services, SLUG, made.reroute_id)
    assert (await list_who_waits(services, SLUG))[1] == before


async def test_seats_that_come_back_go_to_who_waits_since(services: Services, event: Agenda) -> None:
    await medical(services, 1)
    await make_plan(services, SLUG)
    made = await make_reroute(services, SLUG, CloseRoom("a101"))
    await medical(services, 1)
    assert await seated(services, "injuries-2") == 0
    assert made.reroute_id is not None
    await undo_reroute(services, SLUG, made.reroute_id)
    assert await seated(services, "injuries-2") == 2
    assert await verify(services.db) == []


OVERTAKEN: dict[str, tuple[RoomChange, Callable[[Agenda], Agenda]]] = {
    "its room is gone": (
        CloseRoom("a101"),
        lambda agenda: replace(
            agenda, rooms=(agenda.rooms[0], agenda.rooms[2]), sessions=agenda.sessions[:2], curriculum={}
        ),
    ),
    "it has other seats": (SetSeats("b204", 2), lambda agenda: with_seats(agenda, "b204", 3)),
    "its session is gone": (
        MoveSession("planning-3", "hall"),
        lambda agenda: replace(agenda, sessions=agenda.sessions[:-1]),
    ),
    "its session is back": (
        CancelSession("planning-3"),
        lambda agenda: replace(agenda, sessions=(*agenda.sessions, _session("planning-3"))),
    ),
    "its old room is taken": (
        MoveSession("planning-3", "hall"),
        lambda agenda: replace(agenda, sessions=(*agenda.sessions, _session("other-3"))),
    ),
}


def _session(code: str) -> Session:
    return Session(code, "planning", "Safety plans", "s3", "a101")


@pytest.mark.parametrize("what", OVERTAKEN)
async def test_what_the_events_file_has_overtaken_is_a_conflict(
    services: Services, event: Agenda, what: str
) -> None:
    change, rewrite = OVERTAKEN[what]
    made = await make_reroute(services, SLUG, change)
    await load_event(services, rewrite(await show_event(services, SLUG)), force=True)
    before = await show_event(services, SLUG)
    assert made.reroute_id is not None
    with pytest.raises(AppError, match="file has changed since") as caught:
        await undo_reroute(services, SLUG, made.reroute_id)
    assert caught.value.code == "conflict"
    assert await show_event(services, SLUG) == before
