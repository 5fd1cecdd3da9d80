"""Events large enough to measure, seeded into a folder, and the real server on them as its own process.

Owns the seeding (people, plan, devices, who has come already) and what the server's process has used. Knows
nothing of what is measured.
"""

import asyncio
import csv
import io
import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from checkin.app import open_services
from checkin.cli.demo import prepare
from checkin.config import Settings
from checkin.demo import SLUG as DEMO
from checkin.domain.instants import to_instant
from checkin.domain.model import Agenda, DeviceId, Person, Role
from checkin.domain.scans import Verdict
from checkin.service.attendees import import_attendees
from checkin.service.credentials import find_letters
from checkin.service.devices import add_device, authenticate_device, pair
from checkin.service.events import load_event
from checkin.service.planning import make_plan
from checkin.service.scans import Answer, Reading
from checkin.service.services import Services
from checkin.store.attendee_lists import list_attendees
from checkin.store.credentials import list_digests
from checkin.store.events import get_event
from tests.domain.large_events import large_ground

ROOT = Path(__file__).parents[2]
MORNING = "2027-01-26T07:45:00-07:00"
MOST_OF_DEMO = 2_000
"""The demo conference's rooms are for so many; more people get a conference of 40 rooms and 4 slots."""

KIOSKS = 8
AT_ONCE = 256
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Display:
    """A paired display, as its page knows itself."""

    id: DeviceId
    token: str


@dataclass(frozen=True, slots=True)
class Seeded:
    """An event on the morning of its day. `waiting`: the credentials of those who have not come yet.

    `kiosks` and `doors` are devices' tokens.
    """

    folder: Path
    slug: str
    attendees: int
    waiting: Sequence[str]
    kiosks: Sequence[str]
    doors: Sequence[str]
    displays: Sequence[Display]


def settings_of(folder: Path) -> Settings:
    """Settings of the database in a folder."""
    return Settings(database=f"sqlite:///{folder}/checkin.db", secret_file=folder / "checkin.secret")


async def seed(
    folder: Path, attendees: int, displays: int, come: float = 0.5, settings: Settings | None = None
) -> Seeded:
    """The demo conference (up to 2,000 people) or a larger one, planned; a share of them has come.

    In the folder's own database, unless `settings` name another.
    """
    settings, slug = settings or settings_of(folder), DEMO
    if attendees <= MOST_OF_DEMO:
        await prepare(settings, attendees, seed=1)
    else:
        slug = await _prepare_large(settings, attendees)
    async with open_services(settings, to_instant(datetime.fromisoformat(MORNING))) as services:
        agenda, badges = await services.db.read(lambda connection: _people(connection, services, slug))
        kiosks = [await _paired(services, slug, f"Kiosk {n}", Role.KIOSK) for n in range(KIOSKS)]
        doors = [await _paired(services, slug, room.name, Role.DOOR, room.code) for room in agenda.rooms]
        boards = [await _paired(services, slug, f"Board {n}", Role.DISPLAY) for n in range(displays)]
        here = int(len(badges) * come)
        await _arrive(services, kiosks[0].token, badges[:here])
    return Seeded(
        folder,
        slug,
        attendees,
        badges[here:],
        [one.token for one in kiosks],
        [one.token for one in doors],
        boards,
    )


async def _prepare_large(settings: Settings, attendees: int) -> str:
    ground = large_ground(attendees, 40, 4, seed=1)
    slug = ground.agenda.slug
    async with open_services(settings, to_instant(datetime.fromisoformat(MORNING))) as services:
        await load_event(services, ground.agenda)
        result = await import_attendees(services, slug, _table(one.person for one in ground.seekers))
        if result.faults:
            raise RuntimeError(f"the invented people are refused: {result.faults[0]}")
        await make_plan(services, slug)
    return slug


def _table(people: Iterable[Person]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(
        ("first_name", "last_name", "email", "discipline", "accessibility", "preferences", "group")
    )
    for one in people:
        words = (one.disciplines, one.accessibility, one.preferences)
        lists = [";".join(item) for item in words]
        table.writerow((one.name.first, f"Romero {one.id}", f"p{one.id}@example.org", *lists, one.group))
    return text.getvalue().encode()


def _people(connection: Connection, services: Services, slug: str) -> tuple[Agenda, list[str]]:
    event = get_event(connection, slug)
    digests = list_digests(connection, event.id)
    rows = [row for row in list_attendees(connection, event.id) if not row.is_cancelled]
    return event.agenda, [
        find_letters(services.keys, event.uuid, row, row.generation, digests) for row in rows
    ]


async def _paired(services: Services, slug: str, name: str, role: Role, room: str | None = None) -> Display:
    made = await add_device(services, slug, name, role, room)
    return Display(made.device_id, (await pair(services, made.code)).token)


async def _arrive(services: Services, kiosk: str, badges: Sequence[str]) -> None:
    actor = await authenticate_device(services, kiosk)
    if actor is None or actor.device is None or actor.event_id is None:
        raise RuntimeError("the kiosk is not paired")
    for first in range(0, len(badges), AT_ONCE):
        readings = [
            Reading(number.to_bytes(16, "big"), badges[number])
            for number in range(first, min(first + AT_ONCE, len(badges)))
        ]
        for answer in await services.scans.record(actor.event_id, actor.device, readings):
            if not isinstance(answer, Answer) or answer.recorded.verdict is not Verdict.ADMITTED:
                raise RuntimeError(f"not let in: {answer}")


# ---- the server


@dataclass(frozen=True, slots=True)
class Server:
    """A serving process."""

    url: str
    pid: int

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return int(self.url.rpartition(":")[2])

    def processor_seconds(self) -> float:
        """What the process has used of the processor so far, its threads together."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def serving(folder: Path, clock: str = MORNING) -> AsyncIterator[Server]:
    """`checkin serve` on a folder's database, a rehearsal from `clock` on, until the block ends."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHECKIN_")}
    with (folder / "server.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "checkin", "serve", "--port", "0", "--clock", clock),
            cwd=ROOT,
            env=kept | {"CHECKIN_DATABASE": f"sqlite:///{folder}/checkin.db", "PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    try:
        if process.stdout is None:
            raise RuntimeError("the server has no standard output")
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        words = line.decode().split()
        if words[:2] != ["Serving", "on"]:
            raise RuntimeError("the server does not start: " + (folder / "server.log").read_text())
        yield Server(words[2], process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()
