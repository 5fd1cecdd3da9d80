"""The plan: everybody's sessions in all slots that have not begun.

Owns which method is used, and that nobody is moved for nothing. The model and its aims are elsewhere
(`classes`, `exact`, `swift`, `aims`). Runs in a process of its own: the server never imports it.
"""

from collections.abc import Callable, Mapping

import numpy as np

from checkin.domain.assignments import Assignment, Cause
from checkin.domain.model import AttendeeId
from checkin.domain.routing.aims import Aims, loads_of, measure
from checkin.domain.routing.classes import pose
from checkin.domain.routing.exact import METHOD, exact
from checkin.domain.routing.ground import Ground, Plan, Seeker
from checkin.domain.routing.problem import NONE, Ints, Problem, Solution
from checkin.domain.routing.reasons import Known, assign
from checkin.domain.routing.shortages import find_shortages
from checkin.domain.routing.swift import swift

EXACT_CHOICES = 30_000
"""Pairs of a class and a session up to which the exact method answers in a second or two."""

EXACT_GROUPS = 2_000
"""Attendees up to which groups are part of the exact model."""

GOOD_ENOUGH = 0.01
"""What is held is kept if it costs at most this share more than a new plan that is not proven best."""


def _say_nothing(stage: str) -> None:
    """Where nobody waits for a progress line."""


def plan(ground: Ground, tell: Callable[[str], None] = _say_nothing) -> Plan:
    """The best plan there is, or one near it that says how near.

    `tell` hears a few words whenever a stage is done. The same ground in any order gives the same plan. What
    is held stays if no plan is better, so that a second plan moves nobody.
    """
    problem = pose(ground)
    solution = _solve(problem, tell)
    chosen, aims = _keep_if_as_good(problem, solution)
    tell("reasons")
    assignments = _assignments(problem, chosen)
    return Plan(
        assignments=assignments,
        prices={
            one.code: int(price)
            for one, price in zip(problem.sessions, solution.prices.tolist(), strict=True)
        },
        placed=aims.placed,
        placed_bound=solution.placed_bound,
        required_met=aims.required_met,
        groups_met=aims.groups_met,
        value=aims.value,
        value_bound=solution.value_bound,
        cost=-aims.minus_cost,
        fill=-aims.minus_fill,
        method=solution.method,
        moved=_moved(problem, assignments),
        shortages=find_shortages(problem, chosen),
    )


def _solve(problem: Problem, tell: Callable[[str], None]) -> Solution:
    choices = int(problem.eligible.sum(axis=1)[problem.pattern_of].sum())
    is_large = choices > EXACT_CHOICES
    if is_large or (problem.group_slots and len(problem.people) > EXACT_GROUPS):
        return swift(problem, tell)
    return exact(problem, tell)


def _keep_if_as_good(problem: Problem, solution: Solution) -> tuple[Ints, Aims]:
    """What is held, if it is possible and no aim is worse for it; else the solution."""
    aims = measure(problem, solution.chosen)
    held = np.where(problem.fixed != NONE, problem.fixed, problem.held)
    if not _is_possible(problem, held):
        return solution.chosen, aims
    held_aims = measure(problem, held)
    is_as_good = held_aims >= aims
    if solution.method != METHOD and held_aims[:3] >= aims[:3]:
        is_as_good = held_aims.minus_cost >= aims.minus_cost * (1 + GOOD_ENOUGH)
    return (held, held_aims) if is_as_good else (solution.chosen, aims)


def _is_possible(problem: Problem, chosen: Ints) -> bool:
    """Whether no session has too many people (but those who stay anyhow) and nobody a topic twice."""
    most = np.maximum(problem.seats, loads_of(problem, problem.fixed))
    if (loads_of(problem, chosen) > most).any():
        return False
    rows, columns = np.nonzero((chosen != NONE) & (problem.fixed == NONE))
    topics = problem.topic_of[chosen[rows, columns]]
    if problem.taken[problem.class_of[rows], topics].any():
        return False
    pairs = rows * len(problem.topics) + topics
    return len(np.unique(pairs)) == len(pairs)


def _assignments(problem: Problem, chosen: Ints) -> dict[AttendeeId, tuple[Assignment, ...]]:
    loads = dict(zip((one.code for one in problem.sessions), loads_of(problem, chosen).tolist(), strict=True))
    codes = [*(one.code for one in problem.sessions), None]  # the last is NONE's
    known: Known = {}
    return {
        seeker.person.id: _day(problem, seeker, [codes[session] for session in sessions], loads, known)
        for seeker, sessions in zip(problem.people, chosen.tolist(), strict=True)
    }


def _day(
    problem: Problem, seeker: Seeker, sessions: list[str | None], loads: Mapping[str, int], known: Known
) -> tuple[Assignment, ...]:
    """One person's assignments; a seat that is held already keeps the reason that it was given for."""
    agenda = problem.agenda
    day: dict[str, str | None] = {code: held.session for code, held in seeker.held.items()}
    day.update(zip((slot.code for slot in problem.slots), sessions, strict=True))
    assignments: list[Assignment] = []
    for slot, code in zip(problem.slots, sessions, strict=True):
        held = seeker.held.get(slot.code)
        if held is not None and held.session == code and code is not None:
            assignments.append(held)
            continue
        session = None if code is None else agenda.session[code]
        before = agenda.session.get(held.session or "") if held is not None else None
        told = before.room if before is not None and slot.code in seeker.told else None
        made = assign(agenda, seeker.person, slot, session, Cause.PLAN, day, loads.__getitem__, told, known)
        is_same = held is not None and held.session is None and held.why.blocked == made.why.blocked
        assignments.append(held if held is not None and is_same and code is None else made)
    return tuple(assignments)


def _moved(problem: Problem, assignments: Mapping[AttendeeId, tuple[Assignment, ...]]) -> int:
    """How many seats that somebody held were given up for another, or for none."""
    return sum(
        one.slot in seeker.held and seeker.held[one.slot].session not in (None, one.session)
        for seeker in problem.people
        for one in assignments[seeker.person.id]
    )
