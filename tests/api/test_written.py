"""What is written at once is, letter for letter, what its wire types would be encoded to."""

import dataclasses
import itertools
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec
import pytest

from checkin.api import views, wire, written
from checkin.domain.assignments import Assignment, Better, Blocked, Cause, Why
from checkin.domain.instants import SECOND, Instant
from checkin.domain.model import Agenda, Discipline
from tests.domain.conference import CONFERENCE, at

BETTER = (
    (),
    (Better("planning", 1, Blocked.FULL, 60),),
    (
        Better("undercover", 0, Blocked.FULL, 4),
        Better("gone", 0, Blocked.KEPT),
        Better("planning", 7, Blocked.KEPT),
    ),
)
REASONS = [
    Why(cause, discipline, is_required, choice, 41, 60, better, blocked, moved_from)
    for cause, discipline, is_required, choice, better, blocked, moved_from in itertools.product(
        (Cause.PLAN, Cause.FREED_SEAT),
        ("law", None, "lost"),
        (True, False),
        (0, 2),
        BETTER,
        (None, Blocked.FULL, Blocked.RELEASED),
        (None, "a101", "lost"),
    )
]


def agenda(discipline: str = "Law enforcement") -> Agenda:
    """The conference, of which nothing was worked out yet."""
    return dataclasses.replace(CONFERENCE, disciplines=(Discipline("law", discipline, "LE", "#0C4DA2"),))


def check(event: Agenda, day: Sequence[Assignment]) -> None:
    """Compares both ways to write a day."""
    expected = msgspec.json.encode(views.itinerary_items(event, day))
    assert msgspec.json.encode(written.itinerary(event, day)) == expected
    msgspec.json.decode(expected, type=list[wire.ItineraryItem])


@pytest.mark.parametrize(
    "discipline", ["Law enforcement", 'Say "no"\\', "0 of 0, seat ", '"}', "Ärzte\u2028\t"]
)
def test_a_day_is_written_as_its_items_are(discipline: str) -> None:
    event = agenda(discipline)
    for why in REASONS:
        check(
            event,
            [
                Assignment("s1", "opening", why),
                Assignment("s2", "undercover-2", why),
                Assignment("s2", "lost", why),
                Assignment("lost", "undercover-2", why),
                Assignment("s3", None, why),
            ],
        )
    check(event, [])


def test_everybody_has_a_seat_of_their_own() -> None:
    event = agenda()
    for seat in (1, 2, 60):
        check(event, [Assignment("s2", "undercover-2", Why(Cause.PLAN, "law", seat=seat, seats=60))])
    assert len(event.worked_out["written"]) == 1


def test_no_more_items_are_kept_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "MOST_ITEMS", 3)
    event = agenda()
    for why in REASONS[:50]:
        check(event, [Assignment("s2", "undercover-2", why)])
        assert len(event.worked_out["written"]) <= 3


@pytest.mark.parametrize("zone", ["America/Denver", "Europe/London", "UTC", "Asia/Kathmandu"])
@pytest.mark.parametrize("fraction", [0, 1, 22_917, 999_999])
def test_a_moment_is_written_as_a_datetime_is(zone: str, fraction: int) -> None:
    event = dataclasses.replace(CONFERENCE, zone=ZoneInfo(zone))
    for begins_at in (at(8), at(23), Instant(at(8) + 180 * 24 * 3600 * SECOND), Instant(0)):
        moment = Instant(begins_at + fraction)
        expected = msgspec.json.encode(views.moment(event, moment))
        assert msgspec.json.encode(written.moment(event, moment)) == expected
