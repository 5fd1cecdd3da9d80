"""A server that is asked to stop under load: what it took is answered and kept, the rest was never begun."""

import asyncio
import json
import signal
import uuid
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from checkin.app import open_services
from checkin.config import Settings
from checkin.demo import read_conference
from checkin.domain.agenda_file import parse_toml, read_agenda
from checkin.domain.model import Role
from checkin.service.attendees import register
from checkin.service.events import load_event
from checkin.service.services import COMMAND
from checkin.service.verify import verify
from checkin.store.engines import read_once
from checkin.store.schema_day import scan
from tests.api.hall import EVENT, SLUG, at, paired
from tests.api.terminal import Terminal, serve

PATIENCE = 30
CONNECTIONS = 40
PERSON = {"first_name": "Ana", "last_name": "Ruiz", "discipline": ["law"]}


@dataclass
class Door:
    """A server about to be stopped, and what its callers saw: scans that were `answered`, and those whose
    connection was `closed` instead, with what had come of an answer.
    """

    process: Process
    port: int
    kiosk: str
    display: str
    badges: list[str]
    answered: set[str] = field(default_factory=set)
    closed: dict[str, bytes] = field(default_factory=dict)
    is_busy: asyncio.Event = field(default_factory=asyncio.Event)

    async def connect(self) -> tuple[StreamReader, StreamWriter]:
        """A new connection."""
        return await asyncio.open_connection("127.0.0.1", self.port)

    def request(self, scan_id: str) -> bytes:
        """A scan, as it goes over the wire."""
        badge = self.badges[hash(scan_id) % len(self.badges)]
        body = json.dumps({"scan_id": scan_id, "credential": badge})
        return (
            f"POST /api/v1/scans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.kiosk}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    async def scan_on(self) -> None:
        """One scan after the other on one connection, until the server ends it."""
        reader, writer = await self.connect()
        head = b""
        while b"\r\nConnection: close\r\n" not in head:
            scan_id = str(uuid.uuid4())
            writer.write(self.request(scan_id))
            try:
                head, _ = await answer(reader)
            except (ConnectionError, IncompleteReadError) as end:
                self.closed[scan_id] = getattr(end, "partial", b"")
                break
            assert head.startswith(b"HTTP/1.1 200 "), head
            self.answered.add(scan_id)
            if len(self.answered) == 5 * CONNECTIONS:
                self.is_busy.set()
        writer.close()

    async def ask_to_stop(self) -> None:
        """Sends the signal, and waits until new connections are refused."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionError):
                while True:
                    _, writer = await self.connect()
                    writer.close()
                    await asyncio.sleep(0.01)

    async def ends(self) -> None:
        """The process ends, and well."""
        _, complaint = await asyncio.wait_for(self.process.communicate(), PATIENCE)
        assert self.process.returncode == 0, complaint.decode()
        assert b"level=error" not in complaint


async def answer(reader: StreamReader) -> tuple[bytes, bytes]:
    """Head and body of one answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Those of a database on each engine."""
    return Settings(database=database_url, secret_file=tmp_path / "checkin.secret")


@pytest_asyncio.fixture
async def door(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Door]:
    """A server with a kiosk, a board and three badges."""
    async with open_services(settings, at("07:45")) as services:
        await load_event(services, read_agenda(parse_toml(read_conference())))
        badges = [(await register(services, SLUG, PERSON, COMMAND)).credential for _ in range(3)]
        kiosk = await paired(services, "Kiosk", Role.KIOSK)
        display = await paired(services, "Board", Role.DISPLAY)
    process, line = await serve(
        Terminal(tmp_path),
        *("serve", "--port", "0", "--database", settings.database),
        CHECKIN_SECRET_FILE=str(settings.secret_file),
        CHECKIN_STOP_GRACE=str(getattr(request, "param", 0)),
    )
    yield Door(process, int(line.split()[2].rpartition(":")[2]), kiosk, display, badges)
    if process.returncode is None:
        process.kill()
        await process.communicate()


def kept(settings: Settings) -> set[str]:
    """The scans in the log."""
    rows = read_once(settings.database, lambda c: c.execute(select(scan.c.scan_id)).scalars().all())
    return {str(uuid.UUID(bytes=row)) for row in rows}


async def test_under_load_every_scan_is_answered_and_kept_or_was_never_begun(
    door: Door, settings: Settings
) -> None:
    clients = [asyncio.create_task(door.scan_on()) for _ in range(CONNECTIONS)]
    await asyncio.wait_for(door.is_busy.wait(), PATIENCE)
    await door.ask_to_stop()
    await asyncio.wait_for(asyncio.gather(*clients), PATIENCE)
    await door.ends()
    stored = await asyncio.to_thread(kept, settings)
    assert door.answered - stored == set(), "what was answered is on disk"
    assert set(door.closed.values()) <= {b""}, "no answer is cut off"
    assert door.closed.keys() & stored == set(), "what was closed without an answer was not begun"
    async with open_services(settings) as services:
        assert await verify(services.db) == []


async def test_a_scan_that_is_half_there_is_waited_for(door: Door, settings: Settings) -> None:
    scan_id = str(uuid.uuid4())
    data = door.request(scan_id)
    reader, writer = await door.connect()
    writer.write(data[:-20])
    await writer.drain()
    await first_line(door, "/healthz")  # what was sent before this has been begun
    await door.ask_to_stop()
    writer.write(data[-20:])
    head, body = await asyncio.wait_for(answer(reader), PATIENCE)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nConnection: close\r\n" in head
    assert json.loads(body)["reason"] == "checked_in"
    assert await reader.read() == b""
    writer.close()
    await door.ends()
    assert await asyncio.to_thread(kept, settings) == {scan_id}


async def test_boards_streams_are_ended_and_not_cut(door: Door) -> None:
    reader, writer = await door.connect()
    head = f"GET {EVENT}/occupancy/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {door.display}\r\n\r\n"
    writer.write(head.encode())
    await asyncio.wait_for(reader.readuntil(b"event: occupancy"), PATIENCE)
    await door.ask_to_stop()
    assert (await asyncio.wait_for(reader.read(), PATIENCE)).endswith(b"\r\n0\r\n\r\n")
    writer.close()
    await door.ends()


@pytest.mark.parametrize("door", [2], indirect=True)
async def test_for_the_grace_it_says_that_it_stops_and_takes_what_comes(
    door: Door, settings: Settings
) -> None:
    door.process.send_signal(signal.SIGTERM)
    line = b""
    while b" 503 " not in line:
        line = await first_line(door, "/readyz")
    reader, writer = await door.connect()
    scan_id = str(uuid.uuid4())
    writer.write(door.request(scan_id))
    head, _ = await answer(reader)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nConnection: close\r\n" in head
    assert await reader.read() == b"", "so that nothing more is sent on it"
    writer.close()
    await door.ends()
    assert await asyncio.to_thread(kept, settings) == {scan_id}


async def first_line(door: Door, path: str) -> bytes:
    """The first line of an answer on a new connection."""
    reader, writer = await door.connect()
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _ = await asyncio.wait_for(answer(reader), PATIENCE)
    writer.close()
    return head.partition(b"\r\n")[0]
