"""Whole columns by steps between linear models: for the few that come out in parts.

Owns the search tree. Each step starts from where the one before ended, which is what makes it cheap; what
needs too many steps is left to the solver's own search.
"""

from dataclasses import dataclass

import numpy as np

from checkin.domain.routing.highs import TOLERANCE, Floats, Model, Optimum

STEPS = 24
"""So many linear models are solved before the solver's own search is asked."""

Bounds = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Found:
    """The best values with the asked-for columns whole, what they come to in whole numbers, and its bound.

    No such values come to less than `bound`; it is `value` where the search was not cut short.
    """

    values: Floats
    value: float
    bound: float


def up(value: float) -> float:
    """The least whole number that is no less: what costs in whole numbers can reach."""
    return float(np.ceil(value - TOLERANCE))


def find_whole(
    model: Model,
    costs: Floats,
    root: Optimum,
    columns: tuple[int, int],
    share: float = 0.0,
    is_hopeful: bool = False,
) -> Found | None:
    """The optimum in which the columns from the first to before the second are whole, others perhaps not.

    `root`: the linear optimum. `share`: above its bound by no more than this is good enough, when the steps
    are used up. None if there is no such solution, or, to who `is_hopeful`, if the steps find none. The model
    keeps its bounds.
    """
    least, steps = up(root.value), STEPS
    if root.is_whole(*columns):
        return Found(root.values, least, least)
    lower, upper = model.lower, model.upper
    best: Found | None = None
    nodes: list[Bounds] = [(lower, upper), _likely(model, root, *columns)]
    while nodes and steps and (best is None or best.value > least):
        steps -= 1
        model.limit_columns(*nodes.pop())
        optimum = model.minimize(costs)
        if optimum is None or (best is not None and up(optimum.value) >= best.value):
            continue
        if optimum.is_whole(*columns):
            value = up(optimum.value)
            best, basis = Found(optimum.values, value, value), model.basis(upper)
        else:
            nodes += _halves(model, optimum, *columns)
    model.limit_columns(lower, upper)
    if best is None and is_hopeful:
        return None
    if nodes and (best is None or best.value > least + share * abs(least)):
        return _search(model, costs, root, columns, best)
    if best is not None:
        model.set_basis(basis)
        best = Found(best.values, best.value, least) if nodes else best
    return best


def _search(
    model: Model, costs: Floats, root: Optimum, columns: tuple[int, int], best: Found | None
) -> Found | None:
    """The same by the solver's own search, which is told to look only for what is better than `best`."""
    lower, upper = model.lower, model.upper
    if best is not None:
        model.limit_columns(*within(model, root, best.value - 1 - root.value))
    values = model.minimize_whole(costs, columns)
    model.limit_columns(lower, upper)
    if values is None:
        return best
    value = up(float((costs * values[: len(costs)]).sum()))
    return Found(values, value, value) if best is None or value < best.value else best


def within(model: Model, root: Optimum, gap: float) -> Bounds:
    """Bounds that leave what costs no more than the linear optimum and `gap`, and little else.

    A column with a dual larger than that stays at its bound: one step away from it would cost more.
    """
    is_bound = np.abs(root.column_duals) > gap + TOLERANCE
    at = np.rint(root.values)
    return np.where(is_bound, at, model.lower), np.where(is_bound, at, model.upper)


def _likely(model: Model, root: Optimum, first: int, last: int) -> Bounds:
    """Bounds that hold all columns that are nearly there, at once: if it goes well, most steps are saved."""
    lower = model.lower.copy()
    lower[first:last] = np.maximum(lower[first:last], np.floor(root.values[first:last] + 0.5 - TOLERANCE))
    return lower, model.upper


def _halves(model: Model, optimum: Optimum, first: int, last: int) -> list[Bounds]:
    """Below and above the part that is largest; above is looked at first."""
    values = optimum.values[first:last]
    part = np.where(np.abs(values - np.rint(values)) > TOLERANCE, values - np.floor(values), 0)
    column = first + int(np.argmax(part))
    low, high = model.lower.copy(), model.upper.copy()
    high[column] = np.floor(optimum.values[column])
    low[column] = high[column] + 1
    return [(model.lower, high), (low, model.upper)]
