"""The search for prices of seats at which about as many want each offer as it has seats.

Each offer has a stride of its own, longer while it leads on, shorter when it went too far (resilient
propagation, Riedmiller and Braun 1993), damped near the goal. So has each slot, for all its prices at once:
where hardly more seats are than people, each offer alone looks well balanced, since who leaves one for its
price comes to another, and only their sum tells that all are too cheap. Stops by counts only.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from checkin.domain.routing.day_choices import UNIT, UNPLACED, Crowd, Shorts, best_days
from checkin.domain.routing.group_days import Public, group_days
from checkin.domain.routing.offers import Floats, Longs, Offers
from checkin.domain.routing.scatter import noise_of
from checkin.domain.routing.seat_prices import REPEATING, Prices, market_of

STEPS = 120
SAMPLED_STEPS = 90
"""Of many people first so many steps with a part of them, of about `SAMPLE`."""

SAMPLE = 12_000
RENEWALS = frozenset({10, 25, 45})
"""Steps after which the repeating topics of the pools are chosen anew."""

POLISHED_STEPS = 24
POLISHED_RENEWALS = frozenset({8, 16})

LONGER, SHORTER, AGAIN = 1.1, 0.7, 0.3
SHORTEST, LONGEST = UNIT / 100, UNIT * 16.0
SHARPNESS, SHARPNESS_OF_LEVELS = 5.0, 20.0
HIGHEST = 4.0 * UNPLACED * UNIT
PATIENCE = 8
"""After so many steps without a better bound the search goes back to the best, with shorter strides."""

TOLD_STEPS = 20


def find_prices(offers: Offers, crowd: Crowd, start: Longs, tell: Callable[[str], None]) -> Prices:
    """The prices that `STEPS` steps lead to, from `start` (G, in 1 / UNIT)."""
    search = _Search(offers, start, float(UNIT), tell)
    part = len(crowd.pattern) // SAMPLE
    if part > 1:
        sample = crowd.some(slice(None, None, part))
        people = _People(sample, len(sample.pattern) / len(crowd.pattern), noise_of(sample, REPEATING))
        search.run(people, SAMPLED_STEPS, RENEWALS)
    search.run(_People(crowd, 1.0, noise_of(crowd, REPEATING)), STEPS, RENEWALS)
    return search.best


def polish(start: Prices, public: Public) -> Prices:
    """Prices near `start` with a better bound: short strides, and nobody finds anything dearer than it is."""
    search = _Search(start.market.offers, start.prices, UNIT / 8, lambda line: None)
    search.run(_People(public.crowd, 1.0, None, public), POLISHED_STEPS, POLISHED_RENEWALS)
    return search.best


@dataclass(frozen=True, slots=True)
class _People:
    """Those who choose each for themselves, for which share of the seats, and groups beside them."""

    crowd: Crowd
    share: float
    noise: Shorts | None
    public: Public | None = None


class _Search:
    def __init__(self, offers: Offers, start: Longs, stride: float, tell: Callable[[str], None]) -> None:
        self.offers = offers
        self.prices = start.astype(np.float64)
        self.tell = tell
        self.best = Prices(market_of(offers, start), start)
        self.strides = _Strides(len(start), stride)
        self.levels = _Strides(offers.slots, stride)
        self.steps = 0

    def run(self, people: _People, until: int, renewals: frozenset[int]) -> None:
        """Steps until there were so many; leaves the best prices of these people in `best`."""
        market, offers = self.best.market, self.offers
        seen = people.crowd.with_special(market.special)
        seats = offers.seats * people.share
        best, failures = -np.inf, 0
        while self.steps < until:
            now = Prices(market, np.rint(self.prices).astype(np.int64))
            if self.steps in renewals:
                market = market_of(offers, now.prices)
                seen = people.crowd.with_special(market.special)
                now = Prices(market, now.prices)
            days = best_days(seen, *market.tables(now.prices), people.noise)
            bound = float(days.values.sum() - (now.prices * seats).sum())
            loads = market.loads(now.prices, seen, days)
            if people.public is not None:
                groups = group_days(people.public.groups, market, now.prices, people.public.met)
                bound, loads = bound + groups.value, loads + groups.loads
            failures = 0 if bound > best else failures + 1
            if bound > best:
                self.best, best = now, bound
            self._follow((loads - seats) / np.maximum(seats, people.share))
            if failures == PATIENCE:
                failures = 0
                self._go_back()
            self.steps += 1
            if self.steps % TOLD_STEPS == 0:
                self.tell(f"prices of seats: step {self.steps} of {until}")
        self.prices = self.best.prices.astype(np.float64)

    def _follow(self, excess: Floats) -> None:
        """One step, by how many more want a seat than there are, as a share of these."""
        slots, seats = self.offers.slot, self.offers.seats
        is_priced = (self.prices > 0) | (excess > 0)
        weights = np.where(is_priced, seats, 0)
        total = np.bincount(slots, weights * excess, self.offers.slots)
        level = total / np.maximum(np.bincount(slots, weights, self.offers.slots), 1)
        step = self.strides.step(np.where(is_priced, excess, 0.0), SHARPNESS)
        step += np.where(is_priced, self.levels.step(level, SHARPNESS_OF_LEVELS)[slots], 0.0)
        self.prices = np.clip(self.prices + step, 0, HIGHEST)

    def _go_back(self) -> None:
        self.prices = self.best.prices.astype(np.float64)
        self.strides.shorten()
        self.levels.shorten()


class _Strides:
    """How far to go next in each of several directions."""

    def __init__(self, count: int, stride: float) -> None:
        self.stride = np.full(count, stride)
        self.before = np.zeros(count)

    def step(self, excess: Floats, sharpness: float) -> Floats:
        """Longer where it leads on, shorter where it went too far, damped where little is left to go."""
        turn = excess * self.before
        factor = np.where(turn > 0, LONGER, np.where(turn < 0, SHORTER, 1.0))
        self.stride = np.clip(self.stride * factor, SHORTEST, LONGEST)
        self.before = excess
        step: Floats = self.stride * np.clip(excess * sharpness, -1, 1)
        return step

    def shorten(self) -> None:
        """For a new start from an earlier place."""
        self.stride = np.maximum(self.stride * AGAIN, SHORTEST)
        self.before = np.zeros(len(self.before))
