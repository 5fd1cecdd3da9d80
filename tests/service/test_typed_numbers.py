"""Typed numbers instead of badges: who may type what, and how long a guesser waits."""

import pytest
from msgspec import structs

from checkin.domain.instants import MINUTE, SECOND, Instant
from checkin.domain.scans import Reason
from checkin.service.scans import Reading
from tests.databases import APART, ENGINES, SHARED
from tests.service.venue import (
    DOOR,
    OTHER_KIOSK,
    Venue,
    code_of,
    last_name,
    number,
    reading,
    reasons,
    scan_id,
)

pytestmark = pytest.mark.parametrize("engine", [*ENGINES, APART, SHARED], indirect=True)


@pytest.mark.parametrize(
    "typed", [number(3), number(3).lower().replace("-", " "), number(3).replace("-", "")]
)
@pytest.mark.parametrize("name", ["Núñez 3", "nunez3", " NUNEZ-3 "])
async def test_a_number_is_typed_with_the_last_name(venue: Venue, typed: str, name: str) -> None:
    answer = await venue.scan_one(Reading(scan_id(1), number=typed, last_name=name))
    assert answer.recorded.reason is Reason.CHECKED_IN


async def test_a_confidential_attendee_is_known_by_the_alias_alone(venue: Venue) -> None:
    secret = await venue.scan_one(Reading(scan_id(1), number=number(5), last_name="Secret5"))
    alias = await venue.scan_one(Reading(scan_id(2), number=number(5), last_name=last_name(5)))
    assert (secret.recorded.reason, alias.recorded.reason) == (Reason.UNKNOWN_BADGE, Reason.CHECKED_IN)
    assert alias.outcome.person is not None
    assert alias.outcome.person.name.last == "Alias5"


@pytest.mark.parametrize("name", [None, "", " - "])
async def test_a_kiosk_needs_the_last_name(venue: Venue, name: str | None) -> None:
    assert await code_of(venue, Reading(scan_id(1), number=number(3), last_name=name)) == "invalid"


async def test_a_door_needs_no_last_name(venue: Venue) -> None:
    answer = await venue.scan_one(Reading(scan_id(1), number=number(3)), DOOR)
    assert answer.recorded.attendee == 3


async def test_wrong_numbers_make_the_device_wait_even_within_one_request(venue: Venue) -> None:
    guesses = [Reading(scan_id(n), number=f"Z9-{n:03}", last_name="Nobody") for n in range(1, 301)]
    answers = await venue.scan(*guesses)
    assert reasons(answers[:6]) == {"unknown_badge": 6}
    assert {getattr(a, "code", None) for a in answers[6:]} == {"too_many_requests"}
    right = Reading(scan_id(400), number=number(3), last_name=last_name(3))
    assert await code_of(venue, right) == "too_many_requests"
    assert (await venue.scan_one(guesses[0])).outcome.is_replay, "a retry is no guess"
    assert (await venue.scan_one(reading(401, 3))).recorded.reason is Reason.CHECKED_IN, "a badge is no guess"
    assert (
        await venue.scan_one(structs.replace(right, scan_id=scan_id(402)), OTHER_KIOSK)
    ).recorded.attendee == 3
    venue.now = Instant(venue.now + SECOND)
    assert (await venue.scan_one(right)).recorded.attendee == 3
    assert await venue.rows("SELECT count(*) FROM scan") == [(9,)]


async def test_the_wait_grows_with_every_wrong_number_and_is_forgiven_in_time(venue: Venue) -> None:
    waits = []
    for name in range(1, 15):
        await venue.scan_one(Reading(scan_id(name), number="Z9-999", last_name="Nobody"))
        ((retry_at,),) = await venue.rows("SELECT retry_at FROM backoff")
        assert isinstance(retry_at, int)
        waits.append((retry_at - venue.now) // SECOND)
        venue.now = Instant(retry_at)
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30, 30]
    venue.now = Instant(venue.now + 20 * MINUTE)
    await venue.scan_one(Reading(scan_id(20), number="Z9-999", last_name="Nobody"))
    assert await venue.rows("SELECT failures, retry_at FROM backoff") == [(1, venue.now)]
