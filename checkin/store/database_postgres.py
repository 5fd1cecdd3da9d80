"""The database on a PostgreSQL server: use cases on threads, the scan batch on the loop.

Ordinary use cases run through psycopg on a few threads, as on SQLite; the scan batch runs through asyncpg on
the loop, with the planner's settings pinned: plans made while the log was empty are bad ones when it is full.
Whoever changes what a verdict depends on locks the event's row first, so that writers of one event wait for
each other in one place.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
import psycopg
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import QueuePool

from checkin.domain.errors import AppError
from checkin.store.database import READERS, unavailable
from checkin.store.failures import cause_of

T = TypeVar("T")

WRITERS: Final = 4
"""So many use cases write at a time; those of one event wait for its row."""

SCAN_CONNECTIONS: Final = 8
"""So many events record scans at a time in one process."""

CONNECT_SECONDS: Final = 5
BATCH_SECONDS: Final = 30.0

RETRIED: Final = ("40001", "40P01")
"""SQLSTATEs after which the same transaction may succeed: serialization failure, deadlock."""

ATTEMPTS: Final = 3

# An index is right for every statement of a batch, whatever the statistics say; compiling never pays.
_BEGIN: Final = """
    BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan;
    SET LOCAL jit = off; SET LOCAL synchronous_commit = on
"""
_MIGRATING: Final = 7_203_114_881
"""The advisory lock of whoever migrates."""

POOLED: Final = "pgbouncer"


class _Unreset(asyncpg.Connection):  # type: ignore[misc]
    """A connection that carries nothing from one transaction to the next, so that nothing needs a reset."""

    def get_reset_query(self) -> str:
        return ""


class PostgresDatabase:
    """A database on a server; `postgresql://user@host/name`, several hosts by comma.

    `?pgbouncer=true` leaves prepared statements out, for poolers that mix connections.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._dsn, self._is_pooled = _split_option(url)
        self._engine: Engine | None = None
        self._pool: asyncpg.Pool[Any] | None = None
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")
        self._running: set[asyncio.Future[Any]] = set()

    async def open(self) -> None:
        """Connects. `AppError unavailable` if the server can't be reached or knows no such database."""
        self._engine = create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=READERS + WRITERS,
            max_overflow=2,
            pool_pre_ping=True,
        )
        try:
            await self.read(lambda connection: connection.execute(text("SELECT 1")).all())
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=SCAN_CONNECTIONS,
                connection_class=_Unreset,
                timeout=CONNECT_SECONDS,
                command_timeout=BATCH_SECONDS,
                statement_cache_size=0 if self._is_pooled else 256,
                max_inactive_connection_lifetime=0,
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
            raise _unreachable(problem) from problem

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            self._dsn, connect_timeout=CONNECT_SECONDS, prepare_threshold=None if self._is_pooled else 5
        )

    async def close(self) -> None:
        """Finishes what was accepted and lets go of the server. Safe to repeat."""
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._pool is not None:
            await self._pool.close()
            self._pool = None
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        self._readers.shutdown(wait=True)
        self._writers.shutdown(wait=True)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` on one consistent snapshot, on another thread; it can't write."""
        engine = _opened(self._engine)
        return await self._tracked(self._readers, lambda: _read(engine, work))

    async def read_apart(self, work: Callable[[Connection], T]) -> T:
        """The same for work that takes long, on a connection and a thread of its own."""
        return await self._tracked(None, lambda: read_server(self.url, work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in one transaction; returns after the commit is on disk."""
        engine = _opened(self._engine)
        return await self._tracked(self._writers, lambda: _write(engine, work))

    async def write_schema(self, work: Callable[[Connection], T]) -> T:
        """The same for a migration: one at a time, whoever else begins one."""

        def alone(connection: Connection) -> T:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            return work(connection)

        return await self.write(alone)

    @asynccontextmanager
    async def scan_transaction(self) -> AsyncIterator[Any]:
        """A transaction of asyncpg, committed at the end; whatever is raised leaves nothing behind."""
        async with _opened(self._pool).acquire(timeout=BATCH_SECONDS) as connection:
            await connection.execute(_BEGIN)
            try:
                yield connection
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT")

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
    dsn, _ = _split_option(url)
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS, prepare_threshold=None),
        pool_size=1,
    )
    try:
        return _read(engine, work)
    finally:
        engine.dispose()


def _split_option(url: str) -> tuple[str, bool]:
    """What the drivers understand of a URL, and whether a pooler stands between."""
    parts = urlsplit(url)
    options = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(key, value) for key, value in options if key != POOLED]
    is_pooled = any(key == POOLED and value in ("true", "1") for key, value in options)
    return urlunsplit(parts._replace(query=urlencode(kept))), is_pooled


def _read(engine: Engine, work: Callable[[Connection], T]) -> T:
    try:
        with engine.connect() as opened:
            connection = opened.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                return work(connection)
    except (OperationalError, InterfaceError) as problem:
        raise unavailable(problem) from problem


def _write(engine: Engine, work: Callable[[Connection], T]) -> T:
    for attempt in range(ATTEMPTS):
        try:
            with engine.begin() as connection:
                return work(connection)
        except DBAPIError as problem:
            if _state(problem) in RETRIED and attempt + 1 < ATTEMPTS:
                continue
            if isinstance(problem, (OperationalError, InterfaceError)):
                raise unavailable(problem) from problem
            raise
    raise AssertionError("the last attempt returns or raises")


def _state(problem: DBAPIError) -> str | None:
    state: str | None = getattr(problem.orig, "sqlstate", None)
    return state


def _unreachable(problem: BaseException) -> AppError:
    return AppError("unavailable", f"can't open the database: {cause_of(problem)}")


def _opened(part: T | None) -> T:
    if part is None:
        raise RuntimeError("the database is not open")
    return part
