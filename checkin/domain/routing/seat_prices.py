"""The prices of seats at which about as many want each offer as it has seats (Lagrangian relaxation).

Owns the search for them. Whatever the prices are, what everybody's best day costs at them, less what the seats
bring in, is a proven lower bound of the sum of costs, unplaced and unmet topics.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checkin.domain.routing.day_choices import FAR, UNIT, UNPLACED, Crowd, Days, Shorts, best_days
from checkin.domain.routing.offers import Floats, Longs, Offers
from checkin.domain.routing.problem import NONE, Bools, Ints

STEPS = 120
SAMPLED_STEPS = 90
"""Of many people first so many steps with a part of them, of about `SAMPLE`."""

SAMPLE = 12_000
RENEWALS = frozenset({10, 25, 45})
"""Steps after which the repeating topics of the pools are chosen anew."""

REPEATING = 4
NOISE = UNIT // 2
TEMPERATURE = UNIT / 5
"""How sharply those who are alike part among offers of nearly one price."""

POLISHED_STEPS = 24
POLISHED_RENEWALS = frozenset({0, 8, 16})

LONGER, SHORTER = 1.1, 0.7
SHORTEST, LONGEST = UNIT / 100, UNIT * 16.0
SHARPNESS = 5.0
HIGHEST = UNPLACED * UNIT - 1.0
TOLD_STEPS = 20


@dataclass(frozen=True, slots=True)
class Market:
    """Offers and their prices as people see them. `special`: K x E, topics taken out of the pools, or NONE."""

    offers: Offers
    may: Bools  # K x G: eligible, with seats
    special: Ints
    in_pool: Bools  # K x G
    slots: Ints  # the slots with offers,
    slot_starts: Longs  # and where theirs begin
    topic_starts: Longs  # where the offers of a topic in a slot begin

    def tables(self, prices: Longs) -> tuple[Longs, Longs]:
        """The cheapest seat by slot, pattern and topic; by slot and pattern in the pool."""
        offers, seen = self.offers, np.where(self.may, prices, FAR)
        topics = np.full((offers.slots, len(seen), offers.topics), FAR, np.int64)
        pools = np.full((offers.slots, len(seen)), FAR, np.int64)
        if len(prices):
            first = self.topic_starts
            topics[offers.slot[first], :, offers.topic[first]] = np.minimum.reduceat(seen, first, axis=1).T
            pooled = np.where(self.in_pool, seen, FAR)
            pools[self.slots] = np.minimum.reduceat(pooled, self.slot_starts, axis=1).T
        return topics, pools

    def loads(self, prices: Longs, crowd: Crowd, days: Days) -> Floats:
        """About how many want each offer."""
        offers, kinds = self.offers, len(self.may)
        by_topic = np.zeros((offers.slots, kinds, offers.topics))
        by_pool = np.zeros((offers.slots, kinds))
        for slot in range(offers.slots):
            who, topics = days.topics(crowd, slot)
            where = crowd.pattern[who] * offers.topics + topics
            by_topic[slot] = np.bincount(where, minlength=kinds * offers.topics).reshape(kinds, -1)
            by_pool[slot] = np.bincount(crowd.pattern[days.picks[slot] == 0], minlength=kinds)
        wanted = by_topic[offers.slot, :, offers.topic].T * self._shares(prices, self.may, self.topic_starts)
        wanted += by_pool[offers.slot].T * self._shares(prices, self.in_pool, self.slot_starts)
        return wanted.sum(axis=0)

    def _shares(self, prices: Longs, may: Bools, starts: Longs) -> Floats:
        """K x G: how those of a pattern part among the offers of one topic, or one pool."""
        seen = np.where(may, prices, FAR)
        lengths = np.diff(np.append(starts, len(prices)))
        least = np.repeat(np.minimum.reduceat(seen, starts, axis=1), lengths, axis=1)
        pull = np.exp((least - seen) / TEMPERATURE) * self.offers.seats * may
        total = np.repeat(np.add.reduceat(pull, starts, axis=1), lengths, axis=1)
        shares: Floats = pull / np.where(total > 0, total, 1)
        return shares


def market_of(offers: Offers, prices: Longs) -> Market:
    """With the repeating topics taken out of the pools that are cheapest at these prices."""
    may = offers.eligible & (offers.seats > 0)
    keys = offers.slot.astype(np.int64) * max(offers.topics, 1) + offers.topic
    slots, slot_starts = np.unique(offers.slot, return_index=True)
    topic_starts = np.unique(keys, return_index=True)[1]
    nothing = np.zeros((len(may), 0), np.int32)
    plain = Market(offers, may, nothing, may, slots, slot_starts, topic_starts)
    topics = plain.tables(prices)[0]
    repeats = (topics < FAR).sum(axis=0) > 1
    special = np.full((len(may), REPEATING), NONE, np.int32)
    count = np.zeros(len(may), np.int64)
    rows = np.arange(len(may))
    for slot in [*range(offers.slots)] * REPEATING if offers.topics else []:
        topic = topics[slot].argmin(axis=1)
        fits = (topics[slot, rows, topic] < FAR) & repeats[rows, topic] & (count < REPEATING)
        special[rows[fits], count[fits]] = topic[fits]
        count[fits] += 1
        topics[:, rows[fits], topic[fits]] = FAR
    is_special = np.zeros((len(may), offers.topics + 1), np.bool_)
    is_special[rows[:, None], special] = True  # NONE falls on the column too many
    in_pool = may & ~is_special[:, offers.topic]
    return Market(offers, may, special, in_pool, slots, slot_starts, topic_starts)


@dataclass(frozen=True, slots=True)
class Prices:
    """`prices`: G, in 1 / UNIT, with the market they were found in."""

    market: Market
    prices: Longs

    def days(self, crowd: Crowd, is_noisy: bool = False) -> tuple[Crowd, Days]:
        """Everybody's best day, and the people with the special topics that it speaks of."""
        seen = crowd.with_special(self.market.special)
        noise = noise_of(seen) if is_noisy else None
        return seen, best_days(seen, *self.market.tables(self.prices), noise)

    def bound(self, crowd: Crowd) -> int:
        """In 1 / UNIT, with weights UNPLACED and UNMET: no plan costs less."""
        return self.bound_of(self.days(crowd)[1])

    def bound_of(self, days: Days) -> int:
        """The same, of best days at these prices."""
        return int(days.values.sum()) - int((self.prices * self.market.offers.seats).sum())


def find_prices(offers: Offers, crowd: Crowd, start: Longs, tell: Callable[[str], None]) -> Prices:
    """The prices that `STEPS` steps lead to, from `start` (G, in 1 / UNIT)."""
    search = _Search(offers, start.astype(np.float64), tell)
    part = len(crowd.pattern) // SAMPLE
    if part > 1:
        sample = crowd.every(part)
        search.run(sample, len(sample.pattern) / len(crowd.pattern), SAMPLED_STEPS)
    search.run(crowd, 1.0, STEPS)
    return Prices(search.market, search.whole())


def polish(start: Prices, crowd: Crowd) -> Prices:
    """Prices near `start` with the best bound found: short strides, nobody finds anything dearer than it is."""
    offers = start.market.offers
    search = _Search(offers, start.prices.astype(np.float64), lambda line: None, stride=UNIT / 8)
    best, best_bound = start, None
    for step in range(POLISHED_STEPS):
        if step in POLISHED_RENEWALS:
            search.market = market_of(offers, search.whole())
        now = Prices(search.market, search.whole())
        seen, days = now.days(crowd)
        bound = now.bound_of(days)
        if best_bound is None or bound > best_bound:
            best, best_bound = now, bound
        search.follow(now.market.loads(now.prices, seen, days), 1.0)
    return best


class _Search:
    """Each offer has a stride of its own: longer while it leads on, shorter when it went too far.

    Resilient propagation (Riedmiller and Braun 1993), damped near the goal.
    """

    def __init__(
        self, offers: Offers, prices: Floats, tell: Callable[[str], None], stride: float = float(UNIT)
    ) -> None:
        self.offers = offers
        self.prices = prices
        self.tell = tell
        self.market = market_of(offers, self.whole())
        self.stride = np.full(len(prices), stride)
        self.before = np.zeros(len(prices))
        self.steps = 0

    def whole(self) -> Longs:
        return np.rint(self.prices).astype(np.int64)

    def run(self, crowd: Crowd, share: float, until: int) -> None:
        """Steps with `share` of the people and of the seats."""
        seen = crowd.with_special(self.market.special)
        noise = noise_of(seen)
        while self.steps < until:
            if self.steps in RENEWALS:
                self.market = market_of(self.offers, self.whole())
                seen = crowd.with_special(self.market.special)
            prices = self.whole()
            days = best_days(seen, *self.market.tables(prices), noise)
            self.follow(self.market.loads(prices, seen, days), share)
            self.steps += 1
            if self.steps % TOLD_STEPS == 0:
                self.tell(f"prices of seats: step {self.steps} of {STEPS}")

    def follow(self, loads: Floats, share: float) -> None:
        """One step, by what people want of `share` of the seats."""
        seats = self.offers.seats * share
        excess = (loads - seats) / np.maximum(seats, share)
        excess = np.where((self.prices <= 0) & (excess < 0), 0.0, excess)
        turn = excess * self.before
        factor = np.where(turn > 0, LONGER, np.where(turn < 0, SHORTER, 1.0))
        self.stride = np.clip(self.stride * factor, SHORTEST, LONGEST)
        self.before = excess
        self.prices = np.clip(self.prices + self.stride * np.clip(excess * SHARPNESS, -1, 1), 0, HIGHEST)


def noise_of(crowd: Crowd) -> Shorts:
    """X + 1 x L x n: small whole numbers without a pattern, the same for the same place."""
    slots, count = crowd.open_slots.shape
    size = (len(crowd.special) + 1) * slots * count
    return (
        (scatter(np.arange(size, dtype=np.uint64)) % np.uint64(NOISE))
        .astype(np.int16)
        .reshape(-1, slots, count)
    )


def scatter(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mixes the bits of each number (the finishing steps of SplitMix64, Steele and others 2014)."""
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return mixed ^ mixed >> np.uint64(31)
