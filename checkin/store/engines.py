"""Which engine a database's URL names: the only place that knows them all."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from checkin.store.database import Database
from checkin.store.database_sqlite import SqliteDatabase, read_file, sqlite_path
from checkin.store.scan_log import ScanLog
from checkin.store.scans_sqlite import SqliteScanLog

T = TypeVar("T")


def open_database(url: str) -> SqliteDatabase:
    """The database of a URL, not yet opened. `AppError invalid` if no engine understands it."""
    return SqliteDatabase(sqlite_path(url))


def open_scan_log(database: Database) -> ScanLog:
    """The log of scans of an open database."""
    if isinstance(database, SqliteDatabase):
        return SqliteScanLog(database)
    raise TypeError(f"no log of scans is known for {type(database).__name__}")


def read_once(url: str, work: Callable[[Connection], T]) -> T:
    """`Database.read` without a loop, of a database that may be in use."""
    return read_file(Path(sqlite_path(url)), work)
