"""What a reroute means for people, case by case, on the small conference."""

from dataclasses import replace
from datetime import time

import pytest
from msgspec import structs

from checkin.domain.assignments import Assignment, Blocked, Cause, Why
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, Closure, Room, Session, Standing
from checkin.domain.routing.ground import Ground, Move, Reroute, Seeker
from checkin.domain.routing.reroute import reroute
from tests.domain.conference import CONFERENCE, at, person, slot
from tests.domain.rough_events import SLOTS, with_seats

PLANNED = Standing(planned_at=at(7))
ROOMS = tuple(Room(code, code.upper(), 9, 2) for code in ("north", "south", "east"))
THREE = replace(
    CONFERENCE,
    rooms=ROOMS,
    slots=SLOTS[:1],
    sessions=tuple(Session(room.code, room.code, "One of three", "s1", room.code) for room in ROOMS),
    curriculum={"law": ("north",)},
    standing=PLANNED,
)
"""One slot at nine, three rooms of two seats."""

BEGUN = at(9, 5)


def seeker(ident: int, session: str | None, told: bool = False, inside: bool = False) -> Seeker:
    """Somebody who holds a session in the first slot, or waits for one."""
    why = Why(Cause.PLAN, blocked=None if session is not None else Blocked.FULL)
    return Seeker(
        person(ident, "medical"),
        {"s1": Assignment("s1", session, why)},
        frozenset({"s1"} if told else ()),
        session if inside else None,
    )


def ground(*seekers: Seeker, agenda: Agenda = THREE, now: Instant | None = None) -> Ground:
    """Two hours before the first slot."""
    return Ground(agenda, seekers, now if now is not None else at(7), b"seed")


def closed(*rooms: str, agenda: Agenda = THREE) -> Agenda:
    """The same with rooms closed all day."""
    closures = tuple(Closure(room, None, at(6)) for room in rooms)
    return replace(agenda, standing=replace(PLANNED, closures=closures))


def moved(result: Reroute) -> dict[int, tuple[str | None, str | None]]:
    """Who goes from where to where."""
    return {int(one.attendee): (one.old, one.new.session) for one in result.moves}


def test_only_those_of_the_closed_room_move_where_others_have_seats() -> None:
    before = ground(seeker(1, "north"), seeker(2, "south"), seeker(3, "east"))
    result = reroute(before, closed("north"), Cause.ROOM_CLOSED)
    (move,) = result.moves
    assert (move.attendee, move.old, move.new.why.moved_from) == (1, "north", "north")
    assert (move.new.why.cause, move.new.why.seat, move.new.why.seats) == (Cause.ROOM_CLOSED, 2, 2)


def test_the_untold_of_two_is_moved_by_a_cut() -> None:
    before = ground(seeker(1, "north", told=True), seeker(2, "north"), seeker(3, "south"))
    result = reroute(before, with_seats(THREE, "north", 1), Cause.SEATS_CHANGED)
    assert moved(result) == {2: ("north", "east")}


def test_somebody_moves_on_so_that_nobody_loses_a_seat() -> None:
    only_east = replace(THREE.sessions[2], disciplines=("law",))
    agenda = replace(THREE, sessions=(*THREE.sessions[:2], only_east))
    lawyer = replace(seeker(2, "south"), person=person(2, "law"))
    before = ground(seeker(1, "north"), lawyer, seeker(3, "south"), agenda=agenda)
    result = reroute(before, closed("north", agenda=agenda), Cause.ROOM_CLOSED)
    assert moved(result) == {1: ("north", "south"), 2: ("south", "east")}


def test_whoever_loses_their_seat_is_told_why() -> None:
    before = ground(seeker(1, "north"), seeker(2, "east"), seeker(3, "east"))
    (move,) = reroute(before, closed("north", "south"), Cause.ROOM_CLOSED).moves
    assert (move.attendee, move.new.session, move.new.why.blocked) == (1, None, Blocked.FULL)
    assert move.new.why.moved_from == "north"


def test_people_inside_stay_over_the_seats_that_are_cut() -> None:
    people = (seeker(1, "north", inside=True), seeker(2, "north", inside=True), seeker(3, "south"))
    result = reroute(ground(*people, now=BEGUN), with_seats(THREE, "north", 1), Cause.SEATS_CHANGED)
    assert result == Reroute((), {"north": 1})


def test_people_on_their_way_give_way_to_those_inside() -> None:
    people = (seeker(1, "north", inside=True), seeker(2, "north", told=True))
    result = reroute(ground(*people, now=BEGUN), with_seats(THREE, "north", 1), Cause.SEATS_CHANGED)
    assert moved(result).keys() == {2}
    assert result.overfull == {}


def test_a_closure_after_the_start_moves_only_those_who_are_not_inside() -> None:
    people = (seeker(1, "north", inside=True), seeker(2, "north"))
    assert moved(reroute(ground(*people, now=BEGUN), closed("north"), Cause.ROOM_CLOSED)).keys() == {2}


def test_a_closure_before_the_start_moves_those_inside_too() -> None:
    before = ground(seeker(1, "north", inside=True), now=at(8, 50))
    assert moved(reroute(before, closed("north"), Cause.ROOM_CLOSED)).keys() == {1}


def test_a_slot_that_has_ended_is_left_alone() -> None:
    before = ground(seeker(1, "north"), now=SLOTS[0].ends_at)
    assert reroute(before, closed("north"), Cause.ROOM_CLOSED) == Reroute(())


def test_people_follow_a_session_into_another_room_and_are_told() -> None:
    annexe = Room("annexe", "Annexe", 9, 1)
    sessions = (replace(THREE.sessions[0], room="annexe"), *THREE.sessions[1:])
    after = replace(THREE, rooms=(*ROOMS, annexe), sessions=sessions)
    before = ground(seeker(1, "north", told=True), seeker(2, "north"), seeker(3, "south"))
    result = reroute(before, after, Cause.SESSION_MOVED)
    assert moved(result) == {1: ("north", "north"), 2: ("north", "east")}
    assert {one.new.why.moved_from for one in result.moves} == {"north"}


def test_a_wheelchair_does_not_follow_into_a_room_with_steps() -> None:
    annexe = Room("annexe", "Annexe", 9, 5, accessible=False)
    sessions = (replace(THREE.sessions[0], room="annexe"), *THREE.sessions[1:])
    after = replace(THREE, rooms=(*ROOMS, annexe), sessions=sessions)
    wheels = seeker(1, "north")
    wheels = replace(wheels, person=structs.replace(wheels.person, accessibility=("wheelchair",)))
    assert moved(reroute(ground(wheels), after, Cause.SESSION_MOVED)).keys() == {1}
    assert moved(reroute(ground(wheels), after, Cause.SESSION_MOVED)) != {1: ("north", "north")}


def test_a_cancelled_session_is_left_even_by_those_inside() -> None:
    after = replace(THREE, sessions=THREE.sessions[1:])
    before = ground(seeker(1, "north", inside=True), now=BEGUN)
    (move,) = reroute(before, after, Cause.SESSION_CANCELLED).moves
    assert (move.old, move.new.why.moved_from) == ("north", "north")
    assert move.new.session in {"south", "east"}


def test_new_seats_go_to_those_who_waited_longest() -> None:
    full = with_seats(with_seats(THREE, "south", 0), "east", 0)
    late, early = seeker(3, None), seeker(4, None)
    before = ground(
        seeker(1, "north"),
        seeker(2, "north"),
        replace(late, waiting_since={"s1": at(7, 30)}),
        replace(early, waiting_since={"s1": at(7, 10)}),
        agenda=full,
    )
    assert moved(reroute(before, with_seats(full, "north", 3), Cause.SEATS_CHANGED)) == {4: (None, "north")}


@pytest.mark.parametrize("blocked", [Blocked.RELEASED, Blocked.FULL])
@pytest.mark.parametrize("is_on_site", [False, True])
def test_in_a_slot_that_has_begun_seats_go_to_those_who_are_there(blocked: Blocked, is_on_site: bool) -> None:
    waiting = replace(
        seeker(1, None),
        held={"s1": Assignment("s1", None, Why(Cause.PLAN, blocked=blocked))},
        is_on_site=is_on_site,
    )
    full = with_seats(THREE, "north", 0)
    before = ground(waiting, agenda=full, now=at(9, 20))
    expected = {1: (None, "north")} if is_on_site else {}
    assert moved(reroute(before, THREE, Cause.SEATS_CHANGED)) == expected


def test_before_the_first_plan_nobody_is_placed_who_has_not_come() -> None:
    unplanned = replace(THREE, standing=Standing())
    before = ground(Seeker(person(1)), agenda=with_seats(unplanned, "north", 1))
    assert reroute(before, unplanned, Cause.SEATS_CHANGED) == Reroute(())


def test_a_slot_that_had_nothing_gets_its_first_session() -> None:
    later = slot("late", time(15), time(16))
    before_agenda = replace(THREE, slots=(*THREE.slots, later))
    added = Session("late-north", "late", "Added", "late", "north")
    after = replace(before_agenda, sessions=(*THREE.sessions, added))
    people = (seeker(1, "north"), seeker(2, "north"), seeker(3, "south"))
    result = reroute(ground(*people, agenda=before_agenda), after, Cause.SESSION_ADDED)
    assert sorted(move.new.session or "" for move in result.moves) == ["", "late-north", "late-north"]
    assert [m.new.why.blocked for m in result.moves if m.new.session is None] == [Blocked.FULL]


def test_topics_change_places_in_a_day_so_that_it_stays_whole() -> None:
    rooms = tuple(Room(code, code.upper(), 9, 1) for code in ("north", "south"))
    sessions = (
        Session("a1", "a", "A", "s1", "north"),
        Session("b1", "b", "B", "s1", "south"),
        Session("a2", "a", "A", "s2", "north"),
        Session("b2", "b", "B", "s2", "south"),
    )
    agenda = replace(CONFERENCE, rooms=rooms, slots=SLOTS[:2], sessions=sessions, standing=PLANNED)
    held = {code: Assignment(code, name, Why(Cause.PLAN)) for code, name in (("s1", "a1"), ("s2", "b2"))}
    before = ground(Seeker(person(1), held), agenda=agenda)
    closures = (Closure("south", "s2", at(6)),)  # only topic a is left in the second slot
    after = replace(agenda, standing=replace(PLANNED, closures=closures))
    result = reroute(before, after, Cause.ROOM_CLOSED)
    assert [(one.slot, one.old, one.new.session) for one in result.moves] == [
        ("s1", "a1", "b1"),
        ("s2", "b2", "a2"),
    ]


def test_nothing_changed_moves_nobody() -> None:
    before = ground(seeker(1, "north"), seeker(2, None))
    assert reroute(before, THREE, Cause.ROOM_CLOSED) == Reroute(())


def test_an_event_without_people_or_rooms_has_nothing_to_mend() -> None:
    assert reroute(ground(), closed("north"), Cause.ROOM_CLOSED) == Reroute(())
    nothing = replace(THREE, sessions=())
    moves: tuple[Move, ...] = reroute(ground(seeker(1, "north")), nothing, Cause.SESSION_CANCELLED).moves
    assert [(one.new.session, one.new.why.blocked) for one in moves] == [(None, Blocked.NOTHING_ELIGIBLE)]
