"""The demo as it runs: killed and started again it shows the same counts, and its badges can be read."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from badges.credential import issue
from badges.keys import load_keys
from tests.api.terminal import Terminal
from tests.badges.content import read_by_opencv, read_by_zxing
from tests.browser.venue import SLUG, free_port

PEOPLE = 150

# How people are invented and drawn is the same wherever they are stored.
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@dataclass
class Demo:
    """`checkin demo` in a folder of its own."""

    terminal: Terminal
    process: subprocess.Popen[str]
    url: str
    printed: str

    def call(self, path: str, token: str, body: object = None) -> Any:
        """An API call; GET without a body."""
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


Start = Callable[[], Demo]


@pytest.fixture
def start(tmp_path: Path, database_url: str) -> Iterator[Start]:
    """Starts the demo and waits until it has said how to stop it; what still runs ends with the test."""
    terminal = Terminal(tmp_path, database_url)
    started: list[subprocess.Popen[str]] = []

    def start_one() -> Demo:
        port, said = free_port(), tmp_path / f"demo-{len(started)}.log"
        words = [sys.executable, "-m", "checkin", "demo", "--attendees", str(PEOPLE), "--port", str(port)]
        with said.open("w") as log:
            process = subprocess.Popen(
                words,
                cwd=tmp_path,
                env=terminal.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
            )
        started.append(process)
        for _ in range(600):
            if "Ctrl-C" in said.read_text():
                return Demo(terminal, process, f"http://127.0.0.1:{port}", said.read_text())
            assert process.poll() is None, said.read_text()
            time.sleep(0.1)
        raise AssertionError("the demo does not start: " + said.read_text())

    yield start_one
    for process in started:
        process.kill()
        process.wait(10)


def pair_kiosk(demo: Demo) -> str:
    """Pairs by the kiosk's link that the demo printed; gives the device's token."""
    link = re.search(r"kiosk\s+\S+/pair#(\S+)", demo.printed)
    assert link is not None, demo.printed
    return str(demo.call("/pair", "", {"pairing_code": link[1]})["token"])


def test_killed_demo_shows_the_same_counts_after_a_new_start(start: Start) -> None:
    demo = start()
    token = demo.terminal.does("token", "create", "--name", "Tests").strip()
    kiosk = pair_kiosk(demo)
    people = demo.call(f"/events/{SLUG}/attendees?limit=40", token)["items"]
    scans = [
        {"scan_id": str(uuid.uuid4()), "number": one["number"], "last_name": one["last_name"]}
        for one in people
    ]
    results = demo.call("/scans/batch", kiosk, {"scans": scans})["results"]
    assert {one["reason"] for one in results} == {"checked_in"}
    before = demo.call(f"/events/{SLUG}/occupancy", token)
    demo.process.send_signal(signal.SIGKILL)
    demo.process.wait(10)

    again = start()
    after = again.call(f"/events/{SLUG}/occupancy", token)
    again.process.send_signal(signal.SIGTERM)
    assert again.process.wait(20) == 0
    assert (before["registered"], before["checked_in"], before["on_site"]) == (PEOPLE, 40, 40)
    for key in ("registered", "checked_in", "on_site", "disciplines"):
        assert after[key] == before[key]
    assert after["at"] > before["at"]
    assert demo.terminal.does("verify") == "no differences\n"


@on_sqlite
def test_badges_of_the_demo_are_read_by_two_readers(start: Start) -> None:
    demo = start()
    folder = demo.terminal.folder
    demo.process.terminate()
    demo.process.wait(20)
    began = time.perf_counter()
    demo.terminal.does("badges", SLUG, "--out", "badges")
    print(f"{PEOPLE} badges in {time.perf_counter() - began:.1f} s")
    expected = _credentials(folder)
    assert len(expected) == PEOPLE
    for number in sorted(expected)[:100]:
        picture = (folder / "badges" / f"{number}.png").read_bytes()
        assert read_by_zxing(picture) == expected[number]
        assert read_by_opencv(picture) == expected[number]


@on_sqlite
def test_some_are_walk_ins_some_confidential_some_need_an_accessible_room(start: Start) -> None:
    demo = start()
    folder = demo.terminal.folder
    demo.process.terminate()
    demo.process.wait(20)
    with closing(sqlite3.connect(folder / "checkin.db")) as database:
        walk_ins, confidential, wheelchairs = database.execute(
            "SELECT sum(is_walk_in), sum(is_confidential), sum(accessibility LIKE '%wheel%') FROM attendee"
        ).fetchone()
    assert walk_ins == PEOPLE // 50
    assert confidential > 0
    assert wheelchairs > 0


def _credentials(folder: Path) -> dict[str, str]:
    """Every attendee's credential by number, made from the ids in the database and the key file."""
    keys = load_keys(folder / "checkin.secret")
    with closing(sqlite3.connect(folder / "checkin.db")) as database:
        rows = database.execute(
            "SELECT a.number, e.uuid, a.uuid, a.generation FROM attendee a JOIN event e ON e.id = a.event_id"
        ).fetchall()
    return {
        number: issue(keys, event, attendee, generation).letters
        for number, event, attendee, generation in rows
    }
