"""Requests to a server as fast as it answers, or at a steady rate; and what came back.

Owns a client that costs little, since it shares the machine with the server: requests are made before they
are sent, an answer's head is looked at and of its body only the reasons. Any other status than 200 ends the
measurement.
"""

import asyncio
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Final, cast

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_REASON: Final = re.compile(rb'"reason":\s*"(\w+)"')

WARM_UP_SECONDS = 0.3
"""Before counting begins: connections are made, caches filled."""


@dataclass(slots=True)
class Answers:
    """What came back. Latencies in seconds, from sending (open loop: from when it was due) to the last byte.

    `seconds`: how long was counted; `reasons`: of every scan answered, those of warming up too.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds


class _Connection(asyncio.Protocol):
    """One request at a time; `on_answer` hears when it was due, and the answer."""

    def __init__(self, load: "_Load") -> None:
        self._load = load
        self._came = b""
        self._due = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are, but don't inherit from it
        self._load.is_free(self)

    def send(self, request: bytes, due: float) -> None:
        self._due = due
        if self.transport is None:
            raise RuntimeError("not connected")
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        came = self._came = self._came + data
        end = came.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(came, 0, end)
        if length is None or len(came) < end + 4 + int(length[1]):
            return
        self._came = b""
        self._load.is_answered(self, self._due, came)

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.is_lost(exc)


class _Load:
    """All connections of one measurement."""

    def __init__(self, requests: Iterator[bytes], rate: float | None) -> None:
        self.answers = Answers()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._rate = rate
        self._free: deque[_Connection] = deque()
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._counts_from = float("inf")
        self._is_ending = False
        self._under_way = 0

    def is_free(self, connection: _Connection) -> None:
        if self._rate is None and not self._is_ending:
            self._send(connection, next(self._requests), perf_counter())
        elif self._waiting:
            self._send(connection, *self._waiting.popleft())
        else:
            self._free.append(connection)

    def _send(self, connection: _Connection, request: bytes, due: float) -> None:
        self._under_way += 1
        connection.send(request, due)

    def is_answered(self, connection: _Connection, due: float, answer: bytes) -> None:
        now = perf_counter()
        self._under_way -= 1
        if not answer.startswith(b"HTTP/1.1 200"):
            self.is_lost(RuntimeError(f"refused: {answer[:400]!r}"))
            return
        self.answers.reasons.update(reason.decode() for reason in _REASON.findall(answer))
        if due >= self._counts_from and not self._is_ending:
            self.answers.latencies.append(now - due)
        self.is_free(connection)

    def is_lost(self, problem: Exception | None) -> None:
        if not self.ended.done() and not (self._is_ending and problem is None):
            self.ended.set_exception(problem or RuntimeError("the server closed a connection"))

    async def run(self, seconds: float) -> None:
        """Goes on for so long, and then waits for what is under way."""
        began = perf_counter()
        self._counts_from = began + WARM_UP_SECONDS
        if self._rate is None:
            await self._pause(WARM_UP_SECONDS + seconds)
        else:
            await self._keep_rate(began, self._rate, WARM_UP_SECONDS + seconds)
        self.answers.seconds = perf_counter() - self._counts_from
        if self._rate is None:
            self._is_ending = True
        while self._under_way or self._waiting:
            await self._pause(0.005)
        self._is_ending = True

    async def _keep_rate(self, began: float, rate: float, seconds: float) -> None:
        for number in range(round(rate * seconds)):
            due = began + number / rate
            if due > perf_counter():
                await self._pause(due - perf_counter())
            request = next(self._requests)
            if self._free:
                self._send(self._free.popleft(), request, due)
            else:
                self._waiting.append((request, due))

    async def _pause(self, seconds: float) -> None:
        if self.ended.done():
            await self.ended
        await asyncio.sleep(seconds)


async def send(
    ports: tuple[int, ...],
    requests: Iterator[bytes],
    connections: int,
    seconds: float,
    rate: float | None = None,
) -> Answers:
    """Sends over so many connections, one request at a time each, spread over the servers at `ports`.

    With `rate` so many a second, whether the last was answered or not (open loop); else as fast as answers
    come (closed loop). `RuntimeError` if a request is not answered with 200.
    """
    loop, load = asyncio.get_running_loop(), _Load(requests, rate)
    made = [
        (await loop.create_connection(partial(_Connection, load), "127.0.0.1", ports[number % len(ports)]))[1]
        for number in range(connections)
    ]
    try:
        await load.run(seconds)
    finally:
        for connection in made:
            if connection.transport is not None:
                connection.transport.abort()
        if load.ended.done():
            load.ended.exception()
    return load.answers
