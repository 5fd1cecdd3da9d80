"""A board that keeps what it is given until it is asked for it, so far as its bound allows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from checkin.domain.model import EventId
from checkin.live import Frame, Live


class Ended(Exception):  # noqa: N818 -- what it says is that nothing more will come
    """No frame will come any more."""


class Watcher:
    """One who watches an event; `bound`: how many frames it lets wait."""

    def __init__(self, bound: int = 8) -> None:
        self._bound = bound
        self._frames: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._has_ended = False

    def put(self, frame: Frame) -> bool:
        """Keeps a frame."""
        if self._frames.qsize() >= self._bound:
            self.drop()
        if not self._has_ended:
            self._frames.put_nowait(frame)
        return not self._has_ended

    def drop(self) -> None:
        """Ends it, with what still waits."""
        self._has_ended = True
        self._frames.put_nowait(None)

    async def next_frame(self, patience_seconds: float) -> Frame | None:
        """The next frame, or None when there was none in that time. `Ended` at the end."""
        if not self._has_ended:
            try:
                async with asyncio.timeout(patience_seconds):
                    frame = await self._frames.get()
            except TimeoutError:
                return None
            if frame is not None and not self._has_ended:
                return frame
        raise Ended


@asynccontextmanager
async def watching(live: Live, event: EventId, bound: int = 8) -> AsyncIterator[Watcher]:
    """A board of an event until the block ends."""
    board = Watcher(bound)
    async with live.subscribe(event, board):
        yield board
