"""The measurement of boards, tiny: every board comes to show every scan, at kiosks and at doors."""

from pathlib import Path

import pytest

from tests.bench.boards import run, table


@pytest.mark.parametrize("at_doors", [False, True])
async def test_every_board_shows_every_scan(tmp_path: Path, at_doors: bool) -> None:
    found = await run(40, 5, rate=20.0, seconds=0.5, at_doors=at_doors, folder=tmp_path)
    assert (found.attendees, found.boards, found.scans, found.missed) == (40, 5, 10, 0)
    assert found.frames > 0
    assert found.sent_bytes > 0
    assert "kB" in table([found])
