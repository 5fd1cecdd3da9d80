"""The commands, run as a user runs them: what they print, and how they end."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import urllib.request
import uuid
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from checkin.cli.serving import read_clock
from checkin.demo import read_conference
from checkin.domain.agenda_file import parse_toml, read_agenda
from tests.api.hall import PEOPLE, SLUG, People, at, copy_of, settings_of
from tests.browser.venue import CONFERENCE, free_port


@dataclass(frozen=True)
class Terminal:
    """A folder in which commands are run."""

    folder: Path

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "checkin", *words],
            cwd=self.folder,
            env=self.environment(environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def environment(self, more: dict[str, str] | None = None) -> dict[str, str]:
        """Finds the program from anywhere, and no database but the folder's."""
        root = str(Path(__file__).parents[2])
        cleared = {name: value for name, value in os.environ.items() if not name.startswith("CHECKIN_")}
        return {**cleared, "PYTHONPATH": root, "PYTHONUNBUFFERED": "1", **(more or {})}

    def does(self, *words: str) -> str:
        """What a command printed that has to work."""
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, *words: str, status: int = 1) -> str:
        """What a command complained of: in words, with no traceback."""
        done = self.run(*words)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert "checkin" in done.stderr
        return done.stderr


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """An empty folder."""
    return Terminal(tmp_path)


@pytest.fixture
def furnished_terminal(tmp_path: Path, furnished: tuple[Path, People]) -> Terminal:
    """A folder with the conference and four people."""
    copy_of(furnished[0], tmp_path)
    return Terminal(tmp_path)


def test_an_event_is_loaded_shown_and_listed(terminal: Terminal) -> None:
    assert "event response-2027: created" in terminal.does("event", "load", str(CONFERENCE))
    assert terminal.does("event", "load", str(CONFERENCE)) == "nothing changed\n"
    shown = terminal.does("event", "show", SLUG)
    assert json.loads(shown)["event"]["slug"] == SLUG
    (terminal.folder / "again.json").write_text(shown, encoding="utf-8")
    assert terminal.does("event", "load", "again.json") == "nothing changed\n"
    assert SLUG in terminal.does("event", "list")
    assert (terminal.folder / "checkin.secret").stat().st_mode & 0o777 == 0o600


def test_a_wrong_file_lists_every_fault_and_changes_nothing(terminal: Terminal) -> None:
    text = (
        read_conference().replace('room = "b204"', 'room = "b999"', 1).replace("seats = 800", "seats = 9000")
    )
    (terminal.folder / "wrong.toml").write_text(text, encoding="utf-8")
    complaint = terminal.fails("event", "load", "wrong.toml")
    assert "session[2].room: no room 'b999'" in complaint
    assert "room[1].seats" in complaint
    assert not (terminal.folder / "checkin.db").exists()


def test_a_table_is_imported_and_exported(furnished_terminal: Terminal) -> None:
    terminal = furnished_terminal
    (terminal.folder / "people.csv").write_text(PEOPLE + "Finn,Tso,other,f@example.org,,,,,,X-9\n")
    dry = terminal.does("attendees", "import", SLUG, "people.csv", "--dry-run")
    assert dry == "would be created 1, updated 0, unchanged 4\n"
    assert terminal.does("attendees", "import", SLUG, "people.csv").startswith("created 1,")
    assert terminal.does("attendees", "import", SLUG, "people.csv").startswith("created 0,")
    terminal.does("attendees", "export", SLUG, "--out", "out.csv")
    table = (terminal.folder / "out.csv").read_text(encoding="utf-8-sig")
    assert "Maria,Lopez" in table
    assert "Dmitri" not in table


def test_a_wrong_table_lists_every_fault(furnished_terminal: Terminal) -> None:
    (furnished_terminal.folder / "p.csv").write_text("first_name,last_name,discipline\n,B,law\nC,D,nothing\n")
    complaint = furnished_terminal.fails("attendees", "import", SLUG, "p.csv")
    assert "line 2, first_name: " in complaint
    assert "line 3, discipline: " in complaint


def test_badges_are_written_one_by_one(furnished_terminal: Terminal, furnished: tuple[Path, People]) -> None:
    assert "wrote 4 badges" in furnished_terminal.does("badges", SLUG, "--out", "badges")
    names = {path.name for path in (furnished_terminal.folder / "badges").iterdir()}
    assert names == {f"{number}.png" for number in furnished[1].numbers.values()}


def test_tokens_and_codes_stand_alone_on_standard_output(furnished_terminal: Terminal) -> None:
    terminal = furnished_terminal
    token = terminal.does("token", "create", "--name", "Desk", "--role", "staff")
    assert token.startswith("ck_")
    assert len(token.splitlines()) == 1
    code = terminal.does("device", "add", SLUG, "Entrance", "--role", "kiosk")
    assert len(code.strip()) == 9
    assert "Entrance" in terminal.does("device", "list", SLUG)
    device = terminal.does("device", "list").splitlines()[-1].split()[0]
    assert "revoked" in terminal.does("device", "revoke", device)
    assert "revoked" in terminal.does("device", "list").splitlines()[-1]


def test_verify_names_every_difference(furnished_terminal: Terminal) -> None:
    assert furnished_terminal.does("verify") == "no differences\n"
    with closing(sqlite3.connect(furnished_terminal.folder / "checkin.db")) as database, database:
        database.execute("UPDATE tally SET n = n + 1 WHERE what = 'registered' AND key = ''")
    done = furnished_terminal.run("verify")
    assert done.returncode == 1
    assert "registered" in done.stdout


def test_a_schema_is_brought_up_to_date_once(terminal: Terminal) -> None:
    assert terminal.does("migrate") == "the schema is up to date now\n"
    assert terminal.does("migrate") == "the schema was up to date already\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["event", "load", "nothing.toml"], "nothing.toml: no such file"),
        (["event", "list"], "there is no database checkin.db"),
        (["verify", "--database", "sqlite:///other.db"], "there is no database other.db"),
        (["event", "load", str(CONFERENCE), "--database", "sqlite:////nowhere/x.db"], "/nowhere/x.db"),
        (["migrate", "--database", "mysql://x"], "sqlite:///FILE"),
        (["migrate", "--database", f"sqlite:///{CONFERENCE}"], "not a database"),
        (["serve", "--tls", "no.pem", "no.key"], "no.pem: there is no such file"),
        (["serve", "--host", "no.such.host.invalid"], "can't listen on no.such.host.invalid"),
    ],
)
def test_what_is_not_there_is_told_in_words(terminal: Terminal, words: list[str], said: str) -> None:
    assert said in terminal.fails(*words)


def test_what_an_event_lacks_is_told_in_words(furnished_terminal: Terminal) -> None:
    terminal = furnished_terminal
    assert "nowhere" in terminal.fails("event", "show", "nowhere")
    assert "later version" in terminal.fails("attendees", "export", SLUG, "--out", "x.xlsx")
    assert "later version" in terminal.fails("badges", SLUG, "--out", "x.pdf")
    assert "room" in terminal.fails("device", "add", SLUG, "Door", "--role", "door")
    assert "no device" in terminal.fails("device", "revoke", "99")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["event"],
        ["nonsense"],
        ["serve", "--port", "x"],
        ["serve", "--processes", "2"],
        ["token", "create"],
        ["device", "add", SLUG, "K", "--role", "printer"],
    ],
)
def test_wrong_usage_ends_with_2(terminal: Terminal, words: list[str]) -> None:
    complaint = terminal.fails(*words, status=2)
    assert "usage: checkin" in complaint
    if "--processes" in words:
        assert "needs PostgreSQL" in complaint


def test_settings_of_the_environment_that_make_no_sense_are_told(terminal: Terminal) -> None:
    for name, value in (("PUBLIC_URL", "checkin.example"), ("PORT", "x"), ("LOG_LEVEL", "loud")):
        done = terminal.run("migrate", **{f"CHECKIN_{name}": value})
        assert done.returncode == 1
        assert f"CHECKIN_{name}" in done.stderr


def test_without_its_secret_file_a_database_with_an_event_is_not_served(furnished_terminal: Terminal) -> None:
    secret = furnished_terminal.folder / "checkin.secret"
    secret.unlink()
    assert "checkin.secret" in furnished_terminal.fails("serve", "--port", "0")
    assert not secret.exists()


def test_a_port_in_use_is_told_before_anything_is_done(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in ("serve", "demo"):
            complaint = terminal.fails(command, "--port", port)
            assert f"can't listen on 127.0.0.1 port {port}: address already in use" in complaint
    assert list(terminal.folder.iterdir()) == []


def test_a_clock_is_read_in_the_only_events_time() -> None:
    agendas = [read_agenda(parse_toml(read_conference()))]
    for text in ("2027-01-26T07:45:00-07:00", "2027-01-26T07:45", "07:45", "2027-01-26T14:45:00Z"):
        assert read_clock(text, agendas) == at("07:45")


async def serve(terminal: Terminal, *words: str) -> "tuple[asyncio.subprocess.Process, str]":
    """Starts a server and gives the line that says it serves."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "checkin", *words),
        cwd=terminal.folder,
        env=terminal.environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 30)
    return process, line.decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_server_stops_when_asked_to(furnished_terminal: Terminal, number: int) -> None:
    port = free_port()
    process, line = await serve(furnished_terminal, "serve", "--port", str(port))
    assert line == f"Serving on http://127.0.0.1:{port} (Ctrl-C stops)\n"
    process.send_signal(number)
    _, complaint = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, complaint
    assert b"Traceback" not in complaint


async def test_a_rehearsal_runs_on_after_a_restart(furnished_terminal: Terminal) -> None:
    words = ("serve", "--port", "0")
    for clock in (("--clock", "08:30"), ()):
        process, line = await serve(furnished_terminal, *words, *clock)
        url = line.split()[2]
        with await asyncio.to_thread(urllib.request.urlopen, f"{url}/api/v1/events/{SLUG}/public") as answer:
            shown = datetime.fromisoformat(answer.headers["Checkin-Time"])
            assert answer.headers["Checkin-Rehearsal"] == "1"
        assert 0 <= (shown - datetime(2027, 1, 26, 15, 30, tzinfo=UTC)).total_seconds() < 60
        process.terminate()
        await asyncio.wait_for(process.communicate(), 20)


_CERTIFICATE = (
    *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
    *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
)


async def test_https_is_served_with_a_certificate(furnished_terminal: Terminal) -> None:
    folder = furnished_terminal.folder
    await asyncio.to_thread(
        subprocess.run,
        [*_CERTIFICATE, "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")],
        check=True,
        capture_output=True,
    )
    process, line = await serve(furnished_terminal, "serve", "--port", "0", "--tls", "cert.pem", "key.pem")
    url = line.split()[2]
    assert url.startswith("https://127.0.0.1:")
    trust = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    health = await asyncio.to_thread(urllib.request.urlopen, f"{url}/healthz", context=trust)
    with health:
        assert health.status == 200
    process.terminate()
    await asyncio.wait_for(process.communicate(), 20)


def test_the_demo_refuses_a_database_of_other_events(furnished_terminal: Terminal) -> None:
    complaint = furnished_terminal.fails("demo", "--port", "0")
    assert "holds other events (response-2027)" in complaint
    assert settings_of(furnished_terminal.folder).secret_file.exists()


async def test_a_demo_whose_day_is_over_begins_afresh(terminal: Terminal) -> None:
    words = ("demo", "--port", "0", "--attendees", "20")
    process, line = await serve(terminal, *words)
    assert "07:45 on 26 January 2027" in line
    process.terminate()
    await asyncio.wait_for(process.communicate(), 20)
    with closing(sqlite3.connect(terminal.folder / "checkin.db")) as database, database:
        database.execute("UPDATE setting SET value = value + 86400000000 WHERE key = 'clock_offset'")
    process, line = await serve(terminal, *words)
    assert "day is over" in line
    assert "checkin-past-1.db" in line
    assert process.stdout is not None
    assert b"07:45 on 26 January 2027" in await asyncio.wait_for(process.stdout.readline(), 30)
    process.terminate()
    await asyncio.wait_for(process.communicate(), 20)
    assert (terminal.folder / "checkin-past-1.db").exists()


async def test_a_server_that_stops_finishes_the_scans_it_took(
    furnished_terminal: Terminal, furnished: tuple[Path, People]
) -> None:
    people = furnished[1]
    process, line = await serve(furnished_terminal, "serve", "--port", "0")
    url = line.split()[2] + "/api/v1/scans"
    answered: list[str] = []
    is_busy = asyncio.Event()

    async def scan(session: ClientSession, name: str) -> None:
        body = {"scan_id": name, "credential": people.letters["Ana"]}
        with suppress(ClientError):
            async with session.post(url, json=body) as answer:
                if answer.status == 200:
                    answered.append((await answer.json())["scan_id"])
                    if len(answered) == 20:
                        is_busy.set()

    async with ClientSession(headers={"Authorization": f"Bearer {people.kiosk}"}) as session:
        scans = [asyncio.create_task(scan(session, str(uuid.uuid4()))) for _ in range(300)]
        await asyncio.wait_for(is_busy.wait(), 20)
        process.terminate()
        await asyncio.gather(*scans)
    _, complaint = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, complaint
    with closing(sqlite3.connect(furnished_terminal.folder / "checkin.db")) as database:
        kept = {str(uuid.UUID(bytes=row[0])) for row in database.execute("SELECT scan_id FROM scan")}
    assert set(answered) <= kept
    assert await asyncio.to_thread(furnished_terminal.does, "verify") == "no differences\n"
