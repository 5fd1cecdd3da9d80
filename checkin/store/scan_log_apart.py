"""The log of scans of a SQLite database, kept by a process of its own.

Owns what is done when that process (`checkin.scan_process`) dies. In one process all of
Python takes turns: apart, batches are judged and written while this one answers requests.
"""

import asyncio
import logging
import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from checkin.store.database_sqlite import SqliteDatabase
from checkin.store.failures import unavailable
from checkin.store.line import GoneError
from checkin.store.process_apart import NotStartedError, ProcessApart
from checkin.store.scan_asker import Asker
from checkin.store.scan_log_sqlite import SqliteScanLog
from checkin.store.scan_passage import Greeting, layout
from checkin.store.scan_rows import Reversal, Stored
from checkin.store.scans import Batch, Undone

log = logging.getLogger(__name__)

_MODULE: Final = "checkin.scan_process"

PAUSE_SECONDS: Final = 15.0
"""So long after a process could not be started none is tried."""


class ApartScanLog:
    """As `ScanLog` has it; `open()` before anything else.

    A batch that was lost with its process is sent again, once, to a new one: recording a scan again changes
    nothing. While none can be started, this one records batches. `keys` are what the process tells genuine
    badges by. Scans are taken back by this process, which calls `before_commit` then.
    """

    at_once = 2
    """While one is judged and written, the next is there already: the process never waits for this one."""

    def __init__(self, database: SqliteDatabase, keys: object, before_commit: Callable[[], None]) -> None:
        self._database = database
        self._here = SqliteScanLog(database, before_commit)
        greeting = Greeting(str(database.path.resolve()), keys, layout())
        self._process = ProcessApart(_MODULE, pickle.dumps(greeting))
        self._starting = asyncio.Lock()
        self._next_start = 0.0
        self._asker = Asker()

    @property
    def pid(self) -> int | None:
        """The process's number, while there is one."""
        return self._process.pid

    async def open(self) -> None:
        """Starts the process, if it can be."""
        with suppress(NotStartedError):  # which is told
            await self._ensure_process()

    async def record(self, batch: Batch) -> Stored:
        """As `ScanLog` has it. `AppError unavailable`, in doubt, where the process is lost twice."""
        async with self._database.turns.together():
            with suppress(NotStartedError):
                return await self._record(batch)
        return await self._here.record(batch)

    async def _record(self, batch: Batch) -> Stored:
        """By the process. `NotStartedError` if there is none."""
        if self._process.is_running:
            try:
                return await self._ask(batch)
            except GoneError as problem:
                log.error("scan_process_ended", {"scans": len(batch.scans), "how": str(problem)})
        await self._ensure_process()
        try:
            return await self._ask(batch)
        except GoneError as problem:
            raise unavailable(problem, is_in_doubt=True) from problem

    async def _ensure_process(self) -> None:
        clock = asyncio.get_running_loop().time
        async with self._starting:
            if self._process.is_running:  # whoever lost their batch with it may have been here first
                return
            if clock() < self._next_start:
                raise NotStartedError("it could not be started a moment ago")
            try:
                await self._process.start()
            except NotStartedError as problem:
                self._next_start = clock() + PAUSE_SECONDS
                log.error("scan_process_not_started", {"how": str(problem), "pause": PAUSE_SECONDS})
                raise

    async def _ask(self, batch: Batch) -> Stored:
        return await self._asker.ask(batch, self._process.ask)

    async def undo(self, reversal: Reversal) -> Undone:
        """As `ScanLog` has it."""
        return await self._here.undo(reversal)

    async def close(self) -> None:
        """Ends the process, which has nothing left to do. Safe to repeat."""
        async with self._database.turns.alone():
            await self._process.end()
