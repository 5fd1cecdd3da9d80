"""What a plan can reach at best, found in another way than the product's: one binary for each person and session.

Nothing is merged, nothing is kept from one aim to the next but its optimum, each seat of a room is a variable of
its own, and who may sit where is read from the agenda anew. Slow, and meant to be read.
"""

from collections import defaultdict
from hashlib import sha256
from typing import Any, NamedTuple

import highspy

from checkin.domain.model import Person, Session
from checkin.domain.routing.ground import Ground, Seeker

WISH_COSTS = {0: 0, 1: 1, 2: 3, 3: 6, 4: 10}


class Best(NamedTuple):
    """The optimum of each aim, the ones before being at theirs."""

    placed: int
    required_met: int
    groups_met: int
    cost: int
    fill: int


def best_plan(ground: Ground) -> Best:
    """The five optima in their order."""
    oracle = _Oracle(ground)
    optima = [oracle.best(aim) for aim in (oracle.placed, oracle.required_met, oracle.groups_met)]
    optima += [-oracle.best(-1 * aim) for aim in (oracle.cost, oracle.fill)]
    return Best(*optima)


def may_sit(ground: Ground, person: Person, session: Session) -> bool:
    """By discipline, access and closures."""
    agenda = ground.agenda
    if session.is_plenary or agenda.is_closed(session.room, session.slot):
        return False
    if session.disciplines and not set(session.disciplines) & set(person.disciplines):
        return False
    needs = set(person.accessibility) & {"wheelchair", "step-free", "step_free", "mobility"}
    return not needs or agenda.room[session.room].accessible


def stays_told(ground: Ground) -> set[tuple[int, str]]:
    """Attendee and session of everybody who was told of a seat that is still possible."""
    agenda, left = ground.agenda, {one.code: ground.agenda.seats(one) for one in ground.agenda.sessions}
    stays: set[tuple[int, str]] = set()

    def turn(seeker: Seeker) -> bytes:
        return sha256(ground.seed + seeker.person.id.to_bytes(8, "big")).digest()

    for seeker in sorted(ground.seekers, key=turn):
        topics = had_topics(ground, seeker)
        for slot in sorted(agenda.slots, key=lambda one: one.starts_at):
            held = seeker.held.get(slot.code)
            if slot.starts_at <= ground.now or held is None or held.session is None:
                continue
            session = agenda.session[held.session]
            if slot.code in seeker.told and may_sit(ground, seeker.person, session):
                if left[session.code] > 0 and session.topic not in topics:
                    left[session.code] -= 1
                    topics.add(session.topic)
                    stays.add((seeker.person.id, session.code))
    return stays


def had_topics(ground: Ground, seeker: Seeker) -> set[str]:
    """Topics of the slots that have begun."""
    agenda = ground.agenda
    return {
        agenda.session[one.session].topic
        for code, one in seeker.held.items()
        if one.session is not None and agenda.slot[code].starts_at <= ground.now
    }


class _Oracle:
    def __init__(self, ground: Ground) -> None:
        self.ground, self.solver = ground, highspy.Highs()
        self.solver.silent()
        self.solver.setOptionValue("mip_rel_gap", 0.0)
        self.solver.setOptionValue("threads", 1)  # as the product: the first choice in a process holds
        self.sits: dict[tuple[int, str], Any] = {}
        self.places = [
            one for one in ground.agenda.sessions if ground.agenda.slot[one.slot].starts_at > ground.now
        ]
        self._seat_people()
        self._fill_rooms()
        self._set_aims()

    def best(self, aim: Any) -> int:
        """The largest value of the aim; it stays there."""
        if isinstance(aim, int):
            return aim
        self.solver.maximize(aim)
        value = round(self.solver.getObjectiveValue())
        self.solver.addConstr(aim >= value)
        return value

    def _seat_people(self) -> None:
        told = stays_told(self.ground)
        for seeker in self.ground.seekers:
            by_slot, by_topic = defaultdict(list), defaultdict(list)
            had = had_topics(self.ground, seeker)
            for session in self.places:
                if may_sit(self.ground, seeker.person, session) and session.topic not in had:
                    sits = self.solver.addBinary()
                    self.sits[seeker.person.id, session.code] = sits
                    by_slot[session.slot].append(sits)
                    by_topic[session.topic].append(sits)
                    if (seeker.person.id, session.code) in told:
                        self.solver.addConstr(sits >= 1)
            for together in (*by_slot.values(), *by_topic.values()):
                self.solver.addConstr(self.solver.qsum(together) <= 1)

    def _fill_rooms(self) -> None:
        self.fill: Any = 0
        for session in self.places:
            seats = self.ground.agenda.seats(session)
            taken = [self.solver.addBinary() for _ in range(seats)]
            inside = [sits for (_, code), sits in self.sits.items() if code == session.code]
            if inside:
                self.solver.addConstr(self.solver.qsum(inside) - self.solver.qsum(taken) <= 0)
            for number, seat in enumerate(taken):
                self.fill = self.fill + (20 * number // seats) * seat

    def _set_aims(self) -> None:
        agenda = self.ground.agenda
        self.placed: Any = 0
        self.required_met: Any = 0
        self.cost: Any = 0
        self.groups_met: Any = 0
        for seeker in self.ground.seekers:
            person = seeker.person
            required = {topic for code in person.disciplines for topic in agenda.curriculum.get(code, ())}
            for session in self.places:
                sits = self.sits.get((person.id, session.code))
                if sits is None:
                    continue
                self.placed = self.placed + sits
                if session.topic in required:
                    self.required_met = self.required_met + sits
                self.cost = self.cost + _wish_cost(person, session.topic) * sits
        for met in self._groups():
            self.groups_met = self.groups_met + met

    def _groups(self) -> list[Any]:
        """A variable for each group in each session: all who may have something in the slot sit there."""
        met: list[Any] = []
        names = sorted({one.person.group for one in self.ground.seekers} - {""})
        for name in names:
            members = [one.person for one in self.ground.seekers if one.person.group == name]
            for slot in sorted({one.slot for one in self.places}):
                offered = [one for one in self.places if one.slot == slot]
                able = [one for one in members if any(may_sit(self.ground, one, place) for place in offered)]
                if len(able) < 2:
                    continue
                for place in offered:
                    seats = [self.sits.get((one.id, place.code)) for one in able]
                    if all(seat is not None for seat in seats):
                        here = self.solver.addBinary()
                        met.append(here)
                        for seat in seats:
                            self.solver.addConstr(here - seat <= 0)
        return met


def _wish_cost(person: Person, topic: str) -> int:
    if not person.preferences:
        return 0
    wishes = list(person.preferences)
    return WISH_COSTS.get(wishes.index(topic), 16) if topic in wishes else 16
