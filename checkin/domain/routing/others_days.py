"""A seat for somebody by changing somebody else's day: these give theirs up and take their topics elsewhere.

Owns the search for such people in a slot where seats are free that nobody in the way may simply move to.
"""

import numpy as np

from checkin.domain.routing.crowd import NONE
from checkin.domain.routing.own_day import OwnDays
from checkin.domain.routing.seat_graph import BARRED, FAR, OUT, Ints

TRIES = 8
"""Of those who could give up their seat for one person so many are tried, the cheapest first."""


class OthersDays:
    """The people of one slot who could take another seat in it, if two of their topics changed places."""

    def __init__(self, days: OwnDays, slot: int) -> None:
        self.days = days
        self.slot = slot
        self._costs = self._what_swaps_cost()

    def place(self, person: int) -> bool:
        """Gives somebody a session in the slot; False: nothing has changed."""
        days, graph = self.days, self.days.graph(self.slot)
        reach = np.append(graph.reach(person), [False, False])  # neither the virtual session nor out
        others = np.flatnonzero((self._costs < FAR) & reach[graph.node])
        for other in others[np.argsort(self._costs[others], kind="stable")][:TRIES].tolist():
            if days.close(self._replace(other, person)):
                self._costs[other] = BARRED
                return True
            self._costs[other] = BARRED
        return False

    def _replace(self, other: int, person: int) -> bool:
        """Lets somebody in for another, for whom a seat is then found."""
        days, graph = self.days, self.days.graph(self.slot)
        days.put(other, self.slot, OUT)
        if graph.node[person] != OUT:
            days.put(person, self.slot, OUT)
        node = int((graph.costs[person] + graph.ways()).argmin())
        return days.enter(person, self.slot, node) and days.seat(other, self.slot)

    def _what_swaps_cost(self) -> Ints:
        """By person what it costs at least to take here a topic they have elsewhere, and there another."""
        days, crowd, slot = self.days, self.days.crowd, self.slot
        best = np.full(len(crowd.seekers), BARRED, dtype=np.int64)
        if not days.graph(slot).can_take().any():
            return best
        seated = np.flatnonzero(days.graph(slot).node != OUT)
        for other, its in enumerate(crowd.agenda.slots):
            if other == slot or crowd.is_begun(its) or not len(crowd.offered[other]):
                continue
            here, there = self._costs_in(slot, seated, other), self._costs_in(other, seated, slot)
            theirs = crowd.topic[crowd.now[seated, other]][:, None]
            here[crowd.topic[crowd.offered[slot]] != theirs] = BARRED
            there[crowd.topic[crowd.offered[other]] == theirs] = BARRED
            can_change = ~crowd.fixed[seated, other] & (crowd.now[seated, other] != NONE)
            both = np.where(can_change, here.min(axis=1) + there.min(axis=1), BARRED)
            best[seated] = np.minimum(best[seated], both)
        return best

    def _costs_in(self, slot: int, people: Ints, free: int) -> Ints:
        graph = self.days.graph(slot)
        costs = self.days.crowd.costs(slot, people, (free,)) + graph.ways()
        seats: Ints = np.minimum(costs[:, : graph.unplaced], BARRED)
        return seats
