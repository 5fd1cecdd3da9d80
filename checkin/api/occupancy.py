"""Counts on the wire: once, and as a stream of server-sent events.

Owns the stream's form and its patience with slow readers. Must not make frames: `live` gives them encoded.
"""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any

from aiohttp import web

from checkin.api.auth import DEVICE_TOKEN, note_call, who_is
from checkin.api.bodies import instant
from checkin.api.call import DEVICES, STAFF, Call
from checkin.api.problems import forbidden
from checkin.live import Board, BoardDroppedError, Frame
from checkin.service import occupancy as service
from checkin.service.devices import authenticate_device
from checkin.service.events import find_event_row
from checkin.service.history import occupancy_at

QUIET_SECONDS = 15.0
"""A comment after so long without a change tells both ends that the connection stands."""

WRITE_SECONDS = 10.0
"""A board that takes nothing for so long is cut off."""

_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


async def get_occupancy(call: Call[None]) -> Mapping[str, Any]:
    """The counts as they are now; for organizers and staff also as they were."""
    at = instant(call.request, "at")
    if at is not None:
        if who_is(call.actor) not in STAFF:
            raise forbidden("The past is for: organizer, staff.")
        return await occupancy_at(call.services, call.slug, at)
    return await service.occupancy(call.services, call.slug)


async def stream_occupancy(call: Call[None]) -> web.StreamResponse:
    """The counts now and after every change, at most four times a second, until the reader leaves."""
    event_id = (await find_event_row(call.services, call.slug)).id
    response = web.StreamResponse(headers=_HEADERS)
    await response.prepare(call.request)
    async with call.services.live.subscribe(event_id) as board:
        try:
            await _send_all(call, board, response)
        except (BoardDroppedError, ConnectionError):
            pass
        except TimeoutError:
            if call.request.transport is not None:
                call.request.transport.abort()
    return response


async def _send_all(call: Call[None], board: Board, response: web.StreamResponse) -> None:
    checked_at = monotonic()
    while True:
        note_call(call.services, call.actor)
        frame = await board.next_frame(QUIET_SECONDS)
        async with asyncio.timeout(WRITE_SECONDS):
            await response.write(b": quiet\n\n" if frame is None else event_of(frame))
        if monotonic() - checked_at >= QUIET_SECONDS:
            checked_at = monotonic()
            if not await _may_still_look(call):
                return


def event_of(frame: Frame) -> bytes:
    """A frame as an event; its JSON has no line break."""
    return b"event: occupancy\nid: %d\ndata: %b\n\n" % (frame.version, frame.data)


async def _may_still_look(call: Call[None]) -> bool:
    """Whether a device has not been revoked since; tokens are few and outlive a stream."""
    token = call.request.get(DEVICE_TOKEN)
    if token is None or who_is(call.actor) not in DEVICES:
        return True
    return await authenticate_device(call.services, token) is not None
