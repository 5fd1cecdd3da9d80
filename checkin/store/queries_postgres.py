"""The connections of ordinary use cases on PostgreSQL, used by threads: they don't wait for ever.

Owns what psycopg does not bound: a server that says nothing, and a commit that is not what it must be.
"""

from time import monotonic
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import Diagnostic
from psycopg.waiting import Ready
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from checkin.domain.errors import AppError
from checkin.store.address_postgres import Address

T = TypeVar("T")

# Nothing of the server's own ends a commit early. Whoever died in a transaction does not keep its locks, nor
# does a host that has gone without a word, also while the server waits for more of the same statement.
_SET_UP: Final = """
    SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '30s';
    SET LOCAL tcp_keepalives_idle = 5; SET LOCAL tcp_keepalives_interval = 2;
    SET LOCAL tcp_keepalives_count = 3; SET LOCAL tcp_user_timeout = '10s';
    SET LOCAL client_min_messages = warning; SET LOCAL lock_timeout = '{}s';
    SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)
"""

READ_ONLY: Final = "25006"
"""The SQLSTATE of a server that takes no writes."""

_PASSING: Final = (READ_ONLY, "25P03")
"""SQLSTATEs that are the server's trouble though their class does not say so; 25P03: idle for too long."""


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is given up when the server has been silent for `patience` seconds (None: never).

    A commit that the server warns of fails: it was cancelled while it waited for a synchronous standby.
    """

    patience: float | None = None

    def wait(self, gen: PQGen[T], *given: Any, **named: Any) -> T:
        """As psycopg has it, but not for ever."""
        if self.patience is None:
            return super().wait(gen, *given, **named)
        try:
            return super().wait(_bounded(gen, self.patience), *given, **named)
        except _SilenceError:
            self.close()
            raise psycopg.OperationalError(
                f"the server has said nothing for {self.patience:g} seconds"
            ) from None

    def commit(self) -> None:
        """As psycopg has it, but a warning is an error."""
        warnings: list[str] = []

        def note(message: Diagnostic) -> None:
            if message.severity_nonlocalized == "WARNING":
                warnings.append(message.message_primary or "")

        self.add_notice_handler(note)
        try:
            super().commit()
        except psycopg.Error as problem:
            if not self.closed:
                raise
            raise InDoubtError(str(problem)) from problem
        finally:
            self.remove_notice_handler(note)
        if warnings:
            raise InDoubtError(warnings[0])


class InDoubtError(psycopg.OperationalError):
    """The commit may stand on the server, but not as surely as it must."""


class _SilenceError(Exception):
    pass


def _bounded(gen: PQGen[T], seconds: float) -> PQGen[T]:
    """The same steps; raises when none of them had anything to do for so long."""
    until = monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            now = monotonic()
            if ready != Ready.NONE:
                until = now + seconds
            elif now > until:
                raise _SilenceError
            wanted = gen.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result


def connect(address: Address, is_pooled: bool, patience: float | None) -> PatientConnection:
    """A connection to the address. `AppError invalid` if the database can't hold every name."""
    connection = PatientConnection.connect(address.conninfo, prepare_threshold=None if is_pooled else 5)
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        connection.close()
        raise AppError(
            "invalid",
            f"the database's encoding is {encoding}, which has not the letters of every name; make another: "
            "createdb --encoding=UTF8 --template=template0 NAME",
        )
    connection.patience = patience
    return connection


def is_behind_pooler(connection: Connection) -> bool:
    """Whether somebody stands between us and the server: who let us in is not who answers."""
    answering: int = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    return _raw(connection).info.backend_pid != answering


def set_up(connection: Connection, lock_seconds: int) -> None:
    """What must hold in a transaction that writes, whatever the server's own settings are.

    `DBAPIError` as from every other statement, though SQLAlchemy can't be told that this one is not prepared.
    """
    raw, statement = _raw(connection), _SET_UP.format(lock_seconds)
    try:
        raw.execute(statement.encode(), prepare=False)
    except psycopg.Error as problem:
        if raw.closed:
            connection.invalidate(problem)
        raise DBAPIError.instance(statement, None, problem, psycopg.Error) from problem


def _raw(connection: Connection) -> PatientConnection:
    raw = connection.connection.driver_connection
    if not isinstance(raw, PatientConnection):
        raise TypeError(f"not a connection of ours: {raw!r}")
    return raw


def is_trouble(problem: DBAPIError) -> bool:
    """Whether the server can't take it now; else the statement is at fault."""
    if isinstance(problem, (OperationalError, InterfaceError)):
        return True
    return sqlstate(problem) in _PASSING


def is_in_doubt(problem: DBAPIError) -> bool:
    """Whether it may be stored all the same."""
    return isinstance(problem.orig, InDoubtError)


def sqlstate(problem: DBAPIError) -> str | None:
    """The five letters by which the server names what happened; None if it said nothing."""
    state: str | None = getattr(problem.orig, "sqlstate", None)
    return state
