"""Days chosen anew: the rules hold while people move, and plans come nearer to what can be reached."""

from dataclasses import replace

import numpy as np
import pytest

from checkin.domain.routing.aims import loads_of, measure
from checkin.domain.routing.classes import pose
from checkin.domain.routing.costs import VALUE
from checkin.domain.routing.day_choices import UNIT, crowd_of
from checkin.domain.routing.new_days import choose_anew
from checkin.domain.routing.offers import coarse_of, offers_of
from checkin.domain.routing.problem import NONE, Ints, Problem
from checkin.domain.routing.seat_prices import Prices, market_of
from checkin.domain.routing.swift import swift
from checkin.domain.routing.together import met_places
from tests.domain.large_events import Mix, large_ground


def quiet(line: str) -> None:
    """Nobody waits for progress."""


def anew(problem: Problem, chosen: Ints, share: float, seed: int) -> Ints | None:
    """Days chosen at prices that mean nothing: what must hold holds all the more."""
    offers = offers_of(problem)
    prices = np.random.default_rng(seed).integers(0, 30 * UNIT, len(offers.seats))
    stays = met_places(problem, chosen) != NONE
    crowd = crowd_of(problem, coarse_of(problem, offers))
    return choose_anew(problem, crowd, chosen, stays, Prices(market_of(offers, prices), prices), share)


@pytest.mark.parametrize("seed", range(4))
def test_whoever_moves_keeps_the_rules_and_leaves_groups_together(seed: int) -> None:
    problem = pose(large_ground(300, 9, 4, seed, Mix(in_groups=0.2, load=1.0)))
    before = swift(problem, quiet).chosen
    stays = met_places(problem, before) != NONE
    after = anew(problem, before, 0.1, seed)
    assert after is not None
    assert (loads_of(problem, after) <= problem.seats).all()
    assert (after[stays] == before[stays]).all()
    rows, slots = np.nonzero(after != NONE)
    sessions = after[rows, slots]
    assert (problem.slot_of[sessions] == slots).all()
    assert problem.allowed[problem.class_of[rows], sessions].all()
    pairs = rows * len(problem.topics) + problem.topic_of[sessions]
    assert len(np.unique(pairs)) == len(pairs)
    assert (after != before).any()


def test_few_get_a_session_at_once() -> None:
    problem = pose(large_ground(300, 9, 4, 1, Mix(in_groups=0)))
    before = swift(problem, quiet).chosen
    after = anew(problem, before, 0.05, 1)
    assert after is not None
    came = np.bincount(after[(after != before) & (after != NONE)], minlength=len(problem.seats))
    assert (came <= np.maximum(problem.seats * 0.05, 1)).all()


def test_nobody_moves_where_all_have_what_they_want() -> None:
    ground = large_ground(300, 9, 4, 1, Mix(in_groups=0, with_wishes=0))
    problem = pose(replace(ground, agenda=replace(ground.agenda, curriculum={})))
    before = swift(problem, quiet).chosen
    offers = offers_of(problem)
    prices = np.zeros(len(offers.seats), np.int64)
    crowd = crowd_of(problem, coarse_of(problem, offers))
    stays = np.zeros(before.shape, np.bool_)
    assert choose_anew(problem, crowd, before, stays, Prices(market_of(offers, prices), prices), 0.05) is None


@pytest.mark.parametrize("seed", range(3))
def test_events_as_large_as_their_rooms_come_within_one_percent_of_the_bound(seed: int) -> None:
    problem = pose(large_ground(600, 12, 4, seed, Mix(in_groups=0, load=1.0)))
    solution = swift(problem, quiet)
    aims = measure(problem, solution.chosen)
    assert aims.placed == solution.placed_bound
    assert -aims.minus_cost <= 1.01 * (VALUE * aims.placed - solution.value_bound)
