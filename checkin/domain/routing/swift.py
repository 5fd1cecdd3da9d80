"""The plan of a large event, in seconds: seats at their prices, then exchanged until nothing gains.

Owns the order of the steps: bounds without wishes, the prices of seats, where groups could meet, handing out,
exchanging, and the proven bound. Must not stop by time: only by counts, so that a plan is the
same everywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from checkin.domain.routing import costs
from checkin.domain.routing.aims import Aims, loads_of, measure
from checkin.domain.routing.coarse_bounds import CoarseBounds, coarse_bounds
from checkin.domain.routing.day_boards import DayBoards
from checkin.domain.routing.day_choices import UNIT, UNMET, UNPLACED, Crowd, crowd_of
from checkin.domain.routing.first_seats import give_special, price_weights
from checkin.domain.routing.group_days import Public, groups_of
from checkin.domain.routing.new_days import choose_anew
from checkin.domain.routing.offers import Coarse, Longs, Offers, coarse_of, offers_of
from checkin.domain.routing.price_search import find_prices, polish
from checkin.domain.routing.problem import NONE, Ints, Problem, Solution
from checkin.domain.routing.scatter import noise_of
from checkin.domain.routing.seat_prices import REPEATING, Prices, market_of
from checkin.domain.routing.slot_costs import in_units
from checkin.domain.routing.together import meeting_places, met_places, unmet

METHOD = "prices of seats and exchanges slot by slot"
METHOD_WITH_GROUPS = f"{METHOD}; groups together by a heuristic"

GOOD = 0.01
"""A plan that costs at most this share more than the bound is not tried again."""

HARDLY = 0.01
"""The plan that is held, mended, stays if it costs at most this share more and is no worse in other aims."""

TRIES, TRIES_OF_LARGE = 4, 2
LARGE = 5_000
"""With more people, only empty seats are worth another try; with groups, unmet topics too, but not costs."""

REFINEMENTS, REFINEMENTS_OF_MANY = 16, 4
"""So often, at most, people choose their days anew in each try; twice as often short of the bounds."""

MANY = 20_000
"""With more people each refinement takes seconds."""

SHARE, LEAST_SHARE = 0.02, 0.001
"""Of a session's seats, so many get new people at once: at first, and while it is worth going on."""

Tell = Callable[[str], None]


def swift(problem: Problem, tell: Tell) -> Solution:
    """A plan with its prices and bounds. `tell` gets a line now and then."""
    method = METHOD_WITH_GROUPS if problem.group_slots else METHOD
    if not problem.allowed.any():  # nobody can have anything but what they keep
        aims = measure(problem, problem.fixed)
        return Solution(problem.fixed, np.zeros_like(problem.seats), aims.placed, aims.value, method)
    return _Swift(problem, tell).solve(method)


@dataclass(frozen=True)
class _Try:
    """One plan. `values`: G, what one more seat would save, in 1 / UNIT."""

    chosen: Ints
    aims: Aims
    values: Longs


class _Swift:
    def __init__(self, problem: Problem, tell: Tell) -> None:
        self.problem = problem
        self.tell = tell
        self.offers: Offers = offers_of(problem)
        self.coarse: Coarse = coarse_of(problem, self.offers)
        self.bounds: CoarseBounds = coarse_bounds(self.offers, self.coarse)
        self.crowd: Crowd = crowd_of(problem, self.coarse)
        alone, self.groups = groups_of(problem, self.offers, self.crowd)
        self.alone: Crowd = self.crowd.some(alone)
        self.kept: Aims = measure(problem, problem.fixed)
        self.most_placed = self.kept.placed + self.coarse.places - self.bounds.unplaced
        tell(f"bounds: {self.bounds.unplaced} unplaced at least")

    def solve(self, method: str) -> Solution:
        share = UNMET / costs.UNMET
        start = np.rint(self.bounds.prices * share * UNIT).astype(np.int64)
        prices = find_prices(self.offers, self.crowd, start, self.tell)
        best = self._refine(self._hand_out(prices, 0, True))
        prices = self._polish(prices, best)
        tries = TRIES if len(self.problem.people) <= LARGE else TRIES_OF_LARGE
        for number in range(1, tries):
            if self._is_good(prices, best):
                break
            self.tell(f"once more, in another way: {number + 1} of at most {tries}")
            is_with_groups = self._reaches_bounds(best) or number == 1
            again = self._refine(self._hand_out(prices, number, is_with_groups))
            prices = self._polish(prices, again)
            best = max(best, again, key=lambda one: one.aims)
        best = self._held_or(best)
        return Solution(
            best.chosen,
            self._prices(prices, best),
            self.most_placed,
            costs.VALUE * best.aims.placed - self._cost_bound(prices, best.aims),
            method,
        )

    def _is_good(self, prices: Prices, best: _Try) -> bool:
        """Whether it reaches the bounds, or comes so near that it is not worth another try."""
        if len(self.problem.people) > LARGE:
            return best.aims.placed >= self.most_placed
        is_cheap = -best.aims.minus_cost <= (1 + GOOD) * self._cost_bound(prices, best.aims)
        return self._reaches_bounds(best) and (is_cheap or bool(self.problem.group_slots))

    def _reaches_bounds(self, one: _Try) -> bool:
        return one.aims.placed >= self.most_placed and (
            one.aims.required_met >= self.kept.required_met + self.bounds.required_met
        )

    def _hand_out(self, prices: Prices, number: int, is_with_groups: bool) -> _Try:
        """Groups first, or everybody alike, by what they want at the prices; then exchanges.

        Groups whose seats are not given first meet where others make room for them in the exchange.
        """
        problem = self.problem
        by_session = prices.prices[self.offers.of_session]
        together = np.full(problem.fixed.shape, NONE, np.int32)
        places = meeting_places(problem, by_session / UNIT)
        if is_with_groups:
            together = places
        chosen = np.where(together == NONE, problem.fixed, together)
        noise = noise_of(self.crowd, REPEATING, number)
        seen, days = prices.days(self.crowd.seated(chosen, problem.topic_of), noise)
        give_special(problem, seen, days, by_session, chosen)
        made = self._exchange(chosen, together, by_session, number % 2 == 1)
        if is_with_groups or not problem.group_slots:
            return made
        return self._exchange(made.chosen, places, by_session, number % 2 == 1)

    def _exchange(self, chosen: Ints, together: Ints, by_session: Longs, is_last_first: bool = False) -> _Try:
        problem = self.problem
        weights = price_weights(by_session, UNIT)
        boards = DayBoards(problem, self.crowd.open_slots, chosen, together, weights)
        boards.improve(self.tell, is_last_first)
        apart = unmet(problem.group_slots, chosen)
        if apart:
            boards.forget(apart)
            boards.improve(self.tell, is_last_first)
        values = np.zeros(len(self.offers.seats), np.int64)
        np.maximum.at(values, self.offers.of_session, in_units(boards.seat_values()) * UNIT)
        return _Try(chosen, measure(problem, chosen), np.maximum(values, 0))

    def _refine(self, best: _Try) -> _Try:
        """People choose their days anew at what seats are worth, fewer at once when it did not help."""
        problem, share = self.problem, SHARE
        most = REFINEMENTS if len(problem.people) <= MANY else REFINEMENTS_OF_MANY
        for number in range(2 * most):
            if share < LEAST_SHARE or (number >= most and self._reaches_bounds(best)):
                break
            prices = Prices(market_of(self.offers, best.values), best.values)
            places = met_places(problem, best.chosen)
            chosen = choose_anew(problem, self.crowd, best.chosen, places != NONE, prices, share)
            if chosen is None:
                break
            again = self._exchange(chosen, places, best.values[self.offers.of_session])
            self.tell(f"days chosen anew: {number + 1} times")
            share = share if again.aims > best.aims else share / 4
            best = max(best, again, key=lambda one: one.aims)
        return best

    def _polish(self, prices: Prices, best: _Try) -> Prices:
        """The best bound from the prices before and from what the plan's own seats are worth."""
        tries = [prices, Prices(market_of(self.offers, best.values), best.values)]
        public = self._public(best.aims)
        return max((polish(one, public) for one in tries), key=public.bound)

    def _public(self, aims: Aims) -> Public:
        return Public(self.alone, self.groups, aims.groups_met)

    def _cost_bound(self, prices: Prices, aims: Aims) -> int:
        """No plan that places as many, meets as many topics and brings as many groups together costs less.

        Told people's seats are counted.
        """
        unplaced = self.coarse.places - (aims.placed - self.kept.placed)
        met = aims.required_met - self.kept.required_met
        least = -(-self._public(aims).bound(prices) // UNIT)
        return least - UNPLACED * unplaced + UNMET * met + -self.kept.minus_cost

    def _held_or(self, best: _Try) -> _Try:
        """The plan that people hold, mended, if the new one is hardly better."""
        problem = self.problem
        held = held_seats(problem)
        if np.count_nonzero(held != NONE) * 2 < best.aims.placed:
            return best
        self.tell("mending the plan that is held")
        mended = self._exchange(held, met_places(problem, held), np.zeros(len(problem.sessions), np.int64))
        is_behind = mended.aims[:3] < best.aims[:3]
        limit = (1 + HARDLY) * best.aims.minus_cost
        is_dear = mended.aims[:3] == best.aims[:3] and mended.aims.minus_cost < limit
        return best if is_behind or is_dear else mended

    def _prices(self, prices: Prices, best: _Try) -> Ints:
        """In units of `costs`: what wishes make of them, and what the first two aims weigh more there."""
        whole = self.bounds.prices * (1 - UNMET / costs.UNMET) + prices.prices / UNIT
        by_session = np.clip(np.rint(whole), 0, costs.UNPLACED - 1).astype(np.int32)[self.offers.of_session]
        is_full = loads_of(self.problem, best.chosen) >= self.problem.seats
        found: Ints = np.where(is_full, by_session, 0).astype(np.int32)
        return found


def held_seats(problem: Problem) -> Ints:
    """P x L: the seats that people hold, as far as they may keep them: seats, and each topic once."""
    chosen = problem.fixed.copy()
    left = problem.free.copy()
    people = np.arange(len(chosen))
    had = problem.taken[problem.class_of]
    for slot, sessions in enumerate(problem.slot_sessions):
        held = np.where(chosen[:, slot] == NONE, problem.held[:, slot], NONE)
        held = np.where(had[people, problem.topic_of[held]], NONE, held)
        for session in sessions.tolist():
            who = np.flatnonzero(held == session)[: max(left[session], 0)]
            chosen[who, slot] = session
            had[who, problem.topic_of[session]] = True
    return chosen
