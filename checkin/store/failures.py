"""What an error of a database may be told as: one line, with no value of a row and no address in it.

Drivers quote both: PostgreSQL's messages name what breaks a rule ("Key (email)=(…) already exists"), libpq's
the host and the user. SQLite's name tables and columns only.
"""

import os
import socket
import sqlite3
import traceback
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from checkin.domain.errors import AppError

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

LOST: Final = "the connection was lost"

_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "08": LOST,
        "22": "a value is not what it has to be",
        "22001": "a text is too long",
        "22003": "a number is out of range",
        "23": "a rule of the schema is broken",
        "25006": "the server is a standby that only reads",
        "28": "the server refuses this user or password",
        "3D": "the server has no such database",
        "40": "others were at work on the same rows",
        "53": "the server is short of resources",
        "53100": "the server's disk is full",
        "53300": "the server has no connection left",
        "57": "the server is starting or stopping",
        "57014": "it took too long",
    }
)
"""By SQLSTATE, or by its first two letters, the class."""

_UNREACHED: Final = (
    ("connection refused", "connection refused"),
    ("no such file", "no server listens at that socket"),
    ("authentication failed", _WORDS["28"]),
    ("no password supplied", _WORDS["28"]),
    ("pg_hba.conf", _WORDS["28"]),
    ("does not exist", "the server has no such database or user"),
    ("resolve", "there is no host of that name"),
    ("timeout", "it took too long"),
    ("too many", _WORDS["53300"]),
    ("starting up", _WORDS["57"]),
    ("shutting down", _WORDS["57"]),
)
"""What libpq, which has no SQLSTATE for a connection that was not made, says somewhere in its two lines."""


_FRAMES: Final = 12
_NOT_UTF8: Final = "decode to UTF-8"


class PlainError(Exception):
    """Trouble in our own words, which hold no value and no address."""


class TooLateError(PlainError, TimeoutError):
    """Work whose turn did not come in time."""


class NoServerError(PlainError, ConnectionError):
    """No server of an address can be used."""


def cause_of(problem: BaseException) -> str:
    """Why the database did not do it, for callers and operators alike."""
    problem = _driver_error(problem)
    if isinstance(problem, sqlite3.Error) and _NOT_UTF8 in str(problem):
        return "a text in it is not UTF-8"  # SQLite quotes it
    if isinstance(problem, (sqlite3.Error, PlainError)):
        return str(problem)
    state = state_of(problem)
    if state is not None:
        told = _WORDS.get(state) or _WORDS.get(state[:2]) or type(problem).__name__
        rule = _broken_rule(problem)
        return f"{told} (SQLSTATE {state}{'' if rule is None else ', ' + rule})"
    if isinstance(problem, TimeoutError):
        return "it took too long"
    if isinstance(problem, socket.gaierror):
        return "there is no host of that name"
    if isinstance(problem, OSError):
        return os.strerror(problem.errno).lower() if problem.errno else LOST
    said = str(problem).lower()
    return next((words for sign, words in _UNREACHED if sign in said), LOST)


def unavailable(problem: BaseException, is_in_doubt: bool = False) -> AppError:
    """The database can't take it now: nothing was stored, or nobody knows, if a commit's answer was lost.

    One line, without values or addresses.
    """
    stored = "it may be stored all the same" if is_in_doubt else "nothing was stored"
    return AppError("unavailable", f"the database can't take this now, {stored} ({cause_of(problem)})")


def where(error: BaseException) -> str:
    """The traceback in one line: `file:line function` from the outermost to the innermost call."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return " > ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)


def _short(path: str) -> str:
    return "/".join(path.split("/")[-2:])


def is_failure(problem: BaseException) -> bool:
    """Whether it is a database's error."""
    return isinstance(problem, (_wrapper(), sqlite3.Error)) or state_of(problem) is not None


def state_of(problem: BaseException) -> str | None:
    """The SQLSTATE of a PostgreSQL server's error, whichever driver brought it."""
    state = getattr(_driver_error(problem), "sqlstate", None)
    return state if isinstance(state, str) else None


def _driver_error(problem: BaseException) -> BaseException:
    return problem.orig if isinstance(problem, _wrapper()) and problem.orig is not None else problem


def _wrapper() -> "type[DBAPIError]":
    """What SQLAlchemy wraps drivers' errors in. Loaded only in trouble: who records scans is kept small."""
    from sqlalchemy.exc import DBAPIError

    return DBAPIError


def _broken_rule(problem: BaseException) -> str | None:
    """The name of the constraint: psycopg keeps it in `diag`, asyncpg in the error itself."""
    name = getattr(getattr(problem, "diag", problem), "constraint_name", None)
    return name if isinstance(name, str) else None
