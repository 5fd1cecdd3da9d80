"""What comes with a scan at a door: the order of lines, overrides, seats, walk-ins, late scans, repeats."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time

import pytest
from msgspec import structs

from checkin.domain.instants import MINUTE, SECOND, Instant
from checkin.domain.model import Person
from checkin.domain.scans import Holder, Override
from checkin.domain.tallies import ASSIGNED
from tests.domain.conference import at, badge
from tests.domain.doors import ANA, ANYHOW, BEN, CORA, DEE, Venue, detail, told

Trouble = Callable[[Venue], None]

NOW = at(9, 5)


def replaced(venue: Venue) -> None:
    venue.state.holders[badge(ANA.id).value] = Holder(ANA.id, is_replaced=True)


def cancelled(venue: Venue) -> None:
    venue.state.persons[ANA.id] = structs.replace(venue.state.persons[ANA.id], is_cancelled=True)


def inside(venue: Venue) -> None:
    venue.scan(ANA, "a", NOW, override=ANYHOW)


def after_hours(venue: Venue) -> None:
    venue.agenda = venue.state.agenda = replace(venue.agenda, doors_open=time(12))


def closed_room(venue: Venue) -> None:
    venue.close("a", None, at(7))


def elsewhere(venue: Venue) -> None:
    venue.assign(ANA, "all-1")


def a_doctor(venue: Venue) -> None:
    venue.state.persons[ANA.id] = structs.replace(venue.state.persons[ANA.id], disciplines=("medical",))


def full_room(venue: Venue) -> None:
    venue.crowd("a", 3, NOW)


def full_session(venue: Venue) -> None:
    venue.take_seats("law-1", 2)


LINES: list[tuple[str, Trouble]] = [
    ("badge_replaced", replaced),
    ("registration_cancelled", cancelled),
    ("already_inside", inside),
    ("closed", after_hours),
    ("room_closed", closed_room),
    ("wrong_room", elsewhere),
    ("not_eligible", a_doctor),
    ("room_full", full_room),
    ("session_full", full_session),
]
AFTER_INSIDE = LINES[3:]


def troubled(*troubles: Trouble) -> Venue:
    """A venue where all of this applies to Ana at the door of A; what is inside comes first."""
    venue = Venue()
    venue.arrive(ANA, now=at(9))
    for trouble in sorted(troubles, key=lambda one: one is not inside):
        trouble(venue)
    return venue


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (first, second)
        for place, first in enumerate(LINES)
        for second in LINES[place + 1 :]
        # who is assigned elsewhere has a seat: the last line is not about them
        if (first[0], second[0]) != ("wrong_room", "session_full")
    ],
)
def test_of_two_lines_the_earlier_decides(first: tuple[str, Trouble], second: tuple[str, Trouble]) -> None:
    venue = troubled(first[1], second[1])
    assert told(venue.scan(ANA, "a", Instant(NOW + SECOND))).split()[1] == first[0]


class TestOverrides:
    @pytest.mark.parametrize(("reason", "trouble"), AFTER_INSIDE)
    def test_it_passes_each_refusal_and_takes_no_seat(self, reason: str, trouble: Trouble) -> None:
        venue = troubled(trouble)
        held, load = venue.seat(ANA, "s1"), venue.state.tallies.get((ASSIGNED, "law-1"), 0)
        outcome = venue.scan(ANA, "a", NOW, override=ANYHOW)
        assert told(outcome) == "admitted entered"
        assert detail(outcome, "overridden") == [reason]
        assert detail(outcome, "override") == {"reason": "speaker asked", "by": "M. Ortiz"}
        assert venue.presence(ANA).room == "a"
        assert venue.seat(ANA, "s1") == held
        assert venue.state.tallies.get((ASSIGNED, "law-1"), 0) == load

    def test_every_refusal_that_applied_is_told_in_the_order_of_the_table(self) -> None:
        venue = troubled(full_session, full_room, a_doctor, closed_room, after_hours)
        outcome = venue.scan(ANA, "a", NOW, override=ANYHOW)
        told_ones = ["closed", "room_closed", "not_eligible", "room_full", "session_full"]
        assert detail(outcome, "overridden") == told_ones
        venue = troubled(full_session, full_room, a_doctor, elsewhere, closed_room)
        outcome = venue.scan(ANA, "a", NOW, override=ANYHOW)
        assert detail(outcome, "overridden") == ["room_closed", "wrong_room", "not_eligible", "room_full"]

    def test_it_takes_no_seat_even_where_one_is_free(self) -> None:
        venue = troubled()
        outcome = venue.scan(ANA, "a", NOW, override=ANYHOW)
        assert detail(outcome, "overridden") is None
        assert venue.seat(ANA, "s1") is None

    @pytest.mark.parametrize("trouble", [replaced, cancelled])
    def test_badges_and_registrations_are_beyond_it(self, trouble: Trouble) -> None:
        assert told(troubled(trouble).scan(ANA, "a", NOW, override=ANYHOW)).startswith("refused")

    def test_it_checks_in_but_gives_no_seat_of_the_day(self) -> None:
        venue = Venue()
        venue.take_seats("law-1", 2)
        venue.scan(ANA, "a", NOW, override=ANYHOW)
        assert venue.presence(ANA).first_at == NOW
        assert not venue.state.assignments[ANA.id]

    def test_the_headcount_goes_beyond_the_limit_only_so(self) -> None:
        venue = troubled(full_room)
        outcome = venue.scan(ANA, "a", NOW, override=Override("fire drill", "J. Doe"))
        assert outcome.occupancy is not None
        assert outcome.occupancy.headcount == 4


class TestWelcomeEverywhere:
    def test_nothing_but_the_limit_and_a_closed_room_stops_them(self) -> None:
        venue = Venue()
        venue.take_seats("med-1", 2)
        assert told(venue.scan(DEE, "b", NOW)) == "admitted entered"
        assert venue.state.tallies[ASSIGNED, "med-1"] == 2
        assert not venue.state.assignments[DEE.id]
        venue.crowd("c", 3, NOW)
        assert told(venue.scan(DEE, "c", NOW)) == "refused room_full"
        venue.close("a", None, at(7))
        assert told(venue.scan(DEE, "a", NOW)) == "refused room_closed"


class TestComingFromAnotherRoom:
    def test_the_interval_there_ends_and_is_told(self) -> None:
        venue = Venue()
        venue.scan(DEE, "a", NOW)
        outcome = venue.scan(DEE, "b", at(9, 6))
        assert (told(outcome), detail(outcome, "left_room")) == ("admitted entered", "a")
        assert (venue.presence(DEE).room, venue.presence(DEE).entered_at) == ("b", at(9, 6))
        assert told(venue.scan(DEE, "a", at(9, 7), "out")) == "admitted exited_unmatched"

    def test_who_came_from_nowhere_left_nothing(self) -> None:
        venue = Venue()
        venue.scan(DEE, "a", NOW)
        venue.scan(DEE, "a", at(9, 7), "out")
        assert detail(venue.scan(DEE, "b", at(9, 8)), "left_room") is None

    def test_a_refusal_leaves_them_where_they_are(self) -> None:
        venue = Venue()
        venue.scan(ANA, "a", NOW)
        venue.scan(ANA, "b", at(9, 6))
        assert venue.presence(ANA).room == "a"


class TestWalkIns:
    def test_a_door_checks_in_and_places_in_the_other_slots(self) -> None:
        venue = Venue()
        outcome = venue.scan(ANA, "a", at(8, 45))
        assert told(outcome) == "admitted entered"
        assert venue.presence(ANA).first_at == at(8, 45)
        seats = [venue.seat(ANA, code) for code in ("s1", "s2", "s3")]
        assert seats[0] == "law-1"
        assert seats[1] in ("law-2", "all-2")
        assert seats[2] == "all-3", "law is had at this door"
        assert [item.slot for item in outcome.itinerary or ()] == ["s0", "s1", "s2", "s3"]

    def test_who_checked_in_before_gets_a_seat_here_only(self) -> None:
        venue = Venue()
        venue.arrive(ANA, now=at(8))
        venue.scan(ANA, "a", at(8, 45))
        assert [venue.seat(ANA, code) for code in ("s1", "s2", "s3")] == ["law-1", None, None]

    def test_a_topic_twice_is_presence_only(self) -> None:
        venue = Venue()
        venue.arrive(ANA, now=at(8))
        venue.assign(ANA, "law-1")
        outcome = venue.scan(ANA, "a", at(13))
        assert told(outcome) == "admitted entered"
        assert (venue.presence(ANA).session, venue.seat(ANA, "s3")) == ("law-3", None)
        assert venue.state.tallies.get((ASSIGNED, "law-3"), 0) == 0

    def test_a_seat_here_is_taken_whatever_access_the_room_has(self) -> None:
        venue = Venue(people=(structs.replace(ANA, accessibility=("wheelchair",)),))
        venue.arrive(ANA, now=at(8))
        venue.scan(ANA, "c", NOW)
        assert venue.seat(ANA, "s1") == "all-1"


class TestLateScans:
    def late(self, venue: Venue, who: Person, room: str, now: Instant, age: int, way: str = "auto") -> object:
        outcome = venue.scan(who, room, now, way, late=age)
        return told(outcome), detail(outcome, "conflict")

    @pytest.mark.parametrize(("reason", "trouble"), [LINES[1], *AFTER_INSIDE])
    def test_what_would_have_been_refused_is_a_fact_with_its_conflicts(
        self, reason: str, trouble: Trouble
    ) -> None:
        venue = troubled(trouble)
        assert self.late(venue, ANA, "a", Instant(NOW + MINUTE), MINUTE) == ("admitted entered", [reason])
        assert (venue.presence(ANA).room, venue.presence(ANA).entered_at) == ("a", NOW)

    def test_a_replaced_badge_stays_refused(self) -> None:
        assert self.late(troubled(replaced), ANA, "a", NOW, MINUTE) == ("refused badge_replaced", None)

    def test_auto_is_in_however_long_they_were_inside(self) -> None:
        venue = Venue()
        venue.scan(ANA, "a", NOW)
        assert self.late(venue, ANA, "a", at(9, 30), 5 * MINUTE) == ("repeat already_inside", None)
        assert self.late(venue, ANA, "a", at(9, 30), 5 * MINUTE, "out") == ("admitted exited", None)
        assert venue.presence(ANA).exited_at == Instant(at(9, 25) + 1)

    def test_auto_after_an_exit_is_in_too(self) -> None:
        venue = Venue()
        venue.scan(ANA, "a", NOW)
        venue.scan(ANA, "a", at(9, 10), "out")
        assert self.late(venue, ANA, "a", at(9, 11), 30 * SECOND) == ("admitted entered", None)

    def test_an_override_made_without_a_connection_is_told_as_one(self) -> None:
        venue = troubled(full_room, cancelled)
        outcome = venue.scan(ANA, "a", Instant(NOW + MINUTE), late=MINUTE, override=ANYHOW)
        assert detail(outcome, "conflict") == ["registration_cancelled"]
        assert detail(outcome, "overridden") == ["room_full"]

    @pytest.mark.parametrize(("now", "seat"), [(Instant(at(9) - 1), "law-1"), (at(9), None)])
    def test_it_takes_a_seat_only_until_the_slot_begins(self, now: Instant, seat: str | None) -> None:
        venue = Venue()
        venue.arrive(ANA, now=at(8))
        assert self.late(venue, ANA, "a", now, 10 * MINUTE) == ("admitted entered", None)
        assert venue.seat(ANA, "s1") == seat
        assert venue.presence(ANA).session == "law-1"

    def test_it_takes_no_seat_in_a_closed_room(self) -> None:
        venue = Venue()
        venue.close("a", None, at(7))
        self.late(venue, ANA, "a", at(8, 50), MINUTE)
        assert venue.seat(ANA, "s1") is None

    def test_a_walk_in_gets_what_has_not_begun(self) -> None:
        venue = Venue()
        self.late(venue, ANA, "a", at(9, 10), MINUTE)
        assert venue.seat(ANA, "s1") is None
        assert venue.seat(ANA, "s2") is not None
        assert venue.seat(ANA, "s3") == "all-3"

    def test_a_plan_that_sends_them_elsewhere_keeps_its_topic(self) -> None:
        venue = Venue()
        venue.assign(ANA, "all-1")
        assert self.late(venue, ANA, "a", at(9, 10), MINUTE) == ("admitted entered", ["wrong_room"])
        assert (venue.seat(ANA, "s1"), venue.seat(ANA, "s3")) == ("all-1", "law-3")

    def test_another_room_in_between_is_left_at_its_time(self) -> None:
        venue = Venue()
        venue.scan(DEE, "a", NOW)
        outcome = venue.scan(DEE, "b", at(9, 30), late=10 * MINUTE)
        assert detail(outcome, "left_room") == "a"
        assert venue.presence(DEE).room == "b"
        outcome = venue.scan(DEE, "c", at(9, 31), late=20 * MINUTE)
        assert detail(outcome, "left_room") == "a"
        assert venue.presence(DEE).room == "b", "the later sighting holds"


def test_a_typed_number_opens_a_door_without_a_name() -> None:
    venue = Venue()
    venue.state.numbers["K7-003"] = (CORA.id, "romero")
    assert told(venue.type_number("K7-003", "a", NOW)) == "admitted entered"
    assert told(venue.type_number("K7-999", "a", NOW)) == "refused unknown_badge"
    assert told(venue.type_number("K7-003", "a", NOW, last_name="other")) == "refused unknown_badge"


def test_a_door_that_sees_a_doctor_twice_says_so_and_counts_once() -> None:
    venue = Venue()
    venue.scan(BEN, "b", NOW)
    venue.scan(BEN, "b", Instant(NOW + SECOND))
    outcome = venue.scan(BEN, "b", Instant(NOW + 2 * SECOND), "in")
    assert outcome.occupancy is not None
    assert outcome.occupancy.headcount == 1
