"""What groups cost at given prices of seats, as far as the bound of costs goes: whole groups, day by day.

In each slot where it can count a group meets, in one session that all may have, or its members go as they
like. Each set of slots to meet in costs what its best meetings cost, no topic twice, and what the members'
best days cost in the other slots, but no less than their best days without any meeting. That a member may
not hear a topic both in a meeting and alone is overlooked: values are lower bounds all the same.

Of all plans in which so many groups meet (`met`), some may meet in one slot and some in another; which is the
cheapest way is found by a worth of each meeting, the same for all (a Lagrangian multiplier). So the bound is
of what any plan costs in which as many groups meet, whichever these are and wherever.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from checkin.domain.routing.day_choices import FAR, UNIT, Crowd, best_days, blocks_of, set_values
from checkin.domain.routing.offers import Floats, Longs, Offers
from checkin.domain.routing.problem import NONE, GroupSlot, Ints, Problem
from checkin.domain.routing.seat_prices import Market, Prices
from checkin.domain.routing.together import meeting_options

BLOCK = 4
"""Groups choose so many slots together; of more, each block as if topics could come again."""

MOST = 1 << 24
"""No meeting is worth more, in 1 / UNIT: far above all seats and topics of a group's day."""


@dataclass(frozen=True, slots=True)
class Groups:
    """N groups that can count in some slot. K meetings: a topic in a slot."""

    crowd: Crowd  # their members, group by group
    starts: Longs  # N: where a group's members begin
    costs: Longs  # N x G: what a meeting in the offer costs all who wait, in 1 / UNIT; FAR where none can be
    waiting: Longs  # N x L: how many members have no seat yet


@dataclass(frozen=True, slots=True)
class GroupDays:
    """`value`: what groups cost at least, in 1 / UNIT. `loads`: G, about how many of them want each offer."""

    value: int
    loads: Floats


@dataclass(frozen=True, slots=True)
class Public:
    """Everybody: people who are in no group that can count, and groups, of which `met` times one meets."""

    crowd: Crowd
    groups: Groups
    met: int

    def bound(self, prices: Prices) -> int:
        """In 1 / UNIT, with weights UNPLACED and UNMET: no plan in which as many groups meet costs less."""
        alone = int(prices.days(self.crowd)[1].values.sum())
        together = group_days(self.groups, prices.market, prices.prices, self.met).value
        return alone + together - int((prices.prices * prices.market.offers.seats).sum())


def groups_of(problem: Problem, offers: Offers, crowd: Crowd) -> tuple[Ints, Groups]:
    """Who is in no group that can count (rows of `crowd`), and the groups."""
    by_group: dict[int, list[GroupSlot]] = defaultdict(list)
    for one in problem.group_slots:
        by_group[one.group].append(one)
    group_of = problem.group_of[problem.class_of]
    members = np.argsort(group_of, kind="stable")[np.count_nonzero(group_of == NONE) :].astype(np.int32)
    numbers, starts = np.unique(group_of[members], return_index=True)
    costs = np.full((len(numbers), len(offers.seats)), FAR, np.int64)
    waiting = np.zeros((len(numbers), offers.slots), np.int64)
    nothing = np.zeros(len(problem.sessions))
    for row, number in enumerate(numbers.tolist()):
        for one in by_group[number]:
            sessions, found = meeting_options(problem, one, nothing)
            costs[row, offers.of_session[sessions]] = np.rint(found * UNIT)
            waiting[row, one.slot] = np.count_nonzero(problem.fixed[one.members, one.slot] == NONE)
    alone = np.flatnonzero(group_of == NONE).astype(np.int32)
    return alone, Groups(crowd.some(members), starts.astype(np.int64), costs, waiting)


def group_days(groups: Groups, market: Market, prices: Longs, met: int) -> GroupDays:
    """The cheapest days of all groups together, of which `met` times one meets. `prices`: G, in 1 / UNIT."""
    if not len(groups.starts):
        return GroupDays(0, np.zeros(len(prices)))
    meetings = _Meetings(groups, market, prices)
    seen = groups.crowd.with_special(market.special)
    tables = market.tables(prices)
    blocks = blocks_of(seen, market.offers.slots, BLOCK)
    together = [meetings.table(block) for block in blocks]
    costs = []
    for block, table in zip(blocks, together, strict=True):
        apart = np.add.reduceat(set_values(seen, *tables, block), groups.starts, axis=1)
        costs.append(np.maximum(table.costs + apart[::-1], apart[-1]))  # reversed: a set's complement
    worth = _worth(costs, met)
    sets = [_choose(one, worth) for one in costs]
    rows = np.arange(len(groups.starts))
    value = met * worth
    loads = np.zeros(len(prices))
    opens = seen.open_slots.copy()
    lengths = np.diff(np.append(groups.starts, len(seen.pattern)))
    for block, table, cost, chosen in zip(blocks, together, costs, sets, strict=True):
        value += int((cost[chosen, rows] - worth * _size(chosen)).sum())
        for slot in range(block.start, block.stop):
            who = np.flatnonzero(chosen >> slot - block.start & 1)
            np.add.at(loads, table.offers(chosen, slot - block.start, who), groups.waiting[who, slot])
            opens[slot] &= ~np.repeat(chosen >> slot - block.start & 1, lengths).astype(np.bool_)
    rest = replace(seen, open_slots=opens)
    return GroupDays(value, loads + market.loads(prices, rest, best_days(rest, *tables)))


def _choose(costs: Longs, worth: int) -> Longs:
    """N: the set of slots to meet in that is cheapest; of equals that with most meetings."""
    slots = _size(np.arange(len(costs)))
    chosen: Longs = ((costs - worth * slots[:, None]) * (BLOCK + 1) - slots[:, None]).argmin(axis=0)
    return chosen


def _size(sets: Longs) -> Longs:
    return np.bitwise_count(sets).astype(np.int64)


def _worth(costs: list[Longs], met: int) -> int:
    """The least worth of a meeting at which at least `met` are held: there the bound is highest."""
    low, high = 0, MOST
    while low < high:
        worth = (low + high) // 2
        held = sum(int(_size(_choose(one, worth)).sum()) for one in costs)
        low, high = (low, worth) if held >= met else (worth + 1, high)
    return low


@dataclass(frozen=True, slots=True)
class _Table:
    """By set of a block's slots: the cost of the best meetings, and below it in which topics they are."""

    costs: Longs  # 2^B x N
    picks: Longs  # 2^B x N: by slot so many `bits`, the candidate's position from 1
    bits: int
    candidates: Longs  # N x X: topics
    cheapest: Longs  # L x T x N, of the block: the offer that is cheapest for the group

    def offers(self, chosen: Longs, slot: int, who: Longs) -> Longs:
        """Where the groups `who` meet in a slot of the block, if all meet in the slots `chosen`."""
        pick = self.picks[chosen[who], who] >> self.bits * slot & (1 << self.bits) - 1
        topics = self.candidates[who, pick - 1]
        found: Longs = self.cheapest[slot, topics, who]
        return found


class _Meetings:
    def __init__(self, groups: Groups, market: Market, prices: Longs) -> None:
        """What each group's meeting in each slot and topic costs at the prices."""
        offers = market.offers
        count = len(offers.seats)
        costs = np.minimum(groups.costs + prices * groups.waiting[:, offers.slot], FAR)
        coded = np.minimum.reduceat(costs * count + np.arange(count), market.topic_starts, axis=1).T
        first = market.topic_starts
        self.costs = np.full((offers.slots, offers.topics, len(costs)), FAR, np.int64)
        self.costs[offers.slot[first], offers.topic[first]] = coded // count
        self.cheapest = np.zeros(self.costs.shape, np.int64)
        self.cheapest[offers.slot[first], offers.topic[first]] = coded % count

    def table(self, block: slice) -> _Table:
        """The best meetings for each set of slots: of B slots, only the B best topics of each can matter."""
        costs = self.costs[block]
        slots, topics, count = costs.shape
        few = min(slots, topics)
        best = np.argpartition(costs, few - 1, axis=1)[:, :few].reshape(-1, count)
        is_again = np.array([(best[:place] == topic).any(axis=0) for place, topic in enumerate(best)])
        bits = len(best).bit_length()
        shift = bits * slots
        rows = np.arange(count)
        table = [np.zeros(count, np.int64)]
        table += [np.full(count, FAR << shift, np.int64) for _ in range(1, 1 << slots)]
        for place, topic in enumerate(best):
            gains = [
                (np.where(is_again[place], FAR, costs[slot, topic, rows]) << shift)
                + (place + 1 << bits * slot)
                for slot in range(slots)
            ]
            for chosen in range((1 << slots) - 1, 0, -1):
                for slot in range(slots):
                    if chosen >> slot & 1:
                        np.minimum(table[chosen], table[chosen ^ 1 << slot] + gains[slot], out=table[chosen])
        whole = np.stack(table)
        return _Table(whole >> shift, whole & (1 << shift) - 1, bits, best.T, self.cheapest[block])
