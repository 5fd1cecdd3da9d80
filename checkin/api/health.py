"""Whether the service works, and how much: for whoever watches over it."""

from aiohttp import web

from checkin.api import metrics
from checkin.api.call import METRICS, Call
from checkin.api.wire_views import Health
from checkin.service.events import list_events


async def get_health(call: Call[None]) -> Health:
    """Good news when the database answers; else the problem `unavailable`."""
    await list_events(call.services)
    return Health(status="ok")


async def get_metrics(call: Call[None]) -> web.Response:
    """Prometheus' text: counts only, nobody's name."""
    live = call.services.live
    gauges = {"checkin_boards": ("Boards connected now.", live.board_count)}
    text = call.request.app[METRICS].text(gauges)
    return web.Response(body=text.encode(), headers={"Content-Type": metrics.CONTENT_TYPE})
