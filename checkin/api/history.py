"""Occupancy of the past on the wire: minute by minute, as JSON or as a table."""

import csv
import io

from aiohttp import web

from checkin.api import views, wire_rooms
from checkin.api.bodies import instant, word
from checkin.api.call import Call
from checkin.service import history as service

CSV = "csv"


async def get_history(call: Call[None]) -> wire_rooms.OccupancyHistory | web.Response:
    """Headcounts at each minute; by default of the last hour."""
    kind = word(call.request, "format", ("json", CSV))
    since, until = instant(call.request, "from"), instant(call.request, "to")
    found = await service.history(call.services, call.slug, since, until)
    if kind == CSV:
        return _table(found)
    return wire_rooms.OccupancyHistory(
        since=views.moment(found.agenda, found.since),
        until=views.moment(found.agenda, found.until),
        minutes=[views.moment(found.agenda, at) for at in found.moments],
        rooms=[
            wire_rooms.RoomHistory(code=code, headcounts=numbers)
            for code, numbers in found.headcounts.items()
        ],
        checked_in=found.checked_in,
        on_site=found.on_site,
    )


def _table(found: service.History) -> web.Response:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(("minute", "room", "headcount"))
    moments = [views.moment(found.agenda, at).isoformat() for at in found.moments]
    for place, moment in enumerate(moments):
        table.writerows((moment, code, numbers[place]) for code, numbers in found.headcounts.items())
    return web.Response(
        text=text.getvalue(),
        content_type="text/csv",
        charset="utf-8",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="occupancy.csv"',
        },
    )
