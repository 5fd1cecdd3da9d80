"""What a reroute can achieve at best, found by integer programming on every attendee's every seat.

Written apart from the product and only for small events: one binary variable for each attendee, slot and
session, one aim after the other, each then kept as a bound for the next.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import highspy

from checkin.domain.model import Agenda, Session
from checkin.domain.routing.costs import SEGMENTS, cost_of
from checkin.domain.routing.ground import Ground, Seeker

Days = Mapping[tuple[int, str], str | None]
"""By attendee and slot the session's code."""


@dataclass(frozen=True, slots=True)
class Score:
    """The aims, each to be small; those of the curriculum met count negative."""

    lost: int
    waiting: int
    moved: int
    told: int
    unmet: int
    cost: int
    fill: int


def held_session(seeker: Seeker, slot: str) -> str | None:
    """What somebody holds."""
    return seeker.held[slot].session if slot in seeker.held else None


def is_fixed(before: Ground, after: Agenda, seeker: Seeker, slot: str) -> bool:
    """Whether somebody sits inside and stays there."""
    held = held_session(seeker, slot)
    if seeker.inside is None:
        return False
    old, new = before.agenda.session.get(seeker.inside), after.session.get(seeker.inside)
    if (new or old) is None or (new or old).slot != slot:  # type: ignore[union-attr]
        return False
    if held is not None and held not in after.session:
        return False
    if after.slot[slot].starts_at <= before.now:
        return True
    return (
        held == seeker.inside
        and new is not None
        and old is not None
        and new.room == old.room
        and not after.is_closed(new.room, slot)
    )


def score(before: Ground, after: Agenda, days: Days, slots: list[str]) -> Score:
    """How good a day is, in these slots."""
    lost = waiting = moved = told = met = cost = fill = 0
    for slot in slots:
        fixed, loads = Counter[str](), Counter[str]()
        for seeker in before.seekers:
            old, new = held_session(seeker, slot), days[seeker.person.id, slot]
            if is_fixed(before, after, seeker, slot):
                fixed.update([new] if new is not None else [])
                continue
            lost += old is not None and new is None
            waiting += old is None and new is None
            moved += old is not None and new != old
            told += old is not None and new != old and slot in seeker.told
            if new is not None:
                topic = after.session[new].topic
                met += topic in after.required_topics(seeker.person.disciplines)
                cost += cost_of(seeker.person.preferences, topic)
                loads[new] += 1
        for code, load in loads.items():
            seats = after.seats(after.session[code])
            fill += sum(SEGMENTS * taken // seats for taken in range(fixed[code], fixed[code] + load))
    return Score(lost, waiting, moved, told, -met, cost, fill)


class Oracle:
    """The integer program of some slots; the others stay as they are held."""

    def __init__(self, before: Ground, after: Agenda, slots: list[str]) -> None:
        self.before, self.after, self.slots = before, after, slots
        self.model = highspy.Highs()  # type: ignore[no-untyped-call]
        self.model.setOptionValue("output_flag", False)
        self.model.setOptionValue("threads", 1)  # as the plan does: one process can't have both
        self.model.setOptionValue("mip_rel_gap", 0.0)
        self.model.setOptionValue("presolve", "off")  # it calls one of these feasible programs infeasible
        self.x: dict[tuple[int, str, str], highspy.highs.highs_var] = {}
        for seeker in before.seekers:
            self._add_person(seeker)
        self.fill: list[tuple[int, highspy.highs.highs_var]] = []
        for slot in slots:
            for session in after.offered_in[slot]:
                self._add_seats(session)

    def best(self, waiting: Sequence[tuple[int, str]] = ()) -> Score:
        """The least of each aim, in their order; people of `waiting` get seats in the order of the list.

        Where seats were taken from somebody, those who wait come after the moves, else before them.
        """
        aims = dict(
            zip(("lost", "waiting", "moved", "told", "unmet", "cost", "fill"), self._aims(), strict=True)
        )
        found = {"lost": self._least(*aims["lost"])}
        if found["lost"] or self._least(*aims["moved"], is_kept=False):
            found |= {name: self._least(*aims[name]) for name in ("moved", "told")}
        for attendee, slot in waiting:
            if row := self._seats_of(attendee, slot):
                self._least(self._sum([-1 * x for x in row]), 0)
        for name in aims:
            found[name] = self._least(*aims[name])
        return Score(**found)

    def _least(
        self, expression: highspy.highs.highs_linear_expression, constant: int, is_kept: bool = True
    ) -> int:
        """The least of an aim, which from now on is kept."""
        self.model.minimize(expression)
        assert self.model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        value = round(self.model.getInfo().objective_function_value)
        if is_kept:
            self.model.addConstr(expression <= value + 0.5)
        return value + constant

    @staticmethod
    def _sum(terms: list[highspy.highs.highs_linear_expression]) -> highspy.highs.highs_linear_expression:
        return highspy.Highs.qsum(terms)

    def _seats_of(self, attendee: int, slot: str) -> list[highspy.highs.highs_var]:
        return [x for (who, where, _), x in self.x.items() if (who, where) == (attendee, slot)]

    def _add_person(self, seeker: Seeker) -> None:
        who, after = seeker.person, self.after
        kept = {
            after.session[held].topic
            for slot in seeker.held
            if (held := held_session(seeker, slot)) in after.session
            and held is not None
            and (slot not in self.slots or is_fixed(self.before, after, seeker, slot))
        }
        by_topic: dict[str, list[highspy.highs.highs_var]] = {}
        for slot in self.slots:
            if is_fixed(self.before, after, seeker, slot):
                continue
            mine = []
            for session in after.offered_in[slot]:
                is_open = not session.disciplines or set(session.disciplines) & set(who.disciplines)
                suits = after.room[session.room].accessible or "wheelchair" not in who.accessibility
                if is_open and suits and session.topic not in kept:
                    variable = self.model.addBinary()
                    self.x[who.id, slot, session.code] = variable
                    mine.append(variable)
                    by_topic.setdefault(session.topic, []).append(variable)
            if mine:
                self.model.addConstr(self._sum([1 * x for x in mine]) <= 1)
        for variables in by_topic.values():
            if len(variables) > 1:
                self.model.addConstr(self._sum([1 * x for x in variables]) <= 1)

    def _add_seats(self, session: Session) -> None:
        taken = [x for (_, _, code), x in self.x.items() if code == session.code]
        seats = self.after.seats(session)
        fixed = sum(
            held_session(one, session.slot) == session.code
            and is_fixed(self.before, self.after, one, session.slot)
            for one in self.before.seekers
        )
        if not taken:
            return
        free = max(0, seats - fixed)
        units = [
            (SEGMENTS * (fixed + number) // seats, self.model.addVariable(0, 1)) for number in range(free)
        ]
        self.fill += units
        terms = [1 * x for x in taken] + [-1 * unit for _, unit in units]
        self.model.addConstr(self._sum(terms) == 0)

    def _aims(self) -> list[tuple[highspy.highs.highs_linear_expression, int]]:
        """Each aim as an expression to be small and what to add to it."""
        zero = self.model.addVariable(0, 0)
        lost, waiting, moved, told, met, cost = ([1 * zero] for _ in range(6))
        constant = [0] * 4
        for seeker in self.before.seekers:
            for slot in self.slots:
                if is_fixed(self.before, self.after, seeker, slot):
                    continue
                held = held_session(seeker, slot)
                is_told = held is not None and slot in seeker.told
                constant[0] += held is not None
                constant[1] += held is None
                constant[2] += held is not None
                constant[3] += is_told
                for session in self.after.offered_in[slot]:
                    x = self.x.get((seeker.person.id, slot, session.code))
                    if x is None:
                        continue
                    (lost if held is not None else waiting).append(-1 * x)
                    if session.code == held:
                        moved.append(-1 * x)
                        told.append((-1 if is_told else 0) * x)
                    required = session.topic in self.after.required_topics(seeker.person.disciplines)
                    met.append((-1 if required else 0) * x)
                    cost.append(cost_of(seeker.person.preferences, session.topic) * x)
        fill = [1 * zero, *(price * unit for price, unit in self.fill)]
        aims = [self._sum(one) for one in (lost, waiting, moved, told, met, cost, fill)]
        return list(zip(aims, [*constant, 0, 0, 0], strict=True))
