"""From what people want at the prices to seats: the day's special topics first, then the rest slot by slot.

Owns this first handing out, in the canonical order, never beyond the free seats; others make it better.
"""

import numpy as np

from checkin.domain.routing.aims import loads_of
from checkin.domain.routing.day_choices import Crowd, Days
from checkin.domain.routing.offers import Longs
from checkin.domain.routing.problem import NONE, Ints, Problem
from checkin.domain.routing.scatter import scatter
from checkin.domain.routing.slot_costs import COST, FAR, LIMIT

SPREAD = 24
"""Up to how much of `COST` each person finds each session dearer, so that those who are alike part."""


def free_seats(problem: Problem, chosen: Ints) -> Ints:
    """S: seats that nobody has."""
    free: Ints = problem.seats - loads_of(problem, chosen)
    return free


def give_special(problem: Problem, crowd: Crowd, days: Days, prices: Longs, chosen: Ints) -> None:
    """Seats in the special topics that people want, the cheapest session first. `prices`: S."""
    free = free_seats(problem, chosen)
    for slot, sessions in enumerate(problem.slot_sessions):
        who, topics = days.topics(crowd, slot)
        waits = chosen[who, slot] == NONE
        pattern = crowd.pattern[who]
        for session in sessions[np.argsort(prices[sessions], kind="stable")].tolist():
            if free[session] <= 0:
                continue
            fits = waits & (topics == problem.topic_of[session]) & problem.eligible[pattern, session]
            some = np.flatnonzero(fits)[: free[session]]
            chosen[who[some], slot] = session
            waits[some] = False
            free[session] -= len(some)


def fill_slot(costs: Ints, people: Ints, free: Ints, prices: Ints) -> Ints:
    """A column for each of `people` (none has one yet), NONE where all that they may have is full.

    Each takes what is cheapest with its price (by column, like `free`, in the units of `costs`) as long as
    there is room; who comes too late chooses again.
    """
    column = np.full(len(people), NONE, np.int32)
    if not len(free):
        return column
    left = np.arange(len(people))
    numbers = people.astype(np.uint64)[:, None] << np.uint64(20) | np.arange(len(free), dtype=np.uint64)
    seen = costs + prices + (scatter(numbers) % np.uint64(SPREAD)).astype(np.int32)
    free = free.copy()
    while len(left):
        seen[:, free <= 0] = FAR
        best = seen.argmin(axis=1)
        may = seen[np.arange(len(left)), best] < LIMIT
        left, best, seen = left[may], best[may], seen[may]
        waits = np.ones(len(left), np.bool_)
        for room in np.unique(best).tolist():
            some = np.flatnonzero(best == room)[: free[room]]
            column[left[some]] = room
            waits[some] = False
            free[room] -= len(some)
        left, seen = left[waits], seen[waits]
    return column


def price_weights(prices: Longs, unit: int) -> Ints:
    """Prices in 1 / `unit` as the costs of a slot count them."""
    weights: Ints = (prices * COST // unit).astype(np.int32)
    return weights
