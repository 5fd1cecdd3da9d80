"""The calls of devices and of what is done with rooms. Continues `routes`, with the same rules."""

from checkin.api import devices, rooms, wire_devices
from checkin.api.call import ANYONE, ORGANIZER, Route, Who
from checkin.api.server import PREFIX

_EVENT = PREFIX + "/events/{slug}"
_DEVICE = _EVENT + "/devices/{device_id}"

_devices = (
    Route(
        method="POST",
        path=_EVENT + "/devices",
        name="add_device",
        summary="Add a device; its code works once, for 15 minutes",
        handler=devices.post_device,
        who=ORGANIZER,
        body=wire_devices.NewDevice,
        answer=wire_devices.DevicePairing,
        status=201,
    ),
    Route(
        method="POST",
        path=_DEVICE + "/pairing",
        name="new_pairing",
        summary="A new code; the old token ends when it is used",
        handler=devices.post_pairing,
        who=ORGANIZER,
        answer=wire_devices.DevicePairing,
        codes=("conflict",),
    ),
    Route(
        method="DELETE",
        path=_DEVICE,
        name="revoke_device",
        summary="Revoke a device: 401 from its next call on",
        handler=devices.delete_device,
        who=ORGANIZER,
        answer=wire_devices.RevokedDevice,
    ),
    Route(
        method="POST",
        path=PREFIX + "/pair",
        name="pair",
        summary="Use a pairing code",
        handler=devices.post_pair,
        who=ANYONE,
        body=wire_devices.Pair,
        answer=wire_devices.Paired,
        codes=("pairing_code_invalid", "too_many_requests"),
    ),
)

_rooms = (
    Route(
        method="POST",
        path=_EVENT + "/rooms/{room}/headcount",
        name="count_room",
        summary="An usher's count: true at its moment, carried on by entries and exits",
        handler=rooms.post_headcount,
        who=ORGANIZER | {Who.DOOR},
        body=wire_devices.Count,
        answer=wire_devices.CountedRoom,
    ),
)

DEVICES_AND_ROOMS = (*_devices, *_rooms)
