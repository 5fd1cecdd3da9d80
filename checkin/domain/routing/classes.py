"""From the event at one moment to the seats in numbers: the canonical order, told people, classes of equals.

Owns who counts as equal and what told people keep. Must not depend on the order in which people come in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypedDict

import numpy as np

from checkin.domain.assignments import Cause
from checkin.domain.model import Agenda, Person, Session, Slot
from checkin.domain.routing.costs import RANK_COSTS
from checkin.domain.routing.eligibility import is_accessible, is_eligible
from checkin.domain.routing.ground import Ground, Seeker
from checkin.domain.routing.problem import NONE, Bools, GroupSlot, Ints, Problem


def planned_slots(ground: Ground) -> tuple[Slot, ...]:
    """Slots that have not begun and in which seats are taken (also those whose rooms are all closed)."""
    agenda = ground.agenda
    return tuple(
        slot
        for slot in agenda.slots
        if slot.starts_at > ground.now
        and slot.code not in agenda.plenary_in
        and agenda.sessions_in[slot.code]
    )


def canonical(ground: Ground) -> tuple[Seeker, ...]:
    """The seekers in the order that decides among equals and favours nobody."""

    def place(seeker: Seeker) -> bytes:
        return sha256(ground.seed + seeker.person.id.to_bytes(8, "big")).digest()

    return tuple(sorted(ground.seekers, key=place))


def pose(ground: Ground) -> Problem:
    """The problem that a plan solves: all slots that have not begun, for everybody."""
    slots = planned_slots(ground)
    board = _Board(ground.agenda, slots, [s for slot in slots for s in ground.agenda.offered_in[slot.code]])
    people = canonical(ground)
    patterns = _Patterns(board)
    pattern_of = np.array([patterns.row(one.person) for one in people], np.int32)
    eligible = _matrix(patterns.eligible, len(board.sessions))
    held = _held(board, people, pattern_of, eligible)
    fixed, taken = _keep(board, people, held)
    group_of, group_slots = _groups(board, people, pattern_of, eligible)
    classes = _Classes(board, patterns)
    class_of = [
        classes.row(one.person, pattern, tuple(topics), tuple(kept), group)
        for one, pattern, topics, kept, group in zip(
            people, pattern_of.tolist(), taken, (fixed != NONE).tolist(), group_of, strict=True
        )
    ]
    seats = np.array([ground.agenda.seats(session) for session in board.sessions], np.int32)
    kept_loads = np.bincount(fixed[fixed != NONE], minlength=len(seats)).astype(np.int32)
    return Problem(
        agenda=ground.agenda,
        slots=slots,
        sessions=tuple(board.sessions),
        topics=tuple(board.topic),
        people=people,
        slot_of=board.slot_of,
        topic_of=board.topic_of,
        seats=seats,
        free=np.maximum(seats - kept_loads, 0),
        eligible=eligible,
        curriculum=_matrix(patterns.curriculum, len(board.topic)),
        **classes.arrays(),
        class_of=np.array(class_of, np.int32),
        fixed=fixed,
        held=held,
        group_slots=group_slots,
    )


@dataclass
class _Board:
    """The offered sessions of the planned slots, with everything by index."""

    agenda: Agenda
    slots: Sequence[Slot]
    sessions: list[Session]

    def __post_init__(self) -> None:
        self.slot = {slot.code: index for index, slot in enumerate(self.slots)}
        self.index = {session.code: index for index, session in enumerate(self.sessions)}
        self.topic: dict[str, int] = {}
        for session in self.sessions:
            self.topic.setdefault(session.topic, len(self.topic))
        self.slot_of = np.array([self.slot[one.slot] for one in self.sessions], np.int32)
        self.topic_of = np.array([self.topic[one.topic] for one in self.sessions], np.int32)


@dataclass
class _Patterns:
    """Who may have the same sessions and must have the same topics: by disciplines and access."""

    board: _Board
    eligible: list[Bools] = field(default_factory=list)
    curriculum: list[Bools] = field(default_factory=list)
    topics: list[frozenset[int]] = field(default_factory=list)
    rows: dict[tuple[frozenset[str], bool], int] = field(default_factory=dict)

    def row(self, person: Person) -> int:
        key = (frozenset(person.disciplines), person.needs_accessible_room)
        if key not in self.rows:
            self.rows[key] = len(self.rows)
            agenda, sessions = self.board.agenda, self.board.sessions
            eligible = [is_eligible(person, one) and is_accessible(agenda, person, one) for one in sessions]
            required = agenda.required_topics(person.disciplines)
            self.eligible.append(np.array(eligible, np.bool_))
            self.curriculum.append(np.array([topic in required for topic in self.board.topic], np.bool_))
            self.topics.append(
                frozenset(
                    self.board.topic[one.topic] for one, may in zip(sessions, eligible, strict=True) if may
                )
            )
        return self.rows[key]


class _ClassArrays(TypedDict):
    """The fields of `Problem` that have a row per class."""

    pattern_of: Ints
    wishes: Ints
    has_wishes: Bools
    taken: Bools
    open_slots: Bools
    group_of: Ints
    counts: Ints


@dataclass
class _Classes:
    """Merges people who are interchangeable."""

    board: _Board
    patterns: _Patterns
    rows: dict[tuple[object, ...], int] = field(default_factory=dict)
    keys: list[tuple[int, tuple[int, ...], bool, tuple[int, ...], tuple[bool, ...], int]] = field(
        default_factory=list
    )
    counts: list[int] = field(default_factory=list)

    def row(
        self, person: Person, pattern: int, taken: tuple[int, ...], kept: tuple[bool, ...], group: int
    ) -> int:
        key = (pattern, self._wishes(person, pattern), bool(person.preferences), taken, kept, group)
        row = self.rows.setdefault(key, len(self.rows))
        if row == len(self.keys):
            self.keys.append(key)
            self.counts.append(0)
        self.counts[row] += 1
        return row

    def _wishes(self, person: Person, pattern: int) -> tuple[int, ...]:
        topics, known = self.patterns.topics[pattern], self.board.topic
        wishes = [known.get(topic, NONE) for topic in person.preferences[: len(RANK_COSTS)]]
        return tuple(one if one in topics else NONE for one in wishes)

    def arrays(self) -> "_ClassArrays":
        count = len(self.keys)
        wishes = np.full((count, len(RANK_COSTS)), NONE, np.int32)
        taken = np.zeros((count, len(self.board.topic)), np.bool_)
        for row, (_, ranks, _, topics, _, _) in enumerate(self.keys):
            wishes[row, : len(ranks)] = ranks
            taken[row, list(topics)] = True
        return {
            "pattern_of": np.array([key[0] for key in self.keys], np.int32),
            "wishes": wishes,
            "has_wishes": np.array([key[2] for key in self.keys], np.bool_),
            "taken": taken,
            "open_slots": ~_matrix([np.array(key[4], np.bool_) for key in self.keys], len(self.board.slots)),
            "group_of": np.array([key[5] for key in self.keys], np.int32),
            "counts": np.array(self.counts, np.int32),
        }


def _matrix(rows: Sequence[Bools], width: int) -> Bools:
    return np.array(rows, np.bool_).reshape(len(rows), width)


def _held(board: _Board, people: Iterable[Seeker], pattern_of: Ints, eligible: Bools) -> Ints:
    """By person and slot the session held, where it is still offered and theirs to have, or they are inside.

    Who took a seat at the door of a room that doesn't meet their needs knows the room, and sits in it.
    """
    held = np.full((len(pattern_of), len(board.slots)), NONE, np.int32)
    for row, seeker in enumerate(people):
        for code, assignment in seeker.held.items():
            index = board.index.get(assignment.session or "", NONE)
            if index == NONE or board.sessions[index].slot != code:
                continue
            at_door = assignment.why.cause is Cause.DOOR and code in seeker.told
            if (
                eligible[pattern_of[row], index]
                or assignment.session == seeker.inside
                or (at_door and is_eligible(seeker.person, board.sessions[index]))
            ):
                held[row, board.slot[code]] = index
    return held


def _keep(board: _Board, people: Sequence[Seeker], held: Ints) -> tuple[Ints, list[list[int]]]:
    """What told people keep, and the topics that everybody has already, kept or from slots that have begun.

    Who sits inside keeps their seat though there are fewer now. Of more other told people than seats the
    first in the canonical order keep theirs; of a topic told twice the earlier slot's.
    """
    fixed = np.full_like(held, NONE)
    inside = [board.index.get(seeker.inside or "", NONE) for seeker in people]
    left = [board.agenda.seats(session) for session in board.sessions]
    for index, sessions in zip(inside, held.tolist(), strict=True):
        if index != NONE and index in sessions:
            left[index] -= 1
    taken: list[list[int]] = []
    for row, seeker in enumerate(people):
        topics = _begun_topics(board, seeker)
        for column, slot in enumerate(board.slots if seeker.told else ()):
            index = int(held[row, column])
            is_inside = index == inside[row]
            if slot.code not in seeker.told or index == NONE or not (is_inside or left[index] > 0):
                continue
            topic = int(board.topic_of[index])
            if topic not in topics:
                topics.add(topic)
                fixed[row, column] = index
                left[index] -= not is_inside
        taken.append(sorted(topics))
    return fixed, taken


def _begun_topics(board: _Board, seeker: Seeker) -> set[int]:
    sessions = (
        board.agenda.session.get(one.session or "")
        for code, one in seeker.held.items()
        if code not in board.slot
    )
    return {
        board.topic[session.topic]
        for session in sessions
        if session is not None and session.topic in board.topic
    }


def _groups(
    board: _Board, people: Sequence[Seeker], pattern_of: Ints, eligible: Bools
) -> tuple[list[int], tuple[GroupSlot, ...]]:
    """By person the group, where it can count, and the slots in which it can."""
    members: dict[str, list[int]] = {}
    for row, seeker in enumerate(people):
        if seeker.person.group:
            members.setdefault(seeker.person.group, []).append(row)
    group_of = [NONE] * len(people)
    group_slots: list[GroupSlot] = []
    number = 0
    for rows in members.values():
        if len(rows) < 2:
            continue
        found = list(_group_slots(board, number, np.array(rows, np.int32), eligible[pattern_of[rows]]))
        if found:
            group_slots += found
            for row in rows:
                group_of[row] = number
            number += 1
    return group_of, tuple(group_slots)


def _group_slots(board: _Board, group: int, rows: Ints, eligible: Bools) -> Iterable[GroupSlot]:
    for slot in range(len(board.slots)):
        sessions = np.flatnonzero(board.slot_of == slot)
        may = eligible[:, sessions]
        has_any = may.any(axis=1)
        common = sessions[may[has_any].all(axis=0)] if has_any.sum() > 1 else sessions[:0]
        if len(common):
            yield GroupSlot(group, slot, rows[has_any], common.astype(np.int32))
