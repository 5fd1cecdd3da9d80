"""What `checkin demo` prints: the addresses to open, with fresh pairing links at each start and on Enter."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from checkin.api.call import SERVICES
from checkin.api.views import page_link
from checkin.demo import SLUG
from checkin.domain.errors import AppError
from checkin.domain.instants import to_datetime
from checkin.domain.model import Role
from checkin.service import attendees, devices
from checkin.service.credentials import letters_of
from checkin.service.events import show_event
from checkin.service.services import Services
from checkin.store.attendees import find_by_number
from checkin.store.events import get_event

NAMES = {Role.KIOSK: "Arrival kiosk", Role.DOOR: "Door", Role.DISPLAY: "Board"}


class Welcome:
    """Prints beside a running server. `start` when it serves, `stop` before it ends."""

    def __init__(self, app: web.Application, address: str) -> None:
        self._app = app
        self._address = address
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Tells all addresses, and listens for Enter."""
        self._begin(self._tell_all())
        with suppress(OSError, ValueError, NotImplementedError):  # no input to listen to
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._heard)

    async def stop(self, _app: web.Application) -> None:
        """Stops listening."""
        with suppress(OSError, ValueError, NotImplementedError):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        await asyncio.gather(*self._tasks)  # they take milliseconds
        if sys.stdout.isatty():
            print("\nStopping …", flush=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except AppError as error:
            print(f"checkin: {error.message}", file=sys.stderr, flush=True)

    def _heard(self) -> None:
        try:
            text = os.read(sys.stdin.fileno(), 4096)
        except OSError:
            text = b""
        if not text:  # the end of the input
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        elif b"\n" in text:
            self._begin(self._tell_pairings())

    async def _tell_all(self) -> None:
        services = self._app[SERVICES]
        agenda = await show_event(services, SLUG)
        now = to_datetime(services.clock.now(), agenda.zone)
        print(f"{agenda.name}: a rehearsal, its clock says {now:%H:%M on %d %B %Y}")
        print(f"  start          {self._address}/")
        print(f"  registration   {self._address}/register/{SLUG}")
        credential = await find_letters(services)
        if credential is not None:
            print(f"  an attendee    {page_link(self._address, credential)}")
        await self._tell_pairings()
        print("Enter prints fresh pairing links, Ctrl-C stops.", flush=True)

    async def _tell_pairings(self) -> None:
        services = self._app[SERVICES]
        agenda = await show_event(services, SLUG)
        room = agenda.room[agenda.sessions[0].room]  # where everybody goes first
        for role, label, of_room in (
            (Role.KIOSK, "kiosk", None),
            (Role.DOOR, f"door of {room.name.split()[0]}", room.code),
            (Role.DISPLAY, "board", None),
        ):
            code = await fresh_code(services, role, of_room)
            print(f"  {label:<14} {self._address}/pair#{code}   (once, within 15 minutes)", flush=True)


async def fresh_code(services: Services, role: Role, room: str | None = None) -> str:
    """A code for a device that nobody has paired yet; those in use are left alone."""
    known = [one for one in await devices.list_devices(services, SLUG) if one.role is role]
    waiting = [one for one in known if one.paired_at is None and one.revoked_at is None]
    if waiting:
        return (await devices.new_pairing(services, waiting[0].id)).code
    name = NAMES[role] if not known else f"{NAMES[role]} {len(known) + 1}"
    return (await devices.add_device(services, SLUG, name, role, room)).code


async def find_letters(services: Services) -> str | None:
    """The credential of somebody who has not come yet; None if everybody has."""
    page = await attendees.list_attendees(services, SLUG, status="registered", limit=50)
    number = next((one.number for one in page.items if one.disciplines), None)
    if number is None:
        return None

    def work(connection: Connection) -> str | None:
        event = get_event(connection, SLUG)
        row = find_by_number(connection, event.id, number)
        return None if row is None else letters_of(connection, services, event, row)

    return await services.db.read(work)
