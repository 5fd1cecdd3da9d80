"""One slot made exactly as good as it can be while the rest of the day stays: people change rooms in rings.

Owns the graph between the rooms of a slot: from room to room the cheapest move of one person, to and from
nowhere (unplaced), and to a free seat. As long as a ring of moves lowers the sum, it is made; without one the
slot is at its optimum (negative cycles of the residual graph, Klein 1967).
"""

import numpy as np

from checkin.domain.routing.costs import SEGMENTS
from checkin.domain.routing.offers import Longs
from checkin.domain.routing.problem import NONE, Ints
from checkin.domain.routing.slot_costs import LIMIT

NEVER = np.int64(1 << 50)


class SlotExchange:
    """People (rows of `costs`) in the rooms of one slot (columns; the last, nowhere, is never full)."""

    def __init__(self, costs: Ints, room_of: Ints, held: Ints, seats: Ints, kept: Ints) -> None:
        """`room_of` and `held`: columns, of the latter NONE too. `kept`: seats of people who are no rows."""
        self.costs = costs
        self.room_of = room_of
        self.held = held
        self.seats = seats.tolist()
        self.nowhere = len(seats)
        self.sink = self.nowhere + 1
        order = np.argsort(room_of, kind="stable")
        edges = np.searchsorted(room_of[order], np.arange(self.nowhere + 2))
        self.members = [order[edges[room] : edges[room + 1]] for room in range(self.nowhere + 1)]
        self.loads = [*kept.tolist(), 0]
        for room, members in enumerate(self.members):
            self.loads[room] += len(members)
        self.graph = np.full((self.sink + 1, self.sink + 1), NEVER, np.int64)
        for room in range(self.nowhere + 1):
            self._renew(room)
        self.distance = np.zeros(self.sink + 1, np.int64)

    def renew_for(self, people: Ints) -> None:
        """To be called when the costs of some rows have changed."""
        for room in np.unique(self.room_of[people]).tolist():
            self._renew(room)

    def _renew(self, room: int) -> None:
        """The cheapest moves out of a room, and what a seat more or less in it costs."""
        members, edges = self.members[room], self.graph[room]
        if len(members):
            found = (self.costs[members] - self.costs[members, room, None]).min(axis=0)
            edges[: self.sink] = np.where(found < LIMIT, found, NEVER)
        else:
            edges[: self.sink] = NEVER
        edges[room] = NEVER
        if room == self.nowhere:
            edges[self.sink] = self.graph[self.sink, room] = 0
            return
        edges[self.sink] = self._fill(room, 0)
        self.graph[self.sink, room] = -self._fill(room, -1) if len(members) else NEVER

    def improve(self, limit: int) -> int:
        """Makes rings of moves while they gain, about `limit` at most; how many it made."""
        made = 0
        while made < limit and (rings := self._find()):
            for ring in rings:
                self._make(ring)
            made += len(rings)
        return made

    def _find(self) -> list[list[int]]:
        """Rings that gain, no two through one room; none if there are none at all (Bellman and Ford)."""
        distance = self.distance
        parent = np.full(self.sink + 1, NONE)
        rooms = np.arange(self.sink + 1)
        while True:
            through = distance[:, None] + self.graph
            nearest = through.argmin(axis=0)
            shorter = through[nearest, rooms]
            better = shorter < distance
            if not better.any():
                self.distance = distance - distance.max()
                return []
            distance = np.where(better, shorter, distance)
            parent = np.where(better, nearest, parent)
            rings = _rings(parent.tolist())
            if rings:
                self.distance = distance
                return rings

    def _make(self, ring: list[int]) -> None:
        """Moves people along each edge of a ring (rooms in the order of the moves), as many as gain alike."""
        edges = [edge for edge in zip(ring, [*ring[1:], ring[0]], strict=True) if self.sink not in edge]
        ready = [self._ready(room, target) for room, target in edges]
        many = self._worth(ring, min(len(people) for people in ready))
        for (room, target), people in zip(edges, ready, strict=True):
            some = people[:many]
            stay = np.isin(self.members[room], some, assume_unique=True, invert=True)
            self.members[room] = self.members[room][stay]
            self.members[target] = np.append(self.members[target], some)
            self.loads[room] -= many
            self.loads[target] += many
            self.room_of[some] = target
        for room in ring:
            if room != self.sink:
                self._renew(room)

    def _ready(self, room: int, target: int) -> Longs:
        """Who would move most cheaply, all equals; first who held the target, last who held the room."""
        members = self.members[room]
        gain = self.costs[members, target] - self.costs[members, room]
        members = members[gain == gain.min()]
        held = self.held[members]
        ready: Longs = members[np.lexsort((held == room, held != target))]
        return ready

    def _worth(self, ring: list[int], many: int) -> int:
        """How many times, up to `many`, a ring gains: seats run out, and fill up evenly."""
        if self.sink not in ring:
            return many
        place = ring.index(self.sink)
        last, first = ring[place - 1], ring[(place + 1) % len(ring)]
        fixed = sum(
            int(self.graph[room, target])
            for room, target in zip(ring, [*ring[1:], ring[0]], strict=True)
            if self.sink not in (room, target)
        )
        for done in range(1, many):
            if fixed + self._fill(last, done) - self._fill(first, -done - 1) >= 0:
                return done
        return many

    def _fill(self, room: int, more: int) -> int:
        """What one seat costs in a room that has so many more people than now."""
        if room == self.nowhere:
            return 0
        seats, load = self.seats[room], self.loads[room] + more
        return SEGMENTS * load // seats if load < seats else int(NEVER)

    def seat_values(self) -> Longs:
        """By room what one more seat would save: the shortest way from it to a free seat or to nowhere."""
        graph = self.graph
        away = np.full(self.sink + 1, NEVER)
        away[self.sink] = 0
        while True:
            nearer = np.minimum(away, (graph + away).min(axis=1))
            if (nearer == away).all():
                return np.maximum(away[: self.nowhere], 0)
            away = nearer


def _rings(parent: list[int]) -> list[list[int]]:
    """The cycles of a graph in which each node has at most one edge in; nodes in the edges' direction."""
    seen = [0] * len(parent)
    rings: list[list[int]] = []
    for first in range(len(parent)):
        node, mark = first, first + 1
        while node != NONE and not seen[node]:
            seen[node] = mark
            node = parent[node]
        if node != NONE and seen[node] == mark:
            ring = [node]
            above = parent[node]
            while above != node:
                ring.append(above)
                above = parent[above]
            rings.append(ring[::-1])
    return rings
