"""The bound that knows groups: true at whatever prices, and near the plan where groups cost something."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from checkin.domain.routing.aims import measure
from checkin.domain.routing.classes import pose
from checkin.domain.routing.costs import VALUE
from checkin.domain.routing.day_choices import UNIT, UNMET, UNPLACED, crowd_of
from checkin.domain.routing.exact import exact
from checkin.domain.routing.group_days import Public, group_days, groups_of
from checkin.domain.routing.offers import coarse_of, offers_of
from checkin.domain.routing.problem import Ints, Problem
from checkin.domain.routing.seat_prices import Prices, market_of
from checkin.domain.routing.swift import swift
from tests.domain.large_events import Mix, large_ground
from tests.domain.small_events import small_ground, tight_ground


def quiet(line: str) -> None:
    """Nobody waits for progress."""


def public_of(problem: Problem, met: int) -> Public:
    offers = offers_of(problem)
    crowd = crowd_of(problem, coarse_of(problem, offers))
    alone, groups = groups_of(problem, offers, crowd)
    return Public(crowd.some(alone), groups, met)


def weighed(problem: Problem, chosen: Ints) -> int:
    """What a plan costs as the bound counts it: wishes, places left empty, less required topics met."""
    aims, kept = measure(problem, chosen), measure(problem, problem.fixed)
    places = coarse_of(problem, offers_of(problem)).places
    unplaced = places - (aims.placed - kept.placed)
    met = aims.required_met - kept.required_met
    return kept.minus_cost - aims.minus_cost + UNPLACED * unplaced - UNMET * met


@pytest.mark.parametrize("block", range(6))
def test_no_plan_with_as_many_groups_met_costs_less_whatever_the_prices(block: int) -> None:
    random = np.random.default_rng(block)
    seen = 0
    for number in range(block * 20, block * 20 + 20):
        for problem in (pose(small_ground(number, most_people=20)), pose(tight_ground(number))):
            if not problem.group_slots or not problem.allowed.any():
                continue
            seen += 1
            chosen = exact(problem, quiet).chosen
            cost, met = weighed(problem, chosen), measure(problem, chosen).groups_met
            offers = offers_of(problem)
            for highest in (1, 10, 40, 3000):
                prices = random.integers(0, highest * UNIT, len(offers.seats))
                prices[random.random(len(prices)) < 0.4] = 0
                bound = public_of(problem, met).bound(Prices(market_of(offers, prices), prices))
                assert bound <= cost * UNIT, f"event {number}"
    assert seen > 4


def test_more_groups_cost_no_less() -> None:
    problem = pose(large_ground(300, 9, 4, 2, Mix(in_groups=0.3)))
    offers = offers_of(problem)
    groups = public_of(problem, 0).groups
    prices = np.full(len(offers.seats), 4 * UNIT)
    market = market_of(offers, prices)
    many = len(problem.group_slots)
    values = [group_days(groups, market, prices, met).value for met in range(0, many + 1, many // 8)]
    assert values == sorted(values)
    assert values[-1] > values[0]


def test_groups_that_meet_are_in_the_bound() -> None:
    problem = pose(large_ground(1000, 20, 4, 2, Mix(in_groups=0.3)))
    solution = swift(problem, quiet)
    aims = measure(problem, solution.chosen)
    bound = VALUE * aims.placed - solution.value_bound
    assert aims.groups_met > 0.9 * len(problem.group_slots)
    assert bound <= -aims.minus_cost <= 1.04 * bound
    alone = swift(replace(problem, group_slots=()), quiet)
    assert bound > VALUE * aims.placed - alone.value_bound


def test_the_same_whatever_the_order_of_the_people() -> None:
    ground = large_ground(200, 9, 4, 3, Mix(in_groups=0.3))
    seekers = list(ground.seekers)
    Random(5).shuffle(seekers)
    plans = [swift(pose(one), quiet) for one in (ground, replace(ground, seekers=tuple(seekers)))]
    assert plans[0].value_bound == plans[1].value_bound
    assert (plans[0].chosen == plans[1].chosen).all()
