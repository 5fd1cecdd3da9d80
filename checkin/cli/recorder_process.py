"""The process that records scans for all server processes of `checkin serve --processes N`.

Owns its listening socket and its end: it goes when its orders end and no server is connected any more.
`checkin.store.scan_log_shared` asks, `checkin.service.recorder` does the work.
"""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from badges.credential import KeyRing, tag_check
from checkin.api import log
from checkin.cli.orders import heed_end, obey, tell_ready
from checkin.config import read_settings
from checkin.garbage import look_seldom
from checkin.metrics import ScanProcessMetrics
from checkin.service.recorder import Recorder
from checkin.store.database import Database
from checkin.store.engines import open_database, open_scan_log
from checkin.store.scan_passage import Frames, framed, layout, written

NAME: Final = "recorder"
"""What its lines of the log end with, in place of a server process's number."""

COUNT_SECONDS: Final = 1.0

_ANOTHER: Final = b"this program is another one than its servers' by now"


@dataclass(frozen=True, slots=True)
class Orders:
    """What the process is told beside its environment. `listening`: an inherited descriptor."""

    database: str
    keys: KeyRing
    listening: int


class _Visitors:
    """The servers that are connected."""

    def __init__(self) -> None:
        self._count = 0
        self._are_gone = asyncio.Event()
        self._are_gone.set()

    def begin(self) -> None:
        self._count += 1
        self._are_gone.clear()

    def end(self) -> None:
        self._count -= 1
        if not self._count:
            self._are_gone.set()

    async def wait_gone(self) -> None:
        await self._are_gone.wait()


class _Visit(asyncio.Protocol):
    """A server. What it says first is how it speaks: we answer whoever speaks alike. An empty question only
    asks whether we listen.
    """

    def __init__(self, recorder: Recorder, visitors: _Visitors) -> None:
        self._recorder = recorder
        self._visitors = visitors
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._is_alike = False
        self._answering: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are, but don't inherit from it
        self._visitors.begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._visitors.end()

    def data_received(self, data: bytes) -> None:
        for number, message in self._frames.take(data):
            if self._is_alike and not message:
                self._say(number, b"")
            elif self._is_alike:
                answering = asyncio.get_running_loop().create_task(self._answer(number, message))
                self._answering.add(answering)
                answering.add_done_callback(self._answering.discard)
            else:
                self._is_alike = message == layout()
                self._say(number, b"" if self._is_alike else _ANOTHER)

    async def _answer(self, number: int, message: bytes) -> None:
        if self._transport is not None:  # else whoever asked has recorded it
            self._say(number, written(await self._recorder.answer(message)))

    def _say(self, number: int, message: bytes) -> None:
        if self._transport is not None:  # else whoever asked has gone
            self._transport.write(framed(number, message))


async def record(orders: Orders) -> None:
    """Records scans until the orders end and no server is connected."""
    settings = read_settings(database=orders.database)
    log.configure(settings.log_level or "info", settings.log_form)
    log.sign({"process": NAME})
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    loop.set_exception_handler(log.loop_trouble)
    for number in (signal.SIGINT, signal.SIGTERM):  # those are for the servers, who need us to the end
        loop.add_signal_handler(number, lambda: None)
    heed_end(stopped)
    database = open_database(orders.database)
    await database.open()
    beside = [asyncio.create_task(log.gather()), asyncio.create_task(_count(database))]
    try:
        recorder = Recorder(open_scan_log(database), tag_check(orders.keys))
        look_seldom()
        await answer(socket.socket(fileno=orders.listening), recorder, stopped, tell_ready)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.wait(beside)
        await database.close()


async def answer(
    listening: socket.socket, recorder: Recorder, stopped: asyncio.Event, when_ready: Callable[[], None]
) -> None:
    """Answers whoever connects, until `stopped` is set and all who came have gone."""
    visitors = _Visitors()
    server = await asyncio.get_running_loop().create_unix_server(
        lambda: _Visit(recorder, visitors), sock=listening
    )
    when_ready()
    await stopped.wait()
    server.close()
    await visitors.wait_gone()


async def _count(database: Database) -> None:
    metrics = ScanProcessMetrics()
    while True:
        metrics.count(database.retries)
        await asyncio.sleep(COUNT_SECONDS)


if __name__ == "__main__":
    sys.exit(obey(record))
