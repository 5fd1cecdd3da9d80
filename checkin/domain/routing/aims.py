"""How good a plan is: the five aims, in their order, counted in whole numbers."""

from typing import NamedTuple

import numpy as np

from checkin.domain.routing.costs import SEGMENTS, VALUE
from checkin.domain.routing.problem import NONE, Ints, Problem


class Aims(NamedTuple):
    """Larger is better, from the first that differs. `cost` and `fill` are therefore negative."""

    placed: int
    required_met: int
    groups_met: int
    minus_cost: int
    minus_fill: int

    @property
    def value(self) -> int:
        """The sum of 20 - cost over all who are placed."""
        return VALUE * self.placed + self.minus_cost


def measure(problem: Problem, chosen: Ints) -> Aims:
    """The aims of everybody's sessions (P x L, NONE without)."""
    rows, columns = np.nonzero(chosen != NONE)
    sessions = chosen[rows, columns]
    classes, topics = problem.class_of[rows], problem.topic_of[sessions]
    return Aims(
        placed=len(rows),
        required_met=int(problem.curriculum[problem.pattern_of[classes], topics].sum()),
        groups_met=sum(_sits_together(chosen[one.members, one.slot]) for one in problem.group_slots),
        minus_cost=-int(problem.costs[classes, topics].sum()),
        minus_fill=-fill_of(problem, loads_of(problem, chosen)),
    )


def loads_of(problem: Problem, chosen: Ints) -> Ints:
    """S: how many sit in each session."""
    loads: Ints = np.bincount(chosen[chosen != NONE], minlength=len(problem.sessions)).astype(np.int32)
    return loads


def fill_of(problem: Problem, loads: Ints) -> int:
    """The sum of `costs.fill_cost` over the sessions."""
    return sum(
        int((SEGMENTS * np.arange(load, dtype=np.int64) // seats).sum())
        for load, seats in zip(loads.tolist(), problem.seats.tolist(), strict=True)
        if seats
    )


def _sits_together(sessions: Ints) -> bool:
    return bool(sessions[0] != NONE and (sessions == sessions[0]).all())
