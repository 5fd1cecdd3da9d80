"""Live boards: one encoded frame of an event goes to everybody who watches it.

Owns when a frame is made and who gets it. Must not know what a frame shows or where versions come from: both
are callables given to it. A frame is a whole snapshot, so frames may be skipped but never come out of order.
Changes are found by reading the versions four times a second (other processes and commands make changes too),
at once when this process nudges.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol

from checkin.domain.errors import AppError
from checkin.domain.model import EventId

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.25
"""Between two looks at the versions, and at least between two frames of one event."""

AT_ONCE = 100
"""So many boards get a frame before others of this process have their turn."""


class Frame(NamedTuple):
    """One encoded snapshot and the version that it shows."""

    version: int
    data: bytes


class Board(Protocol):
    """Whoever watches an event. Neither call may wait."""

    def put(self, frame: Frame) -> bool:
        """Takes a frame; false if the board has gone or is too far behind: it gets no more."""

    def drop(self) -> None:
        """The service is ending: no frame will come any more."""


class Live:
    """The boards of all events of this process.

    `render` gives an event's version and encoded frame from one snapshot; `versions` the version of every
    event. All boards wait for both.
    """

    def __init__(
        self,
        render: Callable[[EventId], Awaitable[tuple[int, bytes]]],
        versions: Callable[[], Awaitable[Mapping[EventId, int]]],
        interval_seconds: float = INTERVAL_SECONDS,
    ) -> None:
        self._render = render
        self._versions = versions
        self._interval_seconds = interval_seconds
        self._boards: dict[EventId, set[Board]] = {}
        self._last: dict[EventId, Frame] = {}
        self._nudged = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_failing = False
        self.frames_sent = 0
        """Frames after changes since the start, one for each board that took it."""
        self._is_closed = False

    @asynccontextmanager
    async def subscribe(self, event_id: EventId, board: Board) -> AsyncIterator[None]:
        """Gives a board the event's current frame at once and every later one, until the block ends."""
        if self._is_closed:  # it asked before the service was told to end
            board.drop()
            yield
            return
        self._boards.setdefault(event_id, set()).add(board)
        if event_id in self._last:
            board.put(self._last[event_id])
        self.nudge(event_id)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())
        try:
            yield
        finally:
            self._remove(event_id, board)

    def nudge(self, event_id: EventId) -> None:
        """Something of this event was committed: look now."""
        if event_id in self._boards:
            self._nudged.set()

    def board_count(self) -> int:
        """How many boards are connected."""
        return sum(len(boards) for boards in self._boards.values())

    def has_boards(self) -> bool:
        """Whether anybody looks."""
        return bool(self._boards)

    async def close(self) -> None:
        """Drops every board, whoever comes later too, and stops looking. Safe to repeat."""
        self._is_closed = True
        for boards in self._boards.values():
            for board in boards:
                board.drop()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _remove(self, event_id: EventId, board: Board) -> None:
        boards = self._boards.get(event_id, set())
        boards.discard(board)
        if not boards:
            self._boards.pop(event_id, None)
            # Nobody keeps it current from here on: the next board must not be given an old frame.
            self._last.pop(event_id, None)

    async def _watch(self) -> None:
        while self._boards:
            self._nudged.clear()
            has_published = await self._look()
            # After a frame the full pause, so that a busy event sends four a second and not one a scan.
            pause = asyncio.sleep(self._interval_seconds) if has_published else self._until_nudged()
            await pause
        self._task = None

    async def _until_nudged(self) -> None:
        try:
            async with asyncio.timeout(self._interval_seconds):
                await self._nudged.wait()
        except TimeoutError:
            pass

    async def _look(self) -> bool:
        """Publishes what has changed; false if nothing has. A database that can't answer is asked again."""
        problems: list[Exception] = []
        has_published = False
        try:
            versions = await self._versions()
        except Exception as problem:
            versions = {}
            problems.append(problem)
        for event_id in [one for one in self._boards if self._is_changed(one, versions)]:
            try:
                await self._publish(event_id, Frame(*await self._render(event_id)))
                has_published = True
            except Exception as problem:  # one event's trouble must not stop the others' boards
                problems.append(problem)
        if problems and not self._is_failing:
            first = problems[0]
            if isinstance(first, AppError):
                log.error("boards_stand_still", {"problem": first.message})
            else:
                log.error("boards_stand_still", exc_info=first)
        self._is_failing = bool(problems)
        return has_published

    def _is_changed(self, event_id: EventId, versions: Mapping[EventId, int]) -> bool:
        last = self._last.get(event_id)
        return event_id in versions and (last is None or last.version != versions[event_id])

    async def _publish(self, event_id: EventId, frame: Frame) -> None:
        boards = self._boards.get(event_id)
        if not boards:  # the last one left while its frame was made
            return
        self._last[event_id] = frame
        for place, board in enumerate(list(boards)):
            # In slices: a scan must not wait for a thousand boards. Who left meanwhile gets no more.
            if place and place % AT_ONCE == 0:
                await asyncio.sleep(0)
            if board not in boards:
                continue
            if board.put(frame):
                self.frames_sent += 1
            else:
                log.info("board_dropped", {"event": event_id})
                self._remove(event_id, board)
