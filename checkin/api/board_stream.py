"""One board's stream: frames as server-sent events, straight into its connection.

Owns the stream's form and its patience with slow readers. The connection's own buffer is the board's bounded
queue: what it takes at once costs no task and no copy. What goes over the wire is made once for all boards,
compressed ones too: each event ends with a full flush and refers to nothing before it, so that the same bytes
go on with any stream.
"""

import asyncio
import zlib
from functools import lru_cache
from time import monotonic
from typing import Final

from aiohttp import HttpVersion11, hdrs, web

from checkin.live import Frame

MOST_BEHIND: Final = 8
"""So many frames may wait in a connection's buffer before its board is cut off: two seconds of steady
change."""

_GZIP_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_OPENING: Final = b"retry: 500\n"
"""The first event's first line: a page whose server died asks again after half a second, not after three."""

_QUIET: Final = b": quiet\n\n"
_LEVEL: Final = 6

_HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class StreamBoard:
    """The board behind a request that was answered with a stream."""

    def __init__(self, transport: asyncio.Transport, is_chunked: bool, is_compressed: bool) -> None:
        self._transport = transport
        self._is_chunked = is_chunked
        self._is_compressed = is_compressed
        self._sent_at = monotonic()
        self._ended = asyncio.Event()
        self._left_before = 0
        self._written_since = 0
        self.was_cut_off = False
        """Whether the connection was given up because its reader was too slow."""

    def put(self, frame: Frame) -> bool:
        """Sends a frame; false if the reader has gone, or is too far behind, which cuts it off."""
        data = _frame_on_wire(frame, self._is_chunked, self._is_compressed)
        if self._transport.get_write_buffer_size() > MOST_BEHIND * len(data):
            self._cut_off()
        return self._send(data)

    def drop(self) -> None:
        """Ends the stream."""
        self._ended.set()

    def reassure(self, quiet_seconds: float) -> None:
        """Tells both ends that the connection stands, if nothing was sent for so long; cuts it off if the
        reader has taken nothing since this was called last.
        """
        left = self._transport.get_write_buffer_size()
        if self._left_before and self._left_before + self._written_since <= left:
            self._cut_off()
        self._left_before, self._written_since = left, 0
        if monotonic() - self._sent_at >= quiet_seconds:
            self._send(_on_wire(_QUIET, self._is_chunked, self._is_compressed))

    def _cut_off(self) -> None:
        self.was_cut_off = True
        self._transport.abort()

    async def ends_within(self, seconds: float) -> bool:
        """Waits, and tells whether the stream has ended."""
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            return False
        return True

    def _send(self, data: bytes) -> bool:
        if self._ended.is_set() or self._transport.is_closing():
            self._ended.set()
            return False
        self._transport.write(data)
        self._written_since += len(data)
        self._sent_at = monotonic()
        return True


async def begin_stream(request: web.Request) -> tuple[web.StreamResponse, StreamBoard | None]:
    """Answers with the head of a stream; no board if the reader has gone already."""
    response = web.StreamResponse(headers=_HEADERS)
    is_compressed = "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "").lower()
    if is_compressed:
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
    is_chunked = request.version >= HttpVersion11
    if is_chunked:
        response.enable_chunked_encoding()
    await response.prepare(request)
    # A first write of aiohttp's own sends the head; from here on the connection is the board's.
    await response.write(_GZIP_HEAD + _packed(_OPENING) if is_compressed else _OPENING)
    transport = request.transport
    return response, None if transport is None else StreamBoard(transport, is_chunked, is_compressed)


def event_of(frame: Frame) -> bytes:
    """A frame as an event; its JSON has no line break."""
    return b"event: occupancy\nid: %d\ndata: %b\n\n" % (frame.version, frame.data)


@lru_cache(maxsize=64)
def _frame_on_wire(frame: Frame, is_chunked: bool, is_compressed: bool) -> bytes:
    return _on_wire(event_of(frame), is_chunked, is_compressed)


def _on_wire(event: bytes, is_chunked: bool, is_compressed: bool) -> bytes:
    if is_compressed:
        event = _packed(event)
    return b"%x\r\n%b\r\n" % (len(event), event) if is_chunked else event


def _packed(event: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS)
    return packer.compress(event) + packer.flush(zlib.Z_FULL_FLUSH)
