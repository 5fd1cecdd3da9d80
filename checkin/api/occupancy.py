"""Counts on the wire: once, and as a stream of server-sent events.

Owns who may look and for how long. Must not make frames: `live` gives them encoded.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from checkin.api.auth import DEVICE_TOKEN, note_call, who_is
from checkin.api.board_stream import begin_stream
from checkin.api.bodies import instant
from checkin.api.call import DEVICES, METRICS, STAFF, Call
from checkin.api.problems import forbidden
from checkin.domain.errors import AppError
from checkin.service import occupancy as service
from checkin.service.devices import authenticate_device
from checkin.service.events import find_event_row
from checkin.service.history import occupancy_at
from checkin.service.readiness import STOPPING

QUIET_SECONDS = 15.0
"""A comment after so long without a change tells both ends that the connection stands; a board that has taken
nothing for so long is cut off, and one whose device was revoked ends.
"""


async def get_occupancy(call: Call[None]) -> Mapping[str, Any]:
    """The counts as they are now; for organizers and staff also as they were."""
    at = instant(call.request, "at")
    if at is not None:
        if who_is(call.actor) not in STAFF:
            raise forbidden("The past is for: organizer, staff.")
        return await occupancy_at(call.services, call.slug, at)
    return await service.occupancy(call.services, call.slug)


async def stream_occupancy(call: Call[None]) -> web.StreamResponse:
    """The counts now and after every change, at most four times a second, until the reader leaves.

    `AppError unavailable` once a stop was asked for.
    """
    event_id = (await find_event_row(call.services, call.slug)).id
    if call.services.readiness.is_stopping:
        # A stream that ended at once would be asked for anew twice a second. At this a proxy asks another
        # server; our page, whose EventSource gives up, tries again by itself, more and more seldom.
        raise AppError("unavailable", f"No stream begins here: {STOPPING}.")
    response, board = await begin_stream(call.request)
    if board is None:
        return response
    try:
        async with call.services.live.subscribe(event_id, board):
            while not await board.ends_within(QUIET_SECONDS):
                note_call(call.services, call.actor)
                board.reassure(QUIET_SECONDS)
                if not await _may_still_look(call):
                    break
    finally:
        if board.was_cut_off:
            call.request.app[METRICS].boards_cut_off.n += 1
    return response


async def _may_still_look(call: Call[None]) -> bool:
    """Whether a device has not been revoked since; tokens are few and outlive a stream."""
    token = call.request.get(DEVICE_TOKEN)
    if token is None or who_is(call.actor) not in DEVICES:
        return True
    try:
        return await authenticate_device(call.services, token) is not None
    except AppError as problem:
        if problem.code != "unavailable":
            raise
        return True  # for now: nobody can tell, and a board keeps its last frame
