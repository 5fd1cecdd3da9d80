"""Everybody's best day at given prices of seats: exact over slots and topics, for all people at once.

Each person chooses among special topics (wished for, required, or the cheapest of those that repeat) and, in
each slot, one of the others (a pool in which all cost the same) or nothing. A table over sets of slots grows
topic by topic; a day's topics travel in the low bits of its cost, so that the least cost names its day. That
the pools of two slots may give one topic twice is overlooked here: values are lower bounds all the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from checkin.domain.routing.costs import UNRANKED
from checkin.domain.routing.offers import Coarse, Longs
from checkin.domain.routing.problem import NONE, Bools, Ints, Problem

UNIT = 64
"""Costs and prices are whole numbers here: so many to one of `costs`."""

UNPLACED = 2_000
UNMET = 100
"""In units of `costs`, what a seat or a required topic is worth here: in the proportion that `costs` has, but
small, so that wishes count beside them while prices are sought."""

FAR = 1 << 26
"""Dearer than anything: not to be had."""

CHUNK = 4096
BLOCK = 6
"""So many slots are chosen together; of more, each block is chosen as if topics could come again."""

Shorts = NDArray[np.int16]
Picks = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Crowd:
    """n people as this method sees them, each with up to X special topics."""

    pattern: Ints  # n
    special: Ints  # X x n: topic, or NONE
    cost: Longs  # X x n: in 1 / UNIT, less what meeting a requirement is worth
    pool_cost: Longs  # n
    open_slots: Bools  # L x n: to fill, and with something to be had
    taken: Bools  # T x n

    def some(self, which: slice | Ints) -> "Crowd":
        """Some of the people."""
        return Crowd(
            self.pattern[which],
            self.special[:, which],
            self.cost[:, which],
            self.pool_cost[which],
            self.open_slots[:, which],
            self.taken[:, which],
        )

    def with_special(self, topics: Ints) -> "Crowd":
        """With more special topics, for all of a pattern: K x E, or NONE. They cost what the pool costs."""
        extra = topics[self.pattern].T.copy()
        for row in extra:
            known = (self.special == row).any(axis=0) | self.taken[row, np.arange(len(row))]
            row[known] = NONE
        return replace(
            self,
            special=np.concatenate([self.special, extra]),
            cost=np.concatenate([self.cost, np.broadcast_to(self.pool_cost, extra.shape)]),
        )

    def seated(self, chosen: Ints, topic_of: Ints) -> "Crowd":
        """With the seats that people have already (n x L, or NONE) out of the question."""
        opens, special, taken = self.open_slots.copy(), self.special.copy(), self.taken.copy()
        for slot in range(len(opens)):
            who = np.flatnonzero(chosen[:, slot] != NONE)
            topics = topic_of[chosen[who, slot]]
            opens[slot, who] = False
            taken[topics, who] = True
            special[:, who] = np.where(special[:, who] == topics, NONE, special[:, who])
        return replace(self, open_slots=opens, special=special, taken=taken)


@dataclass(frozen=True, slots=True)
class Days:
    """What people choose: by slot the special topic's position (from 1), 0 for the pool, NONE for nothing."""

    values: Longs  # n: in 1 / UNIT
    picks: Picks  # L x n

    def topics(self, crowd: Crowd, slot: int) -> tuple[Ints, Ints]:
        """Who chose a special topic in a slot, and which."""
        picks = self.picks[slot]
        who = np.flatnonzero(picks > 0).astype(np.int32)
        return who, crowd.special[picks[who] - 1, who]


def crowd_of(problem: Problem, coarse: Coarse) -> Crowd:
    """Everybody, by row of the problem."""
    required = coarse.required[coarse.of_class]
    columns = [problem.wishes[:, rank] for rank in range(problem.wishes.shape[1])]
    for position in range(int(coarse.required.sum(axis=1).max(initial=0))):
        columns.append(_nth(coarse.required, position)[coarse.of_class])
    special = np.stack(columns)
    for position, topic in enumerate(special):
        again = (special[:position] == topic).any(axis=0)
        special[position] = np.where(again, NONE, topic)
    special = special[(special != NONE).any(axis=1)]
    rows = np.arange(len(problem.counts))
    cost = problem.costs[rows, special].astype(np.int64)
    cost -= UNMET * (required[rows, special] & (special != NONE))
    pool = np.where(problem.has_wishes, UNRANKED, 0).astype(np.int64)
    people = problem.class_of
    return Crowd(
        problem.pattern_of[people],
        special[:, people],
        cost[:, people] * UNIT,
        pool[people] * UNIT,
        np.ascontiguousarray(coarse.open_slots[coarse.of_class[people]].T),
        np.ascontiguousarray(problem.taken[people].T),
    )


def _nth(flags: Bools, position: int) -> Ints:
    """The column of each row's n-th flag, from 0; NONE where there are fewer."""
    nth = flags & (np.cumsum(flags, axis=1) == position + 1)
    return np.where(nth.any(axis=1), nth.argmax(axis=1), NONE).astype(np.int32)


def best_days(crowd: Crowd, topic_prices: Longs, pool_prices: Longs, noise: Shorts | None = None) -> Days:
    """Everybody's best day. `topic_prices`: L x K x T, `pool_prices`: L x K, FAR where there is no seat.

    `noise` (X + 1 x L x n): what each finds dearer than it is, to part those who are alike.
    """
    slots, count = crowd.open_slots.shape
    days = Days(np.zeros(count, np.int64), np.empty((slots, count), np.int8))
    for part in _parts(count):
        for block in blocks_of(crowd, slots, BLOCK):
            _choose(crowd, topic_prices, pool_prices, noise, part, block, days)
    return days


def blocks_of(crowd: Crowd, slots: int, most: int) -> list[slice]:
    """The slots in blocks of at most so many, as far as a day's topics find room in its cost."""
    block = min(most, 34 // max(len(crowd.special).bit_length(), 1))
    return [slice(first, min(first + block, slots)) for first in range(0, slots, block)]


def _parts(count: int) -> Iterator[slice]:
    for start in range(0, count, CHUNK):
        yield slice(start, min(start + CHUNK, count))


def set_values(crowd: Crowd, topic_prices: Longs, pool_prices: Longs, block: slice) -> Longs:
    """2^B x n: what each set of a block's slots costs everybody at best, the other slots left out."""
    slots, count = block.stop - block.start, len(crowd.pattern)
    values = np.empty((1 << slots, count), np.int64)
    for part in _parts(count):
        seen = _table(crowd, topic_prices, pool_prices, None, part, block)
        least = seen.table
        for slot in range(slots):
            for chosen in range(1 << slots):
                if chosen >> slot & 1:
                    least[chosen] = np.minimum(least[chosen], least[chosen ^ 1 << slot])
        rest = np.where(seen.opens, seen.rest, 0)
        for chosen in range(1 << slots):
            inside = [slot for slot in range(slots) if chosen >> slot & 1]
            values[chosen, part] = (least[chosen] >> seen.bits * slots) + rest[inside].sum(axis=0)
    return values


@dataclass(frozen=True, slots=True)
class _Table:
    """By set of a block's slots, filled with special topics: what that costs more than the `rest` there.

    Costs lie above `bits` for each slot, which name the special topic taken in it.
    """

    table: list[Longs]
    bits: int
    opens: Bools
    is_pool: Bools
    rest: Longs


def _choose(
    crowd: Crowd,
    topic_prices: Longs,
    pool_prices: Longs,
    noise: Shorts | None,
    part: slice,
    block: slice,
    days: Days,
) -> None:
    seen = _table(crowd, topic_prices, pool_prices, noise, part, block)
    best, bits, slots = np.minimum.reduce(seen.table), seen.bits, len(seen.rest)
    days.values[part] += (best >> bits * slots) + np.where(seen.opens, seen.rest, 0).sum(axis=0)
    for slot in range(slots):
        pick = (best >> bits * slot & (1 << bits) - 1).astype(np.int8)
        days.picks[block.start + slot, part] = np.where(pick > 0, pick, np.where(seen.is_pool[slot], 0, NONE))


def _table(
    crowd: Crowd, topic_prices: Longs, pool_prices: Longs, noise: Shorts | None, part: slice, block: slice
) -> _Table:
    pattern, opens = crowd.pattern[part], crowd.open_slots[block, part]
    rest = pool_prices[block][:, pattern] + crowd.pool_cost[part]
    if noise is not None:
        rest += noise[-1, block, part]
    is_pool = opens & (rest < UNPLACED * UNIT)
    rest = np.where(is_pool, rest, UNPLACED * UNIT)
    slots, topics = len(rest), topic_prices.shape[2]
    bits = max(len(crowd.special).bit_length(), 1)
    shift = bits * slots
    closed = np.where(opens, 0, FAR)
    table: list[Longs] = [np.zeros(len(pattern), np.int64)]
    table += [np.full(len(pattern), FAR << shift, np.int64) for _ in range(1, 1 << slots)]
    prices = topic_prices[block].reshape(slots, -1)
    for number, topic in enumerate(crowd.special[:, part]):
        where = pattern * topics + topic
        base = np.where(topic == NONE, FAR, crowd.cost[number, part])
        gains: list[Longs] = []
        for slot in range(slots):
            gain = np.minimum(prices[slot][where], FAR) + base - rest[slot] + closed[slot]
            if noise is not None:
                gain += noise[number, block.start + slot, part]
            gains.append((gain << shift) + (number + 1 << bits * slot))
        for chosen in range((1 << slots) - 1, 0, -1):
            for slot in range(slots):
                if chosen >> slot & 1:
                    np.minimum(table[chosen], table[chosen ^ 1 << slot] + gains[slot], out=table[chosen])
    return _Table(table, bits, opens, is_pool, rest)
