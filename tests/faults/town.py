"""A conference on PostgreSQL, served by real processes, and callers who go on when one of them dies.

Owns the processes and the callers: scans sent again until they are answered, boards that come again at once.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from sqlalchemy import Connection, text

from checkin.app import open_services
from checkin.cli import recorder_process, server_process
from checkin.config import Settings
from checkin.demo import read_conference
from checkin.domain.agenda_file import parse_toml, read_agenda
from checkin.domain.model import Role
from checkin.service.attendees import import_attendees
from checkin.service.credentials import find_letters
from checkin.service.devices import add_device, pair
from checkin.service.events import load_event
from checkin.service.services import Services
from checkin.service.tokens import create_token
from checkin.service.verify import verify
from checkin.store.attendee_lists import list_attendees
from checkin.store.credentials import list_digests
from checkin.store.events import get_event
from tests.postgres import Server

SLUG = "response-2027"
EVENT = f"/api/v1/events/{SLUG}"
PEOPLE = 480
KIOSKS = 8
CALLERS = 16
ROOT = Path(__file__).parents[2]
START_SECONDS = 40
PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Town:
    """The database, and what callers hold; `folder` has the secret file."""

    database: str
    folder: Path
    organizer: str
    kiosks: Sequence[str]
    display: str
    badges: Sequence[str]

    @property
    def settings(self) -> Settings:
        """Settings of its database."""
        return Settings(database=self.database, secret_file=self.folder / "checkin.secret")

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database holds."""
        async with open_services(self.settings) as services:
            found = await services.db.read(lambda connection: connection.execute(text(statement)).all())
        return [tuple(row) for row in found]

    async def differences(self) -> list[str]:
        """What `checkin verify` would say."""
        async with open_services(self.settings) as services:
            return await verify(services.db)


async def found_town(database: str, folder: Path) -> Town:
    """Puts the demo's conference, people and devices into an empty database."""
    settings = Settings(database=database, secret_file=folder / "checkin.secret")
    async with open_services(settings) as services:
        await load_event(services, read_agenda(parse_toml(read_conference())))
        disciplines = cycle(("law", "medical", "social", "counseling", "other"))
        lines = [f"Ana{n},Ruiz,{next(disciplines)},a{n}@example.org" for n in range(PEOPLE)]
        table = "\n".join(["first_name,last_name,discipline,email", *lines])
        assert (await import_attendees(services, SLUG, table.encode())).created == PEOPLE
        return Town(
            database,
            folder,
            organizer=await create_token(services, "Tests"),
            kiosks=[await _paired(services, f"Kiosk {n}", Role.KIOSK) for n in range(KIOSKS)],
            display=await _paired(services, "Board", Role.DISPLAY),
            badges=await services.db.read(lambda connection: _letters(connection, services)),
        )


async def _paired(services: Services, name: str, role: Role) -> str:
    return (await pair(services, (await add_device(services, SLUG, name, role)).code)).token


def _letters(connection: Connection, services: Services) -> list[str]:
    event = get_event(connection, SLUG)
    digests = list_digests(connection, event.id)
    rows = list_attendees(connection, event.id)
    return [find_letters(services.keys, event.uuid, row, row.generation, digests) for row in rows]


def copy_of(town: Town, server: Server, folder: Path) -> Town:
    """The same town for one test alone."""
    shutil.copy2(town.folder / "checkin.secret", folder / "checkin.secret")
    template = town.database.partition("?")[0].rpartition("/")[2]
    held = (town.organizer, town.kiosks, town.display, town.badges)
    return Town(server.create(template), folder, *held)


# ---- server processes


@dataclass(slots=True)
class Serving:
    """A running `checkin serve`."""

    process: asyncio.subprocess.Process
    url: str
    log: Path

    def children(self, module: str = server_process.__name__) -> list[int]:
        """The processes that it has started of a module: the servers, where it has several."""
        pid = self.process.pid
        all_of_them = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(one) for one in all_of_them if module in Path(f"/proc/{one}/cmdline").read_text()]

    def recorder(self) -> int:
        """The process that records scans for several servers."""
        (pid,) = self.children(recorder_process.__name__)
        return pid

    def kill(self) -> None:
        """Ends it as a pulled plug would."""
        self.process.send_signal(signal.SIGKILL)

    async def says(self, word: str, times: int = 1) -> None:
        """Waits until it has said this so often."""
        await until(lambda: self.told().count(word) >= times)

    def told(self) -> str:
        """What it said on standard error."""
        return self.log.read_text()


@asynccontextmanager
async def serving(
    town: Town, *words: str, name: str = "server", **environment: str
) -> AsyncIterator[Serving]:
    """`checkin serve WORDS` on a port of its own, until the block ends."""
    log = town.folder / f"{name}.log"
    process = await run_server(town, log, *words, **environment)
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        assert line.startswith(b"Serving on "), log.read_text()
        yield Serving(process, line.decode().split()[2], log)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)


async def run_server(town: Town, log: Path, *words: str, **environment: str) -> asyncio.subprocess.Process:
    """`checkin serve WORDS`, started; what it complains of goes to `log`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHECKIN_")}
    ours = {"CHECKIN_DATABASE": town.database, "CHECKIN_SECRET_FILE": str(town.settings.secret_file)}
    with log.open("ab") as said:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "checkin", "serve", "--port", "0", *words),
            cwd=ROOT,
            env=kept | ours | environment | {"PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
        )


async def until(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Waits until something holds; `TimeoutError` after so long."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what other processes do sets no event of ours
            await asyncio.sleep(0.01)


# ---- callers


def calling() -> ClientSession:
    """Callers with as many connections as they like."""
    return ClientSession(
        cookie_jar=DummyCookieJar(), connector=TCPConnector(limit=0), timeout=ClientTimeout(total=10)
    )


@dataclass(slots=True)
class Crowd:
    """People who arrive at kiosks, each scan sent to the next address until somebody answers it."""

    session: ClientSession
    town: Town
    addresses: Sequence[str]
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: int = 0

    async def arrive(self, badges: Sequence[str]) -> None:
        """Scans these badges, some at a time."""
        waiting = list(reversed(badges))

        async def call(kiosk: str) -> None:
            while waiting:
                await self._scan(kiosk, waiting.pop())

        await asyncio.gather(*(call(self.town.kiosks[n % KIOSKS]) for n in range(CALLERS)))

    async def has_answers(self, count: int) -> None:
        """Waits until so many scans have been answered."""
        await until(lambda: len(self.answers) >= count)

    async def _scan(self, kiosk: str, badge: str) -> None:
        scan_id = str(uuid.uuid4())
        body = {"scan_id": scan_id, "credential": badge}
        headers = {"Authorization": f"Bearer {kiosk}"}
        for address in cycle(self.addresses):
            try:
                url = f"{address}/api/v1/scans"
                async with self.session.post(url, json=body, headers=headers) as answer:
                    told = await answer.json()
                assert answer.status in (200, 503), told
                if answer.status == 200:
                    self.answers[scan_id] = told
                    return
            except (ClientError, TimeoutError):
                self.failures += 1
            await asyncio.sleep(0.02)


@asynccontextmanager
async def watching(screens: Sequence["Screen"]) -> AsyncIterator[None]:
    """Boards that look until the block ends; all show something before it begins."""
    tasks = [asyncio.create_task(screen.watch()) for screen in screens]
    await all_show(screens, 0, PATIENCE_SECONDS)
    yield
    for task in tasks:
        assert not task.done(), "a board has given up"
        task.cancel()


async def all_show(screens: Sequence["Screen"], count: int, seconds: float) -> None:
    """Waits until every board shows that so many have checked in."""
    await until(lambda: all(screen.checked_in >= count for screen in screens), seconds)


@dataclass(slots=True)
class Screen:
    """A board that asks the next address for its stream whenever it loses it."""

    session: ClientSession
    town: Town
    addresses: Sequence[str]
    checked_in: int = -1
    streams: int = 0

    async def watch(self) -> None:
        """Looks for ever."""
        for address in cycle(self.addresses):
            try:
                await self._look(address)
            except (ClientError, TimeoutError):
                await asyncio.sleep(0.05)

    async def _look(self, address: str) -> None:
        url, headers = f"{address}{EVENT}/occupancy/stream", {"Authorization": f"Bearer {self.town.display}"}
        async with self.session.get(url, headers=headers, timeout=ClientTimeout(sock_connect=2)) as answer:
            if answer.status == 503:  # it is stopping; pages ask again too
                answer.raise_for_status()
            assert answer.status == 200
            self.streams += 1
            async for line in answer.content:
                if line.startswith(b"data: "):
                    self.checked_in = json.loads(line.removeprefix(b"data: "))["checked_in"]


async def stored_answers(town: Town) -> dict[str, tuple[str, str]]:
    """By scan_id what the log says of it: verdict and reason."""
    rows = await town.rows("SELECT scan_id, verdict, reason FROM scan")
    return {str(uuid.UUID(bytes=bytes(scan_id))): (verdict, reason) for scan_id, verdict, reason in rows}
