"""Events large enough to measure, seeded into a folder, and the real server on them as its own process.

Owns the seeding (people, plan, devices, who has come already) and what the server's process has used. Knows
nothing of what is measured.
"""

import asyncio
import csv
import io
import os
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from checkin.app import open_services
from checkin.cli.demo import prepare
from checkin.config import Settings
from checkin.demo import SLUG as DEMO
from checkin.domain.instants import MINUTE, Instant, to_datetime, to_instant
from checkin.domain.model import Agenda, DeviceId, Person, Role, Slot
from checkin.domain.scans import Verdict
from checkin.service.attendees import import_attendees
from checkin.service.credentials import find_letters
from checkin.service.devices import add_device, authenticate_device, pair
from checkin.service.events import load_event
from checkin.service.planning import make_plan
from checkin.service.scans import Answer, Reading
from checkin.service.services import Services
from checkin.store.assignments import list_assigned
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
class Guest:
    """Somebody who has not come yet; `room`: where their first breakout is, if they have a seat."""

    credential: str
    room: str | None


@dataclass(frozen=True, slots=True)
class Seeded:
    """An event on the morning of its day. The secret file is in the folder, and so is an SQLite database.

    `breakout`: a moment in the first slot with breakouts, RFC 3339. `kiosks` and `doors` (by room) are
    devices' tokens.
    """

    folder: Path
    database: str
    slug: str
    attendees: int
    breakout: str
    guests: Sequence[Guest]
    kiosks: Sequence[str]
    doors: Mapping[str, str]
    displays: Sequence[Display]

    @property
    def waiting(self) -> list[str]:
        """The credentials of those who have not come yet."""
        return [guest.credential for guest in self.guests]


def settings_of(folder: Path, database: str | None = None) -> Settings:
    """Settings of a database, by default of the SQLite database in a folder."""
    url = database or f"sqlite:///{folder}/checkin.db"
    return Settings(database=url, secret_file=folder / "checkin.secret")


async def seed(
    folder: Path,
    attendees: int,
    displays: int,
    come: float = 0.5,
    database: str | None = None,
    is_large: bool = False,
) -> Seeded:
    """The demo conference (up to 2,000 people) or a larger one, planned; a share of them has come.

    `is_large`: the larger one for however few. `database`: the address of an empty one; without it an SQLite
    database is made in the folder.
    """
    settings, slug = settings_of(folder, database), DEMO
    if attendees <= MOST_OF_DEMO and not is_large:
        await prepare(settings, attendees, seed=1)
    else:
        slug = await _prepare_large(settings, attendees)
    async with open_services(settings, to_instant(datetime.fromisoformat(MORNING))) as services:
        agenda, guests = await services.db.read(lambda connection: _people(connection, services, slug))
        kiosks = [await _paired(services, slug, f"Kiosk {n}", Role.KIOSK) for n in range(KIOSKS)]
        doors = {
            room.code: (await _paired(services, slug, room.name, Role.DOOR, room.code)).token
            for room in agenda.rooms
        }
        boards = [await _paired(services, slug, f"Board {n}", Role.DISPLAY) for n in range(displays)]
        here = int(len(guests) * come)
        await _arrive(services, kiosks[0].token, [guest.credential for guest in guests[:here]])
    return Seeded(
        folder,
        settings.database,
        slug,
        attendees,
        to_datetime(Instant(_breakout(agenda).starts_at + 5 * MINUTE), agenda.zone).isoformat(),
        guests[here:],
        [one.token for one in kiosks],
        doors,
        boards,
    )


def _breakout(agenda: Agenda) -> Slot:
    return next(slot for slot in agenda.slots if slot.code not in agenda.plenary_in)


async def _prepare_large(settings: Settings, attendees: int) -> str:
    ground = large_ground(attendees, 40, 4, seed=1)
    slug = ground.agenda.slug
    async with open_services(settings, to_instant(datetime.fromisoformat(MORNING))) as services:
        await load_event(services, ground.agenda)
        result = await import_attendees(services, slug, table_of(one.person for one in ground.seekers))
        if result.faults:
            raise RuntimeError(f"the invented people are refused: {result.faults[0]}")
        await make_plan(services, slug)
    return slug


def table_of(people: Iterable[Person]) -> bytes:
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


def _people(connection: Connection, services: Services, slug: str) -> tuple[Agenda, list[Guest]]:
    event = get_event(connection, slug)
    digests = list_digests(connection, event.id)
    seats = list_assigned(connection, event.id, _breakout(event.agenda).code)
    rooms = {
        attendee: event.agenda.session[seat.session].room
        for attendee, seat in seats.items()
        if seat.session is not None
    }
    return event.agenda, [
        Guest(find_letters(services.keys, event.uuid, row, row.generation, digests), rooms.get(row.id))
        for row in list_attendees(connection, event.id)
        if not row.is_cancelled
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
    """A serving process, with those that it has started."""

    url: str
    pid: int

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return int(self.url.rpartition(":")[2])

    def processor_seconds(self) -> float:
        """What they have used of the processors so far, all their threads together."""
        stats = [Path(f"/proc/{pid}/stat").read_text() for pid in _family(self.pid)]
        used = [stat.rpartition(")")[2].split()[11:13] for stat in stats]
        return sum(int(user) + int(system) for user, system in used) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        """What of them is in memory; pages that they share count in each."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in _family(self.pid)]
        return sum(pages) * os.sysconf("SC_PAGE_SIZE")


def _family(pid: int) -> list[int]:
    """A process and those that it has started, and so on."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [int(word) for task in tasks for word in (task / "children").read_text().split()]
    return [pid, *(member for child in children for member in _family(child))]


def serving(seeded: Seeded, clock: str = MORNING, *options: str) -> AbstractAsyncContextManager[Server]:
    """`checkin serve` on a seeded event, a rehearsal from `clock` on, until the block ends."""
    command = ("checkin", "serve", "--port", "0", "--clock", clock, *options)
    return running(seeded.folder, *command, database=seeded.database)


@asynccontextmanager
async def running(folder: Path, *module: str, database: str = "") -> AsyncIterator[Server]:
    """A module run by itself that says `Serving on URL`; its log and its secret file are in the folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHECKIN_")}
    own = {"CHECKIN_DATABASE": database, "CHECKIN_SECRET_FILE": str(folder / "checkin.secret")}
    with (folder / "server.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *module),
            cwd=ROOT,
            env=kept | own | {"PYTHONUNBUFFERED": "1"},
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
