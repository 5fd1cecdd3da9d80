"""All slots of the day side by side: whoever changes a topic in one changes what can be had in the others.

Owns the seats while they are exchanged slot by slot, as often as a slot gains.
"""

from collections.abc import Callable, Iterable

import numpy as np

from checkin.domain.routing.first_seats import fill_slot, free_seats
from checkin.domain.routing.offers import Longs
from checkin.domain.routing.problem import NONE, Bools, GroupSlot, Ints, Problem
from checkin.domain.routing.slot_costs import SlotCosts
from checkin.domain.routing.slot_exchange import SlotExchange

ROUNDS = 8
RINGS = 100_000
"""In one slot and round, at most: far more than are ever needed."""


class DayBoards:
    """The seats of all slots. `chosen` (P x L) is the only truth; it is changed in place."""

    def __init__(self, problem: Problem, opens: Bools, chosen: Ints, together: Ints, prices: Ints) -> None:
        """`opens`: L x P, slots to fill. `prices`: S, in the units of `slot_costs`.

        `together` (P x L): where groups could meet, or NONE; it is changed in place too.
        """
        self.problem = problem
        self.chosen = chosen
        self.together = together
        self.boards = [
            _Board(problem, slot, np.flatnonzero(opens[slot]).astype(np.int32), together)
            for slot in range(len(problem.slots))
        ]
        self.prices = prices
        self.stale = np.ones(chosen.shape, np.bool_)  # whose costs in a slot are out of date

    def forget(self, groups: Iterable[GroupSlot]) -> None:
        """No longer tries to bring these groups together."""
        for one in groups:
            self.together[one.members, one.slot] = NONE
            self.stale[one.members, one.slot] = True

    def seat_values(self) -> Longs:
        """By session what one more seat would save, in the units of `slot_costs`."""
        values = np.zeros(len(self.problem.sessions), np.int64)
        for board in self.boards:
            if board.exchange is not None:
                values[board.sessions] = board.exchange.seat_values()
        return values

    def improve(self, tell: Callable[[str], None], is_last_first: bool = False) -> None:
        """Fills and exchanges slot by slot until nothing gains."""
        boards = self.boards[::-1] if is_last_first else self.boards
        for number in range(ROUNDS):
            rings = sum(self._improve(board) for board in boards)
            tell(f"exchanging seats: round {number + 1}, {rings} exchanges")
            if not rings:
                break

    def _improve(self, board: "_Board") -> int:
        problem, slot = self.problem, board.slot
        if not len(board.people) or not len(board.sessions):
            return 0
        topics = np.where(self.chosen == NONE, NONE, problem.topic_of[self.chosen])
        stale = np.flatnonzero(self.stale[board.people, slot]).astype(np.int32)
        self.stale[:, slot] = False
        before = self.chosen[board.people, slot]
        if board.exchange is None:
            board.open(topics, self.chosen, free_seats(problem, self.chosen), self.prices)
        elif len(stale):
            board.renew(stale, topics)
        made = board.improve()
        after = board.seated()
        self.chosen[board.people, slot] = after
        changed = board.people[before != after]
        self.stale[changed] = True
        self.stale[changed, slot] = False
        return made


class _Board:
    """One slot: its people, their costs, and the exchange once it is open."""

    def __init__(self, problem: Problem, slot: int, people: Ints, together: Ints) -> None:
        self.problem = problem
        self.slot = slot
        self.people = people[problem.fixed[people, slot] == NONE]
        self.sessions = problem.slot_sessions[slot]
        self.costs = SlotCosts(problem, slot, together)
        self.matrix = np.empty((0, 0), np.int32)
        self.exchange: SlotExchange | None = None

    def open(self, topics: Ints, chosen: Ints, free: Ints, prices: Ints) -> None:
        """Costs for all, seats for those who have none, and the graph."""
        problem, people, sessions = self.problem, self.people, self.sessions
        self.matrix = self.costs.rows(people, topics[people])
        nowhere = len(sessions)
        room_of = self._columns(chosen[people, self.slot], nowhere)
        without = np.flatnonzero(room_of == nowhere).astype(np.int32)
        found = fill_slot(self.matrix[without, :-1], people[without], free[sessions], prices[sessions])
        room_of[without] = np.where(found == NONE, nowhere, found)
        held = self._columns(problem.held[people, self.slot], NONE)
        kept = problem.seats[sessions] - problem.free[sessions]
        self.exchange = SlotExchange(self.matrix, room_of, held, problem.seats[sessions], kept)

    def _columns(self, sessions: Ints, nothing: int) -> Ints:
        columns: Ints = np.where(sessions == NONE, nothing, sessions - self.sessions[0]).astype(np.int32)
        return columns

    def renew(self, rows: Ints, topics: Ints) -> None:
        """The costs of some rows, whose other topics have changed."""
        people = self.people[rows]
        self.matrix[rows] = self.costs.rows(people, topics[people])
        if self.exchange is not None:
            self.exchange.renew_for(rows)

    def improve(self) -> int:
        """Exchanges until nothing gains."""
        return self.exchange.improve(RINGS) if self.exchange is not None else 0

    def seated(self) -> Ints:
        """The sessions of the board's people, or NONE."""
        if self.exchange is None:
            return np.full(len(self.people), NONE, np.int32)
        room_of = self.exchange.room_of
        padded = np.append(self.sessions, NONE)
        seated: Ints = padded[room_of].astype(np.int32)
        return seated
