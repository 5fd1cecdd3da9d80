"""Which engine a database's URL names: the only place that knows them all."""

from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, text

from checkin.domain.errors import AppError
from checkin.store.database import Database
from checkin.store.database_sqlite import SqliteDatabase, read_file, sqlite_path
from checkin.store.scan_log_apart import ApartScanLog
from checkin.store.scan_log_shared import SharedScanLog
from checkin.store.scan_log_sqlite import SqliteScanLog
from checkin.store.scan_rows import ScanLog
from checkin.store.sqlite_readers import read_alone as read_file_alone

T = TypeVar("T")


def is_postgres(url: str) -> bool:
    """Whether a URL names a PostgreSQL server."""
    return url.startswith(("postgresql://", "postgres://"))


def open_database(url: str) -> Database:
    """The database of a URL, not yet opened. `AppError invalid` if no engine understands it."""
    if not is_postgres(url):
        return SqliteDatabase(sqlite_path(url))
    _need_drivers()
    from checkin.store.database_postgres import PostgresDatabase

    return PostgresDatabase(url)


def _need_drivers() -> None:
    for name in ("asyncpg", "psycopg"):
        if find_spec(name) is None:
            message = "PostgreSQL takes two more packages: pip install 'checkin[postgres]'"
            raise AppError("invalid", message)


def _nothing() -> None:
    return


def open_scan_log(database: Database, before_commit: Callable[[], None] = _nothing) -> ScanLog:
    """The log of scans of an open database. `before_commit` is called when all is written, on any thread."""
    if isinstance(database, SqliteDatabase):
        return SqliteScanLog(database, before_commit)
    from checkin.store.database_postgres import PostgresDatabase
    from checkin.store.scan_log_postgres import PostgresScanLog

    if isinstance(database, PostgresDatabase):
        return PostgresScanLog(database, before_commit)
    raise TypeError(f"no log of scans is known for {type(database).__name__}")


OpenLog = Callable[[Database, object], Awaitable[ScanLog]]
"""Opens the log of scans of an open database; badges are told to be genuine by the keys."""


async def open_scan_log_here(database: Database, _keys: object) -> ScanLog:
    """The log of scans in this process."""
    return open_scan_log(database)


async def open_scan_log_apart(database: Database, keys: object) -> ScanLog:
    """The same in a process of its own; on PostgreSQL in this one."""
    if not isinstance(database, SqliteDatabase):
        return open_scan_log(database)
    log = ApartScanLog(database, keys, _nothing)
    await log.open()
    return log


async def open_scan_log_shared(database: Database, _keys: object, path: Path) -> ScanLog:
    """The same in a process that others use too, which listens at `path`; if there is none, in this one."""
    log = SharedScanLog(open_scan_log(database), path)
    await log.open()
    return log


def read_once(url: str, work: Callable[[Connection], T]) -> T:
    """`Database.read` without a loop, of a database that may be in use."""
    if not is_postgres(url):
        return read_file(sqlite_path(url), work)
    _need_drivers()
    from checkin.store.database_postgres import read_server

    return read_server(url, work)


def read_alone(url: str, work: Callable[[Connection], T]) -> T:
    """The same while nobody writes: of an SQLite file that nobody else has open (`AppError conflict`). On a
    PostgreSQL server others go on, and `count_others` says whether there are any.
    """
    return read_once(url, work) if is_postgres(url) else read_file_alone(sqlite_path(url), work)


_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def count_others(connection: Connection) -> int:
    """How many other connections to a PostgreSQL database there are; 0 for SQLite, where none is told of."""
    if connection.dialect.name != "postgresql":
        return 0
    return int(connection.execute(text(_OTHERS)).scalar_one())
