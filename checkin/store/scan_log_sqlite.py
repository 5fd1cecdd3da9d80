"""The log of scans of a SQLite database, on its writer's thread."""

import sqlite3
from collections.abc import Callable
from time import perf_counter

from checkin.store.database_sqlite import SqliteDatabase
from checkin.store.memory import Memory
from checkin.store.scan_log import record_scans, run_at_once, undo_scan
from checkin.store.scan_rows import Judged, Reversal, Stored, stored
from checkin.store.scans import Batch, Undone
from checkin.store.scans_sqlite import SqliteRows


class SqliteScanLog:
    """As `ScanLog` has it. A batch is one function on one thread; `before_commit` is called on it."""

    at_once = 1

    def __init__(self, database: SqliteDatabase, before_commit: Callable[[], None]) -> None:
        self._database = database
        self._before_commit = before_commit
        self._memory = Memory()

    async def record(self, batch: Batch) -> Stored:
        """As `ScanLog` has it."""

        def work(raw: sqlite3.Connection) -> tuple[Judged, float]:
            judged = run_at_once(record_scans(SqliteRows(raw), batch, self._memory))
            began = perf_counter()
            self._before_commit()
            return judged, began

        judged, began = await self._database.write_raw(work)
        commit_seconds = perf_counter() - began
        self._memory.keep(batch.event_id, judged)
        return stored(judged, commit_seconds)

    async def undo(self, reversal: Reversal) -> Undone:
        """As `ScanLog` has it."""

        def work(raw: sqlite3.Connection) -> Undone:
            undone = run_at_once(undo_scan(SqliteRows(raw), reversal, self._memory))
            self._before_commit()
            return undone

        return await self._database.write_raw(work)

    async def close(self) -> None:
        """Nothing: the thread is the database's."""
