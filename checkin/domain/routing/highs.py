"""One linear or integer model in the solver HiGHS, built and changed in whole arrays.

Owns the solver's options: one thread, a fixed seed, nothing printed, no time limit, so that the same model
always gives the same answer. Knows nothing of seats.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from checkin.domain.routing.problem import Ints

Floats = NDArray[np.float64]

TOLERANCE = 1e-6
"""Of values, reduced costs and duals: what is smaller counts as nought."""

_OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 1,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.9,  # objectives are whole numbers: no better one fits into the gap
}
_PRIMAL, _DUAL = 4, 1


@dataclass(frozen=True, slots=True)
class Entries:
    """A sparse matrix by columns (or by rows): line i has the entries from starts[i] to starts[i + 1]."""

    starts: Ints
    index: Ints
    values: Floats

    @property
    def count(self) -> int:
        """How many lines."""
        return len(self.starts) - 1

    @classmethod
    def of(cls, lines: Sequence[Sequence[tuple[int, float]]]) -> "Entries":
        """From a list of (index, value) for each line."""
        lengths = [len(line) for line in lines]
        return cls(
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
            np.array([index for line in lines for index, _ in line], np.int32),
            np.array([value for line in lines for _, value in line], np.float64),
        )


@dataclass(frozen=True, slots=True)
class Optimum:
    """An optimal solution of the linear model; whether it is whole too."""

    value: float
    values: Floats
    column_duals: Floats
    row_duals: Floats

    def is_whole(self, first: int, last: int) -> bool:
        """Whether the columns from `first` to before `last` have whole values."""
        values = self.values[first:last]
        return bool((np.abs(values - np.rint(values)) < TOLERANCE).all())


class Model:
    """Minimizes over columns within bounds, rows within limits."""

    def __init__(self, costs: Floats, entries: Entries, limits: Floats, upper: Floats) -> None:
        """Columns from 0 to `upper`; each row's sum is at most its limit.

        An upper bound is worth stating where the rows imply it too: the search then passes many columns in
        one step.
        """
        self._highs = _Silent()
        self.lower, self.upper = np.zeros(len(costs)), upper.copy()
        self.row_lower, self.row_upper = np.full(len(limits), -np.inf), limits.copy()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(costs), len(limits)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = costs, self.lower, self.upper
        lp.row_lower_, lp.row_upper_ = self.row_lower, self.row_upper
        matrix = lp.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kColwise
        matrix.num_col_, matrix.num_row_ = len(costs), len(limits)
        matrix.start_, matrix.index_, matrix.value_ = entries.starts, entries.index, entries.values
        self._highs.passModel(lp)
        self._costs = costs

    @property
    def columns(self) -> int:
        """How many there are."""
        return len(self.lower)

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.row_upper)

    def start_from(self, basic_columns: Ints, tight_rows: Ints) -> None:
        """Where the first search begins: these columns in the basis in place of these rows' slacks."""
        status = highspy.HighsBasisStatus
        columns = [status.kLower] * self.columns
        rows = [status.kBasic] * self.rows
        for column, row in zip(basic_columns.tolist(), tight_rows.tolist(), strict=True):
            columns[column], rows[row] = status.kBasic, status.kUpper
        basis = highspy.HighsBasis()
        basis.valid = True
        basis.col_status, basis.row_status = columns, rows
        self._highs.setBasis(basis)

    def basis(self, upper: Floats | None = None) -> highspy.HighsBasis:
        """Where the last search ended. `upper`: the bounds to come, at which columns held there now stay."""
        basis = self._highs.getBasis()
        if upper is not None:
            status = highspy.HighsBasisStatus
            columns = list(basis.col_status)
            for column in np.flatnonzero((self.lower == upper) & (upper > 0)).tolist():
                if columns[column] != status.kBasic:
                    columns[column] = status.kUpper
            basis.col_status = columns
        return basis

    def set_basis(self, basis: highspy.HighsBasis) -> None:
        """Where the next search begins: where an earlier one ended, of the same columns and rows."""
        self._highs.setBasis(basis)

    def add_columns(self, upper: Floats, entries: Entries) -> None:
        """Further columns from 0 to `upper`, without cost."""
        count = len(upper)
        self._highs.addCols(
            count, np.zeros(count), np.zeros(count), upper,
            len(entries.index), entries.starts[:-1], entries.index, entries.values,
        )  # fmt: skip
        self.lower, self.upper = np.append(self.lower, np.zeros(count)), np.append(self.upper, upper)
        self._costs = np.append(self._costs, np.zeros(count))

    def add_rows(self, limits: Floats, entries: Entries) -> None:
        """Further rows, each sum at most its limit."""
        count = len(limits)
        free = np.full(count, -np.inf)
        self._highs.addRows(
            count, free, limits,
            len(entries.index), entries.starts[:-1], entries.index, entries.values,
        )  # fmt: skip
        self.row_lower, self.row_upper = np.append(self.row_lower, free), np.append(self.row_upper, limits)

    def limit_columns(self, lower: Floats, upper: Floats) -> None:
        """New bounds of all columns."""
        changed = np.flatnonzero((lower != self.lower) | (upper != self.upper)).astype(np.int32)
        if len(changed):
            self._highs.changeColsBounds(len(changed), changed, lower[changed], upper[changed])
        self.lower, self.upper = lower, upper

    def limit_rows(self, lower: Floats, upper: Floats) -> None:
        """New limits of all rows."""
        changed = np.flatnonzero((lower != self.row_lower) | (upper != self.row_upper))
        for row, low, high in zip(changed.tolist(), lower[changed], upper[changed], strict=True):
            self._highs.changeRowBounds(row, low, high)
        self.row_lower, self.row_upper = lower, upper

    def add_limit(self, costs: Floats, limit: float) -> None:
        """One row more: what the columns cost together is at most the limit."""
        which = np.flatnonzero(costs).astype(np.int32)
        starts = np.array([0, len(which)], np.int32)
        self.add_rows(np.array([limit]), Entries(starts, which, costs[which]))

    def minimize(self, costs: Floats, is_feasible: bool = False) -> Optimum | None:
        """The optimum in fractions, None if nothing is feasible; `is_feasible`: the last one still is."""
        self._price(costs)
        self._highs.setOptionValue("simplex_strategy", _PRIMAL if is_feasible else _DUAL)
        self._highs.setOptionValue("presolve", "off")  # it would throw the basis away
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        found = self._highs.getSolution()
        return Optimum(
            self._highs.getObjectiveValue(),
            np.array(found.col_value),
            np.array(found.col_dual),
            np.array(found.row_dual),
        )

    def minimize_whole(self, costs: Floats, columns: tuple[int, int]) -> Floats | None:
        """The optimum with whole values from the first to before the second column; None if there is none."""
        basis = self._highs.getBasis()
        self._price(costs)
        which = np.arange(*columns, dtype=np.int32)
        kinds = highspy.HighsVarType
        self._highs.changeColsIntegrality(
            len(which), which, np.full(len(which), int(kinds.kInteger), np.uint8)
        )
        self._highs.setOptionValue("presolve", "choose")
        self._highs.run()
        is_found = self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        values = np.array(self._highs.getSolution().col_value) if is_found else None
        self._highs.changeColsIntegrality(
            len(which), which, np.full(len(which), int(kinds.kContinuous), np.uint8)
        )
        self._highs.setBasis(basis)
        return values

    def _price(self, costs: Floats) -> None:
        full = np.zeros(self.columns)
        full[: len(costs)] = costs
        changed = np.flatnonzero(full != self._costs).astype(np.int32)
        if len(changed):
            self._highs.changeColsCost(len(changed), changed, full[changed])
        self._costs = full


class _Silent(highspy.Highs):
    """Without the callbacks whose making prints a greeting on standard output."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        for name, value in _OPTIONS.items():
            self.setOptionValue(name, value)
