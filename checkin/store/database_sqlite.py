"""The database as one SQLite file: one writer, a few readers, every commit on disk before it returns.

The writer is one connection on one thread (WAL, synchronous=FULL: with less, a power cut loses acknowledged
scans); readers are a few threads, each with a connection: a use case crosses to one and back once, not once a
statement, and whatever it makes of its rows holds no loop up.
"""

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import StaticPool

from checkin.domain.errors import AppError
from checkin.store.addresses import shown_address
from checkin.store.database import READERS
from checkin.store.failures import unavailable
from checkin.store.sqlite_file import BUSY_SECONDS, connect_sqlite, transaction
from checkin.store.turns import Turns
from checkin.store.work_thread import WorkThread

T = TypeVar("T")

ROOM_BYTES = 256 * 1024
"""A disk must have so much room for the log of the next batches, or nothing more is taken."""


def sqlite_path(url: str) -> Path:
    """The file of `sqlite:///FILE`; other URLs are refused with the forms that are understood."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    # A database in memory would be another one for each connection.
    if parsed is None or parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        message = f"database {shown_address(url)}: expected sqlite:///FILE or postgresql://USER@HOST/NAME"
        raise AppError("invalid", message)
    return Path(parsed.database)


class SqliteDatabase:
    """A SQLite database: `open()` on a loop, `close()` at the end; commands use it through asyncio.run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.turns = Turns()
        self._thread = WorkThread("writer")
        self._raw: sqlite3.Connection | None = None
        self._writer: Engine | None = None
        self._readers: Engine | None = None
        self._reader_threads = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._reading: set[asyncio.Future[Any]] = set()
        self.retries = 0
        """Always: nobody but a crash can take a transaction of this writer."""

    @property
    def url(self) -> str:
        """`sqlite:///FILE`."""
        return f"sqlite:///{self.path}"

    async def open(self) -> None:
        """Connects the writer; the file is created if it is absent. `AppError unavailable` if it can't be."""
        await self._thread.do(self._connect)
        self._readers = _reading_engine(self.path, READERS)

    def _connect(self) -> None:
        try:
            raw = connect_sqlite(self.path)
        except sqlite3.Error as problem:
            raise AppError("unavailable", f"can't open the database {self.path}: {problem}") from problem
        self._raw = raw
        self._writer = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
        event.listen(self._writer, "begin", _begin_immediate)

    async def close(self) -> None:
        """Finishes what was accepted and lets go of the file. Safe to repeat."""
        if self._readers is not None:
            await asyncio.gather(*self._reading, return_exceptions=True)
            self._readers.dispose()
            self._readers = None
        if self._raw is not None:
            await self._thread.do(self._raw.close)
            self._raw = None
        self._thread.close()
        self._reader_threads.shutdown(wait=True)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` on one consistent snapshot, on another thread; it can't write."""
        readers = _opened(self._readers)
        return await self._tracked(self._reader_threads, lambda: _read(readers, work))

    async def _tracked(self, threads: ThreadPoolExecutor | None, work: Callable[[], T]) -> T:
        # A caller that goes away does not stop it: a connection must not be left half read.
        future = asyncio.get_running_loop().run_in_executor(threads, work)
        self._reading.add(future)
        future.add_done_callback(self._end_reading)
        return await asyncio.shield(future)

    def _end_reading(self, future: asyncio.Future[Any]) -> None:
        self._reading.discard(future)
        if not future.cancelled():
            future.exception()  # seen, also where its caller has gone

    async def read_apart(self, work: Callable[[Connection], T]) -> T:
        """The same for work that takes long: on a connection and a thread of its own, so that scans go on."""
        _opened(self._readers)
        return await self._tracked(None, lambda: read_file(self.path, work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in one transaction on the writer; returns after the commit is on disk."""
        async with self.turns.alone():
            return await self._thread.do(lambda: self._write(work))

    def _write(self, work: Callable[[Connection], T]) -> T:
        writer = _opened(self._writer)
        try:
            with writer.begin() as connection:
                return work(connection)
        except OperationalError as problem:
            raise unavailable(problem) from problem

    async def check(self) -> None:
        """As `Database` has it: the writer's lock is to be had, and the disk has room for another batch."""
        async with self.turns.alone():
            await self._thread.do(self._check)

    def _check(self) -> None:
        raw = _opened(self._raw)
        try:
            raw.execute("BEGIN IMMEDIATE")
            try:
                # Without any change SQLite lets a write begin in a file that may only be read.
                raw.execute("PRAGMA user_version = 1")
            finally:
                raw.execute("ROLLBACK")
            with tempfile.TemporaryFile(dir=self.path.parent, buffering=0) as file:
                file.write(bytes(ROOM_BYTES))
        except (sqlite3.OperationalError, OSError) as problem:
            raise unavailable(problem) from problem

    async def write_schema(self, work: Callable[[Connection], T]) -> T:
        """The same for a migration. Foreign keys rest meanwhile: a table that is made anew is deleted first,
        and everything that refers to it would go too. They are checked before the commit.
        """
        async with self.turns.alone():
            return await self._thread.do(lambda: self._write_schema(work))

    def _write_schema(self, work: Callable[[Connection], T]) -> T:
        raw = _opened(self._raw)

        def checked(connection: Connection) -> T:
            result = work(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken is not None:
                raise RuntimeError(f"the migration left a row of {broken[0]} that refers to nothing")
            return result

        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            return self._write(checked)
        finally:
            raw.execute("PRAGMA foreign_keys=ON")

    async def write_raw(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The same for hand-written SQL: the scan batch."""
        async with self.turns.alone():
            return await self._thread.do(lambda: self._write_raw(work))

    def _write_raw(self, work: Callable[[sqlite3.Connection], T]) -> T:
        raw = _opened(self._raw)
        try:
            return transaction(raw, lambda: work(raw))
        except sqlite3.OperationalError as problem:
            raise unavailable(problem) from problem


def read_file(path: Path, work: Callable[[Connection], T]) -> T:
    """`SqliteDatabase.read` without a loop, of a database that may be in use."""
    engine = _reading_engine(path, 1)
    try:
        return _read(engine, work)
    finally:
        engine.dispose()


def _reading_engine(path: Path, connections: int) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        pool_size=connections,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS},
    )
    event.listen(engine, "connect", _prepare_reader)
    event.listen(engine, "begin", _begin)
    return engine


def _read(engine: Engine, work: Callable[[Connection], T]) -> T:
    try:
        with engine.connect() as connection, connection.begin():
            return work(connection)
    except OperationalError as problem:
        raise unavailable(problem) from problem


def _opened(part: T | None) -> T:
    if part is None:
        raise RuntimeError("the database is not open")
    return part


def _prepare_reader(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
