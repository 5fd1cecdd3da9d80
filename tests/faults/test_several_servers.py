"""Two servers on one database, as two hosts would have: what is true at one is true at the other."""

import asyncio
import json
import shutil
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from badges.keys import create_keys
from checkin.app import open_services
from checkin.demo import read_conference
from checkin.domain.instants import to_instant
from tests.faults.town import (
    EVENT,
    PATIENCE_SECONDS,
    SLUG,
    Screen,
    Serving,
    Town,
    calling,
    run_server,
    serving,
    until,
    watching,
)

MORNING = ("--clock", "2027-01-26T07:45:00-07:00")
SECOND_SLOT = ("--clock", "2027-01-26T11:12:30-07:00")
AFTER_IT = datetime.fromisoformat("2027-01-26T11:15:01-07:00")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, wholly read."""

    status: int
    headers: Any
    json: Any


@dataclass(frozen=True, slots=True)
class Pair:
    """Two servers, and whoever calls them."""

    town: Town
    servers: tuple[Serving, Serving]
    session: ClientSession

    async def call(self, server: int, method: str, path: str, token: str = "", **body: Any) -> Answer:
        """A call of the first (0) or the second (1) server; headers by `headers`."""
        headers = dict(body.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        url = self.servers[server].url + path
        async with self.session.request(method, url, json=body or None, headers=headers) as answer:
            text = await answer.text()
            return Answer(answer.status, answer.headers, json.loads(text) if text else None)

    async def organize(self, server: int, method: str, path: str, **body: Any) -> Answer:
        """The same by an organizer, below the event's address."""
        return await self.call(server, method, EVENT + path, self.town.organizer, **body)

    async def scan(self, server: int, token: str, badge: int = 0) -> Answer:
        """Somebody's arrival."""
        body = {"scan_id": str(uuid.uuid4()), "credential": self.town.badges[badge]}
        return await self.call(server, "POST", "/api/v1/scans", token, **body)

    async def both(self, method: str, path: str, **body: Any) -> list[Answer]:
        """The same of an organizer at both servers at once, several times."""
        calls = [self.organize(n % 2, method, path, **body) for n in range(6)]
        return await asyncio.gather(*calls)

    def complaints(self) -> str:
        """What the servers' logs say at the level of errors."""
        lines = [line for one in self.servers for line in one.told().splitlines()]
        return "\n".join(line for line in lines if "level=error" in line or "Traceback" in line)


@pytest.fixture
async def pair(town: Town, request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    """Two servers at 07:45, or at the test's own time."""
    clock = getattr(request, "param", MORNING)
    async with (
        serving(town, *clock, name="first") as first,
        serving(town, name="second") as second,
        calling() as session,
    ):
        made = Pair(town, (first, second), session)
        yield made
        assert made.complaints() == ""


async def test_a_revoked_device_is_refused_everywhere_from_its_next_call_on(pair: Pair) -> None:
    kiosk, other = pair.town.kiosks[:2]
    for server in (0, 1):
        for token in (kiosk, other):
            assert (await pair.scan(server, token)).status == 200
    assert (await pair.organize(0, "DELETE", f"/devices/{_id_of(kiosk)}")).status == 200
    assert (await pair.scan(1, kiosk)).status == 401
    assert (await pair.call(1, "GET", EVENT, kiosk)).status == 401
    assert (await pair.scan(1, other)).status == 200


async def test_a_device_paired_anew_speaks_by_its_new_token_alone(pair: Pair) -> None:
    kiosk = pair.town.kiosks[0]
    assert (await pair.scan(1, kiosk)).status == 200
    code = (await pair.organize(0, "POST", f"/devices/{_id_of(kiosk)}/pairing")).json["pairing_code"]
    fresh = (await pair.call(0, "POST", "/api/v1/pair", pairing_code=code)).json["token"]
    assert (await pair.scan(1, kiosk)).status == 401
    assert (await pair.scan(1, fresh)).status == 200


def _id_of(token: str) -> str:
    return token.split("_")[1]


async def test_guesses_at_one_server_count_at_the_other(pair: Pair) -> None:
    async def guess(server: int) -> int:
        return (await pair.call(server, "POST", "/api/v1/pair", pairing_code="AAAA-AAAA")).status

    statuses = await asyncio.gather(*(guess(n % 2) for n in range(24)))
    assert statuses.count(404) + statuses.count(429) == 24
    assert 5 <= statuses.count(404) <= 7, "five are free, and a wait may have passed meanwhile"
    assert set(await asyncio.gather(guess(0), guess(1))) == {429}


async def test_a_registration_sent_to_both_is_made_once(pair: Pair) -> None:
    person = {"first_name": "Eva", "last_name": "Lopez", "discipline": ["law"]}
    key = {"Idempotency-Key": "the-same"}
    answers = await pair.both("POST", "/registrations", headers=key, **person)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["number"] for answer in answers}) == 1
    assert await pair.town.rows("SELECT count(*) FROM attendee WHERE last_name = 'Lopez'") == [(1,)]


async def test_plans_at_both_at_once_end_as_one(pair: Pair) -> None:
    answers = await asyncio.gather(*(pair.organize(n, "POST", "/plan", dry_run=False) for n in (0, 1)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["placed"] for answer in answers}) == 1
    assert await pair.town.differences() == []
    assert (await pair.organize(0, "POST", "/plan", dry_run=False)).json["moved"] == 0


async def test_an_event_loaded_at_both_at_once_is_there_once(pair: Pair) -> None:
    text = read_conference().replace(f'slug = "{SLUG}"', 'slug = "again"')

    async def load(server: int) -> int:
        url = f"{pair.servers[server].url}/api/v1/events/again"
        headers = {"Authorization": f"Bearer {pair.town.organizer}", "Content-Type": "application/toml"}
        async with pair.session.put(url, data=text.encode(), headers=headers) as answer:
            return answer.status

    assert set(await asyncio.gather(*(load(n % 2) for n in range(6)))) == {200}
    assert await pair.town.rows("SELECT count(*) FROM event WHERE slug = 'again'") == [(1,)]


async def test_a_rehearsal_begun_at_one_is_the_others_too(pair: Pair) -> None:
    later = datetime.fromisoformat("2027-01-26T13:00:00-07:00")
    async with serving(pair.town, "--clock", later.isoformat(), name="third"):
        shown: list[datetime] = []

        async def look() -> None:
            for server in cycle((0, 1)):
                answer = await pair.call(server, "GET", f"{EVENT}/public")
                shown.append(datetime.fromisoformat(answer.headers["Checkin-Time"]))
                await asyncio.sleep(0.05)

        looking = asyncio.create_task(look())
        await until(lambda: len(shown) > 1 and min(shown[-2:]) >= later)
        looking.cancel()
        assert min(shown[-2:]) >= later


@pytest.mark.parametrize("pair", [SECOND_SLOT], indirect=True)
async def test_what_is_due_by_the_clock_is_done_once(pair: Pair) -> None:
    async def ended() -> dict[str, int]:
        rows = await pair.town.rows("SELECT session, recorded_at FROM closing")
        return dict(rows)

    async def version() -> int:
        return int((await pair.town.rows("SELECT version FROM event_state"))[0][0])

    screens = [Screen(pair.session, pair.town, [one.url]) for one in pair.servers]
    async with watching(screens):
        # What the night left is done by whichever server came first; the second slot ends before our eyes.
        before, stood = await ended(), await version()
        assert "warning-signs" in before
        assert "undercover-1" not in before
        async with open_services(pair.town.settings, to_instant(AFTER_IT)):
            pass
        await asyncio.sleep(4)  # time enough for both to look several times
        after = await ended()
        assert "undercover-1" in after
        assert after | before == after
        assert await version() == stood + 1
    released = await pair.town.rows("SELECT slot, count(*) FROM release GROUP BY slot")
    assert {count for _, count in released} == {1}
    assert await pair.town.differences() == []


async def test_a_server_with_another_secret_file_is_refused(town: Town, tmp_path: Path) -> None:
    async with serving(town, *MORNING):
        other = tmp_path / "other"
        other.mkdir()
        create_keys(other / "checkin.secret")
        held = (town.organizer, town.kiosks, town.display, town.badges)
        stranger = Town(town.database, other, *held)
        process = await run_server(stranger, other / "log")
        assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == 1
        complaint = (other / "log").read_text()
        assert "is not the secret file of this database's badges" in complaint
        assert "Traceback" not in complaint
        shutil.copy2(town.settings.secret_file, stranger.settings.secret_file)
        async with serving(stranger, name="second"):
            pass
