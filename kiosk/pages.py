"""Serves the built pages from memory, with the security headers that every page needs.

Owns what a browser is allowed to do on our pages and how long it may keep them. Holds no templates and
reads no data: pages are the same for everybody and ask the API for the rest. Knows nothing of `checkin`.
"""

import gzip
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

DIST = Path(__file__).parent / "dist"

PAGES: Mapping[str, str] = {
    "/": "home",
    "/pair": "pair",
    "/kiosk": "kiosk",
    "/door": "door",
    "/board": "board",
    "/my": "my",
    "/register/{slug}": "register",
}
"""Address → folder of the page in `web/`."""

CONTENT_TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
ALREADY_COMPRESSED = frozenset({".woff2", ".png"})

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",  # the QR decoder is WebAssembly
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
# A worker takes its policy from its own script's answer, so that scripts carry these headers too.
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), screen-wake-lock=(self), microphone=(), geolocation=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
NAMED_BY_CONTENT = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PagesNotBuilt(Exception):  # noqa: N818 - it says what is the matter
    """The pages are not built: run `make run`, or `npm ci && npm run build` in kiosk/web."""

    def __init__(self, missing: Path) -> None:
        super().__init__(f"{self.__doc__} (there is no {missing})")


@dataclass(frozen=True, slots=True)
class File:
    """One built file, ready to be sent."""

    body: bytes
    compressed: bytes | None
    etag: str
    headers: Mapping[str, str]


def routes(dist: Path = DIST) -> list[web.RouteDef]:
    """The routes of all pages and their assets, read from `dist` once, now. Raises PagesNotBuilt."""
    found: list[web.RouteDef] = []
    for address, page in PAGES.items():
        path = dist / page / "index.html"
        if not path.is_file():
            raise PagesNotBuilt(path)
        found.append(web.get(address, _page_handler(_read(path, ASK_EACH_TIME))))
    assets = {path.name: _read(path, NAMED_BY_CONTENT) for path in sorted((dist / "assets").iterdir())}
    found.append(web.get("/assets/{name}", _assets_handler(assets)))
    return found


def _read(path: Path, cache_control: str) -> File:
    body = path.read_bytes()
    compressed = None
    if path.suffix not in ALREADY_COMPRESSED:
        smaller = gzip.compress(body, 9, mtime=0)
        compressed = smaller if len(smaller) < len(body) else None
    headers = {
        **SECURITY_HEADERS,
        "Cache-Control": cache_control,
        "Content-Type": CONTENT_TYPES.get(path.suffix, "application/octet-stream"),
        "Vary": "Accept-Encoding",
    }
    return File(body, compressed, hashlib.sha256(body).hexdigest()[:32], headers)


def _page_handler(file: File) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return _answer(request, file)

    return handle


def _assets_handler(files: Mapping[str, File]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        file = files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        return _answer(request, file)

    return handle


def _answer(request: web.Request, file: File) -> web.Response:
    # Weak: the same tag stands for the plain and the compressed body.
    headers = {**file.headers, "ETag": f'W/"{file.etag}"'}
    if any(tag.value in (file.etag, "*") for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    if file.compressed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=file.compressed, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=file.body, headers=headers)
