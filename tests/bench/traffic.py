"""What devices send on a day, as bytes ready to be sent.

Owns the mix of scans, six a person: arrival at a kiosk (`checked_in`, the next time `returned`), in at their
own room's door (`entered`), the badge held up again (`already_inside`), another room's door (`wrong_room`),
out again (`exited`), and leaving (`left_venue`); then the same people come again.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import count, cycle, islice
from random import getrandbits
from uuid import UUID

from tests.bench.venue import Guest, Seeded

AT_ONCE = 512
"""So many people are at the same step: more than there are connections, so that nobody is in two places."""

STEPS = ("kiosk", "in", "again", "elsewhere", "out", "leave")

_DIRECTIONS = {"in": "in", "again": "auto", "elsewhere": "auto", "out": "out"}
_RUN = getrandbits(64)
_numbers = count(1)

Fields = dict[str, object]


def scans(seeded: Seeded) -> Iterator[bytes]:
    """Requests of one scan each, for ever."""
    for device, scan in _day(seeded, STEPS, seeded.kiosks):
        yield _request("/api/v1/scans", device, scan)


def batches(seeded: Seeded, size: int) -> Iterator[bytes]:
    """Requests of `size` scans of one kiosk each, for ever: what waited for a network."""
    day = _day(seeded, ("kiosk", "leave"), seeded.kiosks[:1])
    while True:
        items = list(islice(day, size))
        yield _request("/api/v1/scans/batch", items[0][0], {"scans": [scan for _, scan in items]})


def bare() -> Iterator[bytes]:
    """Requests to the bare server, of the same length."""
    while True:
        yield _request("/api/v1/scans", "cd_" + "x" * 43, _scan("BBBBBBBBBBBBBBBBBBBBBBBBBBBB", "auto"))


def _day(seeded: Seeded, steps: tuple[str, ...], kiosks: Sequence[str]) -> Iterator[tuple[str, Fields]]:
    people = cycle([guest for guest in seeded.guests if guest.room is not None])
    while True:
        some = list(islice(people, AT_ONCE))
        for step in steps:
            for number, guest in enumerate(some):
                yield _step(step, guest, seeded, kiosks[number % len(kiosks)])


def _step(step: str, guest: Guest, seeded: Seeded, kiosk: str) -> tuple[str, Fields]:
    if step in ("kiosk", "leave"):
        return kiosk, _scan(guest.credential, "out" if step == "leave" else "auto")
    rooms = list(seeded.doors)
    place = rooms.index(guest.room or "") + (step == "elsewhere")
    return seeded.doors[rooms[place % len(rooms)]], _scan(guest.credential, _DIRECTIONS[step])


def _scan(credential: str, direction: str) -> Fields:
    return {
        "scan_id": str(UUID(int=next(_numbers) << 64 | _RUN)),
        "credential": credential,
        "direction": direction,
    }


def _request(path: str, device: str, body: Fields) -> bytes:
    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {device}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data
