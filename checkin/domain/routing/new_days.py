"""Whole days chosen anew, at what the seats of a plan are worth: what exchanges slot by slot can't find.

Who would rather have another day takes its sessions, full or not; as many others make room, and have no seat
there for the moment. The exchange that follows finds them one, or undoes the move. Owns who moves and who
makes room; whether the plan is better for it is judged elsewhere.
"""

import numpy as np

from checkin.domain.routing.aims import loads_of
from checkin.domain.routing.day_choices import UNIT, UNMET, UNPLACED, Crowd
from checkin.domain.routing.offers import Longs
from checkin.domain.routing.problem import NONE, Bools, Ints, Problem
from checkin.domain.routing.seat_prices import Prices

WORTH = UNIT // 2
"""Who would gain less than this stays."""


def choose_anew(
    problem: Problem, crowd: Crowd, chosen: Ints, stays: Bools, prices: Prices, share: float
) -> Ints | None:
    """P x L like `chosen`: with new days, and with fewer seats where others made room; None if nobody moves.

    No more than `share` of a session's seats (but one at least) get new people at once, since each move makes
    the worths less true. `stays` (P x L): seats that are not given up; their holders' days stay.
    """
    by_session = prices.prices[prices.market.offers.of_session]
    seen, days = prices.days(crowd)
    wanted = np.full(chosen.shape, NONE, np.int32)
    for slot in range(chosen.shape[1]):
        who, topics = days.topics(seen, slot)
        wanted[who, slot] = topics
    gains = _costs(problem, crowd, chosen, by_session) - days.values
    gains[stays.any(axis=1)] = 0
    movers = np.argsort(-gains, kind="stable")
    movers = movers[gains[movers] >= WORTH]
    anew = _Anew(problem, chosen, by_session, share)
    moved = [row for row in movers.tolist() if anew.move(row, wanted[row])]
    if not moved:
        return None
    anew.make_room(np.array(moved), stays)
    return anew.chosen


def _costs(problem: Problem, crowd: Crowd, chosen: Ints, by_session: Longs) -> Longs:
    """P: what the present days cost at the prices, as `day_choices` counts."""
    classes = problem.class_of[:, None]
    topics = problem.topic_of[chosen]
    seated = (problem.costs[classes, topics] - UNMET * problem.required[classes, topics]) * UNIT
    costs = np.where(chosen == NONE, UNPLACED * UNIT * crowd.open_slots.T, seated + by_session[chosen])
    total: Longs = np.where(problem.fixed == NONE, costs, 0).sum(axis=1)
    return total


class _Anew:
    """The seats while people move: `chosen` may have more in a session than seats until room is made."""

    def __init__(self, problem: Problem, chosen: Ints, by_session: Longs, share: float) -> None:
        self.problem = problem
        self.chosen = chosen.copy()
        self.by_session = by_session
        self.left = np.maximum((problem.seats * share).astype(np.int64), 1)
        self.cheapest: dict[tuple[int, int, int], int] = {}

    def move(self, row: int, topics: Ints) -> bool:
        """Takes the day with these topics (L, NONE: any other); whether that changes it and may be yet."""
        day, pattern = self.chosen[row], int(self.problem.pattern_of[self.problem.class_of[row]])
        is_new = (topics != NONE) & ((day == NONE) | (self.problem.topic_of[day] != topics))
        slots = np.flatnonzero(is_new & (self.problem.fixed[row] == NONE)).tolist()
        targets = [self._session(slot, int(topics[slot]), pattern) for slot in slots]
        if not targets or not self.left[targets].all():
            return False
        self.left[targets] -= 1
        had = np.where(day == NONE, NONE, self.problem.topic_of[day])
        is_twice = np.isin(had, topics[topics != NONE]) & (had != topics)
        day[is_twice] = NONE
        day[slots] = targets
        return True

    def _session(self, slot: int, topic: int, pattern: int) -> int:
        key = slot, topic, pattern
        if key not in self.cheapest:
            sessions = self.problem.slot_sessions[slot]
            may = (self.problem.topic_of[sessions] == topic) & self.problem.eligible[pattern, sessions]
            sessions = sessions[may]
            self.cheapest[key] = int(sessions[np.argmin(self.by_session[sessions])])
        return self.cheapest[key]

    def make_room(self, moved: Longs, stays: Bools) -> None:
        """Takes the seats of those too many: first of who need not have the topic, last of who moved."""
        problem = self.problem
        over = loads_of(problem, self.chosen) - problem.seats
        is_moved = np.zeros(len(self.chosen), np.bool_)
        is_moved[moved] = True
        for session in np.flatnonzero(over > 0).tolist():
            slot, topic = problem.slot_of[session], problem.topic_of[session]
            may = (self.chosen[:, slot] == session) & (problem.fixed[:, slot] == NONE) & ~stays[:, slot]
            people = np.flatnonzero(may)
            must = problem.required[problem.class_of[people], topic]
            people = people[np.lexsort((must, is_moved[people]))]
            self.chosen[people[: over[session]], slot] = NONE
