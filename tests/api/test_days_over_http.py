"""Any short day over HTTP: retries change nothing, nobody is counted twice, log and state agree."""

import asyncio
import tempfile
import uuid
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkin.domain.model import Role
from checkin.service.verify import verify
from tests.api.hall import Furnished, Hall, People, at, furnished_on, open_hall, paired
from tests.databases import Engine, Template

NOW = datetime.fromisoformat("2027-01-26T10:20:00-07:00")
STARTED = at("10:20")

scans = st.tuples(
    st.just("scan"),
    st.sampled_from(["kiosk", "b204", "b204 again", "a101"]),
    st.sampled_from(["Ana", "Ben", "Maria"]),
    st.sampled_from(["auto", "in", "out"]),
    st.sampled_from([None, None, 1, 50, 150]),  # minutes that a late scan is old
    st.booleans(),  # let in anyway
)
repeats = st.tuples(st.just("repeat"), st.integers(0, 30))
undone = st.tuples(st.just("undo"), st.integers(0, 30))
counts = st.tuples(st.just("count"), st.sampled_from(["b204", "a101"]), st.integers(0, 5))
days = st.lists(st.one_of(scans, scans, scans, repeats, undone, counts), min_size=6, max_size=14)


class Player:
    """Does the steps of a day and remembers what was answered."""

    def __init__(self, hall: Hall, tokens: dict[str, str]) -> None:
        self.hall = hall
        self.tokens = tokens
        self.sent: list[tuple[str, dict[str, Any], tuple[str, str, str]]] = []

    async def do(self, step: tuple[Any, ...]) -> None:
        """One step, and what must hold of its answer."""
        match step:
            case ("scan", place, name, direction, age, is_let_in):
                await self.scan(place, name, direction, age, is_let_in)
            case ("repeat", which) if self.sent:
                token, body, told = self.sent[which % len(self.sent)]
                assert await self.post(token, body) == told
            case ("undo", which) if self.sent:
                _, body, _ = self.sent[which % len(self.sent)]
                answer = await self.hall.call(
                    "POST", f"/api/v1/scans/{body['scan_id']}/undo", self.hall.people.organizer
                )
                assert answer.status in (200, 409)  # of a refused scan there is nothing to take back
            case ("count", room, counted):
                answer = await self.hall.organize("POST", f"/rooms/{room}/headcount", {"counted": counted})
                assert (answer.status, answer.json["headcount"]) == (200, counted)

    async def scan(self, place: str, name: str, direction: str, age: int | None, is_let_in: bool) -> None:
        body: dict[str, Any] = {
            "scan_id": str(uuid.uuid4()),
            "credential": self.hall.people.letters[name],
            "direction": direction,
        }
        if age is not None:
            scanned_at = NOW - timedelta(minutes=age)
            body |= {"offline": True, "scanned_at": scanned_at.isoformat(), "sent_at": NOW.isoformat()}
        if is_let_in and place != "kiosk":
            body["override"] = {"reason": "asked", "by": "Tests"}
        told = await self.post(self.tokens[place], body)
        self.sent.append((self.tokens[place], body, told))

    async def post(self, token: str, body: dict[str, Any]) -> tuple[str, str, str]:
        answer = await self.hall.call("POST", "/api/v1/scans", token, body)
        assert answer.status == 200, answer.body
        return answer.json["verdict"], answer.json["reason"], answer.json["recorded_at"]

    async def check(self) -> None:
        """What boards and lists say, and what the log makes of it."""
        frame = (await self.hall.organize("GET", "/occupancy")).json
        rooms = {room["code"]: room for room in frame["rooms"]}
        assert all(room["headcount"] >= 0 for room in rooms.values())
        inside = Counter({code: room["headcount"] - room["adjustment"] for code, room in rooms.items()})
        assert sum(inside.values()) <= frame["on_site"] <= len(self.hall.people.letters)
        assert await verify(self.hall.services.db) == []


async def play(furnished: Furnished, day: list[tuple[Any, ...]]) -> int:
    """The day in a hall of its own; gives how many steps were checked, which is after each."""
    checked = 0
    async with open_hall(furnished, STARTED) as hall:
        tokens = {"kiosk": hall.people.kiosk, "b204": hall.people.door}
        for name in ("b204 again", "a101"):
            tokens[name] = await paired(hall.services, name, Role.DOOR, name.split(" ")[0])
        player = Player(hall, tokens)
        for step in day:
            await player.do(step)
            await player.check()
            checked += 1
    return checked


@settings(
    max_examples=15,
    deadline=None,
    # An engine is the same for all days of a test; each day has a database of its own.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(day=days)
def test_any_day_over_http_adds_up(
    engine: Engine, template: Template[People], day: list[tuple[Any, ...]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, furnished_on(engine, template, Path(folder)) as furnished:
        checked = asyncio.run(play(furnished, day))
    assert checked == len(day)
