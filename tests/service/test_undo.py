"""A scan taken back: as if it had not been, and said twice the same."""

import pytest

from checkin.domain.errors import AppError
from checkin.domain.model import DeviceId
from checkin.domain.scans import Reason
from checkin.service.scans import Reading
from tests.databases import APART, ENGINES, SHARED
from tests.domain.conference import at
from tests.service.venue import (
    EVENT,
    KIOSK,
    OTHER_KIOSK,
    Venue,
    reading,
    scan_id,
)

pytestmark = pytest.mark.parametrize("engine", [*ENGINES, APART, SHARED], indirect=True)


async def test_undo_takes_the_check_in_back_and_says_the_same_again(venue: Venue) -> None:
    first = await venue.scan_one(reading(1, 8))
    assigned = await venue.rows("SELECT slot, session FROM assignment")
    venue.now = at(8, 5)
    assert await venue.desk.undo(scan_id(1), KIOSK.id, "device 1") == at(8, 5)
    assert await venue.tally("checked_in") == 0
    assert await venue.tally("on_site", "2027-01-26") == 0
    assert await venue.rows("SELECT slot, session FROM assignment") == assigned
    state = await venue.rows("SELECT version FROM event_state")
    venue.now = at(8, 6)
    assert await venue.desk.undo(scan_id(1), KIOSK.id, "device 1") == at(8, 5)
    assert await venue.rows("SELECT version FROM event_state") == state
    assert (await venue.scan_one(reading(1, 8))).recorded == first.recorded, "its retry gets its old answer"
    assert (await venue.scan_one(reading(2, 8))).recorded.reason is Reason.CHECKED_IN
    assert venue.nudged == [EVENT] * 4, "once a commit"


async def test_undo_of_the_first_arrival_leaves_the_second(venue: Venue) -> None:
    await venue.scan_one(reading(1, 8))
    venue.now = at(8, 30)
    await venue.scan_one(reading(2, 8), OTHER_KIOSK)
    await venue.desk.undo(scan_id(1), None, "organizer")
    assert await venue.tally("checked_in") == 1
    assert await venue.rows("SELECT first_at, first_device FROM presence") == [(at(8, 30), 2)]


@pytest.mark.parametrize(
    ("name", "device", "code"),
    [(1, 2, "forbidden"), (2, 1, "conflict"), (3, 1, "not_found"), (2, None, "conflict")],
)
async def test_undo_is_denied(venue: Venue, name: int, device: int | None, code: str) -> None:
    await venue.scan(reading(1, 8), Reading(scan_id(2), credential="nobody"))
    before = await venue.rows("SELECT version FROM event_state")
    with pytest.raises(AppError) as caught:
        await venue.desk.undo(scan_id(name), None if device is None else DeviceId(device), "x")
    assert caught.value.code == code
    assert await venue.rows("SELECT version FROM event_state") == before
    assert await venue.rows("SELECT count(*) FROM reversal") == [(0,)]
