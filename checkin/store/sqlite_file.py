"""A SQLite file as it is written: one connection, explicit transactions, every commit on disk.

Loads no library beside: the process that records scans (`checkin.scan_process`) is kept small.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

BUSY_SECONDS = 30.0
"""How long a write waits for a command beside the server (or the server for it) before it gives up."""


def connect_sqlite(path: Path) -> sqlite3.Connection:
    """The writing connection: explicit transactions, WAL, every commit on disk before it returns."""
    with suppress(OSError):  # what is wrong with the path SQLite says in a moment
        # It holds names: a new file is for its owner alone, and SQLite gives its log the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    raw = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("PRAGMA foreign_keys=ON")
    raw.execute("PRAGMA cache_size=-65536")
    # A statement of many rows keeps the pages it changes, to take itself back: beyond 64 KiB in a file.
    raw.execute("PRAGMA temp_store=MEMORY")
    return raw


def transaction(raw: sqlite3.Connection, work: Callable[[], T]) -> T:
    """Runs `work` between BEGIN IMMEDIATE and COMMIT; whatever it raises leaves nothing behind."""
    raw.execute("BEGIN IMMEDIATE")
    try:
        result = work()
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise
    return result
