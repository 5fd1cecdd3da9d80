"""The address of a PostgreSQL database, as each of the two drivers takes it.

libpq (psycopg) reads the whole of a URL; asyncpg takes what it does not know for a setting of the server, so
it gets what it knows, and one host at a time. Opens nothing.
"""

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from checkin.domain.errors import AppError
from checkin.store.addresses import is_said_pooled, without_pooled

CONNECT_SECONDS: Final = 3
"""So long a host may take to let us in, unless the address says another `connect_timeout`."""

# A host that has gone without a word is noticed by its silence within some ten seconds.
_KEEPALIVE: Final = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

_ASYNCPG: Final = ("user", "password", "dbname", "passfile", "service", "application_name", "options")
"""What asyncpg knows beside what begins with one of `_ASYNCPG_BEGINNINGS`."""

_ASYNCPG_BEGINNINGS: Final = ("ssl", "krbsrvname", "gsslib")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is. `hosts` in the order to be tried; (None, None) is the driver's default.

    `conninfo` is libpq's, all hosts in it; `options` is a URL for asyncpg without them. `is_writable_asked`:
    of several hosts the one that takes writes is meant. `is_pooled`: a pooler is said to stand between.
    """

    conninfo: str
    options: str
    hosts: tuple[tuple[str | None, int | None], ...]
    connect_seconds: int
    is_writable_asked: bool
    is_pooled: bool


def read_address(url: str) -> Address:
    """The address that a URL names. `AppError invalid` if it can't be understood."""
    try:
        told = conninfo_to_dict(without_pooled(url))
        given = {key: str(value) for key, value in told.items() if value is not None}
        hosts = _hosts(given)
        seconds = _number(given.setdefault("connect_timeout", str(CONNECT_SECONDS)))
    except (psycopg.ProgrammingError, ValueError) as problem:
        # What libpq quotes may be the whole address, or a part of a password.
        reason = re.sub(r':? ".*"', " …", str(problem).strip(), flags=re.DOTALL)
        raise AppError("invalid", f"can't understand the database's address: {reason}") from None
    given.setdefault("application_name", "checkin")  # which an administrator sees
    if len(hosts) > 1:
        given.setdefault("target_session_attrs", "read-write")
    wanted = given.get("target_session_attrs", "any")
    if wanted not in ("any", "primary", "read-write"):
        raise AppError(
            "invalid", f"target_session_attrs={wanted}: the database must be one that takes writes"
        )
    known = {
        key: value for key, value in given.items() if key in _ASYNCPG or key.startswith(_ASYNCPG_BEGINNINGS)
    }
    return Address(
        conninfo=make_conninfo("", **(_KEEPALIVE | given)),
        options=f"postgresql://?{urlencode(known, quote_via=quote)}" if known else "postgresql://",
        hosts=hosts,
        connect_seconds=seconds,
        is_writable_asked=wanted != "any",
        is_pooled=is_said_pooled(url),
    )


def _hosts(given: dict[str, str]) -> tuple[tuple[str | None, int | None], ...]:
    names = (given.get("host") or given.get("hostaddr") or "").split(",")
    ports = given.get("port", "").split(",")
    if len(ports) not in (1, len(names)):
        raise ValueError(f"{len(names)} hosts with {len(ports)} ports")
    fallback = ports[0] if len(ports) == 1 else ""
    pairs = zip_longest(names, ports, fillvalue=fallback)
    return tuple((name or None, _number(port) if port else None) for name, port in pairs)


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("a port or a time is no number") from None  # it may be a part of a password
