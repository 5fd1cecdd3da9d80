"""The best plan, proven: one model of all slots on merged classes, aim by aim.

While the next aim is sought, only solutions that are best in those before stay in the model. A linear optimum
is a bound; a whole solution that reaches the bounds of all aims proves itself, and only where none does, each
aim is settled in whole people. Owns the order of aims and the prices; what the columns mean is
`columns`, how a model is solved is `highs`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from checkin.domain.routing.aims import measure
from checkin.domain.routing.branching import Found, find_whole, up, within
from checkin.domain.routing.columns import (
    Columns,
    columns_of,
    filling,
    first_basis,
    group_rows,
    keeping,
)
from checkin.domain.routing.costs import UNPLACED
from checkin.domain.routing.highs import TOLERANCE, Floats, Model, Optimum
from checkin.domain.routing.problem import Ints, Problem, Solution
from checkin.domain.routing.splitting import split

METHOD = "exact"
NEARLY = "exact, wishes nearly"
PLACES, GROUPS, WISHES = "places and required topics", "groups", "wishes"
FIRM = (PLACES, GROUPS)

LARGE, SHARE = 5_000, 0.001
"""With more columns, aims that are not firm may miss their bound by this share, where groups make it hard."""

TOGETHER = 100
"""So much in wishes a group that meets is worth, on the way to the optimum of either aim."""

EVERY = (0, 8, 2)
"""Who may move to make the last people whole: nobody else, every eighth class, every second."""


def exact(problem: Problem, tell: Callable[[str], None]) -> Solution:
    """The optimum of all five aims; among equals one that moves few from what they hold."""
    columns = columns_of(problem)
    if not columns.count:  # nobody can have anything but what they keep
        aims = measure(problem, problem.fixed)
        return Solution(problem.fixed, np.zeros_like(problem.seats), aims.placed, aims.value, METHOD)
    tell(f"{columns.count} choices of {len(problem.people)} people")
    search = _Search(columns)
    prices = search.find_prices()
    tell("prices of the seats")
    values = search.find_best(tell)
    chosen = split(problem, columns.table(values))
    aims = measure(problem, chosen)
    unproven = round(_value(columns.costs, values) - search.least_cost)
    method = NEARLY if unproven else METHOD
    return Solution(chosen, prices, aims.placed, aims.value + unproven, method)


@dataclass(frozen=True, slots=True)
class _Aim:
    name: str
    costs: Floats


class _Search:
    """The model, in which aim after aim is fixed."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.model = Model(columns.weighed, columns.entries, columns.limits, columns.most)
        self.model.start_from(*first_basis(columns))
        self.whole = columns.count  # of people, and of groups from _add_groups
        self.least_cost = 0.0  # of wishes, proven

    def find_prices(self) -> Ints:
        """What one more seat of each session would be worth, in whole units."""
        optimum = _found(self.model.minimize(self.columns.weighed))
        duals = -optimum.row_duals[self.columns.first_seat_row :]
        return np.clip(np.rint(duals), 0, UNPLACED - 1).astype(np.int32)

    def find_best(self, tell: Callable[[str], None]) -> Floats:
        """The columns' values that are best in all aims."""
        aims = self._aims()
        model = self.model
        limits = model.lower, model.upper, model.row_lower, model.row_upper
        has_groups = any(aim.name == GROUPS for aim in aims)
        for is_hopeful in (True, False) if has_groups else (False,):
            values = self._reach_bounds(aims, is_hopeful, tell)
            if values is not None:
                return values
            model.limit_columns(*limits[:2])
            added = np.full(model.rows - len(limits[2]), np.inf)
            model.limit_rows(np.append(limits[2], -added), np.append(limits[3], added))
        return self._settle(aims, tell)

    def _reach_bounds(self, aims: list[_Aim], is_hopeful: bool, tell: Callable[[str], None]) -> Floats | None:
        """Whole values that reach the bounds of all aims.

        Groups are whole in the bounds, people only in the last: they nearly always are anyhow. Who
        `is_hopeful` takes it that as many whole groups meet as groups in parts do; whether that is so comes
        out with the wishes, and one search is saved.
        """
        model, bounds, values = self.model, list[float](), np.zeros(0)
        is_inside = True
        for aim in aims:
            if aim.name == GROUPS:
                self._bring_together(aim)
            root = model.minimize(aim.costs, is_inside)
            if root is None:
                return None
            if aim.name == GROUPS and is_hopeful:
                bounds.append(up(root.value))
                self._stay_within(aim, root, bounds[-1])
                continue
            before = model.basis()
            found = self._find_whole(aim, root, self.columns.count, is_hopeful)
            if aim is aims[-1] and found is not None:
                found = self._in_whole_people(aim, root, found)
            if found is None:
                return None
            values = np.rint(found.values)
            bounds.append(found.value)
            is_inside = aim.name != GROUPS
            if not is_inside:  # wishes were at their best there
                model.set_basis(before)
            self._stay_within(aim, root, found.value)
            if found.bound < found.value:  # groups that were so hard stay as they are
                groups = values[self.columns.count : self.whole]
                model.limit_columns(
                    *(_replaced(one, self.columns.count, groups) for one in (model.lower, model.upper))
                )
            tell(aim.name)
        reached = [_value(aim.costs, values) <= bound + 0.5 for aim, bound in zip(aims, bounds, strict=True)]
        return values if all(reached) else None

    def _bring_together(self, groups: _Aim) -> None:
        """Moves to where groups meet and wishes are still at their best: near the optimum of either aim."""
        both = TOGETHER * groups.costs
        both[: self.columns.count] += self.columns.costs
        self.model.minimize(both)

    def _find_whole(self, aim: _Aim, root: Optimum, first: int, is_hopeful: bool = False) -> Found | None:
        """The optimum in which the columns of groups, or from 0 of people too, are whole."""
        is_soft = self.columns.count > LARGE and aim.name not in FIRM
        share = SHARE if is_soft else 0.0
        found = find_whole(self.model, aim.costs, root, (first, self.whole), share, is_hopeful)
        if found is not None and aim.name == WISHES:
            self.least_cost = found.bound
        return found

    def _in_whole_people(self, aim: _Aim, root: Optimum, found: Found) -> Found | None:
        """The optimum in which people are whole too.

        Those who come out in parts nearly always fit as whole people around all the others and the groups as
        they are; where they don't, more people may move, and at last everybody.
        """
        model, people = self.model, self.columns.count
        if root.is_whole(0, self.whole):
            return found
        lower, upper = model.lower, model.upper
        groups = np.rint(found.values[people : self.whole])
        model.limit_columns(*(_replaced(one, people, groups) for one in (lower, upper)))
        near = model.minimize(aim.costs)
        whole: Floats | None = None
        if near is not None and near.value <= found.value + TOLERANCE:
            tries = (self._fit_in(aim, near, every) for every in EVERY)
            whole = next((one for one in tries if _value(aim.costs, one) <= found.value + 0.5), None)
        model.limit_columns(lower, upper)
        if whole is None:
            return self._find_whole(aim, root, 0)
        return Found(whole, found.value, found.bound)

    def _fit_in(self, aim: _Aim, near: Optimum, every: int) -> Floats | None:
        """Whole values where only classes that are in parts may move, and one in `every` others (0: none)."""
        model, columns = self.model, self.columns
        if near.is_whole(0, columns.count):
            return near.values
        lower, upper = model.lower, model.upper
        values = near.values[: columns.count]
        moves = np.zeros(len(columns.problem.counts), np.bool_)
        moves[columns.classes[np.abs(values - np.rint(values)) > TOLERANCE]] = True
        if every:
            moves[::every] = True
        stay = np.flatnonzero(~moves[columns.classes])
        low, high = lower.copy(), upper.copy()
        low[stay] = high[stay] = np.rint(values[stay])
        model.limit_columns(low, high)
        whole = model.minimize_whole(aim.costs, (0, self.whole))
        model.limit_columns(lower, upper)
        return whole

    def _settle(self, aims: list[_Aim], tell: Callable[[str], None]) -> Floats:
        """The same where some bound can't be reached by whole people: people are whole in each aim."""
        values = np.zeros(0)
        for aim in aims:
            root = _found(self.model.minimize(aim.costs))
            found = self._find_whole(aim, root, 0)
            if found is None:
                raise RuntimeError("no whole solution was found, though nobody placed is one")
            values = np.rint(found.values)
            self._stay_within(aim, root, found.value)
            tell(f"{aim.name}, whole")
        return values

    def _aims(self) -> list[_Aim]:
        """The objectives in their order, with their further columns in the model."""
        columns = self.columns
        most = len(columns.problem.people) * len(columns.problem.slots) + 1
        places = _Aim(PLACES, -most - columns.required)
        wishes = _Aim(WISHES, columns.costs)
        aims = [places, *self._add_groups(), wishes, self._add_filling(), *self._add_keeping()]
        return [aim for aim in aims if aim.costs.any()]

    def _add_groups(self) -> list[_Aim]:
        model = self.model
        rows, places = group_rows(self.columns, model.rows)
        if not places.count:
            return []
        aim = _Aim(GROUPS, _after(model, np.full(places.count, -1.0)))
        model.add_rows(np.zeros(rows.count), rows)
        model.add_columns(np.ones(places.count), places)
        self.whole = model.columns
        return [aim]

    def _add_filling(self) -> _Aim:
        saved, widths, entries = filling(self.columns)
        aim = _Aim("even filling", _after(self.model, -saved))
        self.model.add_columns(widths, entries)
        return aim

    def _add_keeping(self) -> list[_Aim]:
        rows, counts, entries = keeping(self.columns, self.model.rows)
        if not entries.count:
            return []
        aim = _Aim("seats kept", _after(self.model, np.full(entries.count, -1.0)))
        self.model.add_rows(np.zeros(rows.count), rows)
        self.model.add_columns(counts, entries)
        return [aim]

    def _stay_within(self, aim: _Aim, root: Optimum, value: float) -> None:
        """Leaves the solutions that cost no more than `value`."""
        model, gap = self.model, value - root.value
        model.limit_columns(*within(model, root, gap))
        is_tight = np.abs(root.row_duals) > gap + TOLERANCE
        model.limit_rows(np.where(is_tight, model.row_upper, model.row_lower), model.row_upper)
        if gap > TOLERANCE:
            model.add_limit(aim.costs, value)


def _found(optimum: Optimum | None) -> Optimum:
    if optimum is None:
        raise RuntimeError("the solver found no optimum, though nobody placed is a solution")
    return optimum


def _replaced(values: Floats, first: int, by: Floats) -> Floats:
    values = values.copy()
    values[first : first + len(by)] = by
    return values


def _value(costs: Floats, values: Floats | None) -> float:
    if values is None:
        return np.inf
    return float((costs * values[: len(costs)]).sum())


def _after(model: Model, costs: Floats) -> Floats:
    """The costs of columns to come; those before cost nothing."""
    return np.concatenate([np.zeros(model.columns), costs])
