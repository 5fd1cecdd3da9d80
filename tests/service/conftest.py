"""A venue of its own for each test; whatever a test did there, the database must add up afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.venue import PEOPLE, Venue, open_venue


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[Venue]:
    async with open_venue(tmp_path / "checkin.db", PEOPLE) as opened:
        yield opened
        assert await opened.faults() == []
