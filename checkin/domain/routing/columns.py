"""The model of seats as columns and rows: how many of each class sit in each session.

Owns the rows that make sessions into days (one session a slot, a topic once, no more than the seats) and the
further columns of the later aims: groups, even filling, seats kept. Solves nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from checkin.domain.routing.costs import SEGMENTS, UNMET, UNPLACED
from checkin.domain.routing.highs import Entries, Floats
from checkin.domain.routing.problem import NONE, GroupSlot, Ints, Problem


@dataclass(frozen=True)
class Columns:
    """Column i says how many of classes[i] sit in sessions[i]. Seats' rows come last, one a session."""

    problem: Problem
    classes: Ints
    sessions: Ints
    slot_rows: Ints
    entries: Entries
    limits: Floats

    @property
    def count(self) -> int:
        """How many columns."""
        return len(self.classes)

    @property
    def first_seat_row(self) -> int:
        """The row of session 0's seats."""
        return len(self.limits) - len(self.problem.sessions)

    @cached_property
    def most(self) -> Floats:
        """How many of the class there are."""
        return self.problem.counts[self.classes].astype(np.float64)

    @cached_property
    def required(self) -> Floats:
        """1 where the session's topic is required, else 0."""
        topics = self.problem.topic_of[self.sessions]
        return self.problem.required[self.classes, topics].astype(np.float64)

    @cached_property
    def costs(self) -> Floats:
        """What a seat costs one of the class."""
        return self.problem.costs[self.classes, self.problem.topic_of[self.sessions]].astype(np.float64)

    @cached_property
    def weighed(self) -> Floats:
        """The objective that prices come from, less a constant: all aims of one person in one sum."""
        return self.costs - UNPLACED - UNMET * self.required

    @cached_property
    def number(self) -> Ints:
        """C x S: the column of a class in a session, or NONE."""
        number = np.full((len(self.problem.counts), len(self.problem.sessions)), NONE, np.int32)
        number[self.classes, self.sessions] = np.arange(self.count, dtype=np.int32)
        return number

    def table(self, values: Floats) -> Ints:
        """C x S: how many sit where, from the columns' values."""
        table = np.zeros(self.number.shape, np.int32)
        table[self.classes, self.sessions] = np.rint(values[: self.count])
        return table


def columns_of(problem: Problem) -> Columns:
    """All columns and rows of a problem; what can't happen has none."""
    classes, sessions = np.nonzero(problem.allowed & (problem.free > 0))
    in_slot, slot_rows, _ = np.unique(
        classes * len(problem.slots) + problem.slot_of[sessions], return_inverse=True, return_counts=True
    )
    of_topic, topic_rows, often = np.unique(
        classes * len(problem.topics) + problem.topic_of[sessions], return_inverse=True, return_counts=True
    )
    is_repeated = often > 1  # a topic in one slot only is had once anyhow
    row_of_topic = np.where(is_repeated, len(in_slot) + np.cumsum(is_repeated) - 1, NONE)
    first_seat_row = len(in_slot) + int(is_repeated.sum())
    rows = np.stack([slot_rows, row_of_topic[topic_rows], first_seat_row + sessions], axis=1)
    is_row = rows != NONE
    limits = np.concatenate(
        [
            problem.counts[in_slot // len(problem.slots)],
            problem.counts[of_topic[is_repeated] // len(problem.topics)],
            problem.free,
        ]
    )
    entries = Entries(
        np.concatenate([[0], np.cumsum(is_row.sum(axis=1))]).astype(np.int32),
        rows[is_row].astype(np.int32),
        np.ones(int(is_row.sum())),
    )
    return Columns(
        problem,
        classes.astype(np.int32),
        sessions.astype(np.int32),
        slot_rows.astype(np.int32),
        entries,
        limits.astype(np.float64),
    )


def first_basis(columns: Columns) -> tuple[Ints, Ints]:
    """Where the search begins: everybody in the session of the slot that is best for them, full or not.

    Ties go to different sessions for different classes, which saves the solver from moving them apart.
    """
    spread = (columns.classes * 7919 + columns.sessions * 104729) % 997 / 997
    order = np.argsort(columns.weighed + spread / 2, kind="stable")
    rows, first = np.unique(columns.slot_rows[order], return_index=True)
    return order[first].astype(np.int32), rows.astype(np.int32)


def group_rows(columns: Columns, first_row: int) -> tuple[Entries, Entries]:
    """Rows and then columns for groups: each column is a group in one session, at most 1.

    A row says for one class of the group: whoever of it sits in the session, less all of it if the group is
    there, is no less than nobody.
    """
    rows: list[list[tuple[int, float]]] = []
    places: list[list[tuple[int, float]]] = []
    for group_slot in columns.problem.group_slots:
        for needed in _meeting_places(columns, group_slot):
            places.append([(first_row + len(rows) + i, float(count)) for i, (_, count) in enumerate(needed)])
            rows += [[(column, -1.0)] for column, _ in needed]
    return Entries.of(rows), Entries.of(places)


def _meeting_places(columns: Columns, group_slot: GroupSlot) -> Iterator[list[tuple[int, int]]]:
    """For each session where the group can meet: the columns of its classes, and how many are in each."""
    problem = columns.problem
    kept = problem.fixed[group_slot.members, group_slot.slot]
    kept_in = np.unique(kept[kept != NONE])
    if len(kept_in) > 1:
        return
    classes, counts = np.unique(problem.class_of[group_slot.members[kept == NONE]], return_counts=True)
    if not len(classes):
        return
    for session in kept_in if len(kept_in) else group_slot.common:
        numbers = columns.number[classes, session]
        if (numbers != NONE).all() and counts.sum() <= problem.free[session]:
            yield list(zip(numbers.tolist(), counts.tolist(), strict=True))


def filling(columns: Columns) -> tuple[Floats, Floats, Entries]:
    """Columns of empty seats: the costs saved by each, how many there are, and their entries.

    Together with those who sit there they are no more than the free seats. As dearer seats are left empty
    first, what is saved and what `costs.fill_cost` says of the rest make a constant.
    """
    saved: list[int] = []
    widths: list[int] = []
    lines: list[list[tuple[int, float]]] = []
    for session, (seats, free) in enumerate(
        zip(columns.problem.seats.tolist(), columns.problem.free.tolist(), strict=True)
    ):
        segment = SEGMENTS * np.arange(seats - free, seats) // seats
        width = np.bincount(segment, minlength=SEGMENTS)
        for cost in np.flatnonzero(width).tolist():
            saved.append(cost)
            widths.append(int(width[cost]))
            lines.append([(columns.first_seat_row + session, 1.0)])
    return np.array(saved, np.float64), np.array(widths, np.float64), Entries.of(lines)


def keeping(columns: Columns, first_row: int) -> tuple[Entries, Floats, Entries]:
    """Rows and then columns for seats kept: how many of a class stay in the session that they hold."""
    problem = columns.problem
    held = np.zeros(columns.number.shape, np.int32)
    rows, slots = np.nonzero((problem.held != NONE) & (problem.fixed == NONE))
    np.add.at(held, (problem.class_of[rows], problem.held[rows, slots]), 1)
    which = np.flatnonzero(held[columns.classes, columns.sessions])
    counts = held[columns.classes[which], columns.sessions[which]].astype(np.float64)
    steps = np.arange(len(which) + 1, dtype=np.int32)
    ones = np.ones(len(which))
    return (
        Entries(steps, which.astype(np.int32), -ones),
        counts,
        Entries(steps, first_row + steps[:-1], ones),
    )
