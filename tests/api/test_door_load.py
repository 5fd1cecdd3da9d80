"""Forty doors at the end of a session: retries, late batches, wrong clocks; log and state agree."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from checkin.domain.instants import SECOND, Instant
from checkin.domain.model import Role
from checkin.service.attendees import import_attendees, list_attendees
from checkin.service.credentials import letters_of
from checkin.service.services import Services
from checkin.service.verify import verify
from checkin.store.attendees import find_by_number
from checkin.store.events import get_event
from tests.api.hall import EVENT, SLUG, Furnished, Hall, at, open_hall, paired
from tests.clockwork import catch_up

DOORS, SCANS, PERSONS = 40, 50, 300
RETRIED, LATE, WRONG = 0.2, 0.1, 0.05
NOW = datetime.fromisoformat("2027-01-26T11:15:00-07:00")


@dataclass
class Door:
    """A phone at a door, with its clock off by `wrong`."""

    token: str
    room: str
    wrong: timedelta
    live: list[dict[str, Any]] = field(default_factory=list)
    late: list[dict[str, Any]] = field(default_factory=list)


async def test_verify_finds_nothing_after_forty_doors_at_once(furnished: Furnished) -> None:
    dice = random.Random(4)
    # The second slot ends while the doors are scanning.
    async with open_hall(furnished, Instant(at("11:15") - 2 * SECOND)) as hall:
        badges = await _register(hall.services)
        doors = await _doors(hall.services, dice)
        for door in doors:
            _fill(door, badges, dice)
        answers = await asyncio.gather(*(one for door in doors for one in _calls(hall, door, dice)))
        first: dict[str, tuple[str, str, str]] = {}
        for answer in (one for some in answers for one in some):
            told = (answer["verdict"], answer["reason"], answer["recorded_at"])
            assert first.setdefault(answer["scan_id"], told) == told
        assert len(first) == DOORS * SCANS
        assert await verify(hall.services.db) == []
        await _end_the_session(hall)
        assert await verify(hall.services.db) == []
        frame = (await hall.organize("GET", "/occupancy")).json
        assert all(room["headcount"] >= 0 for room in frame["rooms"])
        reasons = Counter(reason for _, reason, _ in first.values())
        assert reasons["entered"] > 0
        assert reasons["exited"] > 0


async def _register(services: Services) -> list[str]:
    codes = cycle(["law", "medical", "social", "counseling", "other"])
    lines = [f"P{n},Load,{code},p{n}@example.org" for n, code in zip(range(PERSONS), codes, strict=False)]
    table = "\n".join(["first_name,last_name,discipline,email", *lines])
    assert (await import_attendees(services, SLUG, table.encode())).created == PERSONS
    page = await list_attendees(services, SLUG, query="Load", limit=PERSONS)

    def letters(connection: Any) -> list[str]:
        event = get_event(connection, SLUG)
        found = [find_by_number(connection, event.id, item.number) for item in page.items]
        return [letters_of(connection, services, event, row) for row in found if row is not None]

    return await services.db.read(letters)


async def _doors(services: Services, dice: random.Random) -> list[Door]:
    agenda = (await services.db.read(lambda connection: get_event(connection, SLUG))).agenda
    rooms = cycle(room.code for room in agenda.rooms)
    wrong = set(dice.sample(range(DOORS), int(DOORS * WRONG)))
    return [
        Door(
            await paired(services, f"Door {n}", Role.DOOR, room := next(rooms)),
            room,
            timedelta(hours=dice.choice((-3, 3)) if n in wrong else 0),
        )
        for n in range(DOORS)
    ]


def _fill(door: Door, badges: list[str], dice: random.Random) -> None:
    for n in range(SCANS):
        is_late = n < SCANS * LATE
        age = timedelta(seconds=dice.randint(0, 7200) if is_late else 0)
        scan: dict[str, Any] = {
            "scan_id": str(uuid.UUID(int=dice.getrandbits(128))),
            "credential": dice.choice(badges),
            "direction": dice.choice(("auto", "auto", "in", "out")),
            "scanned_at": (NOW + door.wrong - age).isoformat(),
        }
        if dice.random() < 0.3:
            scan["override"] = {"reason": "load", "by": "Tests"}
        if is_late:
            scan["offline"] = True
        (door.late if is_late else door.live).append(scan)


def _calls(hall: Hall, door: Door, dice: random.Random) -> Iterator[Any]:
    """What this door sends, all at once: each scan by itself, the late ones together, some of them again."""
    again = [one for one in door.live if dice.random() < RETRIED]
    everything = [*door.live, *again]
    dice.shuffle(everything)
    yield from (_single(hall, door, one) for one in everything)
    yield _batch(hall, door)
    if dice.random() < RETRIED:
        yield _batch(hall, door)
    if dice.random() < RETRIED:
        yield _count(hall, door, dice.randint(0, 30))


async def _single(hall: Hall, door: Door, scan: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await hall.call("POST", "/api/v1/scans", door.token, scan)
    assert answer.status == 200, answer.body
    return [answer.json]


async def _batch(hall: Hall, door: Door) -> list[dict[str, Any]]:
    body = {"scans": door.late, "sent_at": (NOW + door.wrong).isoformat()}
    answer = await hall.call("POST", "/api/v1/scans/batch", door.token, body)
    assert answer.status == 200, answer.body
    return list(answer.json["results"])


async def _count(hall: Hall, door: Door, counted: int) -> list[dict[str, Any]]:
    path = f"{EVENT}/rooms/{door.room}/headcount"
    assert (await hall.call("POST", path, door.token, {"counted": counted})).status == 200
    return []


async def _end_the_session(hall: Hall) -> None:
    clock = hall.services.clock
    await asyncio.sleep(max(0, at("11:15") - clock.now()) / SECOND)
    await catch_up(hall.services.db, clock)
