"""Counts over HTTP, once and as a stream."""

import asyncio
from typing import Any

import msgspec
import pytest
from aiohttp import ClientResponse, web

from checkin.api import occupancy
from tests.api.hall import EVENT, Hall

PATIENCE = 5.0


async def next_event(response: ClientResponse) -> dict[str, str]:
    """The next event's fields; a comment under the key `comment`."""
    found: dict[str, str] = {}
    while True:
        line = (await asyncio.wait_for(response.content.readline(), PATIENCE)).decode()
        assert line, "the stream has ended"
        if line == "\n":
            return found
        name, _, value = line.rstrip("\n").partition(": ")
        found[name or "comment"] = value


async def test_counts_rise_with_a_check_in(hall: Hall) -> None:
    before = (await hall.organize("GET", "/occupancy")).json
    assert (before["registered"], before["checked_in"], before["on_site"]) == (4, 0, 0)
    await hall.scan("Ana")
    after = (await hall.call("GET", EVENT + "/occupancy", hall.people.display)).json
    assert (after["checked_in"], after["on_site"]) == (1, 1)
    assert after["version"] > before["version"]
    assert after["disciplines"] == [], "four people are too few to be told by discipline"
    rooms = {one["code"]: one for one in after["rooms"]}
    assert rooms["sandia"]["headcount"] == 0
    assert rooms["sandia"]["state"] == "open"


async def test_the_stream_gives_the_counts_at_once_and_after_each_change(hall: Hall) -> None:
    headers = {"Authorization": f"Bearer {hall.people.display}"}
    async with hall.session.get(hall.url + EVENT + "/occupancy/stream", headers=headers) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
        first = await next_event(response)
        assert first["event"] == "occupancy"
        frame: Any = msgspec.json.decode(first["data"])
        assert str(frame["version"]) == first["id"]
        assert frame["checked_in"] == 0
        loop = asyncio.get_running_loop()
        started = loop.time()
        await hall.scan("Ana")
        second = await next_event(response)
        assert msgspec.json.decode(second["data"])["checked_in"] == 1
        assert loop.time() - started < 1.0
        snapshot = (await hall.organize("GET", "/occupancy")).json
        assert snapshot | {"at": ""} == msgspec.json.decode(second["data"]) | {"at": ""}


async def test_at_most_four_frames_a_second(hall: Hall) -> None:
    headers = {"Authorization": f"Bearer {hall.people.display}"}
    async with hall.session.get(hall.url + EVENT + "/occupancy/stream", headers=headers) as response:
        loop = asyncio.get_running_loop()
        started = loop.time()
        frames = 0
        for _ in range(20):
            await hall.scan("Ana")
        while True:
            frame = await next_event(response)
            frames += 1
            latest = (await hall.organize("GET", "/occupancy")).json["version"]
            if frame["id"] == str(latest):
                break
        assert frames <= 2 + 4 * (loop.time() - started)


async def test_a_quiet_stream_says_that_it_stands(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occupancy, "QUIET_SECONDS", 0.2)
    headers = {"Authorization": f"Bearer {hall.people.display}"}
    async with hall.session.get(hall.url + EVENT + "/occupancy/stream", headers=headers) as response:
        await next_event(response)
        assert "comment" in await next_event(response)


async def test_the_stream_of_a_revoked_device_ends(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occupancy, "QUIET_SECONDS", 0.2)
    headers = {"Authorization": f"Bearer {hall.people.display}"}
    async with hall.session.get(hall.url + EVENT + "/occupancy/stream", headers=headers) as response:
        await next_event(response)
        device = hall.people.display.split("_")[1]
        assert (await hall.organize("DELETE", f"/devices/{device}")).status == 200
        await asyncio.wait_for(response.read(), PATIENCE)


async def test_a_browser_names_its_device_in_the_streams_query(hall: Hall) -> None:
    token = hall.people.display
    device = token.split("_")[1]
    headers = {"Cookie": f"checkin_device_{device}={token}"}
    path = hall.url + EVENT + "/occupancy/stream"
    async with hall.session.get(f"{path}?device={device}", headers=headers) as response:
        assert response.status == 200
        assert (await next_event(response))["event"] == "occupancy"
    async with hall.session.get(path, headers=headers) as response:
        assert response.status == 401
    nowhere_else = await hall.call("GET", f"{EVENT}?device={device}", **headers)
    assert nowhere_else.status == 401


async def test_streams_end_when_the_server_stops(hall: Hall) -> None:
    headers = {"Authorization": f"Bearer {hall.people.display}"}
    async with hall.session.get(hall.url + EVENT + "/occupancy/stream", headers=headers) as response:
        await next_event(response)
        await hall.app.shutdown()
        await asyncio.wait_for(response.read(), PATIENCE)
    assert isinstance(hall.app, web.Application)
