"""Where groups could meet: for each group and slot one session that all its members may have.

Owns this guess, made at the prices of seats. Whether a group does meet there is decided by the exchange of
seats, which lets it cost no one a seat or a required topic.
"""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from checkin.domain.routing.costs import UNPLACED
from checkin.domain.routing.day_choices import UNMET
from checkin.domain.routing.offers import Floats
from checkin.domain.routing.problem import NONE, GroupSlot, Ints, Problem


def meeting_places(problem: Problem, prices: Floats) -> Ints:
    """P x L: the session in which a person's group could meet, or NONE. `prices`: S, in units of `costs`."""
    places = np.full(problem.fixed.shape, NONE, np.int32)
    by_group: dict[int, list[GroupSlot]] = defaultdict(list)
    for one in problem.group_slots:
        by_group[one.group].append(one)
    left = problem.free.copy()
    for slots in by_group.values():
        options = [(one, *meeting_options(problem, one, prices)) for one in slots]
        had: set[int] = set()
        for one, sessions, costs in sorted(options, key=lambda option: -_regret(option[2])):
            waiting = one.members[problem.fixed[one.members, one.slot] == NONE]
            for session in sessions[np.argsort(costs, kind="stable")].tolist():
                topic = int(problem.topic_of[session])
                if topic not in had and left[session] >= len(waiting):
                    had.add(topic)
                    left[session] -= len(waiting)
                    places[waiting, one.slot] = session
                    break
    return places


def meeting_options(problem: Problem, one: GroupSlot, prices: Floats) -> tuple[Ints, Floats]:
    """The sessions that all may still have, and what they cost the group together."""
    fixed = problem.fixed[one.members, one.slot]
    classes = problem.class_of[one.members[fixed == NONE]]
    sessions = one.common
    for told in np.unique(fixed[fixed != NONE]):
        sessions = sessions[sessions == told]
    sessions = sessions[problem.allowed[np.ix_(classes, sessions)].all(axis=0)]
    topics = problem.topic_of[sessions]
    costs = problem.costs[np.ix_(classes, topics)].sum(axis=0).astype(np.float64)
    costs -= UNMET * problem.required[np.ix_(classes, topics)].sum(axis=0)
    return sessions, costs + len(classes) * prices[sessions]


def _regret(costs: Floats) -> float:
    """What the second best costs more than the best: who has most to lose chooses first."""
    if len(costs) < 2:
        return float(UNPLACED * len(costs))
    best, second = np.partition(costs, 1)[:2]
    return float(second - best)


def unmet(groups: Iterable[GroupSlot], chosen: Ints) -> list[GroupSlot]:
    """Those whose members do not all sit in one session."""
    return [one for one in groups if not _meets(chosen[one.members, one.slot])]


def _meets(sessions: Ints) -> bool:
    return bool(sessions[0] != NONE and (sessions == sessions[0]).all())


def met_places(problem: Problem, chosen: Ints) -> Ints:
    """Like `meeting_places`, of the groups that meet as it is."""
    places = np.full(problem.fixed.shape, NONE, np.int32)
    for one in problem.group_slots:
        if _meets(chosen[one.members, one.slot]):
            waiting = one.members[problem.fixed[one.members, one.slot] == NONE]
            places[waiting, one.slot] = chosen[waiting, one.slot]
    return places
