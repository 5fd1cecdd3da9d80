"""How a database's address is written, and what of it may be shown. Opens nothing, needs no driver.

The parts are libpq's: whoever logs in stands before the first `@`, unless a `/` comes earlier, and only `%`
stands for something else (a `+` is a plus).
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote

UNCLEAR: Final = "(an address that can't be understood)"

POOLED: Final = "pgbouncer"
"""Our own option: a pooler that mixes connections stands between."""

_SHOWN_OPTIONS: Final = frozenset(
    {
        *("user", "host", "hostaddr", "port", "dbname", "application_name", "connect_timeout", POOLED),
        *("sslmode", "sslrootcert", "target_session_attrs"),
    }
)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*", re.IGNORECASE | re.ASCII)
_NAME: Final = re.compile(r"[\w.%~+-]*")
_HOST: Final = r"(?:[\w.%~-]*|\[[\w:.%]*\])(?::[0-9]{0,5})?"
_PLACE: Final = re.compile(rf"{_HOST}(?:,{_HOST})*(?:/[\w.%~+-]*)?")
_VALUE: Final = re.compile(r"[\w.,/:~+ -]*")


class Parts(NamedTuple):
    """An address as it is written, `scheme://login@place?option&option`; nothing is decoded."""

    scheme: str
    login: str | None
    place: str
    options: tuple[str, ...]


def split_address(url: str) -> Parts:
    """The parts of an address."""
    scheme, _, rest = url.partition("://")
    login: str | None
    login, at, place = rest.partition("@")
    if not at or "/" in login:
        login, place = None, rest
    place, _, query = place.partition("?")
    return Parts(scheme, login, place, tuple(one for one in query.split("&") if one))


def is_said_pooled(url: str) -> bool:
    """Whether an address says that a pooler stands between."""
    return any(one in (f"{POOLED}=true", f"{POOLED}=1") for one in split_address(url).options)


def without_pooled(url: str) -> str:
    """The address without our own option, as drivers know it."""
    scheme, login, place, options = split_address(url)
    kept = [one for one in options if one.partition("=")[0] != POOLED]
    return _joined(scheme, login, place, kept)


def shown_address(url: str) -> str:
    """An address as it may be printed: without what is secret, or may be.

    A password with letters that stand for something in an address breaks it anywhere. So whatever could be
    read in two ways is left out: then the scheme alone is shown.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        return UNCLEAR
    if scheme.lower().partition("+")[0] == "sqlite" and rest.startswith("/"):
        return f"{scheme}://{rest.partition('?')[0]}"
    _, login, place, options = split_address(url)
    user = None if login is None else login.partition(":")[0]
    has_one_meaning = rest.count("@") == (login is not None) and "?" not in (login or "")
    if not (has_one_meaning and _NAME.fullmatch(user or "") and _PLACE.fullmatch(place)):
        return f"{scheme}://…"
    return _joined(scheme, user, place, list(filter(_is_shown, options)))


def _is_shown(option: str) -> bool:
    key, _, value = option.partition("=")
    return key in _SHOWN_OPTIONS and _VALUE.fullmatch(unquote(value)) is not None


def _joined(scheme: str, login: str | None, place: str, options: Sequence[str]) -> str:
    before = "" if login is None else f"{login}@"
    return f"{scheme}://{before}{place}{'?' if options else ''}{'&'.join(options)}"
