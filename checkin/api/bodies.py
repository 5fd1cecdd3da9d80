"""Reading a request: its body within a size and a time, its JSON into a wire type, its query into values.

Owns the words for input of the wrong form. Must not judge what the values mean.
"""

import asyncio
import json
import re
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from checkin.api.problems import too_large
from checkin.domain.errors import AppError, invalid, invalid_field, not_found
from checkin.domain.instants import EARLIEST, LATEST, Instant, to_instant
from checkin.domain.texts import storable

BODY_SECONDS = 30.0
"""How long a body may take to arrive; a client that trickles it is cut off."""

MAX_QUERY = 200

_AT = re.compile(r"^(?P<text>.*?)(?: - at `(?P<where>[^`]*)`)?$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `([^`]*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_EXPECTED = re.compile(r"Expected `([^`]*)`(?: of length (<=|>=) (\d+)| (<=|>=) (-?\d+)|, got `([^`]*)`)?")
_KINDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "uuid": "a UUID",
    "datetime": "a time such as 2027-01-26T08:12:03-07:00",
    "null": "null",
}

T = TypeVar("T")


def check_address(request: web.Request) -> None:
    """Refuses what not every database could be asked for. `AppError`: not_found, in a query invalid."""
    for part in request.match_info.values():
        if storable(part) != part:
            raise not_found("There is nothing of that name.")
    for name, value in request.query.items() if request.query_string else ():
        if storable(value) != value:
            raise invalid_field(name, "must not contain a character that is none, such as U+0000")


async def read_body(request: web.Request, limit: int) -> bytes:
    """The whole body. `AppError too_large` above `limit` bytes, `timeout` if it does not come in time."""
    if (request.content_length or 0) > limit:
        raise too_large(limit)
    content = request.content
    parts: list[bytes] = []
    size = 0
    try:
        if content.is_eof():  # it came with the head, as a scan's does
            return _within(content.read_nowait(), limit)
        async with asyncio.timeout(BODY_SECONDS):
            async for part in content.iter_any():
                size += len(part)
                if size > limit:
                    raise too_large(limit)
                parts.append(part)
    except TimeoutError:
        raise AppError("timeout", "The body took too long to arrive.") from None
    except (web.HTTPException, web.RequestPayloadError) as error:
        raise invalid("The body could not be read: its encoding is wrong.") from error
    return b"".join(parts)


def _within(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise too_large(limit)
    return data


def decode(data: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """The value of a JSON text. `AppError invalid` names the field and says what it should be."""
    try:
        return _decode(data, decoder)
    except msgspec.ValidationError as error:
        raise _field_error(str(error)) from None
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise invalid("The body is no JSON, or is cut off.") from None


def _decode(data: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    try:
        return decoder.decode(data)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # Browsers write half a character (a lone surrogate) as an escape. One such badge must not stop the
        # whole queue of a kiosk: it becomes a question mark, and the badge unknown.
        return decoder.decode(json.dumps(json.loads(data), ensure_ascii=False).encode("utf-8", "replace"))


def problem_in(error: msgspec.ValidationError) -> tuple[str, str]:
    """The field and the sentence of one validation error."""
    match = _AT.match(str(error))
    text, where = (match["text"], match["where"] or "") if match else (str(error), "")
    field = where.removeprefix("$").removeprefix(".").replace("[...]", "[]")
    if missing := _MISSING.match(text):
        return _joined(field, missing[1]), "is missing"
    if unknown := _UNKNOWN.match(text):
        return _joined(field, unknown[1][:60]), "is not a field that is known here"
    if expected := _EXPECTED.match(text):
        return field, _expectation(expected)
    if text.startswith("Invalid enum value"):
        return field, "is none of the words that are known here"
    if text.startswith(("Invalid RFC3339", "Invalid datetime")):
        return field, f"must be {_KINDS['datetime']}"
    if text.startswith("Invalid UUID"):
        return field, f"must be {_KINDS['uuid']}"
    return field, "is not what is expected here"


def _field_error(text: str) -> AppError:
    field, problem = problem_in(msgspec.ValidationError(text))
    return invalid_field(field or "body", problem)


def _joined(parent: str, field: str) -> str:
    return f"{parent}.{field}" if parent else field


def _expectation(match: "re.Match[str]") -> str:
    kind, length_sign, length, sign, bound, _ = match.groups()
    if length is not None:
        unit = "entries" if kind == "array" else "characters"
        return f"must have at {'most' if length_sign == '<=' else 'least'} {length} {unit}"
    if bound is not None:
        return f"must be {bound} or {'less' if sign == '<=' else 'more'}"
    names = [_KINDS.get(part.strip(), part.strip()) for part in kind.split("|")]
    return "must be " + " or ".join(names)


def flag(request: web.Request, name: str) -> bool:
    """A yes/no of the query; absent is no."""
    value = request.query.get(name, "").lower()
    if value in ("", "false", "no", "0"):
        return False
    if value in ("true", "yes", "1"):
        return True
    raise invalid_field(name, "must be true or false")


def word(request: web.Request, name: str, choices: "tuple[str, ...] | None" = None) -> str:
    """A text of the query, trimmed; empty if absent."""
    value = request.query.get(name, "").strip()
    if len(value) > MAX_QUERY:
        raise invalid_field(name, f"must have at most {MAX_QUERY} characters")
    if choices is not None and value and value not in choices:
        raise invalid_field(name, f"must be one of {', '.join(choices)}")
    return value


def number(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    """A whole number of the query within bounds."""
    text = request.query.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise invalid_field(name, f"must be a whole number from {least} to {most}")
    return int(text)


def instant(request: web.Request, name: str) -> Instant | None:
    """A time of the query with its offset; None if absent."""
    # An unescaped plus sign of an offset arrives as a space.
    text = request.query.get(name, "").strip().replace(" ", "+")
    if not text:
        return None
    try:
        moment = to_instant(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise invalid_field(
            name, "must be a time with its offset, such as 2027-01-26T08:12:00-07:00"
        ) from None
    if not EARLIEST <= moment < LATEST:
        raise invalid_field(name, "must lie between the years 2000 and 2999")
    return moment


def uuid_text(value: Any) -> str | None:
    """A value that a caller gave as an id, as far as it can be told back to them."""
    return value[:64] if isinstance(value, str) else None
