"""Proven bounds for the first two aims: how many can be placed, and how many required topics met.

Owns the linear program without wishes, over coarse classes. Imported only where a solver may run.
"""

from dataclasses import dataclass

import highspy
import numpy as np

from checkin.domain.routing.costs import UNMET, UNPLACED
from checkin.domain.routing.offers import Coarse, Floats, Longs, Offers
from checkin.domain.routing.problem import Ints

SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class CoarseBounds:
    """`unplaced`: no plan has fewer. `required_met`: no plan with that many unplaced has more.

    `prices`: G, the seats' dual values in units of `costs`, wishes left out.
    """

    unplaced: int
    required_met: int
    prices: Floats


def coarse_bounds(offers: Offers, coarse: Coarse) -> CoarseBounds:
    """Solves the program twice: for the unplaced alone, then with the curriculum."""
    program = _Program(offers, coarse)
    unplaced = int(np.ceil(program.solve(1.0, 0.0)[0] - SLACK))
    value, prices = program.solve(float(UNPLACED), float(UNMET))
    met = int(np.floor((UNPLACED * unplaced - value) / UNMET + SLACK))
    return CoarseBounds(unplaced, met, prices)


class _Program:
    """Columns: people of a coarse class in an offer, then those unplaced by class and slot."""

    def __init__(self, offers: Offers, coarse: Coarse) -> None:
        who, offer = np.nonzero(coarse.allowed)
        self.seats = len(offers.seats)
        self.met = coarse.required[who, offers.topic[offer]]
        slot_row, slot_people = _rows(who * offers.slots + offers.slot[offer], coarse.counts, offers.slots)
        topic_row, topic_people = _rows(
            who * offers.topics + offers.topic[offer], coarse.counts, offers.topics
        )
        often = np.bincount(topic_row, minlength=len(topic_people)) > 1  # once offered is once taken
        topic_row = (np.cumsum(often) - 1)[topic_row] * often[topic_row] - ~often[topic_row]
        topic_people = topic_people[often]
        base = self.seats + len(slot_people)
        count, spare = len(who), len(slot_people)
        column = np.arange(count)
        again = topic_row >= 0
        rows = np.concatenate(
            [offer, self.seats + slot_row, base + topic_row[again], self.seats + np.arange(spare)]
        )
        columns = np.concatenate([column, column, column[again], count + np.arange(spare)])
        self.columns = count + spare
        self._pass(
            rows,
            columns,
            np.concatenate([np.full(self.seats, -np.inf), slot_people, np.full(len(topic_people), -np.inf)]),
            np.concatenate([offers.seats, slot_people, topic_people]).astype(np.float64),
        )

    def _pass(self, rows: Longs, columns: Longs, lower: Floats, upper: Floats) -> None:
        order = np.argsort(columns, kind="stable")
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = self.columns, len(upper)
        program.col_cost_ = np.zeros(self.columns)
        program.col_lower_ = np.zeros(self.columns)
        program.col_upper_ = np.full(self.columns, highspy.kHighsInf)
        program.row_lower_, program.row_upper_ = lower, upper
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_ = np.concatenate(
            [[0], np.cumsum(np.bincount(columns, minlength=self.columns))]
        ).astype(np.int32)
        program.a_matrix_.index_ = rows[order].astype(np.int32)
        program.a_matrix_.value_ = np.ones(len(rows))
        self.solver = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 1)):
            self.solver.setOptionValue(option, value)
        self.solver.passModel(program)

    def solve(self, unplaced: float, unmet: float) -> tuple[float, Floats]:
        """The least of unplaced less met, by these weights, and the seats' prices."""
        cost = np.full(self.columns, unplaced)
        cost[: len(self.met)] = np.where(self.met, -unmet, 0.0)
        self.solver.changeColsCost(self.columns, np.arange(self.columns, dtype=np.int32), cost)
        self.solver.run()
        duals = np.array(self.solver.getSolution().row_dual)[: self.seats]
        return self.solver.getInfo().objective_function_value, np.maximum(-duals, 0.0)


def _rows(keys: Longs, counts: Ints, width: int) -> tuple[Longs, Floats]:
    """A row for each key (class x width + …) that occurs, and how many people it is for."""
    found, row = np.unique(keys, return_inverse=True)
    return row.reshape(-1), counts[found // width].astype(np.float64)
