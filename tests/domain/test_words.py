"""The reason in words: the contract's form for organizers, a short one for the attendee."""

import dataclasses

import pytest
from msgspec.structs import replace

from checkin.domain.assignments import Assignment, Better, Blocked, Cause, Why
from checkin.domain.model import Discipline
from checkin.domain.routing.ground import Shortage
from checkin.domain.routing.shortage_words import shortage_words
from checkin.domain.routing.words import short_words, words, words_around_seat
from tests.domain.conference import CONFERENCE

LAW = Why(cause=Cause.PLAN, discipline="law", seat=41, seats=60)


def test_plenary_is_for_everyone() -> None:
    opening = Assignment("s1", "opening", Why(cause=Cause.ARRIVAL))
    assert words(CONFERENCE, opening) == short_words(CONFERENCE, opening) == "For everyone"


@pytest.mark.parametrize(
    ("why", "full", "short"),
    [
        (
            replace(LAW, is_required=True),
            "Law enforcement, required, seat 41 of 60",
            "Required for law enforcement",
        ),
        (
            replace(LAW, is_required=True, choice=2),
            "Law enforcement, required, seat 41 of 60",
            "Required for law enforcement",
        ),
        (
            replace(LAW, choice=2, better=(Better("planning", 1, Blocked.FULL, 60),)),
            "Law enforcement, 2nd choice, seat 41 of 60; 1st choice full (60 of 60)",
            "Your 2nd choice",
        ),
        (
            replace(
                LAW,
                choice=5,
                better=(Better("undercover", 0, Blocked.FULL, 4), Better("planning", 3, Blocked.KEPT)),
            ),
            "Law enforcement, 5th choice, seat 41 of 60;"
            " required “Undercover work” full (4 of 4), 3rd choice kept for others",
            "Your 5th choice",
        ),
        (
            replace(LAW, better=(Better("gone", 0, Blocked.ROOM_CLOSED),)),
            "Law enforcement, seat 41 of 60; required “gone” room closed",
            "For law enforcement",
        ),
        (
            replace(LAW, discipline=None, better=(Better("injuries", 1, Blocked.NOTHING_ELIGIBLE),)),
            "Open to all professions, seat 41 of 60; 1st choice not for this profession",
            "Open to all professions",
        ),
        (
            replace(LAW, discipline=None, is_required=True),
            "Open to all professions, required, seat 41 of 60",
            "Required for your profession",
        ),
        (
            replace(LAW, cause=Cause.FREED_SEAT, choice=1),
            "Seat became free. Law enforcement, 1st choice, seat 41 of 60",
            "A seat became free. Your 1st choice",
        ),
        (
            replace(LAW, cause=Cause.ARRIVAL, choice=1),
            "Law enforcement, 1st choice, seat 41 of 60",
            "Your 1st choice",
        ),
        (
            replace(LAW, cause=Cause.ROOM_CLOSED, moved_from="a101"),
            "Moved from Room A101: room closed. Law enforcement, seat 41 of 60",
            "Moved from Room A101: the room is closed",
        ),
        (
            replace(LAW, cause=Cause.SESSION_MOVED, moved_from="lost", is_required=True),
            "Moved from lost: session moved. Law enforcement, required, seat 41 of 60",
            "Moved from lost: the session takes place in another room",
        ),
        (
            replace(LAW, cause=Cause.ROOM_OPENED),
            "Room opened. Law enforcement, seat 41 of 60",
            "For law enforcement",
        ),
    ],
)
def test_a_seat_says_why_it_was_given(why: Why, full: str, short: str) -> None:
    assignment = Assignment("s2", "undercover-2", why)
    assert words(CONFERENCE, assignment) == full
    assert short_words(CONFERENCE, assignment) == short


@pytest.mark.parametrize(
    ("why", "full", "short"),
    [
        (
            Why(cause=Cause.ARRIVAL, blocked=Blocked.FULL),
            "All sessions possible at this time are full",
            "All your sessions at this time are full; please ask at the help desk",
        ),
        (
            Why(cause=Cause.FREED_SEAT, blocked=Blocked.RELEASED),
            "Seat released 10 minutes after the start",
            "Your seat was released to others after the start; please ask at the help desk",
        ),
        (
            Why(cause=Cause.ROOM_CLOSED, blocked=Blocked.FULL, moved_from="b204"),
            "Moved from Room B204: room closed. All sessions possible at this time are full",
            "Room B204: the room is closed. All your sessions at this time are full;"
            " please ask at the help desk",
        ),
        (
            Why(cause=Cause.PLAN, blocked=Blocked.TOPICS_DONE),
            "Has every topic that is offered at this time already",
            "You have every session that is offered at this time already",
        ),
    ],
)
def test_no_seat_says_what_was_in_the_way(why: Why, full: str, short: str) -> None:
    assignment = Assignment("s2", None, why)
    assert words(CONFERENCE, assignment) == full
    assert words_around_seat(CONFERENCE, assignment) == (full, None)
    assert short_words(CONFERENCE, assignment) == short


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("blocked", [None, *Blocked])
@pytest.mark.parametrize("moved_from", [None, "b204"])
def test_every_reason_has_words(cause: Cause, blocked: Blocked | None, moved_from: str | None) -> None:
    better = tuple(Better("planning", 1, one, 9) for one in Blocked)
    why = Why(cause=cause, blocked=blocked, moved_from=moved_from, better=better)
    assignment = Assignment("s3", None if blocked else "planning-3", why)
    for text in (words(CONFERENCE, assignment), short_words(CONFERENCE, assignment)):
        assert text[0].isupper()
        assert "None" not in text


@pytest.mark.parametrize(
    ("name", "inside"),
    [("Law enforcement", "law enforcement"), ("FBI agents", "FBI agents"), ("Ärzte", "ärzte"), ("X", "X")],
)
def test_abbreviations_keep_their_capitals_inside_a_sentence(name: str, inside: str) -> None:
    agenda = dataclasses.replace(CONFERENCE, disciplines=(Discipline("law", name, "LE", "#0C4DA2"),))
    assert short_words(agenda, Assignment("s2", "undercover-2", replace(LAW))) == f"For {inside}"


@pytest.mark.parametrize(
    ("shortage", "told"),
    [
        (
            Shortage("s3", "medical", 120, None, 120, Blocked.NOTHING_ELIGIBLE),
            "Medical has no room in S3: 120 people",
        ),
        (
            Shortage("s2", "medical", 1, "injuries-2", 1, Blocked.FULL),
            "Medical has too few seats in S2: 1 person; 1 more seat in Injuries to look for would cure it",
        ),
        (
            Shortage("s3", None, 2, "planning-3", 2, Blocked.FULL),
            "People without a profession have too few seats in S3: 2 people; "
            "2 more seats in Safety plans would cure it",
        ),
        (
            Shortage("s2", "law", 3, None, 3, Blocked.TOPICS_DONE),
            "Law enforcement has at other times every topic of S2: 3 people",
        ),
        (
            Shortage("s2", "law", 1, None, 1, Blocked.NOT_ACCESSIBLE),
            "Law enforcement has no accessible room in S2: 1 person",
        ),
        (
            Shortage("s2", "law", 1, None, 1, Blocked.ROOM_CLOSED),
            "Law enforcement has no open room in S2: 1 person",
        ),
    ],
)
def test_a_shortage_says_who_lacks_what(shortage: Shortage, told: str) -> None:
    assert shortage_words(CONFERENCE, shortage) == told
