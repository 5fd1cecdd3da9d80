"""What will fail on the day, said before it: who has nothing in a slot, and which seats would cure it.

Owns the counting only; who has what was decided before.
"""

from collections import Counter

import numpy as np

from checkin.domain.assignments import Blocked
from checkin.domain.routing.eligibility import obstacle
from checkin.domain.routing.ground import Shortage
from checkin.domain.routing.problem import NONE, Ints, Problem


def find_shortages(problem: Problem, chosen: Ints) -> tuple[Shortage, ...]:
    """By slot and discipline those without a session, each once, under the session that would cure most.

    After them those whom no seats would cure, by what is in the way.
    """
    found: list[Shortage] = []
    for slot, sessions in enumerate(problem.slot_sessions):
        without = np.flatnonzero(chosen[:, slot] == NONE)
        by_discipline: dict[str | None, list[int]] = {}
        for row in without.tolist():
            by_discipline.setdefault(problem.people[row].person.discipline, []).append(row)
        for discipline in _in_file_order(problem, by_discipline):
            rows, code = by_discipline[discipline], problem.slots[slot].code
            could = {row: _could_take(problem, chosen, row, sessions) for row in rows}
            for session, people in _cures({row: options for row, options in could.items() if options}):
                one = problem.sessions[session].code
                found.append(Shortage(code, discipline, people, one, people, Blocked.FULL))
            hopeless = Counter(_obstacle(problem, chosen, row, slot) for row in rows if not could[row])
            for blocked, people in sorted(hopeless.items()):
                found.append(Shortage(code, discipline, people, None, people, blocked))
    return tuple(found)


def _in_file_order(problem: Problem, disciplines: dict[str | None, list[int]]) -> list[str | None]:
    known = [one.code for one in problem.agenda.disciplines]
    return sorted(disciplines, key=lambda code: known.index(code) if code in known else len(known))


def _cures(could: dict[int, list[int]]) -> list[tuple[int, int]]:
    """Sessions and how many people each would take, most first. `could`: by person those that would do."""
    cures: list[tuple[int, int]] = []
    while could:
        wanted = Counter(session for options in could.values() for session in options)
        session, count = max(wanted.items(), key=lambda one: (one[1], -one[0]))
        cures.append((session, count))
        could = {row: options for row, options in could.items() if session not in options}
    return cures


def _obstacle(problem: Problem, chosen: Ints, row: int, slot: int) -> Blocked:
    """Why no seat would help this person in a slot."""
    seeker, agenda = problem.people[row], problem.agenda
    day = [problem.sessions[session].topic for session in chosen[row].tolist() if session != NONE]
    kept = [problem.topics[topic] for topic in np.flatnonzero(problem.taken[problem.class_of[row]])]
    return obstacle(agenda, seeker.person, problem.slots[slot], [*day, *kept])


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
