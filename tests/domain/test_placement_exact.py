"""Placement against trying everything: the day it gives is the cheapest that there is, prices included."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from checkin.domain.assignments import Assignment, Blocked, Cause, Why
from checkin.domain.instants import HOUR, Instant
from checkin.domain.model import Agenda, Person, Room, Session, Slot, Standing
from checkin.domain.routing.costs import UNMET, cost_of
from checkin.domain.routing.eligibility import sessions_for
from checkin.domain.routing.pairing import pair
from checkin.domain.routing.placement import place
from tests.domain.conference import CONFERENCE, DAY, at, person

TOPICS = ("undercover", "planning", "injuries", "law", "grants")
AUDIENCES: tuple[tuple[str, ...], ...] = ((), ("law",), ("medical",), ("law", "medical"))
NEVER = 10_000


@dataclass(frozen=True)
class Case:
    """One person before one agenda with these loads."""

    agenda: Agenda
    who: Person
    held: dict[str, Assignment]
    loads: Counter[str]


@st.composite
def agendas(draw: st.DrawFn) -> Agenda:
    """Up to four slots with up to four sessions, rooms of up to three seats, prices, a curriculum."""
    starts = [at(9 + number) for number in range(draw(st.integers(1, 4)))]
    slots = [
        Slot(f"s{n}", f"S{n}", DAY, CONFERENCE.slots[0].starts, CONFERENCE.slots[0].ends, start, end)
        for n, start in enumerate(starts)
        for end in [Instant(start + HOUR)]
    ]
    rooms = [
        Room(f"r{n}", f"R{n}", 9, draw(st.integers(0, 3)), accessible=draw(st.booleans())) for n in range(4)
    ]
    sessions = [
        Session(
            f"{slot.code}-{room.code}",
            draw(st.sampled_from(TOPICS)),
            "About it",
            slot.code,
            room.code,
            draw(st.sampled_from(AUDIENCES)),
        )
        for slot in slots
        for room in rooms[: draw(st.integers(0, 4))]
    ]
    price = st.sampled_from([0, 0, 0, 1, 3, 16, 100, 499, 500, 501, 9_999])
    prices = {one.code: draw(price) for one in sessions}
    required = st.lists(st.sampled_from(TOPICS), max_size=2, unique=True).map(tuple)
    curriculum: dict[str, tuple[str, ...]] = {"law": draw(required), "medical": draw(required)}
    return replace(
        CONFERENCE,
        rooms=tuple(rooms),
        slots=tuple(slots),
        sessions=tuple(sessions),
        curriculum=curriculum,
        standing=Standing(prices=prices),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Somebody who may hold one seat already."""
    agenda = draw(agendas())
    who = structs.replace(
        person(1),
        disciplines=draw(st.sampled_from(AUDIENCES)),
        accessibility=("wheelchair",) if draw(st.booleans()) else (),
        preferences=tuple(draw(st.lists(st.sampled_from(TOPICS), max_size=5, unique=True))),
    )
    loads = Counter({one.code: draw(st.integers(0, agenda.seats(one))) for one in agenda.sessions})
    held: dict[str, Assignment] = {}
    if draw(st.booleans()) and agenda.sessions:
        one: Session = draw(st.sampled_from(agenda.sessions))
        held[one.slot] = Assignment(one.slot, one.code, Why(cause=Cause.PLAN))
    return Case(agenda, who, held, loads)


def chosen(case: Case) -> dict[str, Assignment]:
    """What placement gives, by slot."""
    made = place(case.agenda, case.who, case.held, lambda code: case.loads[code], at(8))
    return {one.slot: one for one in made}


def judged(case: Case, day: Sequence[Session | None]) -> tuple[int, int, Fraction]:
    """Slots without a seat; what the seats cost, with prices, less what the curriculum gains; fullness."""
    seats = [one for one in day if one is not None]
    required = {topic for code in case.who.disciplines for topic in case.agenda.curriculum[code]}
    gained = required & {one.topic for one in seats}
    cost = sum(
        cost_of(case.who.preferences, one.topic) + case.agenda.standing.prices[one.code] for one in seats
    )
    fullness = sum((Fraction(case.loads[one.code], case.agenda.seats(one)) for one in seats), Fraction(0))
    return len(day) - len(seats), cost - UNMET * len(gained), fullness


def open_slots(case: Case) -> list[Slot]:
    """The slots with sessions in which nothing is held."""
    return [
        slot
        for slot in case.agenda.slots
        if case.agenda.sessions_in[slot.code] and slot.code not in case.held
    ]


def every_day(case: Case) -> list[tuple[Session | None, ...]]:
    """All that is allowed, written down without any thought of cost."""
    options = [
        [
            None,
            *(
                s
                for s in sessions_for(case.agenda, case.who, slot)
                if case.loads[s.code] < case.agenda.seats(s)
            ),
        ]
        for slot in open_slots(case)
    ]
    had = [case.agenda.session[one.session].topic for one in case.held.values() if one.session is not None]
    days = []
    for day in product(*options):
        topics = [*had, *(one.topic for one in day if one is not None)]
        if len(set(topics)) == len(topics):
            days.append(day)
    return days


@given(cases())
def test_no_other_day_is_cheaper(case: Case) -> None:
    made = chosen(case)
    day = [case.agenda.session.get(made[slot.code].session or "") for slot in open_slots(case)]
    assert judged(case, day) == min(judged(case, other) for other in every_day(case))


@given(cases())
def test_a_day_given_is_one_that_is_allowed(case: Case) -> None:
    made = chosen(case)
    day = tuple(case.agenda.session.get(made[slot.code].session or "") for slot in open_slots(case))
    assert day in every_day(case)


@given(cases())
def test_reasons_count_the_new_seats_and_tell_the_truth_about_what_is_full(case: Case) -> None:
    made = chosen(case)
    taken = Counter(one.session for one in made.values())
    for one in made.values():
        if one.session is None:
            assert one.why.blocked is not None
            continue
        assert one.why.seat == case.loads[one.session] + 1 <= one.why.seats
        for better in one.why.better:
            possible = sessions_for(case.agenda, case.who, case.agenda.slot[one.slot], better.topic)
            is_full = all(case.loads[s.code] + taken[s.code] >= case.agenda.seats(s) for s in possible)
            assert (better.blocked is Blocked.FULL) == bool(possible and is_full)


@given(st.lists(st.dictionaries(st.integers(0, 4), st.integers(-9, 9), max_size=4), max_size=5))
def test_pairing_is_the_cheapest_of_all(rows: list[dict[int, int]]) -> None:
    def total(columns: Sequence[int | None]) -> int:
        return sum(NEVER if c is None else row[c] for row, c in zip(rows, columns, strict=True))

    def is_allowed(columns: Sequence[int | None]) -> bool:
        named = [c for c in columns if c is not None]
        return len(set(named)) == len(named)

    got = pair(rows, NEVER)
    options: list[list[int | None]] = [[None, *row] for row in rows]
    assert is_allowed(got)
    assert total(got) == min(total(other) for other in product(*options) if is_allowed(other))
