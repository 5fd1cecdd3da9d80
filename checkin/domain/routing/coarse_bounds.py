"""Proven bounds for the first two aims: how many can be placed, and how many required topics met.

Owns the linear program without wishes, over coarse classes. Imported only where a solver may run.
"""

from dataclasses import dataclass

import numpy as np

from checkin.domain.routing.costs import UNMET, UNPLACED
from checkin.domain.routing.highs import TOLERANCE, Entries, Model
from checkin.domain.routing.offers import Coarse, Floats, Longs, Offers
from checkin.domain.routing.problem import Ints


@dataclass(frozen=True, slots=True)
class CoarseBounds:
    """`unplaced`: no plan has fewer. `required_met`: no plan with that many unplaced has more.

    `prices`: G, the seats' dual values in units of `costs`, wishes left out.
    """

    unplaced: int
    required_met: int
    prices: Floats


def coarse_bounds(offers: Offers, coarse: Coarse) -> CoarseBounds:
    """Solves the program twice: for the placed alone, then with the curriculum."""
    who, offer = np.nonzero(coarse.allowed)
    model, seat_row = _model(offers, coarse, who, offer)
    is_required = coarse.required[who, offers.topic[offer]].astype(np.float64)
    most = model.minimize(np.full(len(who), -1.0))
    best = model.minimize(-UNPLACED - UNMET * is_required, is_feasible=True)
    if most is None or best is None:
        raise AssertionError("nobody placed is always feasible")
    placed = int(np.floor(-most.value + TOLERANCE * coarse.places))
    met = int(np.floor((-best.value - UNPLACED * placed) / UNMET + TOLERANCE * coarse.places))
    return CoarseBounds(coarse.places - placed, met, np.maximum(-best.row_duals[seat_row:], 0.0))


def _model(offers: Offers, coarse: Coarse, who: Longs, offer: Longs) -> tuple[Model, int]:
    """Columns: people of a coarse class in an offer. Rows: one session a slot, a topic once, the seats."""
    slot_row, slot_people = _rows(who * offers.slots + offers.slot[offer], coarse.counts, offers.slots)
    topic_row, topic_people = _rows(who * offers.topics + offers.topic[offer], coarse.counts, offers.topics)
    often = np.bincount(topic_row, minlength=len(topic_people)) > 1  # what comes once is had at most once
    again = np.flatnonzero(often[topic_row])
    new_row = np.cumsum(often) - 1
    slots, topics = len(slot_people), int(often.sum())
    column = np.arange(len(who))
    rows = np.concatenate([slot_row, slots + new_row[topic_row[again]], slots + topics + offer])
    columns = np.concatenate([column, again, column])
    order = np.argsort(columns, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=len(who)))])
    entries = Entries(starts.astype(np.int32), rows[order].astype(np.int32), np.ones(len(rows)))
    limits = np.concatenate([slot_people, topic_people[often], offers.seats]).astype(np.float64)
    return Model(np.zeros(len(who)), entries, limits, coarse.counts[who].astype(np.float64)), slots + topics


def _rows(keys: Longs, counts: Ints, width: int) -> tuple[Longs, Floats]:
    """A row for each key (class x width + …) that occurs, and how many people it is for."""
    found, row = np.unique(keys, return_inverse=True)
    return row.reshape(-1), counts[found // width].astype(np.float64)
