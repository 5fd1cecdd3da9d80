"""The seats of one slot as a graph, in which a seat is found by moving as few and as cheaply as can be.

Owns where everybody sits in one slot and the cheapest way to change it. Nodes are the slot's sessions, one
virtual session of those without any, and a sink, the free seats. An edge a → b is the cheapest move of one
person from a to b; a path to the sink makes room in its first session. Shortest paths (Bellman-Ford, since a
move can be a gain) keep the seating the cheapest of all as long as it was so before; where it was not,
negative cycles show it, and are gone round. Costs come in from outside; nothing here knows people or rules.

People are numbered; among equals the lowest number moves. Runs in the process of plan and reroute only.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from checkin.domain.routing.costs import SEGMENTS

Bits = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

OUT = -1
"""The node of people who take no part in the slot."""

BARRED = 1 << 60
"""The cost of what may not be; sums of two of them still fit into 64 bits."""

FAR = BARRED >> 1
"""Costs from here on hold something barred."""


class SeatGraph:
    """`costs[person, node]`, the last column for being without a session; `node[person]` or `OUT`.

    `seats` and `fixed` (people who can't be moved) by session. Both arrays are changed in place.
    """

    def __init__(self, costs: Ints, node: Ints, seats: Sequence[int], fixed: Sequence[int]) -> None:
        self.costs = costs
        self.node = node
        self.unplaced = len(seats)
        self._sink = len(seats) + 1
        self._seats = seats
        self._fixed = fixed
        self._members = [np.flatnonzero(node == one) for one in range(self._sink)]
        shape = (self._sink + 1, self._sink + 1)
        self._edge = np.full(shape, BARRED, dtype=np.int64)
        self._mover = np.full(shape, OUT, dtype=np.int64)
        self._known: dict[bool, tuple[Ints, Ints]] = {}
        self._log: list[tuple[int, int]] = []
        for one in range(self._sink):
            self._measure(one, np.arange(self._sink))
            self._price(one)

    def moved(self, mark: int = 0) -> list[int]:
        """Everybody whose node may have changed since the mark, or since the last `keep`."""
        return list(dict.fromkeys(person for person, _ in self._log[mark:]))

    @property
    def mark(self) -> int:
        """A point to go back to with `undo`, as long as nothing is kept after it."""
        return len(self._log)

    def keep(self) -> None:
        """What moved is what holds from now on."""
        self._log.clear()

    def undo(self, mark: int = 0) -> None:
        """Everybody is where they were at the mark, or when things were last kept."""
        while len(self._log) > mark:
            person, node = self._log[-1]
            self.put(person, node)
            del self._log[-2:]

    def reach(self, person: int) -> Bits:
        """By session whether a seat that gets free in it can come to this person, others moving up."""
        seats = self._edge[: self.unplaced, : self.unplaced] < FAR
        found: Bits = self.costs[person, : self.unplaced] < FAR
        while True:
            wider = found | seats[found].any(axis=0)
            if (wider == found).all():
                return found
            found = wider

    def ways(self, with_unplaced: bool = False) -> Ints:
        """By node what it costs others to make room for one more in it; above `FAR`: they can't.

        Without the virtual session nobody is left without a seat for it.
        """
        distance, _ = self._ways(with_unplaced)
        return distance[: self._sink]

    def best(self, person: int) -> tuple[int, int]:
        """The cheapest node for somebody who is out, and its cost with all that others must do for it."""
        costs = self.costs[person] + self.ways(with_unplaced=True)
        node = int(costs.argmin())
        return node, int(costs[node])

    def can_take(self) -> Bits:
        """By session whether there is a way to a free seat in it on which nobody loses one."""
        return self.ways()[: self.unplaced] < FAR

    def enter(self, person: int, node: int, with_unplaced: bool = False) -> bool:
        """Takes somebody who is out in at a node, on the cheapest way; False: there is none."""
        distance, following = self._ways(with_unplaced)
        if self.costs[person, node] + distance[node] >= FAR:
            return False
        walk = self._walk(node, following)
        self._push(walk)
        self.put(person, node)
        return True

    @property
    def is_overfull(self) -> bool:
        """Whether people hold more than the seats of a session who could be moved."""
        return any(self._excess(one) for one in range(self.unplaced))

    def relieve(self) -> None:
        """Moves people out of sessions that hold more than they have seats."""
        for one in range(self.unplaced):
            while self._excess(one):
                distance, following = self._ways(with_unplaced=True)
                if distance[one] >= FAR:
                    break
                self._push(self._walk(one, following))

    def settle(self) -> None:
        """Goes round what negative cycles are left, so that no seating is cheaper."""
        self._ways(with_unplaced=True)

    def put(self, person: int, node: int) -> None:
        """Somebody's node from now on, whatever that costs; also `OUT`."""
        old = int(self.node[person])
        if old == node:
            return
        if old != OUT:
            self._leave(person, old)
        self.node[person] = node
        if node != OUT:
            self._join(person, node)
        self._log.append((person, old))

    def renew(self, person: int, costs: Ints) -> None:
        """Other costs for one person."""
        if (self.costs[person] == costs).all():
            return
        node = int(self.node[person])
        if node != OUT:
            self._leave(person, node)
        self.costs[person] = costs
        if node != OUT:
            self._join(person, node)

    def _excess(self, node: int) -> int:
        return max(0, len(self._members[node]) - max(0, self._seats[node] - self._fixed[node]))

    def _leave(self, person: int, node: int) -> None:
        members = self._members[node]
        self._members[node] = members[members != person]
        self._measure(node, np.flatnonzero(self._mover[node] == person))
        self._price(node)
        self._known.clear()

    def _join(self, person: int, node: int) -> None:
        members = self._members[node]
        place = int(np.searchsorted(members, person))
        self._members[node] = np.concatenate((members[:place], [person], members[place:]))
        edge, mover = self._edge[node, : self._sink], self._mover[node, : self._sink]
        gain = self.costs[person] - self.costs[person, node]
        gain[node] = BARRED
        better = (gain < edge) | ((gain == edge) & (person < mover))
        edge[better] = gain[better]
        mover[better] = person
        self._price(node)
        self._known.clear()

    def _measure(self, node: int, targets: Ints) -> None:
        """The cheapest moves from a node to some others."""
        members = self._members[node]
        if not len(targets):
            return
        if not len(members):
            self._edge[node, targets], self._mover[node, targets] = BARRED, OUT
            return
        gains = self.costs[members[:, None], targets] - self.costs[members, node][:, None]
        best = gains.argmin(axis=0)
        self._edge[node, targets] = gains[best, np.arange(len(targets))]
        self._mover[node, targets] = members[best]
        self._edge[node, node] = BARRED

    def _price(self, node: int) -> None:
        """The way between a node and the sink: what the next seat costs, and what the last one gives back."""
        taken = len(self._members[node])
        if node == self.unplaced:
            self._edge[node, self._sink] = 0
            self._edge[self._sink, node] = 0 if taken else BARRED
            return
        seats, fixed = self._seats[node], self._fixed[node]
        taken = min(taken, max(0, seats - fixed))
        is_free = len(self._members[node]) < seats - fixed
        self._edge[node, self._sink] = SEGMENTS * (fixed + taken) // seats if is_free else BARRED
        self._edge[self._sink, node] = -(SEGMENTS * (fixed + taken - 1) // seats) if taken else BARRED

    def _ways(self, with_unplaced: bool) -> tuple[Ints, Ints]:
        """By node the cost of the cheapest path to the sink, and the next node on it."""
        while with_unplaced not in self._known:
            edge = self._edge
            if not with_unplaced:
                edge = edge.copy()
                edge[self.unplaced, :] = edge[:, self.unplaced] = BARRED
            distance, following, cycle = _shortest(edge, self._sink)
            if cycle:
                self._push(cycle)
            else:
                self._known[with_unplaced] = distance, following
        return self._known[with_unplaced]

    def _walk(self, node: int, following: Ints) -> list[int]:
        walk = [node]
        while walk[-1] != self._sink:
            walk.append(int(following[walk[-1]]))
        return walk

    def _push(self, walk: Sequence[int]) -> None:
        """One person moves along each edge of a path or cycle."""
        moves = [
            (int(self._mover[one, other]), other)
            for one, other in pairwise(walk)
            if self._sink not in (one, other)
        ]
        for person, node in moves:
            self.put(person, node)


def _shortest(edge: Ints, sink: int) -> tuple[Ints, Ints, list[int]]:
    """Distances to the sink, next nodes, and a negative cycle (it ends with its first node) or none."""
    count = len(edge)
    distance = np.full(count, BARRED, dtype=np.int64)
    distance[sink] = 0
    following = np.full(count, OUT, dtype=np.int64)
    everyone = np.arange(count)
    for _ in range(count + 1):
        through = edge + distance
        best = through.argmin(axis=1)
        value = through[everyone, best]
        better = (value < distance) & (value < FAR)
        if not better.any():
            return distance, following, []
        distance[better] = value[better]
        following[better] = best[better]
    one = int(np.flatnonzero(better)[0])
    for _ in range(count):
        one = int(following[one])
    cycle = [one]
    while len(cycle) == 1 or cycle[-1] != one:
        cycle.append(int(following[cycle[-1]]))
    return distance, following, cycle
