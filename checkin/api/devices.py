"""Devices on the wire: adding, pairing, revoking."""

from aiohttp import web

from checkin.api import wire_devices
from checkin.api.auth import KNOWN, set_device_cookie
from checkin.api.call import Call
from checkin.api.server import json_response
from checkin.domain.instants import to_datetime
from checkin.domain.model import DeviceId, Role
from checkin.service import devices as service


async def post_device(call: Call[wire_devices.NewDevice]) -> wire_devices.DevicePairing:
    """Adds a device and gives its first code."""
    body = call.body
    made = await service.add_device(
        call.services, call.slug, body.name, Role(body.role), body.room, call.actor
    )
    return wire_devices.DevicePairing(device_id=str(made.device_id), pairing_code=made.code)


async def post_pairing(call: Call[None]) -> wire_devices.DevicePairing:
    """A new code for a device; its old token ends when the code is used."""
    device_id = DeviceId(call.id_of("device_id"))
    made = await service.new_pairing(call.services, device_id, call.slug, call.actor)
    return wire_devices.DevicePairing(device_id=str(made.device_id), pairing_code=made.code)


async def delete_device(call: Call[None]) -> wire_devices.RevokedDevice:
    """Ends a device; again: the same."""
    device_id = DeviceId(call.id_of("device_id"))
    revoked = await service.revoke_device(call.services, device_id, call.slug, call.actor)
    call.request.app[KNOWN].forget()
    revoked_at = call.services.clock.now() if revoked.revoked_at is None else revoked.revoked_at
    return wire_devices.RevokedDevice(device_id=str(revoked.id), revoked_at=to_datetime(revoked_at))


async def post_pair(call: Call[wire_devices.Pair]) -> web.Response:
    """Uses a code up; the token is set as a cookie too, for pages."""
    request = call.request
    paired = await service.pair(call.services, call.body.pairing_code, guesser=request.remote or "")
    request.app[KNOWN].forget()
    device = paired.device
    answer = wire_devices.Paired(
        token=paired.token,
        device_id=str(device.id),
        name=device.name,
        role=device.role.value,
        event=device.event,
        room=device.room,
    )
    response = json_response(answer)
    set_device_cookie(response, request, answer.device_id, paired.token)
    return response
