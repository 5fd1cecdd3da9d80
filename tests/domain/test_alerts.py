"""Which alerts hold: at each limit, one below and one above it."""

from dataclasses import replace

import pytest

from checkin.domain.alerts import (
    GRAVITY,
    Alert,
    AlertKind,
    CalledDevice,
    UsherCount,
    find_alerts,
    next_silence,
    words,
)
from checkin.domain.crossings import RoomCount
from checkin.domain.instants import MINUTE, SECOND, Instant
from checkin.domain.model import Agenda, Closure, DeviceId, Standing
from checkin.domain.room_state import RoomState, fullness, is_closed
from tests.domain.conference import CONFERENCE, NEXT_DAY, at

NOON = at(12)
UNTIL = at(13)
DOOR = CalledDevice(DeviceId(3), "Door of B204", "b204", NOON)


def kinds(alerts: list[Alert]) -> list[str]:
    """What they are about."""
    return [str(one.kind) for one in alerts]


def usher(counted: int, scanned: int, until: Instant = UNTIL) -> UsherCount:
    """A count of B204, made at noon."""
    return UsherCount("b204", RoomCount(counted, NOON, until), scanned)


def closed(slot: str | None, since: Instant = NOON) -> Agenda:
    """The conference with B204 closed."""
    return replace(CONFERENCE, standing=Standing((Closure("b204", slot, since),)))


@pytest.mark.parametrize(
    ("headcount", "state", "kind"),
    [
        (0, "open", []),
        (62, "open", []),
        (63, "amber", ["amber"]),
        (64, "amber", ["amber"]),
        (69, "amber", ["amber"]),
        (70, "full", ["full"]),
        (71, "over", ["over"]),
    ],
)
def test_a_room_is_watched_from_nine_tenths_of_its_posted_limit_on(
    headcount: int, state: str, kind: list[str]
) -> None:
    assert fullness(headcount, 70) == state
    assert kinds(find_alerts(CONFERENCE, {"b204": headcount}, [], [], NOON)) == kind


def test_an_empty_room_without_any_place_is_no_alert() -> None:
    rooms = tuple(replace(room, posted_limit=0, seats=0) for room in CONFERENCE.rooms)
    assert fullness(0, 0) is RoomState.FULL
    assert find_alerts(replace(CONFERENCE, rooms=rooms), {}, [], [], NOON) == []


@pytest.mark.parametrize(
    ("counted", "scanned", "is_told"),
    [
        (50, 50, False),
        (50, 46, False),
        (50, 45, False),
        (50, 44, True),
        (50, 55, False),
        (50, 56, True),
        (10, 9, False),
        (10, 8, True),
        (0, 0, False),
        (0, 1, True),
        (1, 0, True),
    ],
)
def test_scans_that_are_off_by_more_than_a_tenth_of_an_ushers_count_are_told(
    counted: int, scanned: int, is_told: bool
) -> None:
    found = find_alerts(CONFERENCE, {}, [usher(counted, scanned)], [], NOON)
    assert kinds(found) == (["drift"] if is_told else [])


def test_a_drift_is_over_with_the_count_that_showed_it() -> None:
    drifted = usher(50, 10)
    assert kinds(find_alerts(CONFERENCE, {}, [drifted], [], Instant(at(13) - 1))) == ["drift"]
    assert find_alerts(CONFERENCE, {}, [drifted], [], at(13)) == []


def test_the_next_count_that_drifts_is_another_alert() -> None:
    first, second = usher(50, 10), replace(usher(50, 10), count=RoomCount(50, at(12, 1), at(13)))
    (before,) = find_alerts(CONFERENCE, {}, [first], [], at(12, 1))
    (after,) = find_alerts(CONFERENCE, {}, [second], [], at(12, 1))
    assert before.key == after.key
    assert before != after


@pytest.mark.parametrize(("late", "is_told"), [(-SECOND, False), (-1, False), (0, True), (SECOND, True)])
def test_a_device_is_missed_after_five_minutes(late: int, is_told: bool) -> None:
    now = Instant(NOON + 5 * MINUTE + late)
    found = find_alerts(CONFERENCE, {}, [], [DOOR], now)
    assert kinds(found) == (["device"] if is_told else [])
    if found:
        assert found[0] == Alert(AlertKind.DEVICE, "3", room="b204", device="Door of B204", at=NOON)
    due = next_silence(CONFERENCE, [DOOR], now)
    assert due == (None if is_told else NOON + 5 * MINUTE)


@pytest.mark.parametrize(
    ("now", "is_told"),
    [
        (at(7, 29, 59), False),
        (at(7, 30), False),
        (Instant(at(7, 35) - 1), False),
        (at(7, 35), True),
        (Instant(at(17, 30) - 1), True),
        (at(17, 30), False),
        (at(12, day=NEXT_DAY), True),
    ],
)
def test_nobody_misses_a_device_outside_the_doors_hours(now: Instant, is_told: bool) -> None:
    silent = replace(DOOR, last_seen_at=at(6))
    assert kinds(find_alerts(CONFERENCE, {}, [], [silent], now)) == (["device"] if is_told else [])


def test_without_doors_hours_a_device_is_missed_on_the_events_days() -> None:
    agenda = replace(CONFERENCE, doors_open=None, doors_close=None, last_day=CONFERENCE.first_day)
    silent = replace(DOOR, last_seen_at=at(23, day=CONFERENCE.first_day))
    assert kinds(find_alerts(agenda, {}, [], [silent], at(23, 5))) == ["device"]
    assert find_alerts(agenda, {}, [], [silent], at(0, 5, day=NEXT_DAY)) == []


@pytest.mark.parametrize(
    ("slot", "now", "is_told"),
    [
        (None, Instant(NOON - 1), False),
        (None, NOON, True),
        ("s3", Instant(at(12, 40) - 1), False),
        ("s3", at(12, 40), True),
        ("s3", Instant(at(14) - 1), True),
        ("s3", at(14), False),
    ],
)
def test_a_closed_room_is_told_while_it_can_not_be_used(
    slot: str | None, now: Instant, is_told: bool
) -> None:
    agenda = closed(slot)
    assert is_closed(agenda, "b204", now) is is_told
    assert kinds(find_alerts(agenda, {}, [], [], now)) == (["closed"] if is_told else [])


def test_the_gravest_comes_first_and_a_closed_room_may_be_over_its_limit_too() -> None:
    headcounts = {"b204": 71, "a101": 40, "hall": 630}
    silent = replace(DOOR, last_seen_at=at(8))
    found = find_alerts(closed(None), headcounts, [usher(50, 10)], [silent], NOON)
    assert kinds(found) == ["over", "closed", "full", "drift", "device", "amber"]
    assert list(GRAVITY) == [one.kind for one in found]


def test_an_alert_comes_back_from_the_store_as_it_was() -> None:
    headcounts = {"b204": 71, "a101": 40, "hall": 630}
    for one in find_alerts(closed(None), headcounts, [usher(50, 0)], [DOOR], at(12, 10)):
        assert Alert.read(str(one.kind), one.subject, one.write()) == one


def test_alerts_are_told_in_words() -> None:
    headcounts = {"b204": 71, "a101": 40, "hall": 630}
    found = find_alerts(closed(None), headcounts, [usher(50, 10)], [DOOR], at(12, 10))
    assert [words(CONFERENCE, one) for one in found] == [
        "Room B204 is over its limit of 70",
        "Room B204 is closed",
        "Room A101 is full: 40 people",
        "Room B204: the usher counted 50, the scans made it 10",
        "Door of B204 has not been heard of for 5 minutes",
        "Ballroom is nearly full: 90 % or more of 700",
    ]


def test_a_room_that_has_left_the_agenda_is_called_by_its_code() -> None:
    assert words(CONFERENCE, Alert(AlertKind.CLOSED, "attic", room="attic")) == "attic is closed"
