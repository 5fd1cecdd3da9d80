"""The table's lines at a door, each with its neighbours: just before and just after each limit."""

from datetime import date

import pytest
from msgspec import structs

from checkin.domain.instants import MINUTE, SECOND, Instant
from checkin.domain.scans import Holder
from checkin.domain.tallies import ASSIGNED, INSIDE
from tests.domain.conference import DENVER, NEXT_DAY, always_open, at, badge
from tests.domain.doors import AGENDA, ANA, BEN, CORA, DEE, Venue, detail, session, told


def before(moment: Instant) -> Instant:
    """The last microsecond before a moment."""
    return Instant(moment - 1)


class TestWhomItIs:
    def test_an_unknown_badge_is_refused(self) -> None:
        assert told(Venue().scan(None, "a", at(9))) == "refused unknown_badge"

    def test_another_events_badge_is_refused(self) -> None:
        venue = Venue()
        venue.state.holders[badge(1).value] = Holder(ANA.id, is_other_event=True)
        assert told(venue.scan(ANA, "a", at(9), "out")) == "refused other_event"

    def test_a_replaced_badge_is_refused_but_goes_out(self) -> None:
        venue = Venue()
        venue.scan(ANA, "a", at(9))
        venue.state.holders[badge(1).value] = Holder(ANA.id, is_replaced=True)
        assert told(venue.scan(ANA, "a", at(9, 5))) == "refused badge_replaced"
        assert told(venue.scan(ANA, "a", at(9, 6), "out")) == "admitted exited"

    def test_a_cancelled_registration_is_refused_even_inside_but_goes_out(self) -> None:
        venue = Venue()
        venue.scan(ANA, "a", at(9))
        venue.state.persons[ANA.id] = structs.replace(ANA, is_cancelled=True)
        assert told(venue.scan(ANA, "a", at(9, 5))) == "refused registration_cancelled"
        assert venue.presence(ANA).room == "a"
        assert told(venue.scan(ANA, "a", at(9, 6), "out")) == "admitted exited"


class TestWayOut:
    def test_out_where_they_are_is_an_exit(self) -> None:
        venue = Venue()
        venue.scan(ANA, "a", at(9))
        assert told(venue.scan(ANA, "a", at(9, 0, 1), "out")) == "admitted exited"
        assert venue.presence(ANA).room is None

    def test_out_at_another_door_is_unmatched_and_moves_nobody(self) -> None:
        venue = Venue()
        venue.scan(ANA, "a", at(9))
        assert told(venue.scan(ANA, "b", at(9, 5), "out")) == "admitted exited_unmatched"
        assert venue.presence(ANA).room == "a"

    def test_out_twice_is_unmatched_the_second_time(self) -> None:
        venue = Venue()
        venue.scan(ANA, "a", at(9))
        venue.scan(ANA, "a", at(9, 5), "out")
        assert told(venue.scan(ANA, "a", at(9, 5, 1), "out")) == "admitted exited_unmatched"

    def test_leaving_the_venue_ends_the_room_too(self) -> None:
        venue = Venue()
        venue.scan(ANA, "a", at(9))
        assert told(venue.scan(ANA, None, at(9, 30), "out")) == "admitted left_venue"
        assert venue.presence(ANA).room is None
        assert told(venue.scan(ANA, "a", at(9, 31), "out")) == "admitted exited_unmatched"


class TestSixtySeconds:
    @pytest.mark.parametrize(
        ("after", "expected"),
        [
            (SECOND, "repeat already_inside"),
            (60 * SECOND - 1, "repeat already_inside"),
            (60 * SECOND, "admitted exited"),
            (61 * SECOND, "admitted exited"),
        ],
    )
    def test_auto_goes_out_from_a_minute_after_the_entry_on(self, after: int, expected: str) -> None:
        venue = Venue()
        venue.scan(ANA, "a", at(9))
        assert told(venue.scan(ANA, "a", Instant(at(9) + after))) == expected

    def test_a_repeat_does_not_start_the_minute_again(self) -> None:
        venue = Venue()
        venue.scan(ANA, "a", at(9))
        venue.scan(ANA, "a", at(9, 0, 59))
        assert told(venue.scan(ANA, "a", at(9, 1))) == "admitted exited"

    @pytest.mark.parametrize("after", [SECOND, 61 * SECOND, 30 * MINUTE])
    def test_in_is_a_repeat_as_long_as_they_are_inside(self, after: int) -> None:
        venue = Venue()
        venue.scan(ANA, "a", at(9))
        assert told(venue.scan(ANA, "a", Instant(at(9) + after), "in")) == "repeat already_inside"

    @pytest.mark.parametrize(
        ("after", "direction", "expected"),
        [
            (60 * SECOND - 1, "auto", "repeat already_outside"),
            (60 * SECOND, "auto", "admitted entered"),
            (SECOND, "in", "admitted entered"),
        ],
    )
    def test_auto_comes_back_from_a_minute_after_the_exit_on(
        self, after: int, direction: str, expected: str
    ) -> None:
        venue = Venue()
        venue.scan(ANA, "a", at(9))
        venue.scan(ANA, "a", at(9, 5), "out")
        assert told(venue.scan(ANA, "a", Instant(at(9, 5) + after), direction)) == expected

    def test_an_exit_elsewhere_is_no_exit_here(self) -> None:
        venue = Venue()
        venue.scan(DEE, "a", at(9))
        venue.scan(DEE, "a", at(9, 5), "out")
        assert told(venue.scan(DEE, "b", at(9, 5, 10))) == "admitted entered"


class TestDoorsHours:
    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            (before(at(7, 30)), "refused closed"),
            (at(7, 30), "admitted entered"),
            (before(at(17, 30)), "admitted entered"),
            (at(17, 30), "refused closed"),
            (at(12, day=NEXT_DAY), "admitted entered"),
            (at(12, day=date(2027, 1, 28)), "refused closed"),
        ],
    )
    def test_rooms_keep_the_doors_hours(self, now: Instant, expected: str) -> None:
        assert told(Venue().scan(ANA, "c", now)) == expected

    def test_who_is_inside_goes_out_after_hours(self) -> None:
        venue = Venue()
        venue.scan(ANA, "c", before(at(17, 30)))
        assert told(venue.scan(ANA, "c", at(17, 30), "in")) == "repeat already_inside"
        assert told(venue.scan(ANA, "c", at(17, 40))) == "admitted exited"


class TestSessionOfTheScan:
    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            (before(at(8, 40)), None),
            (at(8, 40), "law-1"),
            (before(at(10)), "law-1"),
            (at(10), "law-2"),
            (before(at(11)), "law-2"),
            (at(11), None),
        ],
    )
    def test_it_is_open_from_twenty_minutes_before_its_start_to_its_end(
        self, now: Instant, expected: str | None
    ) -> None:
        assert session(Venue().scan(ANA, "a", now)) == expected

    @pytest.mark.parametrize(
        ("held", "expected"),
        [
            ((), "law-1"),
            (("law-1",), "law-1"),
            (("law-2",), "law-2"),
            (("law-1", "law-2"), "law-1"),
        ],
    )
    def test_where_windows_overlap_their_own_comes_first_then_the_running(
        self, held: tuple[str, ...], expected: str
    ) -> None:
        venue = Venue()
        venue.arrive(ANA, now=at(9))
        venue.assign(ANA, *held)
        assert session(venue.scan(ANA, "a", at(9, 55))) == expected

    def test_its_slot_decides_who_is_wrong_here(self) -> None:
        venue = Venue()
        venue.arrive(ANA, now=at(9))
        venue.assign(ANA, "all-1", "law-2")
        assert told(venue.scan(ANA, "a", before(at(9, 50)))) == "refused wrong_room"
        assert told(venue.scan(ANA, "a", at(9, 50))) == "admitted entered"


class TestClosedRoom:
    @pytest.mark.parametrize(
        ("slot", "now", "expected"),
        [
            ("s3", before(at(12, 40)), "admitted entered"),
            ("s3", at(12, 40), "refused room_closed"),
            ("s3", before(at(14)), "refused room_closed"),
            ("s3", at(14), "admitted entered"),
            (None, at(12, 40), "refused room_closed"),
            (None, at(15), "refused room_closed"),
        ],
    )
    def test_it_is_closed_in_its_slot_or_altogether(
        self, slot: str | None, now: Instant, expected: str
    ) -> None:
        venue = Venue()
        venue.close("a", slot, at(7))
        assert told(venue.scan(ANA, "a", now)) == expected

    def test_a_closure_of_the_next_slot_leaves_the_running_session_open(self) -> None:
        venue = Venue()
        venue.arrive(ANA, CORA, now=at(9))
        venue.assign(ANA, "law-1")
        venue.assign(CORA, "law-2")
        venue.close("a", "s2", at(7))
        assert told(venue.scan(ANA, "a", at(9, 55))) == "admitted entered"
        assert told(venue.scan(CORA, "a", at(9, 55))) == "refused room_closed"

    def test_it_sends_to_the_new_room(self) -> None:
        venue = Venue()
        venue.arrive(ANA, now=at(9))
        venue.assign(ANA, "all-3")
        venue.close("a", None, at(7))
        outcome = venue.scan(ANA, "a", at(12, 45))
        assert told(outcome) == "refused room_closed"
        assert venue.agenda.session[outcome.stop or ""].room == "c"

    def test_a_late_scan_from_before_the_closure_met_an_open_room(self) -> None:
        venue = Venue()
        venue.close("a", None, at(9, 30))
        assert detail(venue.scan(ANA, "a", at(9, 40), late=11 * MINUTE), "conflict") is None
        assert detail(venue.scan(CORA, "a", at(9, 40), late=9 * MINUTE), "conflict") == ["room_closed"]


class TestSeatsAndLimits:
    def test_assigned_elsewhere_is_the_wrong_room_and_hears_the_right_one(self) -> None:
        venue = Venue()
        venue.arrive(ANA, now=at(9))
        venue.assign(ANA, "all-1")
        outcome = venue.scan(ANA, "a", at(9, 5))
        assert told(outcome) == "refused wrong_room"
        assert venue.agenda.session[outcome.stop or ""].room == "c"
        assert outcome.alternatives is None

    def test_a_session_for_others_is_not_for_them(self) -> None:
        assert told(Venue().scan(BEN, "a", at(9))) == "refused not_eligible"
        assert told(Venue().scan(BEN, "a", at(11, 30))) == "admitted entered"

    @pytest.mark.parametrize(("inside", "expected"), [(2, "admitted entered"), (3, "refused room_full")])
    def test_the_posted_limit_counts_even_for_who_has_a_seat(self, inside: int, expected: str) -> None:
        venue = Venue()
        venue.arrive(ANA, now=at(9))
        venue.assign(ANA, "law-1")
        venue.crowd("a", inside, at(9))
        outcome = venue.scan(ANA, "a", at(9, 5))
        assert told(outcome) == expected
        assert outcome.occupancy is not None
        assert (outcome.occupancy.headcount, outcome.occupancy.posted_limit) == (3, 3)

    @pytest.mark.parametrize(("assigned", "expected"), [(1, "admitted entered"), (2, "refused session_full")])
    def test_the_last_seat_is_taken_and_then_the_session_is_full(self, assigned: int, expected: str) -> None:
        venue = Venue()
        venue.arrive(ANA, now=at(9))
        venue.take_seats("law-1", assigned)
        assert told(venue.scan(ANA, "a", at(9, 5))) == expected
        assert venue.seat(ANA, "s1") == ("law-1" if assigned == 1 else None)
        assert venue.state.tallies[ASSIGNED, "law-1"] == 2

    def test_a_full_room_tells_of_other_sessions_with_seats(self) -> None:
        venue = Venue()
        venue.arrive(ANA, now=at(9))
        venue.take_seats("law-1", 2)
        outcome = venue.scan(ANA, "a", at(9, 5))
        found = outcome.alternatives or ()
        assert [(one.session, one.seats_free) for one in found] == [("all-1", 2)]
        venue.take_seats("all-1", 2)
        assert venue.scan(ANA, "a", at(9, 6)).alternatives == ()

    @pytest.mark.parametrize(("inside", "expected"), [(2, ["all-1"]), (3, [])])
    def test_it_sends_nobody_to_a_room_at_its_limit(self, inside: int, expected: list[str]) -> None:
        venue = Venue()
        venue.arrive(ANA, now=at(9))
        venue.take_seats("law-1", 2)
        venue.crowd("c", inside, at(9))
        found = venue.scan(ANA, "a", at(9, 5)).alternatives or ()
        assert [one.session for one in found] == expected

    def test_a_plenary_takes_everyone_and_no_seat(self) -> None:
        venue = Venue()
        venue.crowd("hall", 4, at(8))
        assert told(venue.scan(ANA, "hall", at(8))) == "admitted entered"
        assert venue.seat(ANA, "s0") is None
        assert told(venue.scan(BEN, "hall", at(8))) == "refused room_full"

    def test_no_session_means_no_seat_but_the_limit_still(self) -> None:
        venue = Venue()
        venue.crowd("a", 2, at(11, 30))
        assert told(venue.scan(BEN, "a", at(11, 30))) == "admitted entered"
        outcome = venue.scan(ANA, "a", at(11, 31))
        assert told(outcome) == "refused room_full"
        assert outcome.alternatives == ()


class TestMidnight:
    def test_nobody_is_inside_after_it(self) -> None:
        venue = Venue(agenda=always_open(AGENDA))
        venue.scan(ANA, "a", before(at(0, day=NEXT_DAY)))
        assert told(venue.scan(ANA, "a", at(0, day=NEXT_DAY), "in")) == "admitted entered"
        assert venue.presence(ANA).entered_at == at(0, day=NEXT_DAY)
        assert venue.state.tallies[INSIDE, "2027-01-26 a"] == 0
        assert venue.state.tallies[INSIDE, "2027-01-27 a"] == 1
        assert venue.presence(ANA).is_on_site(at(0, day=NEXT_DAY), DENVER)

    def test_yesterdays_room_was_not_left_today(self) -> None:
        venue = Venue()
        venue.scan(ANA, "a", at(16))
        assert detail(venue.scan(ANA, "c", at(16, 30)), "left_room") == "a"
        assert detail(venue.scan(ANA, "a", at(9, day=NEXT_DAY)), "left_room") is None
