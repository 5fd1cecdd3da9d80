"""The plan against an oracle that merges nothing and knows none of its methods."""

import pytest

from checkin.domain.routing.plan import plan
from tests.domain.large_events import Mix, large_ground
from tests.domain.plan_checks import check
from tests.domain.plan_oracle import Best, best_plan, bounds
from tests.domain.small_events import small_ground, tight_ground

BLOCK = 25


@pytest.mark.parametrize("block", range(14))
def test_all_five_aims_are_as_good_as_the_oracles(block: int) -> None:
    for number in range(block * BLOCK, (block + 1) * BLOCK):
        ground = small_ground(number, most_people=24 if number % 5 == 0 else 12)
        made = plan(ground)
        check(ground, made)
        reached = Best(made.placed, made.required_met, made.groups_met, made.cost, made.fill)
        assert reached == best_plan(ground), f"event {number}"
        assert (made.placed_bound, made.value_bound) == (made.placed, made.value)


@pytest.mark.parametrize("number", [310, 356, 448, 471, 542, 656, 669, 763])
def test_bounds_that_only_people_in_parts_reach_are_not_believed(number: int) -> None:
    ground = tight_ground(number)
    made = plan(ground)
    check(ground, made)
    best = best_plan(ground)
    assert Best(made.placed, made.required_met, made.groups_met, made.cost, made.fill) == best
    assert (float(best.placed), float(best.required_met), float(best.cost)) != pytest.approx(bounds(ground))


@pytest.mark.parametrize("seed", range(3))
def test_600_people_reach_the_bounds_of_the_model_without_groups(seed: int) -> None:
    ground = large_ground(600, 12, 4, seed, Mix(load=0.9 + 0.1 * seed, in_groups=0))
    made = plan(ground)
    check(ground, made)
    placed, required_met, cost = bounds(ground)
    assert (made.placed, made.required_met) == (round(placed), round(required_met))
    assert cost - 0.01 <= made.cost <= cost * 1.01


def test_600_people_with_groups_are_all_placed_who_can_be() -> None:
    ground = large_ground(600, 12, 4, 1)
    made = plan(ground)
    check(ground, made)
    placed, required_met, _ = bounds(ground)
    assert (made.placed, made.required_met) == (round(placed), round(required_met))
    assert made.groups_met > 50
