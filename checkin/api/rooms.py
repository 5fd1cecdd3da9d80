"""Rooms on the wire: an usher's count."""

from checkin.api.call import Call
from checkin.api.problems import forbidden
from checkin.api.wire_devices import Count, CountedRoom
from checkin.service import rooms as service


async def post_headcount(call: Call[Count]) -> CountedRoom:
    """Takes a count as true at this moment. A door counts its own room only."""
    room = call.request.match_info["room"]
    device = call.actor.device
    if device is not None and device.room != room:
        raise forbidden("A door counts its own room only.")
    made = await service.count_room(call.services, call.slug, room, call.body.counted, call.actor)
    return CountedRoom(
        room=made.room, headcount=made.headcount.headcount, adjustment=made.headcount.adjustment
    )
