"""Two more ways of reading an SQLite file: with nobody else in it, and without leaving a trace.

Neither makes a file that is not there: `AppError not_found`. Both run `work` on one consistent snapshot.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from checkin.domain.errors import AppError, conflict, not_found

T = TypeVar("T")

WAIT_SECONDS: Final = 1.0
"""So long whoever has the file open may take to let go: a command that is about to end, not a server."""


def read_alone(path: Path, work: Callable[[Connection], T]) -> T:
    """Runs `work` while no other process has the file open, and none can open it.

    `AppError conflict` if somebody has it open, as a server does all the time.
    """
    with _connected(path, "mode=rw") as raw:
        raw.execute("PRAGMA locking_mode=EXCLUSIVE")
        raw.execute("PRAGMA query_only=ON")
        try:
            raw.execute("BEGIN")
            raw.execute("SELECT count(*) FROM sqlite_master").fetchone()  # a lock is taken by the first read
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise conflict(f"{path} is in use: stop the server (or command) that has it open first") from None
        raw.execute("ROLLBACK")
        return _run(raw, work)


def read_unchanged(path: Path, work: Callable[[Connection], T]) -> T:
    """Runs `work` on a file that may be in use, and changes nothing.

    A file that nobody has open stands alone, and is read as if it could not change: no log is left beside it.
    Should a server open it meanwhile, `work` runs again. A log that a crash left gets its index anew.
    """
    log = path.with_name(f"{path.name}-wal")
    if not log.exists():
        with _connected(path, "mode=ro&immutable=1") as raw:
            result = _run(raw, work)
        if not log.exists():
            return result
    with _connected(path, "mode=ro") as raw:
        return _run(raw, work)


@contextmanager
def _connected(path: Path, how: str) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise not_found(f"there is no database {path}")
    try:
        raw = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?{how}",
            uri=True,
            timeout=WAIT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as problem:
        raise AppError("unavailable", f"can't open the database {path}: {problem}") from problem
    try:
        yield raw
    except sqlite3.DatabaseError as problem:
        raise AppError("unavailable", f"can't read the database {path}: {problem}") from problem
    finally:
        raw.close()


def _run(raw: sqlite3.Connection, work: Callable[[Connection], T]) -> T:
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    event.listen(engine, "begin", _begin)
    with engine.connect() as connection, connection.begin():
        return work(connection)


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")
