"""A real server on a real database for the tests of the API, and a caller who speaks to it over TCP."""

import io
import json
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, DummyCookieJar, web
from sqlalchemy import Connection

from checkin.api.call import SERVICES
from checkin.app import build_app, open_services
from checkin.config import Settings
from checkin.demo import read_conference
from checkin.domain.agenda_file import parse_toml, read_agenda
from checkin.domain.instants import Instant, to_instant
from checkin.domain.model import Role
from checkin.service.attendees import import_attendees, list_attendees
from checkin.service.credentials import letters_of
from checkin.service.devices import add_device, pair
from checkin.service.events import load_event
from checkin.service.services import Services
from checkin.service.tokens import create_token
from checkin.store.attendees import find_by_number
from checkin.store.events import get_event
from tests.databases import Engine, Template

SLUG = "response-2027"
EVENT = f"/api/v1/events/{SLUG}"
PEOPLE = """first_name,last_name,discipline,email,phone,agency,county,confidential,alias,external_id
Ana,Ruiz,law,ana@example.org,505-555-0101,Taos Police,Taos,,,X-1
Ben,Yazzie,medical,ben@example.org,505-555-0102,Gallup Clinic,McKinley,,,X-2
Cora,Ruiz,social,cora@example.org,505-555-0103,Casa,Taos,,,X-3
Dmitri,Hidden,law,hidden@secret.example,505-555-0199,Undercover Unit,Taos,yes,Maria Lopez,X-4
"""
SECRETS = ("Dmitri", "Hidden", "hidden@secret.example", "505-555-0199", "Undercover Unit")
"""What no answer may carry, save a reveal's."""


def at(text: str) -> Instant:
    """A local time of the conference's day, such as `08:15`."""
    return to_instant(datetime.fromisoformat(f"2027-01-26T{text}:00-07:00"))


@dataclass(frozen=True, slots=True)
class People:
    """What the tests know of the conference: tokens, devices, and people by first name."""

    organizer: str
    staff: str
    kiosk: str
    other_kiosk: str
    door: str
    display: str
    numbers: Mapping[str, str]
    letters: Mapping[str, str]
    secret_file: Path


@dataclass(frozen=True, slots=True)
class Furnished:
    """A database with the conference in it, for one test alone."""

    settings: Settings
    people: People


async def furnish(url: str, folder: Path) -> People:
    """Fills a database with the demo's conference, four people, two tokens and four paired devices."""
    settings = settings_of(url, folder)
    async with open_services(settings, at("07:45")) as services:
        await load_event(services, read_agenda(parse_toml(read_conference())))
        result = await import_attendees(services, SLUG, PEOPLE.encode())
        assert result.created == 4, result.faults
        page = await list_attendees(services, SLUG)
        numbers = {one.first_name: one.number for one in page.items}
        return People(
            organizer=await create_token(services, "Tests"),
            staff=await create_token(services, "Desk", "staff"),
            kiosk=await paired(services, "Kiosk A", Role.KIOSK),
            other_kiosk=await paired(services, "Kiosk B", Role.KIOSK),
            door=await paired(services, "Door B204", Role.DOOR, "b204"),
            display=await paired(services, "Board", Role.DISPLAY),
            numbers=numbers,
            letters=await services.db.read(lambda c: _letters(c, services, numbers)),
            secret_file=settings.secret_file,
        )


async def paired(services: Services, name: str, role: Role, room: str | None = None) -> str:
    """The token of a new device."""
    made = await add_device(services, SLUG, name, role, room)
    return (await pair(services, made.code)).token


def _letters(connection: Connection, services: Services, numbers: Mapping[str, str]) -> dict[str, str]:
    event = get_event(connection, SLUG)
    found = {}
    for name, number in numbers.items():
        row = find_by_number(connection, event.id, number)
        assert row is not None
        found[name] = letters_of(connection, services, event, row)
    return found


def settings_of(url: str, folder: Path) -> Settings:
    """Settings of a database, with its secret file in a folder."""
    return Settings(database=url, secret_file=folder / "checkin.secret")


@contextmanager
def furnished_on(engine: Engine, template: Template[People], folder: Path) -> Iterator[Furnished]:
    """A copy of the furnished database; `folder` is for its files."""
    with template.copied(engine, folder) as (url, people):
        settings = settings_of(url, folder)
        shutil.copy2(people.secret_file, settings.secret_file)
        yield Furnished(settings, people)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, wholly read."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.json["code"])


@dataclass(frozen=True, slots=True)
class Hall:
    """A running server and whoever calls it."""

    url: str
    session: ClientSession
    people: People
    app: web.Application

    async def call(
        self, method: str, path: str, token: str | None = None, body: object = None, **more: str
    ) -> Answer:
        """One call. A `str` or `bytes` body is sent as it is, anything else as JSON; `more` are headers."""
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        data: bytes | None = None
        if isinstance(body, str):
            data = body.encode()
        elif isinstance(body, bytes):
            data = body
        elif body is not None:
            data = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        stream = None if data is None else io.BytesIO(data)
        async with self.session.request(method, self.url + path, headers=headers, data=stream) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def organize(self, method: str, path: str, body: object = None, **more: str) -> Answer:
        """The same with an organizer's token, below the event's address."""
        return await self.call(method, EVENT + path, self.people.organizer, body, **more)

    async def scan(self, name: str = "Ana", token: str | None = None, **fields: object) -> Answer:
        """A kiosk's scan of somebody's badge."""
        scan = {"scan_id": str(uuid.uuid4()), "credential": self.people.letters.get(name), **fields}
        scan = {key: value for key, value in scan.items() if value is not None}
        return await self.call("POST", "/api/v1/scans", token or self.people.kiosk, scan)

    @property
    def services(self) -> Services:
        """What the server works with."""
        return self.app[SERVICES]


@asynccontextmanager
async def open_hall(furnished: Furnished, start_at: Instant | None = None) -> AsyncIterator[Hall]:
    """Serves the database; it is 07:45 again, however long the tests before this one took."""
    app = build_app(furnished.settings, start_at=start_at or at("07:45"))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        async with ClientSession(cookie_jar=DummyCookieJar()) as session:
            yield Hall(f"http://127.0.0.1:{site.port}", session, furnished.people, app)
    finally:
        await runner.cleanup()
