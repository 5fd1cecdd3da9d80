"""The commands that serve: what they refuse, how their clock runs, and how they stop."""

import asyncio
import signal
import socket
import sqlite3
import ssl
import subprocess
import urllib.request
import uuid
from contextlib import closing, suppress
from datetime import UTC, datetime

import pytest
from aiohttp import ClientError, ClientSession
from sqlalchemy import text

from checkin.cli.serving import read_clock
from checkin.demo import read_conference
from checkin.domain.agenda_file import parse_toml, read_agenda
from checkin.store.engines import read_once
from tests.api.hall import SLUG, Furnished, at
from tests.api.terminal import Terminal, serve
from tests.browser.venue import free_port


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # nothing of it is the database's
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
    for typed in ("2027-01-26T07:45:00-07:00", "2027-01-26T07:45", "07:45", "2027-01-26T14:45:00Z"):
        assert read_clock(typed, agendas) == at("07:45")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # wrong before it opens anything
@pytest.mark.parametrize(
    "typed",
    [
        "1999-12-31T23:59:59Z",
        "3000-01-01T00:00Z",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-12:00",
        "0001-01-01",
        "9999-12-31T23:59",
    ],
)
def test_a_clock_far_from_any_conference_is_wrong_usage(furnished_terminal: Terminal, typed: str) -> None:
    complaint = furnished_terminal.fails("serve", "--port", "0", "--clock", typed, status=2)
    assert "a year from 2000 to 2999, please" in complaint


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # wrong before it opens anything
@pytest.mark.parametrize("typed", ["", "noon", "25:00", "07:45Z"])
def test_a_clock_that_is_no_time_is_wrong_usage(furnished_terminal: Terminal, typed: str) -> None:
    assert "--clock" in furnished_terminal.fails("serve", "--port", "0", "--clock", typed, status=2)


async def test_what_a_serving_database_writes_is_for_its_owner_alone(terminal: Terminal) -> None:
    process, _ = await serve(terminal, "serve", "--port", "0")
    modes = {path.name: path.stat().st_mode & 0o777 for path in terminal.folder.glob("checkin.db*")}
    process.terminate()
    await asyncio.wait_for(process.communicate(), 20)
    assert {"checkin.db", "checkin.db-wal"} <= modes.keys()
    assert set(modes.values()) == {0o600}


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


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # nothing of it is the database's
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
    assert (furnished_terminal.folder / "checkin.secret").exists()


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
    furnished_terminal: Terminal, furnished: Furnished
) -> None:
    people = furnished.people
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
    query = text("SELECT scan_id FROM scan")
    stored = read_once(furnished.settings.database, lambda c: c.execute(query).all())
    kept = {str(uuid.UUID(bytes=row[0])) for row in stored}
    assert set(answered) <= kept
    assert await asyncio.to_thread(furnished_terminal.does, "verify") == "no differences\n"
