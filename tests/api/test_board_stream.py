"""A board's patience: with a reader who reads, however slowly, and with one who does not."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from checkin.api.board_stream import StreamBoard
from checkin.live import Frame

PATIENCE_SECONDS = 5.0
NEVER_QUIET = 3600.0


@dataclass(frozen=True, slots=True)
class Line:
    """A board and the far end of its connection, which takes only what it is told to."""

    board: StreamBoard
    transport: asyncio.Transport
    far: socket.socket

    def put(self, version: int) -> int:
        """Sends a frame larger than what the machine's own buffers take; gives what waits in ours."""
        self.board.put(Frame(version, b"x" * 2_000_000))
        return self.transport.get_write_buffer_size()

    async def take(self, waits: int) -> None:
        """Reads until less than this waits."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.transport.get_write_buffer_size() >= waits:
                await asyncio.get_running_loop().sock_recv(self.far, 65536)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    near, far = socket.socketpair()
    far.setblocking(False)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=near)
    yield Line(StreamBoard(transport, is_chunked=False, is_compressed=False), transport, far)
    transport.abort()
    far.close()


async def test_who_takes_less_than_comes_is_no_reader_who_takes_nothing(line: Line) -> None:
    waits = line.put(1)
    line.board.reassure(NEVER_QUIET)
    await line.take(waits)
    assert line.put(2) > waits
    line.board.reassure(NEVER_QUIET)
    assert not line.board.was_cut_off


async def test_who_takes_nothing_is_cut_off_whatever_else_comes(line: Line) -> None:
    assert line.put(1) > 0
    line.board.reassure(NEVER_QUIET)
    assert not line.board.was_cut_off, "it had its time"
    line.put(2)
    line.board.reassure(NEVER_QUIET)
    assert line.board.was_cut_off
    assert not line.board.put(Frame(3, b"x"))
