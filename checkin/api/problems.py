"""Errors on the wire: `application/problem+json` (RFC 9457) with a stable `code`.

Owns the HTTP status of every code and the one shape that errors have. Must not decide what an error is.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType

import msgspec
from aiohttp import web

from checkin.domain.errors import AppError

STATUS: Mapping[str, int] = MappingProxyType(
    {
        "invalid": 400,
        "unauthorized": 401,
        "forbidden": 403,
        "registration_closed": 403,
        "not_found": 404,
        "pairing_code_invalid": 404,
        "method_not_allowed": 405,
        "timeout": 408,
        "conflict": 409,
        "scan_id_reused": 409,
        "too_large": 413,
        "too_many_requests": 429,
        "internal": 500,
        "unavailable": 503,
    }
)
"""Every code that an answer can carry."""

CONTENT_TYPE = "application/problem+json"
NOT_FOUND = "There is nothing at this address."
INTERNAL = "The server made a mistake. It has been logged; please try again."

_BY_STATUS: Mapping[int, str] = {
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
}


class FieldFault(msgspec.Struct, frozen=True):
    """One faulty field and what is wrong with it, as a sentence for people."""

    field: str
    problem: str


class TableFault(msgspec.Struct, frozen=True):
    """One faulty cell of a table; the header is line 1."""

    line: int
    column: str
    problem: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error. `code` is stable and for programs, `detail` for people."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldFault] | msgspec.UnsetType = msgspec.UNSET
    faults: list[TableFault] | msgspec.UnsetType = msgspec.UNSET


class TableError(AppError):
    """A table with faults: nothing was stored. Carries them all."""

    def __init__(self, message: str, faults: Sequence[TableFault]) -> None:
        super().__init__("invalid", message)
        self.faults = tuple(faults)


def problem_of(error: AppError) -> Problem:
    """The problem that an error is told as."""
    status = STATUS.get(error.code, 400)
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        code=error.code,
        detail=error.message,
        errors=[FieldFault(one.field, one.problem) for one in error.errors] or msgspec.UNSET,
        faults=list(error.faults) if isinstance(error, TableError) else msgspec.UNSET,
    )


def answer(error: AppError) -> web.Response:
    """The HTTP answer of an error."""
    problem = problem_of(error)
    response = web.Response(
        body=msgspec.json.encode(problem), status=problem.status, content_type=CONTENT_TYPE
    )
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="checkin"'
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    response.headers["Cache-Control"] = "no-store"
    return response


def of_http(error: web.HTTPException) -> web.Response:
    """The same for an error that aiohttp itself found: unknown path, wrong method, body too large."""
    code = _BY_STATUS.get(error.status, "invalid" if error.status < 500 else "internal")
    texts = {
        "not_found": NOT_FOUND,
        "method_not_allowed": "This address does not take that method.",
        "too_large": "The body is too large.",
    }
    response = answer(AppError(code, texts.get(code, error.reason)))
    if isinstance(error, web.HTTPMethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
    return response


def internal() -> web.Response:
    """The answer to a bug: says nothing of it."""
    return answer(AppError("internal", INTERNAL))


def too_large(limit: int) -> AppError:
    """A body above its limit."""
    return AppError("too_large", f"The body is too large: at most {limit // 1024} KiB are taken here.")


def unauthorized(message: str = "Sign in with a token, or pair this device.") -> AppError:
    """No credentials, or none that are known."""
    return AppError("unauthorized", message)


def forbidden(message: str) -> AppError:
    """Known, but not allowed."""
    return AppError("forbidden", message)
