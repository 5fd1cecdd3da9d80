"""What each person's seat in each session of one slot costs, as whole numbers that keep the aims' order.

Owns the weights and the rule that a topic comes once. Columns are the slot's sessions, the last nowhere.
"""

import numpy as np

from checkin.domain.routing import day_choices
from checkin.domain.routing.costs import RANK_COSTS, UNRANKED
from checkin.domain.routing.offers import Longs
from checkin.domain.routing.problem import NONE, Ints, Problem

COST = 32
"""Weights, each above all that the lower ones add up to along a ring of moves; filling counts 0 to 19."""

GROUP = 1 << 16
UNMET = 1 << 21
UNPLACED = 1 << 27
LIMIT = 1 << 28
FAR = 1 << 29
"""Not to be had; LIMIT is above all that can, in itself or compared with another seat."""


class SlotCosts:
    """Rows of costs on demand: for some people, given the topics of their other slots."""

    def __init__(self, problem: Problem, slot: int, together: Ints) -> None:
        """`together`: P x L, the session in which a person's group could meet, or NONE."""
        self.problem = problem
        self.slot = slot
        self.sessions = problem.slot_sessions[slot]
        self.together = together[:, slot]
        topics = problem.topic_of[self.sessions]
        self.columns = _columns_of(topics, len(problem.topics))
        plain = np.where(problem.eligible[:, self.sessions], 0, FAR)
        plain -= np.where(problem.curriculum[:, topics] & (plain < LIMIT), UNMET, 0)
        nowhere = np.full((len(plain), 1), UNPLACED)
        self.plain = np.hstack([plain, nowhere]).astype(np.int32)
        wishing = np.hstack([plain + UNRANKED * COST * (plain < LIMIT), nowhere]).astype(np.int32)
        self.wishing = wishing
        self.table = np.concatenate([self.plain, wishing])

    def rows(self, people: Ints, day: Ints) -> Ints:
        """The costs of `people` (rows of the problem). `day`: their topics by slot, or NONE."""
        problem = self.problem
        classes = problem.class_of[people]
        pattern = problem.pattern_of[classes]
        costs: Ints = self.table[pattern + len(self.plain) * problem.has_wishes[classes]]
        wishes = problem.wishes[classes]
        for rank in reversed(range(wishes.shape[1])):  # of a topic wished for twice the first counts
            for who, column in self._at(wishes[:, rank]):
                seen = self.plain[pattern[who], column]
                costs[who, column] = seen + RANK_COSTS[rank] * COST * (seen < LIMIT)
        for other in range(day.shape[1]):
            if other != self.slot:
                for who, column in self._at(day[:, other]):
                    costs[who, column] = FAR
        taken = problem.taken[classes]
        if taken.any():
            person, topic = np.nonzero(taken)
            for who, column in self._at(topic.astype(np.int32)):
                costs[person[who], column] = FAR
        self._bring_together(costs, people)
        return costs

    def _at(self, topics: Ints) -> list[tuple[Longs, Ints]]:
        """The columns that have these topics: one by one those of a topic, for all people who have it."""
        pairs = []
        for columns in self.columns:
            column = columns[topics]  # NONE finds the topic too many, which has no column
            who = np.flatnonzero(column != NONE)
            pairs.append((who, column[who]))
        return pairs

    def _bring_together(self, costs: Ints, people: Ints) -> None:
        session = self.together[people]
        who = np.flatnonzero(session != NONE)
        costs[who, np.searchsorted(self.sessions, session[who])] -= GROUP


def in_units(values: Longs) -> Longs:
    """Differences of costs as `day_choices` weighs them, in whole units of `costs`; togetherness left out."""
    total = np.zeros_like(values)
    for weight, worth in ((UNPLACED, day_choices.UNPLACED), (UNMET, day_choices.UNMET), (GROUP, 0)):
        many = (values + weight // 2) // weight
        total += many * worth
        values = values - many * weight
    return total + values // COST


def _columns_of(topics: Ints, count: int) -> list[Ints]:
    """By how often a topic comes in the slot: the column of its first, second … session, or NONE."""
    found: list[Ints] = []
    seen = np.zeros(count + 1, np.int64)
    for column, topic in enumerate(topics.tolist()):
        if seen[topic] == len(found):
            found.append(np.full(count + 1, NONE, np.int32))
        found[seen[topic]][topic] = column
        seen[topic] += 1
    return found
