"""The plan: what it keeps, what it never does, and what it says."""

from dataclasses import replace
from datetime import time
from random import Random

import pytest
from msgspec import structs

from checkin.domain.assignments import Assignment, Blocked, Cause, Why
from checkin.domain.model import Agenda, Person, Room, Session
from checkin.domain.routing.ground import Ground, Plan, Seeker, Shortage
from checkin.domain.routing.plan import plan
from tests.domain.conference import CONFERENCE, at, person, slot
from tests.domain.large_events import Mix, large_ground
from tests.domain.plan_checks import check
from tests.domain.rough_events import with_seats
from tests.domain.small_events import small_ground, with_more_seats

SEED = bytes(16)
EVENTS = range(1000, 1060)


def ground_of(*people: Person, agenda: Agenda = CONFERENCE, hour: int = 8) -> Ground:
    """Nobody holds anything yet."""
    return Ground(agenda, tuple(Seeker(one) for one in people), at(hour), SEED)


def planned(ground: Ground, made: Plan, tell: float = 0.0) -> Ground:
    """The ground after the plan was applied and a share of all people was told a share of their day."""
    random = Random(1)
    seekers = []
    for seeker in ground.seekers:
        held = dict(seeker.held) | {one.slot: one for one in made.assignments[seeker.person.id]}
        told = {code for code in held if random.random() < tell}
        seekers.append(replace(seeker, held=held, told=seeker.told | told))
    return replace(ground, seekers=tuple(seekers))


def sessions(made: Plan, ident: int) -> dict[str, str | None]:
    """One person's sessions by slot."""
    return {one.slot: one.session for key, day in made.assignments.items() if key == ident for one in day}


def aims(made: Plan) -> tuple[int, ...]:
    """Larger is better."""
    return made.placed, made.required_met, made.groups_met, -made.cost, -made.fill


def test_each_one_gets_a_day_with_reasons() -> None:
    made = plan(ground_of(person(1), person(2, "medical")))
    assert sessions(made, 1) == {"s2": "undercover-2", "s3": "planning-3"}
    assert sessions(made, 2) == {"s2": "injuries-2", "s3": "planning-3"}
    why = next(one.why for key, day in made.assignments.items() if key == 1 for one in day)
    assert (why.cause, why.discipline, why.is_required, why.seat, why.seats) == (
        Cause.PLAN,
        "law",
        True,
        1,
        4,
    )


def test_the_stages_are_told() -> None:
    stages: list[str] = []
    plan(ground_of(person(1)), stages.append)
    assert stages[-1] == "reasons"
    assert "wishes" not in stages, "nobody wishes for anything"


@pytest.mark.parametrize("number", EVENTS)
def test_a_second_plan_moves_nobody(number: int) -> None:
    ground = small_ground(number)
    first = plan(ground)
    for tell in (0.0, 0.5, 1.0):
        after = planned(ground, first, tell)
        again = plan(after)
        check(after, again)
        assert again.moved == 0
        assert again.assignments == first.assignments


@pytest.mark.parametrize("number", EVENTS)
def test_the_same_event_in_another_order_gives_the_same_plan(number: int) -> None:
    ground = small_ground(number)
    seekers = list(ground.seekers)
    Random(number).shuffle(seekers)
    assert plan(replace(ground, seekers=tuple(seekers))) == plan(ground)


@pytest.mark.parametrize("number", EVENTS)
def test_more_seats_never_make_it_worse(number: int) -> None:
    ground = small_ground(number)
    ground = replace(ground, seekers=tuple(Seeker(one.person) for one in ground.seekers))
    assert aims(plan(with_more_seats(ground, number))) >= aims(plan(ground))


def test_600_in_another_order_get_the_same_and_stay() -> None:
    ground = large_ground(600, 12, 4, 7, Mix(in_groups=0))
    first = plan(ground)
    assert plan(replace(ground, seekers=ground.seekers[::-1])) == first
    again = plan(planned(ground, first, tell=0.4))
    assert (again.moved, again.assignments) == (0, first.assignments)


def test_beyond_the_exact_methods_size_the_result_says_how_it_was_found_and_how_near() -> None:
    ground = large_ground(2100, 12, 4, 1, Mix(in_groups=0.03))
    made = plan(ground)
    check(ground, made)
    assert "heuristic" in made.method
    assert made.placed >= made.placed_bound - 10
    assert made.value >= 0.99 * made.value_bound
    again = plan(planned(ground, made, tell=0.3))
    assert (again.moved, again.assignments) == (0, made.assignments)


def test_told_people_stay_where_a_better_plan_would_move_them() -> None:
    told = structs.replace(person(1), preferences=("planning",))
    held = {"s3": Assignment("s3", "undercover-3", Why(Cause.PLAN))}
    ground = replace(ground_of(), seekers=(Seeker(told, held, frozenset({"s3"})),))
    made = plan(ground)
    assert sessions(made, 1) == {"s2": None, "s3": "undercover-3"}
    untold = plan(replace(ground, seekers=(Seeker(told, held),)))
    assert sessions(untold, 1) == {"s2": "undercover-2", "s3": "planning-3"}
    assert untold.moved == 1


@pytest.mark.parametrize(
    ("cause", "told", "expected"),
    [(Cause.DOOR, True, "injuries-2"), (Cause.DOOR, False, None), (Cause.PLAN, True, None)],
)
def test_a_seat_taken_at_the_door_of_a_room_with_steps_is_kept(
    cause: Cause, told: bool, expected: str | None
) -> None:
    held = {"s2": Assignment("s2", "injuries-2", Why(cause))}
    inside = Seeker(
        structs.replace(person(1, "medical"), accessibility=("wheelchair",)),
        held,
        frozenset({"s2"} if told else ()),
    )
    ground = ground_of(person(2, "medical"), person(3, "medical"))
    made = plan(replace(ground, seekers=(*ground.seekers, inside)))
    assert sessions(made, 1)["s2"] == expected
    assert made.moved == (0 if expected else 1)
    others = [sessions(made, ident)["s2"] for ident in (2, 3)]
    assert others.count("injuries-2") == (1 if expected else 2)
    assert made.placed <= made.placed_bound


def test_a_told_person_who_must_move_is_told_from_where() -> None:
    held = {"s2": Assignment("s2", "injuries-2", Why(Cause.PLAN))}
    seeker = Seeker(person(1, "law"), held, frozenset({"s2"}))  # not of medicine any more
    made = plan(replace(ground_of(), seekers=(seeker,)))
    assert sessions(made, 1)["s2"] == "undercover-2"
    assert made.moved == 1
    assert [one.why.moved_from for day in made.assignments.values() for one in day] == ["a101", None]


def test_people_inside_stay_over_the_seats_that_were_cut() -> None:
    cut = with_seats(CONFERENCE, "b204", 2)
    held = {"s2": Assignment("s2", "undercover-2", Why(Cause.PLAN))}
    told = frozenset({"s2"})
    inside = [Seeker(person(n), held, told, inside="undercover-2") for n in range(1, 4)]
    on_the_way = [Seeker(person(n), held, told) for n in range(4, 6)]
    ground = replace(ground_of(agenda=cut, hour=9), seekers=(*inside, *on_the_way, Seeker(person(6))))
    made = plan(ground)
    assert [sessions(made, n)["s2"] for n in range(1, 7)] == ["undercover-2"] * 3 + [None] * 3
    assert plan(planned(ground, made)).moved == 0


def test_a_wheelchair_inside_a_room_with_steps_is_left_there() -> None:
    inside = structs.replace(person(1, "medical"), accessibility=("wheelchair",))
    held = {"s2": Assignment("s2", "injuries-2", Why(Cause.DOOR))}
    seeker = Seeker(inside, held, frozenset({"s2"}), inside="injuries-2")
    assert sessions(plan(replace(ground_of(hour=9), seekers=(seeker,))), 1)["s2"] == "injuries-2"


def test_who_holds_a_seat_keeps_it_when_somebody_joins() -> None:
    agenda = replace(CONFERENCE, sessions=(*CONFERENCE.sessions, _open("other-2", "other", "s2", "hall")))
    first = ground_of(*(person(n) for n in range(1, 5)), agenda=agenda)
    held = planned(first, plan(first))
    joined = replace(held, seekers=(*held.seekers, Seeker(person(9)), Seeker(person(10))))
    assert plan(joined).moved == 0


def test_a_slot_that_has_begun_is_left_alone_but_its_topics_count() -> None:
    held = {"s2": Assignment("s2", "undercover-2", Why(Cause.ARRIVAL))}
    ground = replace(ground_of(hour=10), seekers=(Seeker(person(1), held),))
    assert sessions(plan(ground), 1) == {"s3": "planning-3"}


def test_groups_share_a_session_where_one_suits_all() -> None:
    agenda = replace(
        CONFERENCE,
        rooms=(*CONFERENCE.rooms, Room("c1", "C1", 9, 3), Room("c2", "C2", 9, 3)),
        sessions=(_open("x", "x", "s2", "c1"), _open("y", "y", "s2", "c2")),
    )
    wishes = (("x",), ("y",), ("y",))
    people = [
        structs.replace(person(n + 1), preferences=one, group="team" if n < 2 else "")
        for n, one in enumerate(wishes)
    ]
    made = plan(ground_of(*people, agenda=agenda))
    assert made.groups_met == 1
    assert sessions(made, 1) == sessions(made, 2)


def test_a_price_is_what_the_last_seat_is_worth() -> None:
    people = [structs.replace(person(n, "medical"), preferences=("planning",)) for n in range(1, 4)]
    made = plan(ground_of(*people))
    assert made.prices["injuries-2"] > 9_000, "a third person has nothing in this slot"
    assert made.prices["undercover-2"] == 0


def test_what_will_fail_is_said_with_the_seats_that_would_cure_it() -> None:
    agenda = replace(
        CONFERENCE,
        slots=(*CONFERENCE.slots, slot("s4", time(15), time(16))),
        sessions=(*CONFERENCE.sessions, Session("patrol", "patrol", "Patrol", "s4", "b204", ("law",))),
    )
    people = [person(n, "medical") for n in range(1, 4)]
    made = plan(ground_of(*people, agenda=agenda))
    assert made.shortages == (
        Shortage("s2", "medical", 1, "injuries-2", 1, Blocked.FULL),
        Shortage("s3", "medical", 1, "planning-3", 1, Blocked.FULL),
        Shortage("s4", "medical", 3, None, 3, Blocked.NOTHING_ELIGIBLE),
    )
    assert made.assignments[people[0].id][-1].why.blocked is Blocked.NOTHING_ELIGIBLE


def test_what_no_seats_would_cure_is_told_by_its_cause() -> None:
    only_undercover = replace(CONFERENCE, sessions=CONFERENCE.sessions[:4])
    wheelchair = structs.replace(person(2, "medical"), accessibility=("wheelchair",))
    made = plan(ground_of(person(1), wheelchair, person(3, "medical"), agenda=only_undercover))
    taken = next(slot for slot, session in sessions(made, 1).items() if session is None)
    assert set(made.shortages) == {
        Shortage(taken, "law", 1, None, 1, Blocked.TOPICS_DONE),
        Shortage("s2", "medical", 1, None, 1, Blocked.NOT_ACCESSIBLE),
        Shortage("s3", "medical", 2, None, 2, Blocked.NOTHING_ELIGIBLE),
    }


def test_who_has_no_discipline_is_counted_too() -> None:
    made = plan(ground_of(structs.replace(person(1), disciplines=())))
    assert made.shortages == (Shortage("s2", None, 1, None, 1, Blocked.NOTHING_ELIGIBLE),)
    assert sessions(made, 1) == {"s2": None, "s3": "planning-3"}


def test_nobody_and_nothing_make_an_empty_plan() -> None:
    assert plan(ground_of()).assignments == {}
    late = plan(ground_of(person(1), hour=18))
    assert (late.assignments[person(1).id], late.placed, late.prices) == ((), 0, {})


def _open(code: str, topic: str, in_slot: str, room: str) -> Session:
    return Session(code, topic, topic, in_slot, room)
