"""The connections that record scans on PostgreSQL: which server, how long, and when a commit counts.

Owns asyncpg's pool. A transaction's time is bounded by ending its connection, never by cancelling a
statement: a commit that is cancelled while it waits for a synchronous standby stands on the one server only,
and says so by a mere warning. Such a commit is an error here, and the batch is recorded again: that finds its
scans by their ids and, since the lock of the event's row is itself in the server's log, waits for the standby
too.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final

import asyncpg

from checkin.store.address_postgres import Address
from checkin.store.failures import NoServerError, cause_of

SCAN_CONNECTIONS: Final = 8
"""So many events record scans at a time in one process."""

IDLE_SECONDS: Final = 60.0
"""A connection that was idle for so long is not used again: firewalls forget such ones without a word."""

CLOSE_SECONDS: Final = 5.0

LOST: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a statement was begun on a connection whose end had just been read
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.LockNotAvailableError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""What a server's trouble looks like: the transaction was not committed, or nobody knows."""


class RefusedError(NoServerError):
    """Every server of the address answered, and won't let us in: user, password, database or a full disk."""


HOPELESS: Final = (asyncpg.DiskFullError, asyncpg.OutOfMemoryError, RefusedError)
"""Those of `LOST` that don't pass by waiting a little."""

# An index is right for every statement of a batch, whatever the statistics say; compiling never pays. The
# rest holds whatever the server's own settings are: nothing ends a commit early, and who died or froze within
# a transaction does not keep the event's row for longer than callers wait.
_BEGIN: Final = """
    BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan;
    SET LOCAL jit = off; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = {};
    SET LOCAL idle_in_transaction_session_timeout = '3s'; SET LOCAL client_min_messages = warning;
"""
_DURABLE: Final = "SET LOCAL synchronous_commit = on"
_LOCK_SHARE: Final = 0.8
"""The part of a transaction's time that may be spent waiting for a lock."""

_LOOK: Final = "SELECT current_setting('transaction_read_only')::bool, current_setting('synchronous_commit')"


class UnconfirmedError(OSError):
    """The commit may stand on the server, but not as surely as it must."""


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that carries nothing from one transaction to the next, so that nothing needs a reset."""

    begin = _BEGIN + _DURABLE

    def get_reset_query(self) -> str:
        return ""


class BatchPool:
    """Connections to the server of an address that takes writes, made as they are needed."""

    def __init__(self, address: Address, is_pooled: bool) -> None:
        self._address = address
        self._cached = 0 if is_pooled else 256
        self._pool: asyncpg.Pool[Any] | None = None

    async def open(self) -> None:
        """Connects. Raises one of `LOST`."""
        self._pool = await asyncpg.create_pool(
            connect=self._connect,
            min_size=0,
            max_size=SCAN_CONNECTIONS,
            connection_class=_Connection,
            max_inactive_connection_lifetime=IDLE_SECONDS,
        )
        async with self._pool.acquire():
            pass

    async def close(self) -> None:
        """Lets go of the server. Safe to repeat."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await pool.close()
        except (TimeoutError, *LOST):
            pool.terminate()

    @asynccontextmanager
    async def transaction(self, seconds: float) -> AsyncIterator[Any]:
        """A transaction, committed at the end; whatever is raised leaves nothing behind.

        Raises one of `LOST` if it could not be done in so many seconds; after `UnconfirmedError`, and only
        then, it may be committed all the same.
        """
        if self._pool is None:
            raise RuntimeError("the database is not open")
        until = asyncio.get_running_loop().time() + seconds
        try:
            async with self._pool.acquire(timeout=seconds) as connection:
                with _ended_at(connection, until):
                    await connection.execute(connection.begin.format(round(1000 * seconds * _LOCK_SHARE)))
                    try:
                        yield connection
                    except BaseException:
                        with suppress(*LOST):
                            await connection.execute("ROLLBACK")
                        raise
                    await _commit(connection)
        except asyncpg.ReadOnlySQLTransactionError:
            await self._pool.expire_connections()  # another host may take writes by now
            raise

    async def _connect(self, _dsn: object = None, **given: Any) -> asyncpg.Connection:
        """A connection to the first host that will do: each gets its time, whatever the others do.

        `NoServerError` if none does, also where the driver calls it the caller's fault: no scan is to blame.
        """
        problems: list[Exception] = []
        for host, port in self._address.hosts:
            try:
                async with asyncio.timeout(self._address.connect_seconds):
                    return await self._connect_to(host, port, given)
            except (*LOST, asyncpg.PostgresError) as problem:
                problems.append(problem)
        kind = RefusedError if all(map(_is_refusal, problems)) else NoServerError
        raise kind("; ".join(dict.fromkeys(cause_of(problem) for problem in problems)))

    async def _connect_to(self, host: str | None, port: int | None, given: Any) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            self._address.options, host=host, port=port, statement_cache_size=self._cached, **given
        )
        try:
            async with connection.transaction():
                is_read_only, durability = await connection.fetchrow(_LOOK)
        except BaseException:
            connection.terminate()
            raise
        if self._address.is_writable_asked and is_read_only:
            connection.terminate()
            raise NoServerError("a server takes no writes")
        if durability == "remote_apply":  # more than `on`, and not to be made less
            connection.begin = _BEGIN
        return connection


def _is_refusal(problem: Exception) -> bool:
    return isinstance(problem, HOPELESS) or not isinstance(problem, LOST)


@contextmanager
def _ended_at(connection: Any, until: float) -> Iterator[None]:
    timer = asyncio.get_running_loop().call_at(until, connection.terminate)
    try:
        yield
    finally:
        timer.cancel()


async def _commit(connection: Any) -> None:
    """Commits. A commit that the server warns of has not reached the standby."""
    warnings: list[str] = []

    def note(_connection: Any, message: Any) -> None:
        if message.severity_en == "WARNING":
            warnings.append(message.message)

    connection.add_log_listener(note)
    try:
        status = await connection.execute("COMMIT")
    except LOST as problem:
        raise UnconfirmedError(str(problem)) from problem
    finally:
        with suppress(asyncpg.InterfaceError):  # the connection was lost
            connection.remove_log_listener(note)
    if status != "COMMIT" or warnings:
        raise UnconfirmedError(warnings[0] if warnings else f"the server answered {status}")
