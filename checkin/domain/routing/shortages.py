"""What will fail on the day, said before it: who has nothing in a slot, and which seats would cure it.

Owns the counting only; who has what was decided before.
"""

from collections import Counter

import numpy as np

from checkin.domain.routing.ground import Shortage
from checkin.domain.routing.problem import NONE, Ints, Problem


def find_shortages(problem: Problem, chosen: Ints) -> tuple[Shortage, ...]:
    """By slot and discipline those without a session, each counted once, by the session that would cure most."""
    found: list[Shortage] = []
    for slot, sessions in enumerate(problem.slot_sessions):
        without = np.flatnonzero(chosen[:, slot] == NONE)
        by_discipline: dict[str | None, list[int]] = {}
        for row in without.tolist():
            by_discipline.setdefault(problem.people[row].person.discipline, []).append(row)
        for discipline in _in_file_order(problem, by_discipline):
            for session, people in _cures(problem, chosen, by_discipline[discipline], sessions):
                code = None if session == NONE else problem.sessions[session].code
                found.append(Shortage(problem.slots[slot].code, discipline, people, code, people))
    return tuple(found)


def _in_file_order(problem: Problem, disciplines: dict[str | None, list[int]]) -> list[str | None]:
    known = [one.code for one in problem.agenda.disciplines]
    return sorted(disciplines, key=lambda code: known.index(code) if code in known else len(known))


def _cures(problem: Problem, chosen: Ints, people: list[int], sessions: Ints) -> list[tuple[int, int]]:
    """Sessions and how many of these people each would take, most first; NONE for those whom none would."""
    could = {row: _could_take(problem, chosen, row, sessions) for row in people}
    cures: list[tuple[int, int]] = []
    while could:
        wanted = Counter(session for options in could.values() for session in options)
        if not wanted:
            cures.append((NONE, len(could)))
            break
        session, count = max(wanted.items(), key=lambda one: (one[1], -one[0]))
        cures.append((session, count))
        could = {row: options for row, options in could.items() if session not in options}
    return cures


def _could_take(problem: Problem, chosen: Ints, row: int, sessions: Ints) -> list[int]:
    """The slot's sessions that this person might sit in if there were more seats."""
    number = problem.class_of[row]
    day = chosen[row][chosen[row] != NONE]
    eligible = (
        problem.eligible[problem.pattern_of[number], sessions]
        & ~problem.taken[number, problem.topic_of[sessions]]
    )
    return [
        session
        for session in sessions[eligible].tolist()
        if not (problem.topic_of[day] == problem.topic_of[session]).any()
    ]
