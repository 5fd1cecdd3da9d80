"""A venue for the browser tests: a server of our own program on a free port, and people who use its HTTP API.

Nothing here is faked: the commands are run as a user runs them, the server is a process of its own, its clock
was started at 07:45 of the conference's day.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MORNING = "2027-01-26T07:45:00-07:00"
BEFORE_BREAKOUT_1 = "2027-01-26T10:00:00-07:00"
ROOM = "b204"
LIMIT = 3
SLUG = "response-2027"
CONFERENCE = Path(__file__).parents[2] / "checkin" / "demo" / "conference.toml"


@dataclass(frozen=True)
class Venue:
    """A running server, and an organizer's token for it."""

    url: str
    folder: Path
    token: str
    server: subprocess.Popen[bytes]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """For so long the server says nothing, and no connection to it ends."""
        self.server.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.server.send_signal(signal.SIGCONT)

    def command(self, *words: str, given: str | None = None) -> str:
        """Runs `checkin WORDS` on this venue's database and gives what it printed."""
        return run_command(self.folder, *words, given=given)

    def call(self, method: str, path: str, body: object = None, token: str | None = None) -> Any:
        """An API call with the organizer's token (or another); an error answer is an AssertionError."""
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                data = answer.read()
        except urllib.error.HTTPError as problem:
            raise AssertionError(f"{method} {path}: {problem.code} {problem.read().decode()}") from problem
        if not data:
            return None
        return json.loads(data) if "json" in answer.headers["Content-Type"] else data

    def pairing_code(self, name: str, role: str, room: str | None = None) -> str:
        """A fresh pairing code for a new device; a door's has its room."""
        made = self.call("POST", f"/events/{SLUG}/devices", {"name": name, "role": role, "room": room})
        return str(made["pairing_code"])

    def register(self, first: str, last: str, *disciplines: str) -> dict[str, Any]:
        """Registers somebody as the registration desk does."""
        person = {"first_name": first, "last_name": last, "discipline": list(disciplines or ("law",))}
        return dict(self.call("POST", f"/events/{SLUG}/registrations", person))


def environment(folder: Path) -> dict[str, str]:
    """The environment in which commands find this venue's database and nobody else's."""
    return {**os.environ, "CHECKIN_DATABASE": f"sqlite:///{folder}/venue.db", "PYTHONUNBUFFERED": "1"}


def run_command(folder: Path, *words: str, given: str | None = None) -> str:
    """Runs one command to its end; a failure shows what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "checkin", *words],
        env=environment(folder),
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"checkin {' '.join(words)}: {done.stderr}"
    return done.stdout


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(folder: Path, *options: str) -> tuple[str, subprocess.Popen[bytes]]:
    """Starts `checkin serve` and waits until it answers; gives its address and the process."""
    port = free_port()
    log = (folder / "server.log").open("ab")
    words = [sys.executable, "-m", "checkin", "serve", "--port", str(port), *options]
    server = subprocess.Popen(words, env=environment(folder), stdout=log, stderr=log)
    log.close()
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        assert server.poll() is None, (folder / "server.log").read_text()
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=1):
                return url, server
        except OSError:
            time.sleep(0.1)
    server.kill()
    raise AssertionError("the server does not answer: " + (folder / "server.log").read_text())
