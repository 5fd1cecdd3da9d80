"""Which engine a database's URL names: the only place that knows them all."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from checkin.domain.errors import AppError
from checkin.store.database import Database
from checkin.store.database_sqlite import SqliteDatabase, read_file, sqlite_path
from checkin.store.scan_log import ScanLog
from checkin.store.scans_sqlite import SqliteScanLog

T = TypeVar("T")


def is_postgres(url: str) -> bool:
    """Whether a URL names a PostgreSQL server."""
    return url.startswith(("postgresql://", "postgres://"))


def open_database(url: str) -> Database:
    """The database of a URL, not yet opened. `AppError invalid` if no engine understands it."""
    if not is_postgres(url):
        return SqliteDatabase(sqlite_path(url))
    try:
        from checkin.store.database_postgres import PostgresDatabase
    except ImportError:
        raise AppError(
            "invalid", "PostgreSQL takes two more packages: pip install 'checkin[postgres]'"
        ) from None
    return PostgresDatabase(url)


def open_scan_log(database: Database) -> ScanLog:
    """The log of scans of an open database."""
    if isinstance(database, SqliteDatabase):
        return SqliteScanLog(database)
    from checkin.store.database_postgres import PostgresDatabase
    from checkin.store.scans_postgres import PostgresScanLog

    if isinstance(database, PostgresDatabase):
        return PostgresScanLog(database)
    raise TypeError(f"no log of scans is known for {type(database).__name__}")


def read_once(url: str, work: Callable[[Connection], T]) -> T:
    """`Database.read` without a loop, of a database that may be in use."""
    if not is_postgres(url):
        return read_file(sqlite_path(url), work)
    from checkin.store.database_postgres import read_server

    return read_server(url, work)
