"""The database on a PostgreSQL server: use cases on threads, the scan batch on the loop.

Ordinary use cases run through psycopg on a few threads, as on SQLite (`queries_postgres`); the scan batch
runs through asyncpg on the loop (`batches_postgres`). Whoever changes what a verdict depends on locks the
event's row first, so that writers of one event wait for each other in one place. Nobody waits for ever.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from threading import Lock
from time import monotonic
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from checkin.domain.errors import AppError
from checkin.store.address_postgres import read_address
from checkin.store.batches_postgres import LOST, BatchPool
from checkin.store.database import READERS
from checkin.store.failures import TooLateError, cause_of, unavailable
from checkin.store.queries_postgres import (
    READ_ONLY,
    connect,
    is_behind_pooler,
    is_in_doubt,
    is_trouble,
    set_up,
    sqlstate,
)

T = TypeVar("T")

log = logging.getLogger(__name__)

WRITERS: Final = 4
"""So many use cases write at a time; those of one event wait for its row."""

ASKERS: Final = 1
"""Whoever asks whether writes are taken stands in no queue."""

READ_SECONDS: Final = 4
"""So long a server may be silent to a reader, and so long a reader waits for its turn."""

WRITE_SECONDS: Final = 20
"""The same for a writer, whose turn comes when the event's row is free."""

LOCK_SECONDS: Final = 15

RETRIED: Final = ("40001", "40P01")
"""SQLSTATEs after which the same transaction may succeed: serialization failure, deadlock."""

ATTEMPTS: Final = 3

_IS_READ_ONLY: Final = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'"
_MIGRATING: Final = 7_203_114_881
"""The advisory lock of whoever migrates."""


class PostgresDatabase:
    """A database on a server; `postgresql://user@host/name`, several hosts by comma.

    Behind a pooler that mixes connections (`?pgbouncer=true`, or found out) nothing is prepared.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._address = read_address(url)
        self.is_pooled = self._address.is_pooled
        self._reading: Engine | None = None
        self._writing: Engine | None = None
        self._asking: Engine | None = None
        self._batches: BatchPool | None = None
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")
        self._asker = ThreadPoolExecutor(ASKERS, thread_name_prefix="asker")
        self._running: set[asyncio.Future[Any]] = set()
        self._counting = Lock()
        self.retries = 0

    async def open(self) -> None:
        """Connects. `AppError unavailable` if the server can't be reached or knows no such database."""
        self._reading = self._engine(READERS, READ_SECONDS)
        self._writing = self._engine(WRITERS, WRITE_SECONDS)
        self._asking = self._engine(ASKERS, READ_SECONDS)
        if await self.read(is_behind_pooler) and not self.is_pooled:
            self.is_pooled = True
            self._reading.dispose()
        self._batches = BatchPool(self._address, self.is_pooled)
        try:
            await self._batches.open()
        except LOST as problem:
            raise AppError("unavailable", f"can't open the database: {cause_of(problem)}") from problem

    def _engine(self, size: int, patience: float | None) -> Engine:
        return create_engine(
            "postgresql+psycopg://",
            creator=lambda: connect(self._address, self.is_pooled, patience),
            poolclass=QueuePool,
            pool_size=size,
            pool_pre_ping=True,
        )

    async def close(self) -> None:
        """Finishes what was accepted and lets go of the server. Safe to repeat."""
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._batches is not None:
            await self._batches.close()
            self._batches = None
        for engine in (self._reading, self._writing, self._asking):
            if engine is not None:
                engine.dispose()
        self._reading = self._writing = self._asking = None
        for threads in (self._readers, self._writers, self._asker):
            threads.shutdown(wait=True)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` on one consistent snapshot, on another thread; it can't write."""
        engine = _opened(self._reading)
        return await self._tracked(self._readers, _in_time(READ_SECONDS, lambda: _read(engine, work)))

    async def read_apart(self, work: Callable[[Connection], T]) -> T:
        """The same for work that takes long, on a connection and a thread of its own."""
        return await self._tracked(None, lambda: read_server(self.url, work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in one transaction; returns after the commit is on disk."""
        engine = _opened(self._writing)
        return await self._tracked(
            self._writers, _in_time(WRITE_SECONDS, lambda: _write(engine, work, self.count_retry))
        )

    async def check(self) -> None:
        """As `Database` has it: the server takes writes, so it is no standby and not set to read only.

        On a connection and a thread of its own: writers who wait for a row say nothing of the server.
        """
        engine = _opened(self._asking)

        def ask() -> None:
            if _write(engine, _is_read_only, self.count_retry):
                engine.dispose()  # another host may take writes by now
                raise AppError(
                    "unavailable", "the database takes no writes: its server is read only, or a standby"
                )

        await self._tracked(self._asker, _in_time(READ_SECONDS, ask))

    def count_retry(self, problem: BaseException) -> None:
        """A transaction was lost and is tried again. For any thread."""
        with self._counting:
            self.retries += 1
        log.info("transaction_retried", {"problem": type(problem).__name__})

    async def write_schema(self, work: Callable[[Connection], T]) -> T:
        """The same for a migration: one at a time, whoever else begins one, and however long it takes."""

        def alone(connection: Connection) -> T:
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            return work(connection)

        def apart() -> T:
            engine = self._engine(1, patience=None)
            try:
                return _write(engine, alone, self.count_retry)
            finally:
                engine.dispose()  # here: a caller that went away does not wait for the work's end

        return await self._tracked(self._writers, apart)

    def scan_transaction(self, seconds: float) -> AbstractAsyncContextManager[Any]:
        """A transaction of asyncpg, as `BatchPool.transaction` has it."""
        return _opened(self._batches).transaction(seconds)

    async def _tracked(self, threads: ThreadPoolExecutor | None, work: Callable[[], T]) -> T:
        # A caller that goes away does not stop it: nothing must be left half done.
        future = asyncio.get_running_loop().run_in_executor(threads, work)
        self._running.add(future)
        future.add_done_callback(self._end)
        return await asyncio.shield(future)

    def _end(self, future: asyncio.Future[Any]) -> None:
        self._running.discard(future)
        if not future.cancelled():
            future.exception()  # seen, also where its caller has gone


def read_server(url: str, work: Callable[[Connection], T]) -> T:
    """`PostgresDatabase.read` without a loop."""
    address = read_address(url)
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: connect(address, True, patience=None), pool_size=1
    )
    try:
        return _read(engine, work)
    finally:
        engine.dispose()


def _in_time(seconds: float, work: Callable[[], T]) -> Callable[[], T]:
    """The work, or its refusal when its turn comes too late: behind others that a dead server holds up."""
    until = monotonic() + seconds

    def begin() -> T:
        if monotonic() > until:
            raise unavailable(TooLateError(f"its turn did not come within {seconds:g} seconds"))
        return work()

    return begin


def _read(engine: Engine, work: Callable[[Connection], T]) -> T:
    try:
        with engine.connect() as opened:
            connection = opened.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                return work(connection)
    except DBAPIError as problem:
        if is_trouble(problem):
            raise unavailable(problem) from problem
        raise


def _write(engine: Engine, work: Callable[[Connection], T], lost: Callable[[BaseException], None]) -> T:
    for attempt in range(ATTEMPTS):
        try:
            with engine.begin() as connection:
                set_up(connection, LOCK_SECONDS)
                return work(connection)
        except DBAPIError as problem:
            if sqlstate(problem) in RETRIED and attempt + 1 < ATTEMPTS:
                lost(problem.orig or problem)
                continue
            if sqlstate(problem) == READ_ONLY:
                engine.dispose()  # another host may take writes by now
            if is_trouble(problem):
                raise unavailable(problem, is_in_doubt(problem)) from problem
            raise
    raise AssertionError("the last attempt returns or raises")


def _is_read_only(connection: Connection) -> bool:
    return bool(connection.execute(text(_IS_READ_ONLY)).scalar_one())


def _opened(part: T | None) -> T:
    if part is None:
        raise RuntimeError("the database is not open")
    return part
