"""The fullest room of a large planned event is closed: nobody loses a seat for nothing, and few move."""

from collections import Counter
from dataclasses import replace

import pytest

from checkin.domain.assignments import Assignment, Cause
from checkin.domain.model import Agenda, AttendeeId, Closure
from checkin.domain.routing.ground import Ground
from checkin.domain.routing.placement import place
from checkin.domain.routing.plan import plan
from checkin.domain.routing.reroute import reroute
from tests.domain.large_events import Mix, large_ground

Held = dict[tuple[AttendeeId, str], str | None]


def holding(ground: Ground, assignments: dict[AttendeeId, dict[str, Assignment]]) -> Ground:
    """The same with everybody holding what they were assigned."""
    seekers = tuple(replace(one, held=assignments[one.person.id]) for one in ground.seekers)
    return replace(ground, seekers=seekers)


def planned(ground: Ground) -> dict[AttendeeId, dict[str, Assignment]]:
    """Everybody's assignments by slot, planned anew."""
    return {who: {one.slot: one for one in given} for who, given in plan(ground).assignments.items()}


def without_fullest_room(ground: Ground, slot: str | None) -> Agenda:
    """The agenda with the room closed that most people are to sit in."""
    rooms = Counter(ground.agenda.session[code].room for code in held_by(ground).values() if code is not None)
    (room, _), *_ = rooms.most_common(1)
    standing = replace(
        ground.agenda.standing, closures=(Closure(room, slot, ground.now),), planned_at=ground.now
    )
    return replace(ground.agenda, standing=standing)


def held_by(ground: Ground) -> Held:
    """What everybody holds."""
    return {
        (seeker.person.id, code): one.session
        for seeker in ground.seekers
        for code, one in seeker.held.items()
    }


def moved(before: Held, after: Held) -> int:
    """How many have another session, or none any more."""
    return sum(code is not None and after.get(place) != code for place, code in before.items())


def kept(before: Held, after: Held) -> int:
    """How many who held a session still hold one."""
    return sum(code is not None and after.get(place) is not None for place, code in before.items())


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("slot", [None, "s2"])
def test_a_reroute_keeps_as_many_placed_as_a_plan_anew_and_moves_no_more(seed: int, slot: str | None) -> None:
    ground = large_ground(600, 12, 4, seed, Mix(in_groups=0))
    before = holding(ground, planned(ground))
    agenda = without_fullest_room(before, slot)
    held = held_by(before)
    result = reroute(before, agenda, Cause.ROOM_CLOSED)
    mended = held | {(one.attendee, one.slot): one.new.session for one in result.moves}
    anew = held_by(holding(ground, planned(replace(before, agenda=agenda))))
    assert kept(held, mended) >= kept(held, anew)
    assert moved(held, mended) <= moved(held, anew)
    loads = Counter(mended.values())
    assert all(loads[one.code] <= agenda.seats(one) for one in agenda.sessions)


def test_the_same_change_gives_the_same_moves_whatever_the_order_of_people() -> None:
    ground = large_ground(600, 12, 4, 4, Mix(in_groups=0))
    before = holding(ground, planned(ground))
    agenda = without_fullest_room(before, "s2")
    shuffled = replace(before, seekers=tuple(sorted(before.seekers, key=lambda one: -one.person.id % 7)))
    assert reroute(before, agenda, Cause.ROOM_CLOSED) == reroute(shuffled, agenda, Cause.ROOM_CLOSED)


def arrived(ground: Ground) -> Ground:
    """Everybody placed in the order of arrival, without a plan."""
    loads = Counter[str]()
    assignments: dict[AttendeeId, dict[str, Assignment]] = {}
    for seeker in ground.seekers:
        given = place(ground.agenda, seeker.person, {}, lambda code: loads[code], ground.now)
        loads.update(one.session for one in given if one.session is not None)
        assignments[seeker.person.id] = {one.slot: one for one in given}
    return holding(ground, assignments)


@pytest.mark.parametrize("seed", range(12))
def test_where_seats_are_scarce_many_days_change_and_each_keeps_the_rules(seed: int) -> None:
    before = arrived(large_ground(120, 9, 4, seed, Mix(load=0.97)))
    agenda = without_fullest_room(before, "s2")
    result = reroute(before, agenda, Cause.ROOM_CLOSED)
    after = held_by(before) | {(one.attendee, one.slot): one.new.session for one in result.moves}
    loads = Counter(code for code in after.values() if code is not None)
    assert all(load <= agenda.seats(agenda.session[code]) for code, load in loads.items())
    assert all(agenda.session[code] in agenda.offered_in[agenda.session[code].slot] for code in loads)
    topics = [(who, agenda.session[code].topic) for (who, _), code in after.items() if code is not None]
    assert len(topics) == len(set(topics))
