"""What prices of seats mean: what people want at them, and the bound that they prove (Lagrangian relaxation).

Whatever the prices are, what everybody's best day costs at them, less what the seats bring in, is a proven
lower bound of the sum of costs, unplaced and unmet topics. Which prices are good is found elsewhere.
"""

from dataclasses import dataclass

import numpy as np

from checkin.domain.routing.day_choices import FAR, UNIT, Crowd, Days, Shorts, best_days
from checkin.domain.routing.offers import Floats, Longs, Offers
from checkin.domain.routing.problem import NONE, Bools, Ints

REPEATING = 4
"""So many topics that repeat are taken out of a pattern's pool, lest those of two slots give one twice."""

TEMPERATURE = UNIT / 5
"""How sharply those who are alike part among offers of nearly one price."""


@dataclass(frozen=True, slots=True)
class Market:
    """Offers as people see them. `special`: K x E, topics taken out of the pools, or NONE."""

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
        total: Floats = wanted.sum(axis=0)
        return total

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

    def days(self, crowd: Crowd, noise: Shorts | None = None) -> tuple[Crowd, Days]:
        """Everybody's best day, and the people with the special topics that it speaks of."""
        seen = crowd.with_special(self.market.special)
        return seen, best_days(seen, *self.market.tables(self.prices), noise)
