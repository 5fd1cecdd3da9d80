"""Placement at arrival: eligible, accessible, a free seat, each topic once, and the reason told."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from checkin.domain.assignments import Assignment, Blocked, Cause, Why
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, Closure, Person, Room, Session, Standing
from checkin.domain.routing.eligibility import is_accessible, is_eligible
from checkin.domain.routing.placement import place
from checkin.domain.routing.words import words
from tests.domain.conference import CONFERENCE, at, person


def placed(
    who: Person, assigned: Counter[str] | None = None, agenda: Agenda = CONFERENCE
) -> dict[str, Assignment]:
    """A fresh attendee's assignments by slot at 08:00."""
    counts = assigned or Counter[str]()
    return {a.slot: a for a in place(agenda, who, {}, lambda code: counts[code], at(8))}


def sessions(assignments: dict[str, Assignment]) -> dict[str, str | None]:
    """Only which session in which slot."""
    return {slot: a.session for slot, a in assignments.items()}


def test_each_slot_with_breakouts_gets_a_session_and_no_topic_comes_twice() -> None:
    assert sessions(placed(person(1))) == {"s2": "undercover-2", "s3": "planning-3"}


def test_curriculum_goes_before_emptier_rooms() -> None:
    counts = Counter({"undercover-2": 4, "undercover-3": 3})
    assert sessions(placed(person(1), counts))["s3"] == "undercover-3"


def test_reason_names_discipline_requirement_and_seat() -> None:
    assignment = placed(person(1), Counter({"undercover-2": 1}))["s2"]
    assert words(CONFERENCE, assignment) == "Law enforcement, required, seat 2 of 4"


def test_full_rooms_leave_an_assignment_without_session_that_says_so() -> None:
    assignment = placed(person(1), Counter({"undercover-2": 4}))["s2"]
    assert (assignment.session, assignment.why.blocked) == (None, Blocked.FULL)
    assert "full" in words(CONFERENCE, assignment)


def test_wheelchair_gets_accessible_rooms_only() -> None:
    who = structs.replace(person(1, "medical"), accessibility=("wheelchair",))
    result = placed(who)
    assert result["s2"].why.blocked is Blocked.NOT_ACCESSIBLE
    assert result["s3"].why.blocked is Blocked.NOT_ACCESSIBLE


def test_other_needs_do_not_bind_the_room() -> None:
    who = structs.replace(person(1, "medical"), accessibility=("hearing loop",))
    assert sessions(placed(who))["s2"] == "injuries-2"


def test_without_a_discipline_only_open_sessions() -> None:
    who = structs.replace(person(1), disciplines=())
    result = placed(who)
    assert result["s2"].why.blocked is Blocked.NOTHING_ELIGIBLE
    assert result["s3"].session == "planning-3"


def test_speakers_get_no_assignments() -> None:
    assert placed(structs.replace(person(1), is_welcome_everywhere=True)) == {}


def test_slots_that_ended_are_left_alone_and_running_ones_are_not() -> None:
    slots = [a.slot for a in place(CONFERENCE, person(1), {}, lambda code: 0, at(10, 59))]
    assert slots == ["s2", "s3"]
    slots = [a.slot for a in place(CONFERENCE, person(1), {}, lambda code: 0, at(11))]
    assert slots == ["s3"]


def test_what_is_held_stays_and_its_topic_is_not_given_again() -> None:
    held = placed(person(1))
    kept = {"s3": structs.replace(held["s2"], slot="s3", session="undercover-3")}
    result = place(CONFERENCE, person(1), kept, lambda code: 0, at(8))
    assert [(a.slot, a.session, a.why.blocked) for a in result] == [("s2", None, Blocked.TOPICS_DONE)]


def test_capacity_zero_is_full() -> None:
    rooms = tuple(Room(r.code, r.name, 0, 0) for r in CONFERENCE.rooms)
    result = placed(person(1), agenda=replace(CONFERENCE, rooms=rooms))
    assert {a.why.blocked for a in result.values()} == {Blocked.FULL}


def long_event(slots: int) -> Agenda:
    """Some slots with the same sessions in each, the last wished for least; one seat each."""
    spans = tuple(
        replace(
            CONFERENCE.slots[0], code=f"t{n}", starts_at=Instant(at(9) + n), ends_at=Instant(at(9) + n + 1)
        )
        for n in range(slots)
    )
    rooms = tuple(Room(f"r{n}", f"R{n}", 1, 1) for n in range(slots))
    sessions = tuple(Session(f"{s.code}-{r.code}", r.code, "", s.code, r.code) for s in spans for r in rooms)
    return replace(CONFERENCE, rooms=rooms, slots=spans, sessions=sessions, curriculum={})


def test_a_full_day_is_found_where_the_last_slot_has_one_room_left() -> None:
    agenda = long_event(12)
    full = {s.code for s in agenda.sessions if int(s.slot[1:]) + int(s.topic[1:]) > 11}
    result = place(agenda, person(1), {}, lambda code: int(code in full), at(8))
    assert {a.slot: a.session for a in result} == {f"t{n}": f"t{n}-r{11 - n}" for n in range(12)}


def test_a_full_room_is_the_reason_although_its_topic_comes_later() -> None:
    counts = Counter({"undercover-2": 4, "planning-3": 2})
    result = placed(person(1), counts)
    assert (result["s2"].why.blocked, result["s3"].session) == (Blocked.FULL, "undercover-3")


def test_wishes_go_before_emptier_rooms_and_after_the_curriculum() -> None:
    agenda = replace(CONFERENCE, curriculum={})
    wishing = structs.replace(person(1), preferences=("planning", "undercover"))
    counts = Counter({"planning-3": 1, "undercover-2": 4})
    assert sessions(placed(wishing, counts, agenda))["s3"] == "planning-3"
    assert sessions(placed(wishing, counts))["s3"] == "undercover-3"


def test_a_price_keeps_a_seat_for_others_and_the_reason_says_so() -> None:
    priced = replace(CONFERENCE, curriculum={}, standing=Standing(prices={"planning-3": 30}))
    wishing = structs.replace(person(1), preferences=("planning",))
    assignment = placed(wishing, Counter({"undercover-2": 4}), priced)["s3"]
    assert assignment.session == "undercover-3"
    assert [(one.topic, one.blocked) for one in assignment.why.better] == [("planning", Blocked.KEPT)]


def test_whoever_is_here_takes_a_free_seat_whatever_its_price() -> None:
    priced = replace(CONFERENCE, standing=Standing(prices={s.code: 9_999 for s in CONFERENCE.sessions}))
    assert sessions(placed(person(1), agenda=priced)) == {"s2": "undercover-2", "s3": "planning-3"}


def test_a_closed_room_is_not_given() -> None:
    closed = replace(CONFERENCE, standing=Standing(closures=(Closure("a101", None, at(7)),)))
    result = placed(person(1), Counter({"undercover-2": 4}), closed)
    assert sessions(result)["s3"] == "undercover-3"
    assert placed(person(1, "medical"), agenda=closed)["s3"].why.blocked is Blocked.ROOM_CLOSED


def test_no_seat_once_more_for_the_same_reason_is_no_news() -> None:
    full = Counter({"undercover-2": 4, "undercover-3": 4, "planning-3": 2})
    held = placed(person(1), full)
    assert place(CONFERENCE, person(1), held, lambda code: full[code], at(8), cause=Cause.FREED_SEAT) == ()


def test_a_released_seat_stays_said_until_there_is_another() -> None:
    released = {"s2": Assignment("s2", None, Why(cause=Cause.FREED_SEAT, blocked=Blocked.RELEASED))}
    full = Counter({"undercover-2": 4})
    again = place(CONFERENCE, person(1), released, lambda code: full[code], at(10, 15))
    assert [a.slot for a in again] == ["s3"]
    again = place(CONFERENCE, person(1), released, lambda code: 0, at(10, 15))
    assert {a.slot: a.session for a in again}["s2"] == "undercover-2"


@given(
    st.lists(
        st.tuples(
            st.sampled_from([(), ("law",), ("medical",), ("law", "medical")]),
            st.booleans(),
            st.integers(at(7), at(15)),
        ),
        max_size=25,
    )
)
def test_any_arrivals_keep_the_rules(arrivals: list[tuple[tuple[str, ...], bool, int]]) -> None:
    counts: Counter[str] = Counter()
    for number, (disciplines, wheelchair, moment) in enumerate(arrivals):
        needs = ("wheelchair",) if wheelchair else ()
        who = structs.replace(person(number), disciplines=disciplines, accessibility=needs)
        result = place(CONFERENCE, who, {}, lambda code: counts[code], Instant(moment))
        taken = [CONFERENCE.session[a.session] for a in result if a.session is not None]
        counts.update(s.code for s in taken)
        assert len({s.topic for s in taken}) == len(taken)
        assert len({a.slot for a in result}) == len(result)
        assert all(is_eligible(who, s) and is_accessible(CONFERENCE, who, s) for s in taken)
        assert all(CONFERENCE.slot[a.slot].ends_at > moment for a in result)
        assert all(a.why.blocked is not None for a in result if a.session is None)
    for session in CONFERENCE.sessions:
        assert counts[session.code] <= CONFERENCE.seats(session)
