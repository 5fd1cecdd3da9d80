"""A board in a real browser while the server processes behind it are killed."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.venue import BEFORE_BREAKOUT_1, CONFERENCE, ROOM, SLUG, Venue, run_command, serve
from tests.postgres import Server

RECOVERED_MS = 2_000


@pytest.fixture
def two_processes(tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Venue]:
    """The demo's conference on PostgreSQL, served by two processes on one port."""
    monkeypatch.setenv("CHECKIN_SECRET_FILE", str(tmp_path / "checkin.secret"))
    database = ("--database", postgres.create("template"))
    run_command(tmp_path, "event", "load", str(CONFERENCE), *database)
    token = run_command(tmp_path, "token", "create", "--name", "Tests", *database).strip()
    url, server = serve(tmp_path, "--clock", BEFORE_BREAKOUT_1, "--processes", "2", *database)
    yield Venue(url, tmp_path, token, server)
    server.terminate()
    server.wait(20)
    postgres.drop(database[1])


def children(venue: Venue) -> list[int]:
    """The processes of the server."""
    pid = venue.server.pid
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for_restarts(venue: Venue, count: int) -> None:
    """Until so many processes have been started again."""
    ends = time.monotonic() + 30
    while (venue.folder / "server.log").read_text().count("process_again") < count:
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_a_board_is_current_at_once_whichever_process_is_killed(
    two_processes: Venue, open_page: OpenPage
) -> None:
    streams: list[str] = []
    code = two_processes.pairing_code("Wall", "display")
    board = open_page(f"{two_processes.url}/pair#{code}")
    board.on("request", lambda request: streams.append(request.url) if "/stream" in request.url else None)
    row = board.locator(f"[data-room={ROOM}]")
    expect(row).to_have_attribute("data-headcount", "0", timeout=10_000)
    for n, victim in enumerate(children(two_processes), 1):
        os.kill(victim, signal.SIGKILL)
        two_processes.call("POST", f"/events/{SLUG}/rooms/{ROOM}/headcount", {"counted": n})
        expect(row).to_have_attribute("data-headcount", str(n), timeout=RECOVERED_MS)
        wait_for_restarts(two_processes, n)
    assert streams, "the board had its stream from one of them"
    expect(board.locator("html")).to_have_attribute("data-live", "live")
