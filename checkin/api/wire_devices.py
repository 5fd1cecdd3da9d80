"""The shapes of devices: adding, pairing, revoking, and an usher's count. Continues `wire`."""

from typing import Annotated

from msgspec import Meta

from checkin.api.wire import Answer, Request, RoleName, Time


class NewDevice(Request):
    """A tablet to be paired; `room` for doors only."""

    name: Annotated[str, Meta(max_length=100)]
    role: RoleName
    room: str | None = None


class DevicePairing(Answer):
    """A code that pairs the device, once, within 15 minutes."""

    device_id: str
    pairing_code: str


class RevokedDevice(Answer):
    """The device is refused from its next call on."""

    device_id: str
    revoked_at: Time


class Pair(Request):
    """The code that was shown or printed; case, spaces and the hyphen don't matter."""

    pairing_code: Annotated[str, Meta(max_length=64)]


class Paired(Answer):
    """The device's token, which is also set as a cookie."""

    token: str
    device_id: str
    name: str
    role: RoleName
    event: str
    room: str | None


class Count(Request):
    """How many people an usher counted in a room."""

    counted: Annotated[int, Meta(ge=0, le=100_000)]


class CountedRoom(Answer):
    """A room after a count; `adjustment` is what it adds to the people scanned in."""

    room: str
    headcount: int
    adjustment: int
