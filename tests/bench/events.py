"""Twenty events at once on one PostgreSQL database against one: what batches that can't be shared cost.

`python -m tests.bench.events [--events 20] [--connections 256] [--rounds 5] [--seconds 4]` makes a cluster of
its own, serves it by one process and lets connections scan as fast as they are answered, all at one event or
spread over all events, in turns. Scans of one event share a transaction, of several they don't, so that the
same connections fill smaller batches. Prints a row for each and the ratio.
"""

import argparse
import asyncio
import json
import shutil
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final, cast

import uvloop
from sqlalchemy import Connection

from checkin.app import open_services
from checkin.config import Settings
from checkin.demo import read_conference
from checkin.domain.agenda_file import parse_toml, read_agenda
from checkin.domain.model import Role
from checkin.service.attendees import import_attendees
from checkin.service.credentials import find_letters
from checkin.service.devices import add_device, pair
from checkin.service.events import load_event
from checkin.service.services import Services
from checkin.store.attendee_lists import list_attendees
from checkin.store.credentials import list_digests
from checkin.store.events import get_event
from tests import postgres
from tests.bench.venue import MORNING, Server, running

PEOPLE: Final = 200
WARM_UP_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Event:
    """A kiosk's token and the badges of an event."""

    kiosk: str
    badges: Sequence[str]


@dataclass(frozen=True, slots=True)
class Round:
    """How many scans a second were answered, and the server's processor time of each, in seconds."""

    rate: float
    processor: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Rounds in which one event was scanned at, each followed by one of all events."""

    events: int
    connections: int
    one: Sequence[Round]
    all: Sequence[Round]

    @property
    def ratios(self) -> list[float]:
        """Of each pair of rounds, what is left of the rate."""
        return [many.rate / one.rate for one, many in zip(self.one, self.all, strict=True)]

    def table(self) -> str:
        """As text."""
        ratios = self.ratios
        rows = [_row(1, self.one), _row(self.events, self.all)]
        told = f"{median(ratios):.2f} of one event's ({min(ratios):.2f} to {max(ratios):.2f})"
        rows.append(f"{self.connections} connections, {len(ratios)} rounds: {told}")
        return "\n".join(rows)


def _row(events: int, rounds: Sequence[Round]) -> str:
    rate, used = median(one.rate for one in rounds), median(one.processor for one in rounds)
    return f"{events:>3} events {rate:>8,.0f} scans/s {1e6 * used:>6.0f} µs of the server's processor each"


async def measure(
    folder: Path, events: int = 20, connections: int = 256, rounds: int = 5, seconds: float = 4.0
) -> Figures:
    """Measures in an empty folder, whose path must be short enough for a socket."""
    ones, alls = [], []
    with postgres.running(folder) as cluster:
        database = cluster.create()
        seeded = await seed(Settings(database=database, secret_file=folder / "checkin.secret"), events)
        command = ("checkin", "serve", "--port", "0", "--clock", MORNING)
        async with running(folder, *command, database=database) as server:
            for some in (seeded[:1], seeded):
                await scan(server, some, connections, WARM_UP_SECONDS)
            for _ in range(rounds):
                ones.append(await scan(server, seeded[:1], connections, seconds))
                alls.append(await scan(server, seeded, connections, seconds))
    return Figures(events, connections, ones, alls)


async def seed(settings: Settings, count: int) -> list[Event]:
    """So many events, alike but for their slugs, each with people and a kiosk."""
    agenda = read_agenda(parse_toml(read_conference()))
    disciplines = [one.code for one in agenda.disciplines]
    lines = [
        f"Ana{n},Ruiz,{code},a{n}@example.org"
        for n, code in zip(range(PEOPLE), cycle(disciplines), strict=False)
    ]
    table = "\n".join(["first_name,last_name,discipline,email", *lines]).encode()
    async with open_services(settings) as services:
        made = []
        for n in range(count):
            slug = f"event-{n}"
            await load_event(services, replace(agenda, slug=slug))
            await import_attendees(services, slug, table)
            made.append(await _opened(services, slug))
        return made


async def _opened(services: Services, slug: str) -> Event:
    kiosk = await add_device(services, slug, "Kiosk", Role.KIOSK)
    token = (await pair(services, kiosk.code)).token

    def letters(connection: Connection) -> list[str]:
        event = get_event(connection, slug)
        digests = list_digests(connection, event.id)
        rows = list_attendees(connection, event.id)
        return [find_letters(services.keys, event.uuid, row, row.generation, digests) for row in rows]

    return Event(token, await services.db.read(letters))


# ---- callers


async def scan(server: Server, events: Sequence[Event], connections: int, seconds: float) -> Round:
    """Scans for so long by so many connections, each at one of the events, in turn."""
    loop = asyncio.get_running_loop()
    callers = []
    for n, event in zip(range(connections), cycle(events), strict=False):
        caller = Caller(event, n)
        await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", server.port)  # type: ignore[misc]
        callers.append(caller)
    began, used = perf_counter(), server.processor_seconds()
    for caller in callers:
        caller.send()
    await asyncio.sleep(seconds)
    took, used = perf_counter() - began, server.processor_seconds() - used
    answered = sum(caller.answered for caller in callers)
    for caller in callers:
        caller.close()
    await asyncio.sleep(0.2)  # what was under way is answered before the next round begins
    return Round(answered / took, used / max(answered, 1))


class Caller(asyncio.Protocol):
    """A connection that sends the next scan when the last was answered."""

    def __init__(self, event: Event, number: int) -> None:
        self.answered = 0
        self._badges = cycle([*event.badges[number % PEOPLE :], *event.badges[: number % PEOPLE]])
        self._head = (
            "POST /api/v1/scans HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {event.kiosk}\r\nContent-Length: "
        )
        self._came = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Waits to be told to begin."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are, but don't inherit from it

    def data_received(self, data: bytes) -> None:
        """Takes in an answer, and sends on when it is whole."""
        self._came += data
        head, end, body = self._came.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"no verdict: {self._came!r}")
        self._came = b""
        self.answered += 1
        self.send()

    def send(self) -> None:
        """Sends a scan of the next badge."""
        if self._transport is not None and not self._transport.is_closing():
            body = json.dumps({"scan_id": str(uuid.uuid4()), "credential": next(self._badges)})
            self._transport.write(f"{self._head}{len(body)}\r\n\r\n{body}".encode())

    def close(self) -> None:
        """Leaves."""
        if self._transport is not None:
            self._transport.close()


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.events")
    parser.add_argument("--events", type=int, default=20)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="checkin-"))
    try:
        made = measure(folder, given.events, given.connections, given.rounds, given.seconds)
        print(uvloop.run(made).table())
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
