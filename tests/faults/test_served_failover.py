"""A serving process whose primary is killed: kiosks and boards go on with the promoted standby."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientTimeout

from checkin.app import open_services
from checkin.config import Settings
from checkin.domain.model import Agenda, Role
from checkin.service import devices
from checkin.service.events import load_event
from tests.api.terminal import Terminal, serve
from tests.domain.conference import at
from tests.faults.postgres_hall import (
    CLIENTS,
    DATABASE,
    PATIENCE_SECONDS,
    PEOPLE,
    standby_pair,
    until,
    url_of,
)
from tests.store.people import SLUG, register

MORNING = "2027-01-26T08:00:00-07:00"


class Devices:
    """A kiosk's clients and a board, over HTTP. `answered`: verdict, reason and recorded_at by scan_id."""

    def __init__(self, session: ClientSession, tokens: dict[Role, str], badges: list[str]) -> None:
        self.session = session
        self.tokens = tokens
        self.badges = badges
        self.answered: dict[str, tuple[str, str, str]] = {}
        self.shown: list[int] = []

    async def scan(self, scan_id: str) -> None:
        """Asks until there is an answer, as a kiosk does."""
        badge = self.badges[uuid.UUID(scan_id).int % len(self.badges)]
        body = {"scan_id": scan_id, "credential": badge}
        while True:
            told = await self._post(body)
            if told is not None:
                answer = told["verdict"], told["reason"], told["recorded_at"]
                assert self.answered.setdefault(scan_id, answer) == answer
                return
            await asyncio.sleep(0.1)

    async def _post(self, body: dict[str, Any]) -> dict[str, Any] | None:
        headers = {"Authorization": f"Bearer {self.tokens[Role.KIOSK]}"}
        async with self.session.post("/api/v1/scans", json=body, headers=headers) as answer:
            told: dict[str, Any] = await answer.json(content_type=None)
            if answer.status == 200:
                return told
            assert (answer.status, told["code"]) == (503, "unavailable")
            return None

    async def go_on(self, is_enough: Callable[[], bool]) -> None:
        """Scans until it is enough."""

        async def client() -> None:
            while not is_enough():
                await self.scan(str(uuid.uuid4()))

        await asyncio.gather(*(client() for _ in range(CLIENTS)))

    async def watch(self) -> None:
        """One stream, which must not end."""
        headers = {"Authorization": f"Bearer {self.tokens[Role.DISPLAY]}"}
        path = f"/api/v1/events/{SLUG}/occupancy/stream"
        async with self.session.get(path, headers=headers, timeout=ClientTimeout()) as stream:
            async for line in stream.content:
                if line.startswith(b"data:"):
                    self.shown.append(json.loads(line[5:])["version"])


@pytest.fixture
async def day(agenda: Agenda, tmp_path: Path) -> AsyncIterator[tuple[Any, Any, Devices, Terminal]]:
    """A served conference on a primary and its standby, both named in the address."""
    with standby_pair() as (primary, standby):
        url = url_of(primary, standby)
        terminal = Terminal(tmp_path)
        settings = Settings(database=url, secret_file=tmp_path / "checkin.secret")
        async with open_services(settings, at(8)) as services:
            await load_event(services, agenda)
            badges = [(await register(services)).credential for _ in range(PEOPLE)]
            tokens = {}
            for role in (Role.KIOSK, Role.DISPLAY):
                made = await devices.add_device(services, SLUG, role.value, role)
                tokens[role] = (await devices.pair(services, made.code)).token
        process, line = await serve(terminal, "serve", "--database", url, "--port", "0", "--clock", MORNING)
        async with ClientSession(line.split()[2]) as session:
            yield primary, standby, Devices(session, tokens, badges), terminal
        process.terminate()
        _, complaint = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
        assert b"Traceback" not in complaint, complaint.decode()


async def test_a_server_goes_on_with_the_promoted_standby(
    day: tuple[Any, Any, Devices, Terminal],
) -> None:
    primary, standby, devices, terminal = day
    is_over = False
    board = asyncio.create_task(devices.watch())
    load = asyncio.create_task(devices.go_on(lambda: is_over))
    await until(lambda: len(devices.answered) > 100 and bool(devices.shown))
    await asyncio.to_thread(primary.kill)
    await asyncio.to_thread(standby.promote)
    before, version = len(devices.answered), devices.shown[-1]
    await until(lambda: len(devices.answered) > before + 100 and devices.shown[-1] > version)
    is_over = True
    await load
    assert not board.done(), "the board's stream never ended"
    board.cancel()
    kept = standby.execute("SELECT scan_id, verdict, reason FROM scan", DATABASE)
    stored = {str(uuid.UUID(bytes=bytes(row[0]))): (row[1], row[2]) for row in kept}
    assert {name: stored.get(name) for name in devices.answered} == {
        name: told[:2] for name, told in devices.answered.items()
    }
    for scan_id in list(devices.answered)[:50]:
        await devices.scan(scan_id)
    verified = await asyncio.to_thread(terminal.does, "verify", "--database", url_of(primary, standby))
    assert verified == "no differences\n"
