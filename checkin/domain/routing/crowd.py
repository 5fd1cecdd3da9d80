"""Everybody and every seat as rows of numbers, and what each seat costs whom when rooms have changed.

Owns the order of a reroute's aims, as one integer: nobody loses a seat, few move, few of the told, required
topics, wishes; even filling comes from the seat graph, in units of one. To place somebody who had no seat is
worth any moves but nobody else's seat (`eager`), or no move at all (`patient`).
Decides nothing. Runs in the process of plan and reroute only.
"""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from checkin.domain.model import Agenda, Person, Slot
from checkin.domain.routing.costs import SEGMENTS, UNRANKED, cost_of
from checkin.domain.routing.eligibility import is_accessible, is_eligible
from checkin.domain.routing.ground import Ground, Seeker
from checkin.domain.routing.seat_graph import BARRED, OUT, Bits, Ints, SeatGraph

NONE = -1
"""No session."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Each aim outweighs those after it, on any path that enters each of `nodes` nodes at most once.

    On such a path only one person comes to be without a seat, or stops being so, but everyone may move.
    """

    lost: int
    eager: int
    moved: int
    told: int
    patient: int
    unmet: int
    wish: int

    @classmethod
    def of(cls, nodes: int) -> "Weights":
        """The least weights for so many nodes."""
        steps = 2 * nodes + 1
        wish = 2 * SEGMENTS
        unmet = wish * UNRANKED * steps
        patient = unmet * steps
        told = patient * 2
        moved = told * steps
        eager = moved * steps
        return cls(eager * 5, eager, moved, told, patient, unmet, wish)


def draw(seed: bytes, seeker: Seeker) -> bytes:
    """The place of somebody in the order among equals, which favours nobody."""
    return sha256(seed + seeker.person.id.to_bytes(8, "big")).digest()


class Crowd:
    """People by number, the last in the order among equals first; slots and sessions by the agenda's order.

    `now[person, slot]` is the session's number or `NONE`, and changes as a reroute goes on; `home` what they
    held before, `had` whether they held any (`home` is `NONE` too where the session is gone), `fixed` whom
    nothing moves in a slot, `told` who knows what they held, `waits` who would take a seat and held none,
    `is_unlisted` whom of these nothing tells why.
    """

    def __init__(self, before: Ground, agenda: Agenda) -> None:
        self.agenda = agenda
        self.at = before.now
        self.seekers = tuple(
            sorted(before.seekers, key=lambda seeker: draw(before.seed, seeker), reverse=True)
        )
        self.offered = [
            np.array([agenda.sessions.index(one) for one in agenda.offered_in[slot.code]], dtype=np.int64)
            for slot in agenda.slots
        ]
        self.weights = Weights.of(max(map(len, self.offered), default=0) + 3)
        self.seats = [agenda.seats(session) for session in agenda.sessions]
        names = dict.fromkeys(session.topic for session in agenda.sessions)
        self._topics = {name: number for number, name in enumerate(names)}
        self.topic = np.array(
            [*(self._topics[one.topic] for one in agenda.sessions), NONE], dtype=np.int64
        )  # the last: of `NONE`
        self._read_holdings(before)
        self._read_people()

    def is_begun(self, slot: Slot) -> bool:
        """Whether only people who are not inside may be moved in it."""
        return slot.starts_at <= self.at

    def _read_holdings(self, before: Ground) -> None:
        shape = (len(self.seekers), len(self.agenda.slots))
        number = {(one.slot, one.code): place for place, one in enumerate(self.agenda.sessions)}
        self.home = np.full(shape, NONE, dtype=np.int64)
        self.had, self.told, self.fixed, self.waits = (np.zeros(shape, dtype=np.bool_) for _ in range(4))
        self.is_unlisted = np.ones(shape, dtype=np.bool_)
        place = {slot.code: number for number, slot in enumerate(self.agenda.slots)}
        is_begun = np.array([self.is_begun(slot) for slot in self.agenda.slots], dtype=np.bool_)
        for person, seeker in enumerate(self.seekers):
            # who holds nothing at all before the first plan is placed on arrival
            if seeker.held or self.agenda.standing.planned_at is not None:
                self.waits[person] = ~is_begun | seeker.is_on_site
            for code, assignment in seeker.held.items():
                if code not in place:
                    continue
                slot = place[code]
                self.is_unlisted[person, slot] = False
                if assignment.session is not None:
                    self.had[person, slot] = True
                    self.home[person, slot] = number.get((code, assignment.session), NONE)
            for code in seeker.told & place.keys():
                self.told[person, place[code]] = True
            if seeker.inside is not None:
                self._read_inside(before, person, seeker.inside)
        self.waits &= ~self.had & ~self.fixed
        self.is_unlisted &= self.waits
        self.told &= self.had
        self.now = self.home.copy()

    def _read_inside(self, before: Ground, person: int, inside: str) -> None:
        """Nothing moves who sits inside once a slot has begun, unless the session is gone altogether.

        Before that only a closure or another room does, since it can't be held where they sit.
        """
        old, new = before.agenda.session.get(inside), self.agenda.session.get(inside)
        session = new or old
        if session is None:
            return
        for place, slot in enumerate(self.agenda.slots):
            home = self.home[person, place]
            if slot.code != session.slot or (self.had[person, place] and home == NONE):
                continue
            is_theirs = home != NONE and self.agenda.sessions[home] is new
            stays = (
                old is not None and session.room == old.room and session in self.agenda.offered_in[slot.code]
            )
            self.fixed[person, place] = self.is_begun(slot) or (is_theirs and stays)

    def _read_people(self) -> None:
        """What people may have, must have and wish for, once for all who are alike in it."""
        patterns: dict[tuple[frozenset[str], bool], int] = {}
        wishes: dict[tuple[str, ...], int] = {}
        may, must, prices = [], [], []
        pattern_of, wishes_of = [], []
        for seeker in self.seekers:
            person = seeker.person
            pattern = frozenset(person.disciplines), person.needs_accessible_room
            if pattern not in patterns:
                patterns[pattern] = len(patterns)
                may.append(self._may(person))
                required = self.agenda.required_topics(person.disciplines)
                must.append([topic in required for topic in self._topics])
            if person.preferences not in wishes:
                wishes[person.preferences] = len(wishes)
                prices.append(self._prices(person.preferences))
            pattern_of.append(patterns[pattern])
            wishes_of.append(wishes[person.preferences])
        self.may: Bits = np.array(may, dtype=np.bool_).reshape(len(may), len(self.topic))
        self._must = np.array(must, dtype=np.int64).reshape(len(must), len(self._topics))
        self._prices_of = np.array(prices, dtype=np.int64).reshape(len(prices), len(self._topics))
        self.pattern = np.array(pattern_of, dtype=np.int64)
        self._wishes = np.array(wishes_of, dtype=np.int64)

    def _may(self, person: Person) -> list[bool]:
        """By session whether somebody may have it; the last is for `NONE`."""
        return [
            not one.is_plenary and is_eligible(person, one) and is_accessible(self.agenda, person, one)
            for one in self.agenda.sessions
        ] + [False]

    def _prices(self, preferences: tuple[str, ...]) -> Ints:
        row = np.full(len(self._topics), UNRANKED if preferences else 0, dtype=np.int64)
        for topic in preferences:
            if topic in self._topics:
                row[self._topics[topic]] = cost_of(preferences, topic)
        return row

    def costs(self, slot: int, people: Ints, free: tuple[int, ...] = ()) -> Ints:
        """What each of these people pays for each offered session of a slot, and for losing theirs (last).

        Their topics elsewhere are barred, but for those of the slots `free`.
        """
        weights, offered = self.weights, self.offered[slot]
        topics = self.topic[offered]
        costs = np.empty((len(people), len(offered) + 1), dtype=np.int64)
        had = self.had[people, slot]
        leaving = had * weights.moved + self.told[people, slot] * weights.told
        costs[:, -1] = np.where(had, leaving + weights.lost, BARRED)
        seats = costs[:, :-1]
        seats[:] = self._prices_of[self._wishes[people][:, None], topics] * weights.wish
        seats -= self._must[self.pattern[people][:, None], topics] * weights.unmet
        seats += (offered != self.home[people, slot][:, None]) * leaving[:, None]
        seats[~self.may[self.pattern[people][:, None], offered]] = BARRED
        for other in range(len(self.agenda.slots)):
            held = self.now[people, other]
            if other != slot and other not in free:
                taken = np.where(held == NONE, NONE, self.topic[held])
                seats[topics == taken[:, None]] = BARRED
        return costs

    def graph(self, slot: int) -> SeatGraph:
        """The seats of a slot as people hold them now; who has waited for one is out."""
        offered = self.offered[slot]
        place = np.full(len(self.seats) + 1, OUT, dtype=np.int64)  # the last: for `NONE`
        place[offered] = np.arange(len(offered))
        node = place[self.now[:, slot]]
        held = self.now[self.fixed[:, slot], slot]
        fixed = np.bincount(held[held != NONE], minlength=len(self.seats))
        node[self.lost(slot)] = len(offered)
        node[self.fixed[:, slot]] = OUT
        costs = self.costs(slot, np.arange(len(self.seekers)))
        return SeatGraph(
            costs, node, [self.seats[one] for one in offered], [int(fixed[one]) for one in offered]
        )

    def lost(self, slot: int) -> Bits:
        """Who held a session in a slot and has none."""
        lost: Bits = self.had[:, slot] & (self.now[:, slot] == NONE) & ~self.fixed[:, slot]
        return lost

    def day(self, person: int) -> dict[str, str | None]:
        """Somebody's session in each slot now, by codes."""
        agenda = self.agenda
        return {
            slot.code: agenda.sessions[number].code if number != NONE else None
            for slot, number in zip(agenda.slots, self.now[person].tolist(), strict=True)
        }

    def loads(self) -> Ints:
        """How many hold each session now."""
        held = self.now[self.now != NONE]
        return np.bincount(held, minlength=len(self.seats))
