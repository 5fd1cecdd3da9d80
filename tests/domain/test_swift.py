"""The fast plan of a large event: its rules, its bounds, and how near it comes to the exact one."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from random import Random

import numpy as np
import pytest

from checkin.domain.assignments import Assignment, Cause, Why
from checkin.domain.routing.aims import Aims, loads_of, measure
from checkin.domain.routing.classes import pose
from checkin.domain.routing.costs import UNPLACED, VALUE
from checkin.domain.routing.exact import exact
from checkin.domain.routing.ground import Ground, Seeker
from checkin.domain.routing.problem import NONE, Ints, Problem, Solution
from checkin.domain.routing.swift import swift
from tests.domain.large_events import Mix, large_ground
from tests.domain.small_events import small_ground, tight_ground

BLOCK = 12


def quiet(line: str) -> None:
    """Nobody waits for progress."""


def solve(problem: Problem) -> tuple[Solution, Aims]:
    solution = swift(problem, quiet)
    check(problem, solution)
    return solution, measure(problem, solution.chosen)


def check(problem: Problem, solution: Solution) -> None:
    """What holds of every plan."""
    chosen = solution.chosen
    assert ((problem.fixed == NONE) | (chosen == problem.fixed)).all()
    loads = loads_of(problem, chosen)
    assert (loads <= problem.seats).all()
    rows, slots = np.nonzero((chosen != NONE) & (problem.fixed == NONE))
    sessions = chosen[rows, slots]
    assert (problem.slot_of[sessions] == slots).all()
    assert problem.allowed[problem.class_of[rows], sessions].all()
    for day in chosen:
        topics = problem.topic_of[day[day != NONE]].tolist()
        assert len(set(topics)) == len(topics)
    assert ((solution.prices >= 0) & (solution.prices < UNPLACED)).all()
    assert (solution.prices[loads < problem.seats] == 0).all()
    aims = measure(problem, chosen)
    assert aims.placed <= solution.placed_bound
    assert aims.value <= solution.value_bound


def events(block: int) -> Iterator[Problem]:
    for number in range(block * BLOCK, (block + 1) * BLOCK):
        yield pose(small_ground(number, most_people=30 if number % 3 == 0 else 12))
        yield pose(tight_ground(number))


@cache
def middle() -> Ground:
    return large_ground(2000, 20, 4, 1, Mix(in_groups=0))


def ids(problem: Problem, chosen: Ints) -> dict[int, list[int]]:
    return {one.person.id: day.tolist() for one, day in zip(problem.people, chosen, strict=True)}


def held(ground: Ground, chosen: Ints, told: float = 0.0) -> Ground:
    """The same people, holding these seats; a share of the days is told."""
    problem, random = pose(ground), Random(1)
    seekers = []
    for seeker, day in zip(problem.people, chosen.tolist(), strict=True):
        holds = {
            slot.code: Assignment(slot.code, problem.sessions[session].code, Why(cause=Cause.PLAN))
            for slot, session in zip(problem.slots, day, strict=True)
            if session != NONE
        }
        is_told = random.random() < told
        seekers.append(Seeker(seeker.person, holds, frozenset(holds if is_told else ())))
    return replace(ground, seekers=tuple(seekers))


@pytest.mark.parametrize("block", range(4))
def test_small_events_are_placed_nearly_as_well_as_can_be_and_never_beyond_the_bounds(block: int) -> None:
    lost_seats = lost_topics = 0
    for problem in events(block):
        solution, aims = solve(problem)
        best = measure(problem, exact(problem, quiet).chosen)
        assert aims <= best
        assert aims.placed <= best.placed <= solution.placed_bound
        if aims[:3] == best[:3]:
            assert best.value <= solution.value_bound
        lost_seats += best.placed - aims.placed
        lost_topics += max(best.required_met - aims.required_met, 0)
    assert lost_seats + lost_topics <= 1


def test_costs_at_most_one_percent_more_than_the_bound() -> None:
    solution, aims = solve(pose(middle()))
    assert aims.placed == solution.placed_bound == 8000
    bound = VALUE * aims.placed - solution.value_bound
    assert -aims.minus_cost <= 1.01 * bound


def test_same_plan_whatever_the_order_of_the_people() -> None:
    ground = large_ground(300, 9, 3, 2)
    seekers = list(ground.seekers)
    Random(5).shuffle(seekers)
    plans = [pose(ground), pose(replace(ground, seekers=tuple(seekers)))]
    first, second = (ids(problem, swift(problem, quiet).chosen) for problem in plans)
    assert first == second


def test_groups_sit_together_and_cost_nobody_a_seat() -> None:
    problem = pose(large_ground(1000, 12, 4, 3, Mix(in_groups=0.2)))
    solution, aims = solve(problem)
    alone = measure(problem, swift(replace(problem, group_slots=()), quiet).chosen)
    assert aims[:2] >= alone[:2]
    assert aims.groups_met > 0.95 * len(problem.group_slots)
    assert "heuristic" in solution.method


def test_who_does_not_fit_is_left_out_and_no_more() -> None:
    problem = pose(large_ground(1000, 12, 4, 1, Mix(load=1.1, in_groups=0)))
    solution, aims = solve(problem)
    assert 0.995 * solution.placed_bound <= aims.placed < 4000


@pytest.mark.parametrize("told", [0.0, 0.4])
def test_a_second_plan_moves_nobody(told: float) -> None:
    ground = large_ground(400, 9, 4, 4)
    problem = pose(ground)
    first = swift(problem, quiet).chosen
    again = pose(held(ground, first, told))
    assert ids(again, swift(again, quiet).chosen) == ids(problem, first)


def test_newcomers_move_few_of_those_who_hold_seats() -> None:
    ground = large_ground(400, 9, 4, 5, Mix(load=0.85, in_groups=0))
    some = replace(ground, seekers=ground.seekers[:390])
    first = pose(some)
    days = swift(first, quiet).chosen
    grown = replace(ground, seekers=held(some, days).seekers + ground.seekers[390:])
    problem = pose(grown)
    _, aims = solve(problem)
    assert aims.placed == 1600
    before, after = ids(first, days), ids(problem, swift(problem, quiet).chosen)
    assert sum(before[one] != after[one] for one in before) < 60


def test_days_of_many_slots_keep_the_rules() -> None:
    solution, aims = solve(pose(large_ground(150, 6, 9, 1)))
    assert aims.placed == solution.placed_bound  # fewer topics than slots: not everybody has nine


def test_without_sessions_or_people_there_is_nothing_to_plan() -> None:
    ground = large_ground(20, 3, 2, 1)
    nobody = pose(replace(ground, seekers=()))
    closed = pose(replace(ground, agenda=replace(ground.agenda, sessions=ground.agenda.sessions[:0])))
    assert swift(nobody, quiet).chosen.shape == (0, 2)
    assert swift(closed, quiet).placed_bound == 0


def test_progress_is_told() -> None:
    lines: list[str] = []
    swift(pose(large_ground(50, 3, 2, 1)), lines.append)
    assert any("prices" in line for line in lines)
