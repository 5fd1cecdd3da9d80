"""Scans that come together: a bad one fails alone, and none is left unanswered."""

import asyncio

import pytest
from msgspec import structs

from checkin.domain.errors import AppError
from checkin.domain.instants import Instant
from checkin.domain.scans import Reason
from checkin.service.scans import Answer
from tests.databases import APART, ENGINES, SHARED
from tests.service.venue import (
    EVENT,
    KIOSK,
    Venue,
    code_of,
    reading,
    reasons,
)

pytestmark = pytest.mark.parametrize("engine", [*ENGINES, APART, SHARED], indirect=True)


async def test_a_bad_scan_fails_alone(venue: Venue) -> None:
    too_big = structs.replace(reading(50, 1), scanned_at=Instant(2**70))  # the engines' integers have 64 bits
    scans = [reading(name, name) for name in range(1, 10)]
    answers = await venue.scan(*scans[:4], too_big, *scans[4:])
    assert not isinstance(answers[4], (Answer, AppError)), "a bug, and told as one"
    assert reasons([*answers[:4], *answers[5:]]) == {"checked_in": 9}
    assert await venue.tally("checked_in") == 9


async def test_a_constraint_fails_only_the_scan_that_breaks_it(venue: Venue) -> None:
    await venue.scan_one(reading(100, 5))
    await venue.execute("CREATE UNIQUE INDEX once_only ON scan (attendee_id) WHERE attendee_id = 5")
    answers = await asyncio.gather(
        *(venue.scan_one(reading(name, name)) for name in range(1, 33)), return_exceptions=True
    )
    assert [n for n, answer in enumerate(answers, 1) if isinstance(answer, BaseException)] == [5]
    assert "unique" in str(answers[4]).lower()
    await venue.execute("DROP INDEX once_only")
    assert (await venue.scan_one(reading(5, 5))).recorded.reason is Reason.ALREADY_CHECKED_IN


async def test_an_event_that_is_gone_is_not_found(venue: Venue) -> None:
    await venue.execute("DELETE FROM event_state WHERE event_id = 2")
    with pytest.raises(AppError, match="no such event"):
        await venue.desk.record_one(EVENT + 1, KIOSK, reading(1, 1))  # type: ignore[arg-type]


async def test_closing_finishes_what_was_accepted(venue: Venue) -> None:
    waiting = [asyncio.create_task(venue.scan_one(reading(name, name))) for name in range(1, 9)]
    await asyncio.sleep(0)
    await venue.desk.close()
    assert reasons(await asyncio.gather(*waiting)) == {"checked_in": 8}
    assert await code_of(venue, reading(20, 20)) == "unavailable"
