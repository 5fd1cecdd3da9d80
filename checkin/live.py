"""Live boards: one encoded frame of an event goes to everybody who watches it.

Owns when a frame is made and who gets it. Must not know what a frame shows or where versions come from: both
are callables given to it. A frame is a whole snapshot, so frames may be skipped but never come out of order.
Changes are found by reading the versions four times a second (other processes and commands make changes too),
at once when this process nudges.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from checkin.domain.errors import AppError
from checkin.domain.model import EventId

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.25
"""Between two looks at the versions, and at least between two frames of one event."""

QUEUE_FRAMES = 8
"""How far a board may fall behind before it is dropped: two seconds of steady change."""


class Frame(NamedTuple):
    """One encoded snapshot and the version that it shows."""

    version: int
    data: bytes


class BoardDroppedError(Exception):
    """The board took its frames too slowly, or the service is ending: it should connect again."""


class Board:
    """One subscriber's bounded queue of frames."""

    def __init__(self, bound: int) -> None:
        self._frames: deque[Frame] = deque()
        self._bound = bound
        self._is_dropped = False
        self._changed = asyncio.Event()

    async def next_frame(self, patience_seconds: float) -> Frame | None:
        """The next frame, or None when there was none in that time. `BoardDroppedError` at the end."""
        if not self._frames and not self._is_dropped:
            self._changed.clear()
            try:
                async with asyncio.timeout(patience_seconds):
                    await self._changed.wait()
            except TimeoutError:
                return None
        if self._is_dropped:
            raise BoardDroppedError
        return self._frames.popleft()

    def put(self, frame: Frame) -> bool:
        """Queues a frame; false if the board is too far behind, which drops it."""
        if len(self._frames) >= self._bound:
            self.drop()
            return False
        self._frames.append(frame)
        self._changed.set()
        return True

    def drop(self) -> None:
        """Ends the board: whoever waits for its next frame is told."""
        self._is_dropped = True
        self._frames.clear()
        self._changed.set()


class Live:
    """The boards of all events of this process.

    `render` gives an event's version and encoded frame from one snapshot; `versions` the version of every
    event (and counts a session that has opened or ended since as a change).
    """

    def __init__(
        self,
        render: Callable[[EventId], Awaitable[tuple[int, bytes]]],
        versions: Callable[[], Awaitable[Mapping[EventId, int]]],
        interval_seconds: float = INTERVAL_SECONDS,
        queue_frames: int = QUEUE_FRAMES,
    ) -> None:
        self._render = render
        self._versions = versions
        self._interval_seconds = interval_seconds
        self._queue_frames = queue_frames
        self._boards: dict[EventId, set[Board]] = {}
        self._last: dict[EventId, Frame] = {}
        self._nudged = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_failing = False

    @asynccontextmanager
    async def subscribe(self, event_id: EventId) -> AsyncIterator[Board]:
        """A board that gets the event's current frame at once and every later one, until the block ends."""
        board = Board(self._queue_frames)
        self._boards.setdefault(event_id, set()).add(board)
        if event_id in self._last:
            board.put(self._last[event_id])
        self.nudge(event_id)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())
        try:
            yield board
        finally:
            self._remove(event_id, board)

    def nudge(self, event_id: EventId) -> None:
        """Something of this event was committed: look now."""
        if event_id in self._boards:
            self._nudged.set()

    def board_count(self) -> int:
        """How many boards are connected."""
        return sum(len(boards) for boards in self._boards.values())

    async def close(self) -> None:
        """Drops every board and stops looking. Safe to repeat."""
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
                self._publish(event_id, Frame(*await self._render(event_id)))
                has_published = True
            except Exception as problem:  # one event's trouble must not stop the others' boards
                problems.append(problem)
        if problems and not self._is_failing:
            is_named = isinstance(problems[0], AppError)
            log.error("boards stand still: %s", problems[0], exc_info=None if is_named else problems[0])
        self._is_failing = bool(problems)
        return has_published

    def _is_changed(self, event_id: EventId, versions: Mapping[EventId, int]) -> bool:
        last = self._last.get(event_id)
        return event_id in versions and (last is None or last.version != versions[event_id])

    def _publish(self, event_id: EventId, frame: Frame) -> None:
        boards = self._boards.get(event_id)
        if not boards:  # the last one left while its frame was made
            return
        self._last[event_id] = frame
        for board in [board for board in boards if not board.put(frame)]:
            log.info("board dropped event=%d: too slow", event_id)
            self._remove(event_id, board)
