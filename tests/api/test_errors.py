"""Errors have one shape, wherever they come from."""

import asyncio
import logging
import socket
from urllib.parse import urlsplit

import pytest

from checkin import app as root
from checkin.api import bodies, log
from checkin.api.call import Route, Who
from checkin.api.problems import STATUS
from checkin.api.routes import ROUTES
from checkin.config import LogForm
from checkin.service import events
from tests.api.hall import EVENT, SLUG, Answer, Furnished, Hall

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # see conftest

ALLOWED_KEYS = {"type", "title", "status", "code", "detail", "errors", "faults"}


def check_shape(answer: Answer, code: str) -> None:
    """RFC 9457 with a stable code, and the server's clock."""
    problem = answer.json
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json"
    assert problem["code"] == code, problem
    assert answer.status == problem["status"] == STATUS[code]
    assert set(problem) <= ALLOWED_KEYS
    assert {"type", "title", "detail"} <= set(problem)
    assert problem["detail"]
    for one in problem.get("errors", []):
        assert set(one) == {"field", "problem"}
    for one in problem.get("faults", []):
        assert set(one) == {"line", "column", "problem"}


def address(route: Route) -> str:
    """The route's address with something that is not there."""
    parts = {"slug": SLUG, "number": "ZZ-999", "device_id": "999", "scan_id": "0" * 32, "reroute_id": "999"}
    parts |= {"room": "nowhere", "alert_id": "999"}
    return route.path.format(**parts)


PROTECTED = [route for route in ROUTES if Who.ANYONE not in route.who]
WITH_JSON = [route for route in ROUTES if route.takes_body and route.reads is not bytes]
NAMED = [route for route in ROUTES if "{slug}" in route.path and route.name != "stream_occupancy"]


def name_of(route: Route) -> str:
    """The test's name."""
    return route.name


@pytest.mark.parametrize("route", PROTECTED, ids=name_of)
async def test_nobody_known_is_unauthorized(hall: Hall, route: Route) -> None:
    answer = await hall.call(route.method, address(route))
    check_shape(answer, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("route", PROTECTED, ids=name_of)
async def test_a_token_that_is_not_known_is_unauthorized(hall: Hall, route: Route) -> None:
    for token in ("ck_no", "cd_1_no", "\u00fcmlaut", "x"):
        check_shape(await hall.call(route.method, address(route), token), "unauthorized")


@pytest.mark.parametrize("route", PROTECTED, ids=name_of)
async def test_who_may_not_call_is_forbidden(hall: Hall, route: Route) -> None:
    tokens = {
        Who.ORGANIZER: hall.people.organizer,
        Who.STAFF: hall.people.staff,
        Who.KIOSK: hall.people.kiosk,
        Who.DOOR: hall.people.door,
        Who.DISPLAY: hall.people.display,
    }
    others = [token for who, token in tokens.items() if who not in route.who]
    for token in others:
        check_shape(await hall.call(route.method, address(route), token, body={}), "forbidden")


def able(hall: Hall, route: Route) -> str:
    """A token of somebody who may call the route."""
    return hall.people.kiosk if Who.ORGANIZER not in route.who else hall.people.organizer


@pytest.mark.parametrize("route", WITH_JSON, ids=name_of)
@pytest.mark.parametrize("body", ["", "{", "[]", "null", b'{"a":"\xff"}', "[" * 5000])
async def test_what_is_no_json_object_is_invalid(hall: Hall, route: Route, body: str | bytes) -> None:
    check_shape(await hall.call(route.method, address(route), able(hall, route), body), "invalid")


@pytest.mark.parametrize("route", WITH_JSON, ids=name_of)
async def test_a_field_that_is_not_known_is_named(hall: Hall, route: Route) -> None:
    path = address(route).replace("ZZ-999", hall.people.numbers["Ana"])
    answer = await hall.call(route.method, path, able(hall, route), {"nonsense": 1})
    check_shape(answer, "invalid")
    assert "nonsense" in [one["field"] for one in answer.json["errors"]]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.takes_body], ids=name_of)
async def test_a_body_above_its_limit_is_too_large(hall: Hall, route: Route) -> None:
    answer = await hall.call(route.method, address(route), able(hall, route), b" " * (route.limit + 1))
    check_shape(answer, "too_large")


@pytest.mark.parametrize("route", NAMED, ids=name_of)
async def test_an_event_that_is_not_there_is_not_found(hall: Hall, route: Route) -> None:
    if Who.ORGANIZER not in route.who and Who.ANYONE not in route.who:
        pytest.fail("an event's route that no organizer may call")
    path = address(route).replace(SLUG, "nowhere")
    person = {"first_name": "A", "last_name": "B", "discipline": []}
    bodies: dict[str, dict[str, object]] = {
        "reveal_attendee": {"reason": "x"},
        "add_device": {"name": "K", "role": "kiosk"},
        "plan": {},
        "reroute": {"room": "b204", "closed": True},
        "count_room": {"counted": 1},
    }
    if route.name == "put_event":
        return  # it would be created
    body = bodies.get(route.name, person)
    data: object = "first_name,last_name,discipline\n" if route.reads is bytes else body
    token = None if Who.ANYONE in route.who else hall.people.organizer
    check_shape(await hall.call(route.method, path, token, data), "not_found")


async def test_a_stream_of_no_event_is_not_found(hall: Hall) -> None:
    path = "/api/v1/events/nowhere/occupancy/stream"
    check_shape(await hall.call("GET", path, hall.people.organizer), "not_found")


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2", "/nothing", "/api/v1/events/a/b/c", "/%00"])
async def test_an_unknown_address_is_not_found(hall: Hall, path: str) -> None:
    check_shape(await hall.call("GET", path), "not_found")


async def test_a_method_that_an_address_does_not_take_is_named_so(hall: Hall) -> None:
    answer = await hall.call("DELETE", EVENT)
    check_shape(answer, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, PUT"


@pytest.mark.parametrize("path", ["/healthz", "/metrics", f"{EVENT}/public", "/api/v1/openapi.json"])
async def test_who_asks_for_the_head_alone_gets_it(hall: Hall, path: str) -> None:
    whole, head = await hall.call("GET", path), await hall.call("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]


async def test_a_device_of_another_event_is_forbidden(hall: Hall) -> None:
    conference = (await hall.organize("GET", "")).json
    conference["event"]["slug"] = "other"
    made = await hall.call("PUT", "/api/v1/events/other", hall.people.organizer, conference)
    assert made.status == 200
    for path in ("", "/occupancy", "/occupancy/stream"):
        check_shape(await hall.call("GET", f"/api/v1/events/other{path}", hall.people.kiosk), "forbidden")


async def test_a_bug_tells_nothing_and_is_logged_once_with_its_place(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise ValueError("Ana Ruiz ana@example.org")

    monkeypatch.setattr(events, "show_event", fail)
    with caplog.at_level(logging.INFO, "checkin"):
        answer = await hall.organize("GET", "")
    check_shape(answer, "internal")
    assert b"Ana" not in answer.body
    write = log.formatter(LogForm.TEXT).format
    bugs = [write(record) for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(bugs) == 1
    assert "ValueError" in bugs[0]
    assert "events.py" in bugs[0]
    assert [record for record in caplog.records if "Ana" in write(record)] == []


async def test_a_body_that_does_not_come_is_cut_off(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    host = urlsplit(hall.url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port, family=socket.AF_INET)
    writer.write(b"POST /api/v1/my HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    assert b" 408 " in head
    writer.close()
    await writer.wait_closed()


async def test_a_head_that_does_not_come_is_cut_off(
    furnished: Furnished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root, "HEADER_SECONDS", 0.3)
    sockets = root.listen("127.0.0.1", 0)
    ready, stopped = asyncio.Event(), asyncio.Event()
    app = root.build_app(furnished.settings)
    serving = asyncio.create_task(root.serve(app, sockets, when_ready=ready.set, stopped=stopped))
    await ready.wait()
    host, port = sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Half")
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    await writer.wait_closed()
    stopped.set()
    await asyncio.wait_for(serving, 5)
