"""The yardstick: a bare aiohttp server that takes JSON and gives JSON, and does nothing else.

`python -m tests.bench.bare` prints where it listens, as `checkin serve` does. The same event loop, the same
way of listening and no access log, so that a ratio to it tells what the product adds.
"""

import asyncio
from contextlib import suppress

import uvloop
from aiohttp import web

from checkin.app import address_of, listen, serve


async def _answer(request: web.Request) -> web.Response:
    scan = await request.json()
    return web.json_response({"scan_id": scan["scan_id"], "verdict": "admitted", "reason": "none"})


async def _serve() -> None:
    app = web.Application()
    app.router.add_post("/api/v1/scans", _answer)
    sockets = listen("127.0.0.1", 0)
    await serve(app, sockets, when_ready=lambda: print("Serving on", address_of(sockets, False), flush=True))


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):
        uvloop.run(_serve())
