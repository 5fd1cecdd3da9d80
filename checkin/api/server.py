"""From the table of routes to aiohttp: authentication, decoding, encoding, errors, headers, request log.

Owns what happens around every handler, in one order. Must not know any single call.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from itertools import count
from time import perf_counter
from typing import Any

import msgspec
from aiohttp import hdrs, web

from checkin.api import log, problems
from checkin.api.auth import KNOWN, KnownDevices, authenticate
from checkin.api.bodies import check_address, decode, read_body
from checkin.api.call import METRICS, SERVICES, Call, Handler, Route
from checkin.domain.errors import AppError
from checkin.domain.instants import MILLISECOND, SECOND
from checkin.metrics import Metrics
from checkin.service.services import Actor, Services

PREFIX = "/api/v1"

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _Visit(msgspec.Struct):
    """What becomes known of a request on its way. `begun`: the answer whose head has gone out."""

    id: str
    services: Services
    metrics: Metrics
    route: Route | None = None
    actor: Actor | None = None
    code: str | None = None
    begun: web.StreamResponse | None = None


_VISIT = web.RequestKey("visit", _Visit)

_PROCESS = secrets.token_hex(4)
_numbers = count(1)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_GONE = 499
"""What the log and the counters say of a caller who left before the answer."""

_encoder = msgspec.json.Encoder()
_UNKEPT_JSON = {hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: "no-store"}
_MILLISECONDS = SECOND // MILLISECOND
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
    takes_body = route.takes_body
    decoder = None if route.decodes is None else msgspec.json.Decoder(route.decodes)

    async def endpoint(request: web.Request) -> web.StreamResponse:
        visit = request[_VISIT]
        visit.route = route
        visit.actor = actor = await authenticate(request, visit.services, route)
        check_address(request)
        body: Any = None
        if takes_body:
            data = await read_body(request, route.limit)
            body = data if decoder is None else decode(data, decoder)
        result = await handler(Call(request, visit.services, actor, body, visit.id))
        if type(result) is not route.answer and isinstance(result, web.StreamResponse):
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
    app = request.app
    services = app[SERVICES]
    visit = request[_VISIT] = _Visit(f"{_PROCESS}-{next(_numbers):x}", services, app[METRICS])
    status = _GONE
    services.readiness.begin()
    try:
        response = await handler(request)
        status = response.status
        return response
    except Exception as error:
        response = _answer_to(error, request, visit)
        status = response.status
        return response
    finally:
        services.readiness.end()
        _tell(request, visit, status, perf_counter() - started)


def _answer_to(error: Exception, request: web.Request, visit: _Visit) -> web.StreamResponse:
    """The answer to what a handler raised. Raises again what aiohttp knows what to do with."""
    response: web.StreamResponse
    if isinstance(error, AppError):
        visit.code = error.code
        response = problems.answer(error)
    elif isinstance(error, web.HTTPException):
        if error.status < 400:
            raise error
        response = problems.of_http(error)
    elif isinstance(error, ConnectionResetError):
        raise error
    else:
        visit.metrics.bugs.n += 1
        log.bug(error, id=visit.id, route=_template(request, visit))
        response = problems.internal()
    if visit.begun is None:
        return response
    # A second answer would stand in the middle of the first one's body.
    if request.transport is not None:
        request.transport.abort()
    return visit.begun


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """The server's clock, so that no page trusts a tablet's; and whether the day is only rehearsed."""
    visit = request.get(_VISIT)
    if visit is not None:
        visit.begun = response
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    services = request.app[SERVICES] if visit is None else visit.services
    if services.readiness.is_stopping:  # whoever keeps connections open must not send more on this one
        headers["Connection"] = "close"
        response.force_close()
    if not request.path.startswith("/api/"):
        return
    clock = services.clock
    headers["Checkin-Time"] = _time(clock.now() // MILLISECOND)
    if clock.is_rehearsal:
        headers["Checkin-Rehearsal"] = "1"
    if visit is not None:
        headers["Checkin-Request"] = visit.id


@lru_cache(maxsize=4)
def _time(milliseconds: int) -> str:
    second, rest = divmod(milliseconds, _MILLISECONDS)
    return f"{log.second(second)}.{rest:03}Z"


def _template(request: web.Request, visit: _Visit) -> str:
    """The route as written in the table; never the path itself, which may hold what somebody typed."""
    if visit.route is not None:
        return visit.route.path
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


def _tell(request: web.Request, visit: _Visit, status: int, seconds: float) -> None:
    global _sampled
    template = _template(request, visit)
    method = request.method if request.method in _METHODS else "OTHER"
    route = visit.route
    is_stream = route is not None and route.is_stream
    visit.metrics.count_request(method, template, status, seconds, is_stream)
    if route is not None and route.is_hot and status == 200:
        _sampled += 1
        if _sampled % log.SAMPLE:
            return
    if template.startswith("/assets/") and status < 400:  # a page brings ten of them
        return
    if not log.requests.isEnabledFor(20):
        return
    actor = visit.actor
    log.requests.info(
        "request",
        {
            "id": visit.id,
            "method": method,
            "route": template,
            "status": status,
            "code": visit.code,
            "ms": round(seconds * 1000, 1),
            "device": actor.id if actor is not None and actor.kind == "device" else None,
            "token": actor.id if actor is not None and actor.kind == "token" else None,
        },
    )
