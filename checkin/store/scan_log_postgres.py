"""The log of scans on PostgreSQL: each batch a transaction on the loop, tried again in a server's trouble.

Owns how long and after what it is tried again; the statements are `scans_postgres`'.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Final, TypeVar

import asyncpg

from checkin.store.batches_postgres import HOPELESS, LOST, UnconfirmedError
from checkin.store.database_postgres import PostgresDatabase
from checkin.store.failures import unavailable
from checkin.store.memory import Memory
from checkin.store.scan_log import record_scans, undo_scan
from checkin.store.scan_rows import Judged, Reversal, Stored, stored
from checkin.store.scans import Batch, Undone
from checkin.store.scans_postgres import PostgresRows

T = TypeVar("T")

PATIENCE_SECONDS: Final = 8.0
"""So long a batch is tried again while the server is in trouble: it may restart, or another take over."""

ATTEMPT_SECONDS: Final = 4.0
"""So long one attempt may take: a dead connection must not use up all the time there is."""

LEAST_SECONDS: Final = 0.5
"""An attempt with less time than this is not begun."""

PAUSE_SECONDS: Final = 0.1
"""Before the second attempt; doubled before each further one, up to `MOST_PAUSE_SECONDS`."""

MOST_PAUSE_SECONDS: Final = 1.0


class PostgresScanLog:
    """The log of scans of a PostgreSQL database. A transaction that the server lost is tried again."""

    at_once = 1

    def __init__(self, database: PostgresDatabase, before_commit: Callable[[], None]) -> None:
        self._database = database
        self._before_commit = before_commit
        self._memory = Memory()

    async def record(self, batch: Batch) -> Stored:
        """As `ScanLog` has it."""

        async def work(rows: PostgresRows) -> tuple[Judged, float]:
            judged = await record_scans(rows, batch, self._memory)
            began = perf_counter()
            self._before_commit()
            return judged, began

        judged, began = await self._run(work)
        commit_seconds = perf_counter() - began
        self._memory.keep(batch.event_id, judged)
        return stored(judged, commit_seconds)

    async def undo(self, reversal: Reversal) -> Undone:
        """As `ScanLog` has it."""

        async def work(rows: PostgresRows) -> Undone:
            undone = await undo_scan(rows, reversal, self._memory)
            self._before_commit()
            return undone

        return await self._run(work)

    async def close(self) -> None:
        """Nothing: the connections are the database's."""

    async def _run(self, work: Callable[[PostgresRows], Awaitable[T]]) -> T:
        # In a task of its own: a caller that goes away neither stops it nor leaves it half done.
        return await asyncio.shield(asyncio.ensure_future(self._attempt(work)))

    async def _attempt(self, work: Callable[[PostgresRows], Awaitable[T]]) -> T:
        time = asyncio.get_running_loop().time
        until, pause, is_in_doubt = time() + PATIENCE_SECONDS, PAUSE_SECONDS, False
        was_taken = False
        while True:
            try:
                async with self._database.scan_transaction(
                    min(ATTEMPT_SECONDS, until - time())
                ) as connection:
                    result = await work(PostgresRows(connection))
                return result
            except LOST as problem:
                self._memory.forget()
                is_in_doubt = is_in_doubt or isinstance(problem, UnconfirmedError)
                if isinstance(problem, HOPELESS) or time() + pause + LEAST_SECONDS > until:
                    raise unavailable(problem, is_in_doubt) from problem
                self._database.count_retry(problem)
            except asyncpg.UniqueViolationError as problem:
                # Another event's batch, which no lock holds back, has just recorded the same scan_id.
                if was_taken:
                    raise
                was_taken = True
                self._database.count_retry(problem)
            await asyncio.sleep(pause)
            pause = min(2 * pause, MOST_PAUSE_SECONDS)
