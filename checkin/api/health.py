"""Whether the service works, and how much: for whoever watches over it."""

from aiohttp import web
from prometheus_client import generate_latest

from checkin.api.call import METRICS, Call
from checkin.api.wire_views import Health
from checkin.service.events import list_events

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def get_health(call: Call[None]) -> Health:
    """Good news when the database answers; else the problem `unavailable`."""
    await list_events(call.services)
    return Health(status="ok")


async def get_metrics(call: Call[None]) -> web.Response:
    """Prometheus' text: counts only, nobody's name."""
    text = generate_latest(call.request.app[METRICS].registry)
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})
