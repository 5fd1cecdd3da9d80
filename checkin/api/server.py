"""From the table of routes to aiohttp: authentication, decoding, encoding, errors, headers, request log.

Owns what happens around every handler, in one order. Must not know any single call.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from time import perf_counter
from typing import Any

import msgspec
from aiohttp import web

from checkin.api import log, problems
from checkin.api.auth import KNOWN, KnownDevices, authenticate
from checkin.api.bodies import check_address, decode, read_body
from checkin.api.call import METRICS, SERVICES, Call, Handler, Route
from checkin.domain.errors import AppError
from checkin.domain.instants import MILLISECOND, SECOND, Instant
from checkin.metrics import Metrics
from checkin.service.services import Actor

PREFIX = "/api/v1"

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ROUTE = web.RequestKey("route", Route)
_REQUEST_ID = web.RequestKey("request_id", str)
_ACTOR = web.RequestKey("actor", Actor)
_CODE = web.RequestKey("code", str)
_BEGUN = web.RequestKey("begun", web.StreamResponse)
"""The answer whose head has gone out."""

_PROCESS = secrets.token_hex(4)
_numbers = count(1)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_GONE = 499
"""What the log and the counters say of a caller who left before the answer."""

_encoder = msgspec.json.Encoder()
_UNKEPT_JSON = {"Content-Type": "application/json", "Cache-Control": "no-store"}
_sampled = 0


def install(app: web.Application, routes: Sequence[Route], metrics: Metrics) -> None:
    """Adds the routes to an application, with all that surrounds them."""
    app[METRICS] = metrics
    app[KNOWN] = KnownDevices()
    app.middlewares.append(_around)
    app.on_response_prepare.append(_add_headers)
    for route in routes:
        endpoint = _endpoint(route)
        app.router.add_route(route.method, route.path, endpoint)
        if route.method == "GET" and not route.is_stream:
            app.router.add_route("HEAD", route.path, endpoint)  # aiohttp leaves the body away


def _endpoint(route: Route) -> Endpoint:
    handler: Handler = route.handler
    decoder = None if route.decodes is None else msgspec.json.Decoder(route.decodes)

    async def endpoint(request: web.Request) -> web.StreamResponse:
        request[_ROUTE] = route
        services = request.app[SERVICES]
        actor = await authenticate(request, services, route)
        request[_ACTOR] = actor
        check_address(request)
        body: Any = None
        if route.takes_body:
            data = await read_body(request, route.limit)
            body = data if decoder is None else decode(data, decoder)
        result = await handler(Call(request, services, actor, body, request[_REQUEST_ID]))
        if not isinstance(result, msgspec.Struct) and isinstance(result, web.StreamResponse):
            return result
        return json_response(result, route.status)

    return endpoint


def json_response(value: object, status: int = 200) -> web.Response:
    """An answer that nobody keeps: it may name people."""
    return web.Response(body=_encoder.encode(value), status=status, headers=_UNKEPT_JSON)


@web.middleware
async def _around(request: web.Request, handler: Endpoint) -> web.StreamResponse:
    """Errors become problems, and each request one line of the log."""
    started = perf_counter()
    request[_REQUEST_ID] = f"{_PROCESS}-{next(_numbers):x}"
    status = _GONE
    readiness = request.app[SERVICES].readiness
    readiness.begin()
    try:
        response = await _guarded(request, handler)
        status = response.status
        return response
    finally:
        readiness.end()
        _tell(request, status, perf_counter() - started)


async def _guarded(request: web.Request, handler: Endpoint) -> web.StreamResponse:
    try:
        return await handler(request)
    except AppError as error:
        request[_CODE] = error.code
        response = problems.answer(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = problems.of_http(error)
    except (asyncio.CancelledError, ConnectionResetError):
        raise
    except Exception as error:
        request.app[METRICS].bugs.n += 1
        log.bug(error, id=request[_REQUEST_ID], route=_template(request))
        response = problems.internal()
    begun: web.StreamResponse | None = request.get(_BEGUN)
    if begun is None:
        return response
    # A second answer would stand in the middle of the first one's body.
    if request.transport is not None:
        request.transport.abort()
    return begun


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """The server's clock, so that no page trusts a tablet's; and whether the day is only rehearsed."""
    request[_BEGUN] = response
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    services = request.app[SERVICES]
    if services.readiness.is_stopping:  # whoever keeps connections open must not send more on this one
        headers["Connection"] = "close"
        response.force_close()
    if not request.path.startswith("/api/"):
        return
    clock = services.clock
    headers["Checkin-Time"] = _time(clock.now())
    if clock.is_rehearsal:
        headers["Checkin-Rehearsal"] = "1"
    if _REQUEST_ID in request:
        headers["Checkin-Request"] = request[_REQUEST_ID]


def _time(now: Instant) -> str:
    second, rest = divmod(now, SECOND)
    return f"{log.second(second)}.{rest // MILLISECOND:03}Z"


def _template(request: web.Request) -> str:
    """The route as written in the table; never the path itself, which may hold what somebody typed."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


def _tell(request: web.Request, status: int, seconds: float) -> None:
    global _sampled
    template = _template(request)
    method = request.method if request.method in _METHODS else "OTHER"
    route = request.get(_ROUTE)
    is_stream = route is not None and route.is_stream
    request.app[METRICS].count_request(method, template, status, seconds, is_stream)
    if route is not None and route.is_hot and status == 200:
        _sampled += 1
        if _sampled % log.SAMPLE:
            return
    if template.startswith("/assets/") and status < 400:  # a page brings ten of them
        return
    if not log.requests.isEnabledFor(20):
        return
    actor = request.get(_ACTOR)
    log.requests.info(
        "request",
        {
            "id": request[_REQUEST_ID],
            "method": method,
            "route": template,
            "status": status,
            "code": request.get(_CODE),
            "ms": round(seconds * 1000, 1),
            "device": actor.id if actor is not None and actor.kind == "device" else None,
            "token": actor.id if actor is not None and actor.kind == "token" else None,
        },
    )
