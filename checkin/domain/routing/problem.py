"""The seats to give, in numbers: what a solver gets and what it gives back.

Owns the arrays that all solvers share. Rows are people in the canonical order (`classes.pose`), columns are
sessions, slots and topics by index. Nothing here decides.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from checkin.domain.model import Agenda, Session, Slot
from checkin.domain.routing.costs import RANK_COSTS, UNRANKED
from checkin.domain.routing.ground import Seeker

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

NONE = -1
"""No session, no topic, no group."""


@dataclass(frozen=True, slots=True)
class GroupSlot:
    """One group in one slot where it can count: at least two members, with a session in common.

    `members`: people (rows) who may have any session of the slot; `common`: sessions that all may have
    by discipline and access. It is met when all members sit in one session.
    """

    group: int
    slot: int
    members: Ints
    common: Ints


@dataclass(frozen=True)
class Problem:
    """P people in C classes of equals, S sessions in L planned slots, T topics, K patterns of eligibility.

    Sessions lie slot by slot, in the file's order. A class's people are interchangeable: they may have the
    same sessions in the same slots at the same costs, and are of the same group (if it can count). What told
    people keep is taken off already: from `free`, from `open_slots`, and by `taken` from their topics.
    """

    agenda: Agenda
    slots: tuple[Slot, ...]
    sessions: tuple[Session, ...]
    topics: tuple[str, ...]
    people: tuple[Seeker, ...]

    slot_of: Ints  # S: the session's slot
    topic_of: Ints  # S: its topic
    seats: Ints  # S: its room's seats
    free: Ints  # S: seats that no told person keeps, 0 where they are more than the seats

    eligible: Bools  # K x S: by discipline and access
    curriculum: Bools  # K x T: topics that the disciplines require

    pattern_of: Ints  # C: row of `eligible` and `curriculum`
    wishes: Ints  # C x 5: topics, best first; NONE for one that can't be had
    has_wishes: Bools  # C: without any, every topic costs nothing
    taken: Bools  # C x T: topics had in slots that have begun, or kept by told people
    open_slots: Bools  # C x L: slots to fill
    group_of: Ints  # C: NONE where the person's group can't count
    counts: Ints  # C: how many people

    class_of: Ints  # P
    fixed: Ints  # P x L: the session that a told person keeps, or NONE
    held: Ints  # P x L: the session held now, if it may still be had (full or not), or NONE
    group_slots: tuple[GroupSlot, ...]

    @cached_property
    def allowed(self) -> Bools:
        """C x S: sessions that a class may be given: eligible, accessible, slot to fill, topic not taken."""
        eligible = self.eligible[self.pattern_of]
        allowed: Bools = eligible & self.open_slots[:, self.slot_of] & ~self.taken[:, self.topic_of]
        return allowed

    @cached_property
    def required(self) -> Bools:
        """C x T: topics of the class's curricula, taken or not."""
        required: Bools = self.curriculum[self.pattern_of]
        return required

    @cached_property
    def costs(self) -> Ints:
        """C x T: what a seat in a session of the topic costs (`costs.cost_of`)."""
        costs = (
            np.where(self.has_wishes, UNRANKED, 0).astype(np.int32)[:, None].repeat(len(self.topics), axis=1)
        )
        for rank in reversed(range(self.wishes.shape[1])):  # of a topic wished for twice the first counts
            who = np.flatnonzero(self.wishes[:, rank] != NONE)
            costs[who, self.wishes[who, rank]] = RANK_COSTS[rank]
        return costs

    @cached_property
    def slot_sessions(self) -> tuple[Ints, ...]:
        """By slot: its sessions."""
        return tuple(np.flatnonzero(self.slot_of == slot).astype(np.int32) for slot in range(len(self.slots)))


@dataclass(frozen=True)
class Solution:
    """Everybody's sessions. `chosen`: P x L, the session or NONE, those of told people with it.

    `prices`: S, the seats' dual values in whole units of `routing.costs`, from 0 to below UNPLACED. Bounds
    are proven and count told people too: no plan places more, and none that does as well in the aims before
    preferences has more value. `method` says in a few words how it was found.
    """

    chosen: Ints
    prices: Ints
    placed_bound: int
    value_bound: int
    method: str
