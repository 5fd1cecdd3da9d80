"""One end of a line on which questions are asked and answered, over a pair of sockets or a socket's path.

Owns which answer belongs to which question. Knows nothing of what is asked.
"""

import asyncio
from itertools import count
from typing import cast

from checkin.store.failures import PlainError
from checkin.store.scan_passage import Frames, framed

ENDED = "the process has ended"


class GoneError(PlainError):
    """There is nobody to answer: the process has not started, or has ended."""


class Line(asyncio.Protocol):
    """This end: whoever asks gets the answer to their question, whatever order answers come in."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._frames = Frames()
        self._numbers = count()
        self._asked: dict[int, asyncio.Future[bytes]] = {}

    @property
    def is_open(self) -> bool:
        """Whether there may be an answer."""
        return self._transport is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As `Protocol` has it."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are, but don't inherit from it

    def data_received(self, data: bytes) -> None:
        """As `Protocol` has it."""
        for number, answer in self._frames.take(data):
            asked = self._asked.pop(number)
            if not asked.done():  # else nobody wants to know any more
                asked.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """As `Protocol` has it."""
        self._transport = None
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(GoneError(ENDED))
        self._asked.clear()

    async def ask(self, question: bytes) -> bytes:
        """The answer. `GoneError` if there will be none."""
        if self._transport is None:
            raise GoneError(ENDED)
        number = next(self._numbers)
        asked: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked[number] = asked
        self._transport.write(framed(number, question))
        return await asked

    def close(self) -> None:
        """Hangs up, also on one who does not listen. Safe to repeat."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
