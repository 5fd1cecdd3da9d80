"""Many open boards in one process: each asks for its stream as the page's EventSource does.

Owns the reading of streams, which must cost little: a thousand boards and the server share a machine. Each
chunk is an event, and one is understood once, whichever board has it first, since all get the same bytes.
"""

import asyncio
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final, cast

from checkin.api.auth import COOKIE
from tests.bench.venue import Display, Server

_CHECKED_IN: Final = re.compile(rb'"checked_in":(\d+)')
_GZIP: Final = b"\x1f\x8b"
_CONNECTING: Final = 50
"""So many boards connect at once."""


@dataclass(slots=True)
class Frames:
    """Every event that was ever sent, by its bytes: how many it says have checked in."""

    known: dict[bytes, int | None] = field(default_factory=dict)

    def checked_in(self, event: bytes) -> int | None:
        """The first count of a frame, which is the whole event's; None: it is no frame."""
        if event not in self.known:
            text = _unpacked(event)
            found = _CHECKED_IN.search(text) if text.startswith(b"event: occupancy\n") else None
            self.known[event] = None if found is None else int(found[1])
        return self.known[event]


def _unpacked(event: bytes) -> bytes:
    """The text of an event, which is compressed by itself; of the stream's head nothing."""
    return b"" if event.startswith(_GZIP) else zlib.decompressobj(-zlib.MAX_WBITS).decompress(event)


class Board(asyncio.Protocol):
    """One stream. `seen`: the count of each frame with the moment its last byte came."""

    def __init__(self, request: bytes, frames: Frames) -> None:
        self._request = request
        self._frames = frames
        self._came = b""
        self._has_head = False
        self._transport: asyncio.Transport | None = None
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._news = asyncio.Event()
        self.seen: list[tuple[float, int]] = []
        self.bytes_seen = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the stream."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are, but don't inherit from it
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Takes in what came: the head, then chunks."""
        self.bytes_seen += len(data)
        self._came += data
        if not self._has_head:
            head, end, rest = self._came.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 200"):
                self._fail(RuntimeError(f"no stream: {head!r}"))
                return
            self._has_head, self._came = True, rest
        while self._take_chunk():
            pass

    def _take_chunk(self) -> bool:
        start = self._came.find(b"\r\n") + 2
        if start < 2:
            return False
        end = start + int(self._came[: start - 2], 16)
        if len(self._came) < end + 2:
            return False
        self._take(self._came[start:end])
        self._came = self._came[end + 2 :]
        return end > start

    def _take(self, event: bytes) -> None:
        count = self._frames.checked_in(event)
        if count is None:
            return
        self.seen.append((perf_counter(), count))
        self._news.set()
        if not self.first.done():
            self.first.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """A board whose stream ends before its first frame has failed."""
        self._fail(exc or RuntimeError("the stream ended"))

    def _fail(self, problem: Exception) -> None:
        if not self.first.done():
            self.first.set_exception(problem)

    @property
    def last(self) -> int:
        """The latest count."""
        return self.seen[-1][1] if self.seen else 0

    async def shows(self, count: int) -> None:
        """Waits for a frame that counts so many."""
        while self.last < count:
            self._news.clear()
            await self._news.wait()

    def close(self) -> None:
        """Leaves."""
        if self._transport is not None:
            self._transport.close()


async def open_boards(server: Server, slug: str, displays: Iterable[Display]) -> list[Board]:
    """A board for each display, all with their first frame."""
    loop, frames, boards = asyncio.get_running_loop(), Frames(), list[Board]()
    waiting = list(displays)
    for first in range(0, len(waiting), _CONNECTING):
        some = [Board(_request(server, slug, one), frames) for one in waiting[first : first + _CONNECTING]]
        for board in some:
            await loop.create_connection(lambda board=board: board, "127.0.0.1", server.port)  # type: ignore[misc]
        await asyncio.gather(*(board.first for board in some))
        boards += some
    return boards


def _request(server: Server, slug: str, display: Display) -> bytes:
    return (
        f"GET /api/v1/events/{slug}/occupancy/stream?device={display.id} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{server.port}\r\n"
        "Accept: text/event-stream\r\n"
        "Accept-Encoding: gzip, deflate, br\r\n"
        "Cache-Control: no-cache\r\n"
        f"Cookie: {COOKIE.format(display.id)}={display.token}\r\n\r\n"
    ).encode()
