"""A server that is killed under load, on each engine: who sends again until it is answered loses nothing."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession
from sqlalchemy import text

from checkin.store.engines import read_once
from tests.api.hall import Furnished, People, furnish, furnished_on
from tests.api.terminal import Terminal, serve
from tests.browser.venue import free_port
from tests.databases import Engine, Template

SCANS, CLIENTS, KILLS = 400, 16, 3
PATIENCE_SECONDS = 120.0

Told = tuple[str, str, str]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template[People]:
    """The conference with four people."""
    return Template(tmp_path_factory.mktemp("killed"), furnish)


@pytest.fixture
def furnished(engine: Engine, template: Template[People], tmp_path: Path) -> Iterator[Furnished]:
    """A copy of it."""
    with furnished_on(engine, template, tmp_path) as copy:
        yield copy


@dataclass
class Senders:
    """Devices that send their scans again and again until they are answered."""

    url: str
    token: str
    scans: list[dict[str, str]]
    answers: dict[str, list[Told]] = field(default_factory=dict)
    has_progressed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send_all(self) -> None:
        """Until every scan was answered."""
        waiting = iter(self.scans)
        async with ClientSession(headers={"Authorization": f"Bearer {self.token}"}) as session:
            await asyncio.gather(*(self._send_some(session, waiting) for _ in range(CLIENTS)))

    async def _send_some(self, session: ClientSession, waiting: Iterator[dict[str, str]]) -> None:
        for body in waiting:
            while True:
                if await self._send(session, body):
                    break
                await asyncio.sleep(0.05)

    async def _send(self, session: ClientSession, body: dict[str, str]) -> bool:
        try:
            async with session.post(f"{self.url}/api/v1/scans", json=body) as answer:
                if answer.status == 503:
                    return False
                assert answer.status == 200, await answer.text()
                told = await answer.json()
        except ClientError:
            return False  # it may be stored all the same: sent again it gets its answer
        found = self.answers.setdefault(body["scan_id"], [])
        found.append((told["verdict"], told["reason"], told["recorded_at"]))
        async with self.has_progressed:
            self.has_progressed.notify_all()
        return True

    async def answered(self, count: int) -> None:
        """Waits until so many scans were answered."""
        async with self.has_progressed:
            await self.has_progressed.wait_for(lambda: len(self.answers) >= count)


async def test_a_server_killed_under_scans_loses_nothing_that_it_answered(
    furnished: Furnished, tmp_path: Path
) -> None:
    terminal, people = Terminal(tmp_path, furnished.settings.database), furnished.people
    badges = [people.letters[name] for name in ("Ana", "Ben", "Cora", "Maria")]
    scans = [{"scan_id": str(uuid.uuid4()), "credential": badges[n % 4]} for n in range(SCANS)]
    port = str(free_port())
    senders = Senders(f"http://127.0.0.1:{port}", people.kiosk, scans)
    sending = asyncio.create_task(senders.send_all())
    async with asyncio.timeout(PATIENCE_SECONDS):
        for kill in range(KILLS):
            process, _ = await serve(terminal, "serve", "--port", port, "--clock", "2027-01-26T07:45")
            await senders.answered((kill + 1) * SCANS // (KILLS + 1))
            process.kill()
            await process.communicate()
        process, _ = await serve(terminal, "serve", "--port", port)
        await sending
        await Senders(senders.url, people.kiosk, scans, senders.answers).send_all()
        process.terminate()
        await process.communicate()
    query = text("SELECT scan_id, reason FROM scan")
    stored = read_once(furnished.settings.database, lambda c: c.execute(query).all())
    assert len(stored) == SCANS
    assert {str(uuid.UUID(bytes=row[0])) for row in stored} == senders.answers.keys()
    assert all(len(told) == 2 and len(set(told)) == 1 for told in senders.answers.values())
    assert Counter(row[1] for row in stored) == {"checked_in": 4, "already_checked_in": SCANS - 4}
    assert await asyncio.to_thread(terminal.does, "verify") == "no differences\n"
