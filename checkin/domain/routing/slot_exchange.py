"""One slot made exactly as good as it can be while the rest of the day stays: people change rooms in rings.

Owns the graph between the rooms of a slot: from room to room the cheapest move of one person, to and from
nowhere (unplaced), and to a free seat. As long as a ring of moves lowers the sum, it is made; without one the
slot is at its optimum (negative cycles of the residual graph, Klein 1967).
"""

import numpy as np
from numpy.typing import NDArray

from checkin.domain.routing.costs import SEGMENTS
from checkin.domain.routing.problem import NONE, Ints

COST = 32
"""Weights, each above all that the next lower aims can add up to along a ring: filling counts 0 to 19."""

GROUP = 1 << 16
UNMET = 1 << 21
UNPLACED = 1 << 27
FAR = 1 << 29
_LIMIT = FAR // 2

Longs = NDArray[np.int64]


class SlotExchange:
    """People (rows of `costs`) in the rooms of one slot (columns, the last: nowhere)."""

    def __init__(self, costs: Ints, room_of: Ints, seats: Ints, kept: Ints, start: Longs | None = None) -> None:
        """`kept`: seats of told people, who are no rows here. `room_of` is changed in place."""
        self.costs = costs
        self.room_of = room_of
        self.seats = seats.tolist()
        self.nowhere = len(seats)
        self.sink = self.nowhere + 1
        order = np.argsort(room_of, kind="stable")
        edges = np.searchsorted(room_of[order], np.arange(self.nowhere + 2))
        self.members = [order[edges[room] : edges[room + 1]] for room in range(self.nowhere + 1)]
        self.loads = [
            int(kept[room]) + len(self.members[room]) if room < self.nowhere else 0
            for room in range(self.nowhere + 1)
        ]
        self.graph = np.full((self.sink + 1, self.sink + 1), FAR, np.int64)
        for room in range(self.nowhere + 1):
            self._renew(room)
        self.distance = np.zeros(self.sink + 1, np.int64) if start is None else start.copy()
        self.rings = 0
        self.passes = 0

    def _renew(self, room: int) -> None:
        """The cheapest moves out of a room, and what a seat more or less in it costs."""
        members = self.members[room]
        if len(members):
            own = self.costs[members, room]
            self.graph[room, : self.sink] = (self.costs[members] - own[:, None]).min(axis=0)
        else:
            self.graph[room, : self.sink] = FAR
        self.graph[room, room] = FAR
        self._renew_seats(room)

    def _renew_seats(self, room: int) -> None:
        if room == self.nowhere:
            self.graph[room, self.sink] = self.graph[self.sink, room] = 0
            return
        seats, load = self.seats[room], self.loads[room]
        self.graph[room, self.sink] = SEGMENTS * load // seats if load < seats else FAR
        self.graph[self.sink, room] = -(SEGMENTS * (load - 1) // seats) if len(self.members[room]) else FAR

    def improve(self, limit: int) -> int:
        """Makes rings of moves while they gain, at most `limit`; how many it made."""
        while self.rings < limit:
            rings = self._find()
            if not rings:
                break
            for ring in rings:
                self._make(ring)
                self.rings += 1
        return self.rings

    def _find(self) -> list[list[int]]:
        """Rings that gain, no two through one room; none if there are none at all (Bellman and Ford)."""
        distance = self.distance
        parent = np.full(self.sink + 1, NONE)
        columns = np.arange(self.sink + 1)
        for step in range(self.sink + 2):
            self.passes += 1
            through = distance[:, None] + self.graph
            nearest = through.argmin(axis=0)
            shorter = through[nearest, columns]
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
        raise AssertionError("shortest paths without a ring must settle")

    def _make(self, ring: list[int]) -> None:
        """Moves one person along each edge of a ring (rooms in the order of the moves)."""
        moves: list[tuple[int, int, int]] = []
        for room, target in zip(ring, [*ring[1:], ring[0]], strict=True):
            if self.sink in (room, target):
                continue
            members = self.members[room]
            gain = self.costs[members, target] - self.costs[members, room]
            moves.append((int(members[gain.argmin()]), room, target))
        for person, room, target in moves:
            members = self.members[room]
            self.members[room] = members[members != person]
            self.members[target] = np.append(self.members[target], person)
            self.loads[room] -= 1
            self.loads[target] += 1
            self.room_of[person] = target
        for room in ring:
            if room != self.sink:
                self._renew(room)


def _rings(parent: list[int]) -> list[list[int]]:
    """The cycles of a graph in which each node has at most one edge in: nodes in the direction of the edges."""
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
