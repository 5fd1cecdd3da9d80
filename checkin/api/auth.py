"""Who calls: an API token, a paired device, or nobody known.

Owns how credentials travel: `Authorization: Bearer` for programs; for pages a cookie per device, chosen by
the `Checkin-Device` header (or `?device=` on the stream, whose EventSource can send no header). Must not
decide what an actor may do with an event beyond its role.
"""

from time import monotonic
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from checkin.api.call import Route, Who
from checkin.api.problems import forbidden, unauthorized
from checkin.service.devices import authenticate_device
from checkin.service.services import ANYONE as NOBODY
from checkin.service.services import Actor, Services
from checkin.service.tokens import authenticate_token

DEVICE_HEADER = "Checkin-Device"
COOKIE = "checkin_device_{}"
COOKIE_SECONDS = 60 * 24 * 3600

KNOWN_SECONDS = 60.0
"""When it is over, every scan that is under way asks the database: seldom enough not to be felt."""

KNOWN_MOST = 1024

NOT_PAIRED = "This device is not paired any more."

_WHO = {str(who): who for who in Who}
_SAFE_METHODS = frozenset({"GET", "HEAD"})


class KnownDevices:
    """Devices that have just been authenticated, so that a scan need not ask the database twice.

    Only scans use it: their batch checks itself whether the device was revoked or paired anew meanwhile, by
    whatever process. Pairing or revoking in this one forgets all.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Actor]] = {}

    def find(self, token: str) -> Actor | None:
        """The device of a token that was authenticated a moment ago."""
        until, actor = self._kept.get(token, (0.0, None))
        return actor if monotonic() < until else None

    def add(self, token: str, actor: Actor) -> None:
        """Remembers a device."""
        if len(self._kept) >= KNOWN_MOST:
            self._kept.clear()
        self._kept[token] = (monotonic() + KNOWN_SECONDS, actor)

    def forget(self) -> None:
        """After a pairing or a revocation."""
        self._kept.clear()


KNOWN = web.AppKey("known_devices", KnownDevices)
DEVICE_TOKEN = web.RequestKey("device_token", str)


async def authenticate(request: web.Request, services: Services, route: Route) -> Actor:
    """The caller, allowed to call this route. `AppError` unauthorized or forbidden."""
    header = request.headers.get(hdrs.AUTHORIZATION)
    is_open = Who.ANYONE in route.who
    if is_open and (header is None or not route.takes_token):
        return NOBODY
    token = _cookie(request, services, route) if header is None else _bearer(header)
    if header is None or token.startswith("cd_"):
        actor = await _device(request, services, route, token)
    else:
        actor = await _token(services, token)
    if not is_open:
        check_may(actor, route, request.match_info.get("slug"))
    return actor


def who_is(actor: Actor) -> Who:
    """The actor's place among those that routes name."""
    return _WHO.get(actor.role, Who.ANYONE)


def check_may(actor: Actor, route: Route, slug: str | None) -> None:
    """`AppError forbidden` where the route is for others, or the event another than the device's."""
    if who_is(actor) not in route.who:
        allowed = ", ".join(sorted(route.who))
        raise forbidden(f"This is for: {allowed}.")
    if slug is not None and actor.event is not None and actor.event != slug:
        raise forbidden("This device belongs to another event.")


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or not token.isascii():
        raise unauthorized("Authorization must be: Bearer, then a token.")
    return token


def _cookie(request: web.Request, services: Services, route: Route) -> str:
    device = request.headers.get(DEVICE_HEADER, "")
    if not device and route.takes_device_query:
        device = request.query.get("device", "")
    if not device:
        raise unauthorized()
    if request.method not in _SAFE_METHODS:
        check_origin(request, services.public_url)
    token = request.cookies.get(COOKIE.format(device)) if device.isascii() and device.isdigit() else None
    if not token or not token.isascii():
        raise unauthorized("This browser is not paired as that device.")
    return token


async def _token(services: Services, token: str) -> Actor:
    actor = await authenticate_token(services, token)
    if actor is None:
        raise unauthorized("This token is not known, or has ended.")
    return actor


async def _device(request: web.Request, services: Services, route: Route, token: str) -> Actor:
    request[DEVICE_TOKEN] = token
    known = request.app[KNOWN]
    actor = known.find(token) if route.is_hot else None
    if actor is None:
        actor = await authenticate_device(services, token)
        if actor is None:
            raise unauthorized(NOT_PAIRED)
        known.add(token, actor)
    note_call(services, actor)
    return actor


async def check_still_paired(request: web.Request, services: Services) -> None:
    """Asks the database, whatever was known a moment ago. `AppError unauthorized`."""
    if await authenticate_device(services, request[DEVICE_TOKEN]) is None:
        raise unauthorized(NOT_PAIRED)


def note_call(services: Services, actor: Actor) -> None:
    """Remembers that a device was heard of just now; cheap, it is written later."""
    if actor.device is not None:
        services.calls.note(actor.device.id, services.clock.now())


def check_origin(request: web.Request, public_url: str) -> None:
    """Refuses what another site's page sends in a browser that holds our cookie."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise forbidden("This was sent from another site.")
    origin = request.headers.get("Origin")
    if origin is None:
        return
    allowed = {request.host.lower(), urlsplit(public_url).netloc.lower()}
    try:
        sender = urlsplit(origin).netloc.lower()
    except ValueError:  # such as half an IPv6 address
        sender = ""
    if sender not in allowed - {""}:
        raise forbidden("This was sent from another site.")


def set_device_cookie(response: web.Response, request: web.Request, device_id: str, token: str) -> None:
    """Gives a page its device's token, out of reach of any script."""
    response.set_cookie(
        COOKIE.format(device_id),
        token,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Strict",
        path="/",
        # A proxy may speak TLS for us; the browser's Origin tells.
        secure=request.secure or request.headers.get("Origin", "").startswith("https:"),
    )
