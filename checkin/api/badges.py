"""The badge's picture on the wire."""

from aiohttp import web

from checkin.api.call import Call
from checkin.service.badges import draw_badge


async def get_badge(call: Call[None]) -> web.Response:
    """The PNG; a kiosk gets it for ten minutes after it has checked that person in."""
    picture = await draw_badge(call.services, call.slug, call.number, call.actor)
    return web.Response(body=picture, content_type="image/png", headers={"Cache-Control": "no-store"})
