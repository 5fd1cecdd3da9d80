"""The table of verdicts, line by line, with its neighbours."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from checkin.domain.instants import HOUR, MINUTE, SECOND, Instant
from checkin.domain.model import Person
from checkin.domain.presence import ABSENT, fold
from checkin.domain.scanning import judge
from checkin.domain.scans import Direction, Holder, Number, Outcome, Reason, Scan, Situation, Verdict
from checkin.domain.tallies import TallyKey, contribution
from tests.domain.conference import (
    CONFERENCE,
    DENVER,
    KIOSK,
    NEXT_DAY,
    OTHER_KIOSK,
    always_open,
    at,
    badge,
    person,
    scan,
    situation,
)

ANA = person(1)
BEN = person(2, "medical")


def answer(state: Situation, one: Scan, now: Instant) -> Outcome:
    """Judges a single scan."""
    return judge(state, [one], now).outcomes[0]


def reason(outcome: Outcome) -> tuple[Verdict, Reason]:
    """Verdict and reason of an outcome that was recorded."""
    assert outcome.recorded is not None
    return outcome.recorded.verdict, outcome.recorded.reason


def conflict(outcome: Outcome) -> list[str]:
    """What a late scan's answer lists as conflict."""
    assert outcome.recorded is not None
    return list((outcome.recorded.detail or {}).get("conflict", []))


def late(one: Scan, age: int) -> Scan:
    """The same scan made `age` microseconds ago without a connection."""
    return structs.replace(one, lateness=age)


def test_unreadable_badge_is_unknown_and_shows_nobody() -> None:
    outcome = answer(situation(ANA), scan(1, None), at(8))
    assert reason(outcome) == (Verdict.REFUSED, Reason.UNKNOWN_BADGE)
    assert outcome.person is None
    assert outcome.itinerary is None


def test_badge_of_nobody_is_unknown() -> None:
    assert reason(answer(situation(ANA), scan(1, badge(9)), at(8)))[1] is Reason.UNKNOWN_BADGE


def test_badge_of_another_event_is_told_apart_but_shows_nobody() -> None:
    state = situation(ANA)
    state.holders[badge(7).value] = Holder(person(7).id, is_other_event=True)
    outcome = answer(state, scan(1, badge(7)), at(8))
    assert reason(outcome) == (Verdict.REFUSED, Reason.OTHER_EVENT)
    assert outcome.person is None
    assert outcome.recorded is not None
    assert outcome.recorded.attendee is None


def test_leaving_ends_the_presence_and_coming_back_returns() -> None:
    state = situation(ANA)
    answer(state, scan(1, badge(1)), at(8))
    out = structs.replace(scan(2, badge(1)), direction=Direction.OUT)
    assert reason(answer(state, out, at(9))) == (Verdict.ADMITTED, Reason.LEFT_VENUE)
    assert not state.presences[ANA.id].is_on_site(at(9, 1), DENVER)
    assert reason(answer(state, scan(3, badge(1)), at(10))) == (Verdict.ADMITTED, Reason.RETURNED)
    assert state.presences[ANA.id].first_at == at(8)


def test_leaving_without_having_come_is_logged_as_unmatched() -> None:
    state = situation(ANA)
    out = structs.replace(scan(1, badge(1)), direction=Direction.OUT)
    assert reason(answer(state, out, at(9))) == (Verdict.ADMITTED, Reason.EXITED_UNMATCHED)
    assert state.presences.get(ANA.id, ABSENT) == ABSENT


@pytest.mark.parametrize("direction", [Direction.AUTO, Direction.IN])
def test_replaced_badge_is_refused_but_may_leave(direction: Direction) -> None:
    state = situation(ANA)
    state.holders[badge(1).value] = Holder(ANA.id, is_replaced=True)
    outcome = answer(state, structs.replace(scan(1, badge(1)), direction=direction), at(8))
    assert reason(outcome) == (Verdict.REFUSED, Reason.BADGE_REPLACED)
    assert outcome.person is None
    out = structs.replace(scan(2, badge(1)), direction=Direction.OUT)
    assert reason(answer(state, out, at(8)))[1] is Reason.EXITED_UNMATCHED


def test_cancelled_registration_is_refused_and_gets_no_seat() -> None:
    state = situation(structs.replace(ANA, is_cancelled=True))
    outcome = answer(state, scan(1, badge(1)), at(8))
    assert reason(outcome) == (Verdict.REFUSED, Reason.REGISTRATION_CANCELLED)
    assert outcome.person is not None
    assert outcome.itinerary == ()
    assert not state.presences


def test_second_arrival_is_a_repeat_with_the_first_time_and_device() -> None:
    state = situation(ANA)
    answer(state, scan(1, badge(1)), at(8))
    outcome = answer(state, scan(2, badge(1), OTHER_KIOSK), at(8, 5))
    assert reason(outcome) == (Verdict.REPEAT, Reason.ALREADY_CHECKED_IN)
    assert outcome.recorded is not None
    assert outcome.recorded.detail == {"first_at": at(8), "first_device": "Kiosk A"}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(7, 29, 59), Reason.CLOSED),
        (at(7, 30), Reason.CHECKED_IN),
        (Instant(at(17, 30) - 1), Reason.CHECKED_IN),
        (at(17, 30), Reason.CLOSED),
        (at(12, day=NEXT_DAY), Reason.CHECKED_IN),
        (at(12, day=date(2027, 1, 28)), Reason.CLOSED),
        (at(12, day=date(2027, 1, 25)), Reason.CLOSED),
    ],
)
def test_doors_are_open_from_the_first_to_before_the_last_moment(now: Instant, expected: Reason) -> None:
    assert reason(answer(situation(ANA), scan(1, badge(1)), now))[1] is expected


def test_without_doors_hours_it_is_always_open() -> None:
    state = situation(ANA, agenda=always_open())
    assert reason(answer(state, scan(1, badge(1)), at(3)))[1] is Reason.CHECKED_IN


def test_arrival_is_placed_at_once_and_told_where_to_go() -> None:
    state = situation(ANA)
    outcome = answer(state, scan(1, badge(1)), at(8))
    assert [(item.slot, item.session) for item in outcome.itinerary or ()] == [
        ("s1", "opening"),
        ("s2", "undercover-2"),
        ("s3", "planning-3"),
    ]
    assert outcome.stop is not None
    assert outcome.stop == "opening"
    assert state.tallies[("assigned", "undercover-2")] == 1


def test_after_a_midnight_the_same_person_returns() -> None:
    state = situation(ANA)
    answer(state, scan(1, badge(1)), at(8))
    assert reason(answer(state, scan(2, badge(1)), at(17, 29)))[1] is Reason.ALREADY_CHECKED_IN
    assert reason(answer(state, scan(3, badge(1)), at(8, day=NEXT_DAY)))[1] is Reason.RETURNED


def test_typed_number_needs_the_last_name() -> None:
    state = situation(ANA)
    state.numbers["K7-001"] = (ANA.id, "romero")
    wrong = structs.replace(scan(1, None), subject=Number("K7-001", "ramirez"))
    right = structs.replace(scan(2, None), subject=Number("K7-001", "romero"))
    assert reason(answer(state, wrong, at(8)))[1] is Reason.UNKNOWN_BADGE
    assert reason(answer(state, right, at(8)))[1] is Reason.CHECKED_IN


def test_same_scan_id_counts_once_and_gets_the_same_answer() -> None:
    state = situation(ANA)
    first = answer(state, scan(1, badge(1)), at(8))
    again = judge(state, [scan(1, badge(1))], at(8, 1))
    assert again.scans == []
    assert again.outcomes[0].is_replay
    assert again.outcomes[0].recorded == first.recorded


def test_same_scan_id_for_something_else_is_reused() -> None:
    state = situation(ANA, BEN)
    answer(state, scan(1, badge(1)), at(8))
    assert answer(state, scan(1, badge(2)), at(8)).is_reused
    assert answer(state, scan(1, badge(1), OTHER_KIOSK), at(8)).is_reused
    assert not state.presences.get(BEN.id)


def test_revoked_device_records_nothing() -> None:
    state = situation(ANA)
    state.devices[KIOSK.id] = structs.replace(KIOSK, is_revoked=True)
    changes = judge(state, [scan(1, badge(1))], at(8))
    assert changes.outcomes[0].recorded is None
    assert changes.scans == []


def test_recorded_at_rises_even_if_the_clock_stands_or_falls_back() -> None:
    state = situation(ANA, BEN)
    changes = judge(state, [scan(1, badge(1)), scan(2, badge(2))], at(8))
    later = judge(state, [scan(3, badge(1))], at(7, 45))
    moments = [r.recorded_at for r in [*changes.scans, *later.scans]]
    assert moments == [at(8), at(8) + 1, at(8) + 2]


class TestLateScans:
    def test_it_took_place_as_long_ago_as_its_device_says(self) -> None:
        outcome = answer(situation(ANA), late(scan(1, badge(1)), 10 * MINUTE), at(8))
        assert outcome.recorded is not None
        assert outcome.recorded.happened_at == at(7, 50)
        assert outcome.recorded.recorded_at == at(8)

    @pytest.mark.parametrize(("age", "expected"), [(-HOUR, at(8)), (400 * HOUR, CONFERENCE.starts_at)])
    def test_it_lies_between_the_first_day_and_now(self, age: int, expected: Instant) -> None:
        outcome = answer(situation(ANA), late(scan(1, badge(1)), age), at(8))
        assert outcome.recorded is not None
        assert outcome.recorded.happened_at == expected

    def test_second_check_in_is_a_repeat_with_conflict_and_the_earliest_time_stays(self) -> None:
        state = situation(ANA)
        answer(state, scan(1, badge(1)), at(9))
        outcome = answer(state, late(scan(2, badge(1), OTHER_KIOSK), HOUR), at(9, 30))
        assert reason(outcome) == (Verdict.REPEAT, Reason.ALREADY_CHECKED_IN)
        assert conflict(outcome) == ["already_checked_in"]
        assert outcome.recorded is not None
        assert (outcome.recorded.detail or {})["first_at"] == at(8, 30)
        assert state.presences[ANA.id].first_device == OTHER_KIOSK.id

    def test_after_leaving_it_is_a_repeat_all_the_same(self) -> None:
        state = situation(ANA)
        answer(state, scan(1, badge(1)), at(8))
        answer(state, structs.replace(scan(2, badge(1)), direction=Direction.OUT), at(9))
        outcome = answer(state, late(scan(3, badge(1)), MINUTE), at(10))
        assert reason(outcome) == (Verdict.REPEAT, Reason.ALREADY_CHECKED_IN)

    def test_cancelled_and_closed_are_recorded_as_conflicts(self) -> None:
        state = situation(structs.replace(ANA, is_cancelled=True))
        outcome = answer(state, late(scan(1, badge(1)), HOUR), at(8))
        assert reason(outcome) == (Verdict.ADMITTED, Reason.CHECKED_IN)
        assert conflict(outcome) == ["registration_cancelled", "closed"]
        assert state.presences[ANA.id].first_at == at(7)
        assert not state.assignments[ANA.id]

    def test_replaced_and_unknown_badges_stay_refused(self) -> None:
        state = situation(ANA)
        state.holders[badge(1).value] = Holder(ANA.id, is_replaced=True)
        assert reason(answer(state, late(scan(1, badge(1)), MINUTE), at(8)))[1] is Reason.BADGE_REPLACED
        assert reason(answer(state, late(scan(2, badge(5)), MINUTE), at(8)))[1] is Reason.UNKNOWN_BADGE

    def test_it_takes_no_seat_in_a_slot_that_has_begun(self) -> None:
        state = situation(ANA)
        outcome = answer(state, late(scan(1, badge(1)), 2 * HOUR), at(10, 0, 1))
        assert [i.slot for i in outcome.itinerary or ()] == ["s1", "s3"]

    def test_leaving_is_matched_with_where_they_were_then(self) -> None:
        state = situation(ANA)
        answer(state, scan(1, badge(1)), at(8))
        out = late(structs.replace(scan(2, badge(1)), direction=Direction.OUT), HOUR)
        assert reason(answer(state, out, at(8, 30)))[1] is Reason.EXITED_UNMATCHED


PEOPLE = [person(n, *(["medical"] if n % 3 == 0 else ["law"])) for n in range(1, 7)]


@st.composite
def days(draw: st.DrawFn) -> list[Scan]:
    """Scans of six people at two kiosks: live, late, in, out, retried, unknown."""
    scans: list[Scan] = []
    for name in range(draw(st.integers(1, 25))):
        if scans and draw(st.integers(0, 3)) == 0:
            scans.append(draw(st.sampled_from(scans)))
            continue
        who = draw(st.integers(0, 7))
        one = scan(name, badge(who) if who else None, draw(st.sampled_from([KIOSK, OTHER_KIOSK])))
        one = structs.replace(one, direction=draw(st.sampled_from(list(Direction))))
        scans.append(structs.replace(one, lateness=draw(st.none() | st.integers(-HOUR, 3 * HOUR))))
    return scans


def _count(state: Situation, people: list[Person]) -> Counter[TallyKey]:
    total: Counter[TallyKey] = Counter()
    for one in people:
        presence = state.presences.get(one.id, ABSENT)
        total += contribution(one, presence, state.assignments.get(one.id, {}).values(), DENVER)
    return total


def _with_sightings(state: Situation) -> Situation:
    state.sightings = {p.id: [] for p in state.persons.values()}
    return state


@given(days())
@settings(max_examples=300, deadline=None)
def test_a_batch_gives_what_its_scans_give_one_by_one(scans: list[Scan]) -> None:
    whole, single = _with_sightings(situation(*PEOPLE)), _with_sightings(situation(*PEOPLE))
    together = judge(whole, scans, at(9))
    alone = [judge(single, [one], at(9)) for one in scans]
    assert together.outcomes == [c.outcomes[0] for c in alone]
    assert whole == single


@given(days())
@settings(max_examples=300, deadline=None)
def test_counts_and_presences_are_what_the_log_says(scans: list[Scan]) -> None:
    state = _with_sightings(situation(*PEOPLE))
    state.tallies.update(_count(state, PEOPLE))
    for number, made in enumerate(scans):
        judge(state, [made], Instant(at(9) + number * 10 * SECOND))
    assert {k: n for k, n in state.tallies.items() if n} == dict(_count(state, PEOPLE))
    for one in PEOPLE:
        assert state.presences.get(one.id, ABSENT) == fold(state.sightings[one.id], DENVER)
    for session in CONFERENCE.sessions:
        assert state.tallies.get(("assigned", session.code), 0) <= CONFERENCE.seats(session)
