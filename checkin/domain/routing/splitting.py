"""From classes to persons: who of several equals sits where.

Owns the split only. Whatever keeps the rows of `columns` can be split: the seats of a class are the edges of
a bipartite graph of slots and topics in which no degree is above the number of its people, and such a graph has
a matching that meets every vertex of that degree (König). One matching is one person's day.
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from checkin.domain.routing.problem import NONE, Ints, Problem

Edge = tuple[int, int]
"""A slot and a topic."""


def split(problem: Problem, table: Ints) -> Ints:
    """P x L: everybody's session or NONE, from how many of each class sit in each session (C x S).

    Equals who hold a seat keep it where they can; beyond that those first in the canonical order get more.
    """
    chosen = problem.fixed.copy()
    classes, sessions = np.nonzero(table)
    is_single = problem.counts[classes] == 1
    order = np.argsort(problem.class_of, kind="stable")
    first = np.concatenate([[0], np.cumsum(problem.counts)])
    rows = order[first[classes[is_single]]]
    chosen[rows, problem.slot_of[sessions[is_single]]] = sessions[is_single]
    for number in np.unique(classes[~is_single]).tolist():
        people = order[first[number] : first[number + 1]]
        for row, day in _days(problem, people.tolist(), table[number]):
            chosen[row, problem.slot_of[day]] = day
    return chosen


def _days(problem: Problem, people: list[int], counts: Ints) -> Iterable[tuple[int, list[int]]]:
    """For each of these equals their sessions. Equals who hold the same get the same, as far as it goes."""
    left = Counter({session: int(counts[session]) for session in np.flatnonzero(counts).tolist()})
    holders: dict[tuple[int, ...], list[int]] = {}
    for row in people:
        holders.setdefault(tuple(problem.held[row].tolist()), []).append(row)
    remaining = len(people)
    nothing = (NONE,) * len(problem.slots)
    for held in sorted(
        holders, key=lambda one: (one == nothing, one)
    ):  # who holds nothing takes what is left
        waiting = holders[held]
        while waiting:
            day, times = _next_day(problem, left, remaining, frozenset(held))
            for row in waiting[:times]:
                yield row, day
            used = min(times, len(waiting))
            del waiting[:used]
            remaining -= used
            left.subtract(dict.fromkeys(day, used))


def _next_day(
    problem: Problem, left: Counter[int], remaining: int, held: frozenset[int]
) -> tuple[list[int], int]:
    """One person's sessions such that the rest still suffices for the rest, and how often that stays so."""
    slots, topics, best = Counter[int](), Counter[int](), dict[Edge, int]()
    for session in sorted(left):
        if not left[session]:
            continue
        edge = int(problem.slot_of[session]), int(problem.topic_of[session])
        slots[edge[0]] += left[session]
        topics[edge[1]] += left[session]
        if edge not in best or (session in held, left[session]) > (best[edge] in held, left[best[edge]]):
            best[edge] = session
    must = (len(problem.slots) + 1) ** 2
    weights = {
        (slot, topic): must * ((slots[slot] == remaining) + (topics[topic] == remaining))
        + (len(problem.slots) + 1) * (session in held)
        + 1
        for (slot, topic), session in best.items()
    }
    matched = _heaviest(weights)
    slack = [remaining - slots[slot] for slot in slots.keys() - {slot for slot, _ in matched}]
    slack += [remaining - topics[topic] for topic in topics.keys() - {topic for _, topic in matched}]
    day = [best[edge] for edge in matched]
    return day, max(1, min([left[session] for session in day] + slack + [remaining]))


def _heaviest(weights: dict[Edge, int]) -> list[Edge]:
    """The matching of largest weight: grown by the heaviest augmenting path until there is none."""
    topic_of: dict[int, int] = {}
    slot_of: dict[int, int] = {}
    while True:
        gain, came_from = _paths(weights, topic_of, slot_of)
        ends = [topic for topic in gain if topic not in slot_of and gain[topic] > 0]
        if not ends:
            return sorted(topic_of.items())
        topic: int | None = max(ends, key=lambda one: (gain[one], -one))
        while topic is not None:
            slot = came_from[topic]
            before = topic_of.get(slot)
            topic_of[slot], slot_of[topic] = topic, slot
            topic = before


def _paths(
    weights: dict[Edge, int], topic_of: dict[int, int], slot_of: dict[int, int]
) -> tuple[dict[int, int], dict[int, int]]:
    """For each topic the largest gain of a path from a free slot that ends there, and the slot before it."""
    at_slot = {slot: 0 for slot, _ in weights if slot not in topic_of}
    gain: dict[int, int] = {}
    came_from: dict[int, int] = {}
    is_changed = True
    while is_changed:
        is_changed = False
        for (slot, topic), weight in weights.items():
            if slot not in at_slot or topic_of.get(slot) == topic:
                continue
            if topic not in gain or at_slot[slot] + weight > gain[topic]:
                gain[topic], came_from[topic] = at_slot[slot] + weight, slot
                is_changed = True
                if topic in slot_of:
                    at_slot[slot_of[topic]] = gain[topic] - weights[slot_of[topic], topic]
    return gain, came_from
