"""What the fast method chooses among: sessions that nobody can tell apart, taken together as one offer.

Owns the merging of sessions to offers and of people to coarse classes, both free of wishes. Nothing here
decides.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checkin.domain.routing.problem import Bools, Ints, Problem

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Offers:
    """G offers: the sessions of one slot and one topic that are for the same people. They share one price.

    They lie slot by slot, within a slot by topic.
    """

    of_session: Ints  # S: the session's offer
    slot: Ints  # G
    topic: Ints  # G
    seats: Ints  # G: free ones
    eligible: Bools  # K x G
    slots: int
    topics: int


def offers_of(problem: Problem) -> Offers:
    """Merges the sessions of a problem."""
    audience = np.unique(problem.eligible, axis=1, return_inverse=True)[1].reshape(-1)
    keys = np.stack([problem.slot_of, problem.topic_of, audience.astype(np.int32)])
    _, first, of_session = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    of_session = of_session.reshape(-1)
    return Offers(
        of_session.astype(np.int32),
        problem.slot_of[first],
        problem.topic_of[first],
        np.bincount(of_session, np.maximum(problem.free, 0), len(first)).astype(np.int32),
        problem.eligible[:, first],
        len(problem.slots),
        len(problem.topics),
    )


@dataclass(frozen=True, slots=True)
class Coarse:
    """People by what they may have and must have alone: classes of `Problem` merged, wishes left out."""

    of_class: Ints  # C: the coarse class
    counts: Ints  # N: how many people
    allowed: Bools  # N x G
    required: Bools  # N x T: of the curriculum, not had yet, and to be had
    open_slots: Bools  # N x L: to fill, and with something to be had

    @property
    def places(self) -> int:
        """How many pairs of a person and a slot there are to fill."""
        return int((self.counts[:, None] * self.open_slots).sum())


def coarse_of(problem: Problem, offers: Offers) -> Coarse:
    """Merges the classes of a problem."""
    keys = np.concatenate(
        [
            problem.pattern_of.astype("<i4").view(np.uint8).reshape(-1, 4),
            np.packbits(problem.open_slots, axis=1),
            np.packbits(problem.taken, axis=1),
        ],
        axis=1,
    )
    flat = np.ascontiguousarray(keys).view(np.dtype((np.void, keys.shape[1]))).reshape(-1)
    _, first, of_class = np.unique(flat, return_index=True, return_inverse=True)
    patterns, taken = problem.pattern_of[first], problem.taken[first]
    allowed = offers.eligible[patterns] & problem.open_slots[first][:, offers.slot] & ~taken[:, offers.topic]
    has_topic = np.zeros((len(first), offers.topics), np.bool_)
    has_slot = np.zeros((len(first), offers.slots), np.bool_)
    who, offer = np.nonzero(allowed)
    has_topic[who, offers.topic[offer]] = True
    has_slot[who, offers.slot[offer]] = True
    return Coarse(
        of_class.astype(np.int32).reshape(-1),
        np.bincount(of_class.reshape(-1), problem.counts, len(first)).astype(np.int32),
        allowed,
        problem.curriculum[patterns] & has_topic,
        has_slot,
    )
