"""Turns at a SQLite file between this process and the one that records scans.

SQLite has a lock of its own, but who finds it taken naps and tries again, for longer than what it waits for
takes. So each asks here first, and comes in the order of asking.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Either one writes alone, or several write together, whom somebody else puts one behind the other."""

    def __init__(self) -> None:
        self._door = asyncio.Lock()
        self._inside = 0
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """For as long as the block runs nobody else writes."""
        async with self._door:
            await self._is_empty.wait()
            yield

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """For as long as the block runs nobody writes alone."""
        async with self._door:
            self._inside += 1
            self._is_empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._is_empty.set()
