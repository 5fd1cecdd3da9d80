"""Counts over HTTP, once and as a stream."""

import asyncio
from typing import Any

import msgspec
import pytest
from aiohttp import ClientResponse, web

from checkin.api import board_stream, occupancy
from checkin.domain.errors import AppError
from checkin.live import Frame
from checkin.store.events import get_event
from tests.api.hall import EVENT, SLUG, Hall

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


@pytest.mark.parametrize("problem", [AppError("unavailable", "the disk is full"), RuntimeError("a bug")])
async def test_a_stream_goes_on_while_nobody_can_tell_and_is_never_answered_twice(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    asked = 0

    async def fails(*_given: object) -> None:
        nonlocal asked
        asked += 1
        raise problem

    monkeypatch.setattr(occupancy, "QUIET_SECONDS", 0.1)
    monkeypatch.setattr(occupancy, "authenticate_device", fails)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(hall.url.rpartition(":")[2]))
    head = f"GET {EVENT}/occupancy/stream HTTP/1.1\r\nHost: x\r\n"
    writer.write(f"{head}Authorization: Bearer {hall.people.display}\r\n\r\n".encode())
    came = b""
    async with asyncio.timeout(PATIENCE):
        while asked < 3 and (some := await reader.read(65536)):
            came += some
    if isinstance(problem, AppError):
        assert asked == 3
        await hall.scan("Ana")
        came += await asyncio.wait_for(reader.readuntil(b'"checked_in":1'), PATIENCE)
    else:
        assert asked == 1
        assert not came.endswith(b"0\r\n\r\n"), "it was cut off, not ended"
    assert came.count(b"HTTP/1.1 ") == 1
    writer.close()


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


async def test_while_a_stop_waits_no_stream_begins_and_those_that_are_open_go_on(hall: Hall) -> None:
    headers = {"Authorization": f"Bearer {hall.people.display}"}
    async with hall.session.get(hall.url + EVENT + "/occupancy/stream", headers=headers) as response:
        await next_event(response)
        hall.services.readiness.stop()
        answer = await hall.call("GET", EVENT + "/occupancy/stream", hall.people.display)
        assert (answer.status, answer.json["code"]) == (503, "unavailable")
        await hall.scan("Ana")
        assert (await next_event(response))["event"] == "occupancy"


async def test_a_compressed_stream_is_the_same_for_everybody_who_comes(hall: Hall) -> None:
    headers = {"Authorization": f"Bearer {hall.people.display}"}
    path = hall.url + EVENT + "/occupancy/stream"
    plain = headers | {"Accept-Encoding": "identity"}
    async with (
        hall.session.get(path, headers=headers) as early,
        hall.session.get(path, headers=plain) as text,
    ):
        assert early.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in text.headers
        before = [await next_event(early), await next_event(text)]
        assert before[0]["retry"] == "500"
        await hall.scan("Ana")
        async with hall.session.get(path, headers=headers) as late:
            after = [await next_event(early), await next_event(text)]
            newest = await next_event(late)
    assert before[0] == before[1]
    assert after[0] == after[1]
    assert after[0] != before[0]
    assert int(newest["id"]) >= int(before[0]["id"])


@pytest.mark.parametrize(("most_behind", "quiet_seconds"), [(0, 3600.0), (10**6, 0.2)])
async def test_a_reader_who_takes_nothing_is_cut_off_when_far_behind_or_after_a_while(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, most_behind: int, quiet_seconds: float
) -> None:
    monkeypatch.setattr(board_stream, "MOST_BEHIND", most_behind)
    monkeypatch.setattr(occupancy, "QUIET_SECONDS", quiet_seconds)
    head = f"GET {EVENT}/occupancy/stream HTTP/1.1\r\nHost: x\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", int(hall.url.rpartition(":")[2]), limit=1024)
    writer.write(f"{head}Authorization: Bearer {hall.people.display}\r\n\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    event = (await hall.services.db.read(lambda connection: get_event(connection, SLUG))).id
    (board,) = hall.services.live._boards[event]
    # Larger than what the machine's buffers take for a reader who does not read.
    frames = [Frame(n, b"x" * 4_000_000) for n in range(8)]
    for frame in frames:
        board.put(frame)
    async with asyncio.timeout(PATIENCE):
        while hall.services.live.board_count():
            await hall.scan("Ana")
            await asyncio.sleep(0.05)
    came = await asyncio.wait_for(reader.read(), PATIENCE)
    assert len(came) < len(frames) * 4_000_000
    assert not came.endswith(b"0\r\n\r\n"), "it was cut off, not ended"
    writer.close()
    metrics = (await hall.call("GET", "/metrics")).body.decode()
    assert "\ncheckin_boards_cut_off_total 1.0\n" in metrics
    assert "\ncheckin_boards 0.0\n" in metrics


async def test_an_old_reader_gets_its_stream_without_chunks(hall: Hall) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(hall.url.rpartition(":")[2]))
    head = f"GET {EVENT}/occupancy/stream HTTP/1.0\r\nHost: x\r\n"
    writer.write(f"{head}Authorization: Bearer {hall.people.display}\r\n\r\n".encode())
    came = await asyncio.wait_for(reader.readuntil(b"event: occupancy\n"), PATIENCE)
    assert came.endswith(b"\r\n\r\nretry: 500\nevent: occupancy\n")
    writer.close()
