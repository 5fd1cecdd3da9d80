"""A seat for somebody whom their own day keeps from one: they take a topic here that they had elsewhere.

Owns the search over one person's slots: for a slot without a session the cheapest change of the same person's
other slots, each by the slot's seat graph, so that all have a session and no topic comes twice. Nobody else
loses a seat for it; others may move.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from checkin.domain.routing.crowd import NONE, Crowd
from checkin.domain.routing.seat_graph import FAR, OUT, SeatGraph

Step = tuple[int, int]
"""A slot, and the node of it to be taken."""


@dataclass(slots=True)
class OwnDays:
    """The slots' graphs (made when needed) and the crowd, kept in step."""

    crowd: Crowd
    graphs: dict[int, SeatGraph] = field(default_factory=dict)
    _written: dict[int, int] = field(default_factory=dict)  # by slot, the mark up to which moves are spread

    def graph(self, slot: int) -> SeatGraph:
        """The slot's graph as people sit now."""
        if slot not in self.graphs:
            self.graphs[slot] = self.crowd.graph(slot)
        return self.graphs[slot]

    def keep(self, slot: int) -> None:
        """What moved in a slot's graph is what holds from now on."""
        self._spread(slot)
        self.graphs[slot].keep()
        self._written[slot] = 0

    def place(self, person: int, slot: int) -> bool:
        """Gives somebody a session in a slot by changing their other slots; False: nothing has changed."""
        self.calm(slot)
        return self.close(self.seat(person, slot))

    def close(self, is_done: bool) -> bool:
        """Keeps everything since things were last kept, or takes it back."""
        if not is_done:
            self._undo()
            return False
        for slot in self.graphs:
            self.keep(slot)
        for slot in self.graphs:
            self.calm(slot)
        return True

    def seat(self, person: int, slot: int) -> bool:
        """Like `place`, not kept; where it fails, everything is to be taken back."""
        crowd = self.crowd
        slots = (slot, *self.changeable(person, slot))
        holder = {int(crowd.topic[crowd.now[person, one]]): one for one in slots[1:]}
        may = self.graph(slot).can_take() & crowd.may[crowd.pattern[person], crowd.offered[slot]]
        if not may.any() or holder.keys().isdisjoint(crowd.topic[crowd.offered[slot][may]].tolist()):
            return False  # what they don't have yet has been tried
        steps = _cheapest(
            slot,
            {one: self._choices(person, one, slots) for one in slots},
            holder,
        )
        return bool(steps) and self._take(person, steps)

    def put(self, person: int, slot: int, node: int) -> None:
        """Somebody's node from now on, not kept."""
        self.graph(slot).put(person, node)
        self._spread(slot)

    def enter(self, person: int, slot: int, node: int) -> bool:
        """Takes somebody who is out in at a node, not kept."""
        is_in = self.graph(slot).enter(person, node)
        self._spread(slot)
        return is_in

    def calm(self, slot: int) -> None:
        """Takes the gains that others' moves in other slots have opened up."""
        self.graph(slot).settle()
        self.keep(slot)

    def changeable(self, person: int, slot: int) -> list[int]:
        """Their other slots that have not begun and where they have a session."""
        crowd = self.crowd
        return [
            one
            for one, other in enumerate(crowd.agenda.slots)
            if one != slot
            and not crowd.is_begun(other)
            and crowd.now[person, one] != NONE
            and not crowd.fixed[person, one]
            and self.graph(one).node[person] != OUT
        ]

    def _choices(self, person: int, slot: int, free: tuple[int, ...]) -> dict[int, tuple[int, int]]:
        """By topic the cheapest node of a slot and what it costs more than what they have there now."""
        graph, crowd = self.graph(slot), self.crowd
        node = int(graph.node[person])
        mark = graph.mark
        graph.put(person, OUT)
        costs = (crowd.costs(slot, np.array([person]), free)[0] + graph.ways())[: graph.unplaced]
        graph.undo(mark)
        now = int(costs[node]) if node not in (OUT, graph.unplaced) else 0
        choices: dict[int, tuple[int, int]] = {}
        for one in np.flatnonzero(costs < FAR):
            topic, cost = int(crowd.topic[crowd.offered[slot][one]]), int(costs[one]) - now
            if topic not in choices or cost < choices[topic][1]:
                choices[topic] = int(one), cost
        return choices

    def _take(self, person: int, steps: tuple[Step, ...]) -> bool:
        """Changes somebody's slots; False if the ways to seats get in conflict."""
        for slot, _ in steps:
            self.put(person, slot, OUT)
        return all(self.enter(person, slot, node) for slot, node in steps)

    def _undo(self) -> None:
        moved = {slot: graph.moved() for slot, graph in self.graphs.items()}
        for slot, graph in self.graphs.items():
            graph.undo()
            self._write(slot, moved[slot])
        for slot in self.graphs:
            self._renew(slot, [person for people in moved.values() for person in people])
        self._written.clear()

    def _spread(self, slot: int) -> None:
        """Writes down who moved in a slot since this was last done, and what their other slots cost now."""
        moved = self.graphs[slot].moved(self._written.get(slot, 0))
        self._written[slot] = self.graphs[slot].mark
        self._write(slot, moved)
        for other in self.graphs:
            if other != slot:
                self._renew(other, moved)

    def _write(self, slot: int, people: list[int]) -> None:
        graph = self.graphs[slot]
        for person in people:
            node = int(graph.node[person])
            is_seat = node not in (OUT, graph.unplaced)
            self.crowd.now[person, slot] = self.crowd.offered[slot][node] if is_seat else NONE

    def _renew(self, slot: int, people: list[int]) -> None:
        if people:
            rows = self.crowd.costs(slot, np.array(people))
            for person, row in zip(people, rows, strict=True):
                self.graphs[slot].renew(person, row)


def _cheapest(
    slot: int, choices: Mapping[int, Mapping[int, tuple[int, int]]], holder: Mapping[int, int]
) -> tuple[Step, ...]:
    """The cheapest changes after which all these slots have a topic of their own; empty: there are none.

    `slot` is the one without; `holder` tells by topic which slot has it now. A slot takes a topic that no
    slot has, or one that another has, which then needs another in turn.
    """
    ways: dict[int, tuple[int, tuple[Step, ...]]] = {slot: (0, ())}
    best: tuple[int, tuple[Step, ...]] | None = None
    for _ in choices:
        for one, (spent, steps) in list(ways.items()):
            passed = {slot, one, *(step[0] for step in steps)}
            for topic, (node, cost) in choices[one].items():
                way = spent + cost, (*steps, (one, node))
                after = holder.get(topic)
                if after is None:
                    best = way if best is None or way[0] < best[0] else best
                elif after not in passed and (after not in ways or way[0] < ways[after][0]):
                    ways[after] = way
    return best[1] if best is not None else ()
