"""What devices send on a day, as bytes ready to be sent.

Owns the mix of scans, six a person: arrival at a kiosk (`checked_in`, the next time `returned`), in at their
own room's door (`entered`), the badge held up again (`already_inside`), another room's door (`wrong_room`),
out again (`exited`), and leaving (`left_venue`); then the same people come again.
"""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count, cycle, islice, repeat
from random import getrandbits
from uuid import UUID

from tests.bench.venue import Guest, Seeded

AT_ONCE = 512
"""So many people are at the same step: more than there are connections, so that nobody is in two places."""

STEPS = ("kiosk", "in", "again", "elsewhere", "out", "leave")

FIRST_READY = 5_000

_DIRECTIONS = {"in": "in", "again": "auto", "elsewhere": "auto", "out": "out"}
_RUN = getrandbits(64)
_numbers = count(1)

Fields = dict[str, object]


class Requests(Iterator[bytes]):
    """Requests for ever. The client shares the processors with what is measured, so it sends what was made
    before: as many as were taken the last time.
    """

    def __init__(self, made: Iterator[bytes]) -> None:
        self._made = made
        self._ready: deque[bytes] = deque()
        self._taken = FIRST_READY

    def make_ready(self) -> None:
        """Makes a quarter more than were taken since the last time."""
        wanted, self._taken = round(1.25 * self._taken), 0
        self._ready.extend(islice(self._made, max(0, wanted - len(self._ready))))

    def __next__(self) -> bytes:
        self._taken += 1
        return self._ready.popleft() if self._ready else next(self._made)


def scans(seeded: Seeded) -> Requests:
    """Requests of one scan each."""
    return Requests(
        _request("/api/v1/scans", device, scan) for device, scan in _day(seeded, STEPS, seeded.kiosks)
    )


def batches(seeded: Seeded, size: int) -> Requests:
    """Requests of `size` scans of one kiosk each: what waited for a network."""
    return Requests(_batches(_day(seeded, ("kiosk", "leave"), seeded.kiosks[:1]), size))


def bare() -> Requests:
    """Requests to the bare server, of the same length."""
    token, badge = "cd_" + "x" * 43, "B" * 28
    return Requests(_request("/api/v1/scans", token, _scan(badge, "auto")) for _ in repeat(None))


def _batches(day: Iterator[tuple[str, Fields]], size: int) -> Iterator[bytes]:
    while True:
        items = list(islice(day, size))
        yield _request("/api/v1/scans/batch", items[0][0], {"scans": [scan for _, scan in items]})


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
