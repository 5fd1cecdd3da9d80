"""Devices over HTTP: pairing, cookies, and what another site may not do with them."""

import uuid
from typing import Any

import pytest

from tests.api.hall import EVENT, Hall


async def added(hall: Hall, role: str = "kiosk") -> Any:
    """A new device and its code."""
    answer = await hall.organize("POST", "/devices", {"name": "Entrance", "role": role})
    assert answer.status == 201
    return answer.json


async def test_a_code_pairs_once(hall: Hall) -> None:
    made = await added(hall)
    code = made["pairing_code"].replace("-", " ").lower()
    paired = await hall.call("POST", "/api/v1/pair", body={"pairing_code": code})
    assert paired.status == 200
    assert paired.json.pop("token").startswith("cd_")
    assert paired.json | {"token": ""} == {
        "token": "",
        "device_id": made["device_id"],
        "name": "Entrance",
        "role": "kiosk",
        "event": "response-2027",
        "room": None,
    }
    again = await hall.call("POST", "/api/v1/pair", body={"pairing_code": code})
    assert (again.status, again.code) == (404, "pairing_code_invalid")


async def test_guessing_codes_has_to_wait(hall: Hall) -> None:
    answers = [await hall.call("POST", "/api/v1/pair", body={"pairing_code": "AAAA-AAAA"}) for _ in range(9)]
    assert {answer.code for answer in answers} == {"pairing_code_invalid", "too_many_requests"}
    assert int(answers[-1].headers["Retry-After"]) >= 1


async def test_an_old_token_ends_when_the_new_code_is_used(hall: Hall) -> None:
    kiosk = hall.people.kiosk.split("_")[1]
    assert (await hall.scan("Ana")).status == 200
    code = (await hall.organize("POST", f"/devices/{kiosk}/pairing")).json["pairing_code"]
    assert (await hall.scan("Ana")).status == 200
    paired = await hall.call("POST", "/api/v1/pair", body={"pairing_code": code})
    assert (await hall.scan("Ana")).status == 401
    assert (await hall.scan("Ana", paired.json["token"])).status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "X", "role": "door"}, "room"),
        ({"name": "X", "role": "door", "room": "b999"}, "room"),
        ({"name": "X", "role": "kiosk", "room": "b204"}, "room"),
        ({"name": "", "role": "kiosk"}, "name"),
        ({"name": "X", "role": "printer"}, "role"),
        ({"role": "kiosk"}, "name"),
    ],
)
async def test_a_wrong_device_names_its_field(hall: Hall, body: dict[str, str], field: str) -> None:
    answer = await hall.organize("POST", "/devices", body)
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, field)


async def test_a_revoked_device_stays_so(hall: Hall) -> None:
    made = await added(hall)
    path = f"/devices/{made['device_id']}"
    first = await hall.organize("DELETE", path)
    assert first.json["device_id"] == made["device_id"]
    assert (await hall.organize("DELETE", path)).json == first.json
    assert (await hall.organize("POST", path + "/pairing")).code == "conflict"
    assert (await hall.organize("DELETE", "/devices/x")).status == 404


async def paired_browser(hall: Hall, role: str = "kiosk") -> dict[str, str]:
    """Headers of a browser that has paired a device."""
    made = await added(hall, role)
    paired = await hall.call("POST", "/api/v1/pair", body={"pairing_code": made["pairing_code"]})
    cookie = paired.headers["Set-Cookie"]
    assert cookie.startswith(f"checkin_device_{made['device_id']}=cd_")
    for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in cookie
    return {"Cookie": cookie.partition(";")[0], "Checkin-Device": made["device_id"]}


async def test_a_page_speaks_for_its_device_by_cookie_and_header(hall: Hall) -> None:
    one, two = await paired_browser(hall), await paired_browser(hall, "display")
    cookies = f"{one['Cookie']}; {two['Cookie']}"
    for headers in (one, two):
        answer = await hall.call("GET", EVENT, **{**headers, "Cookie": cookies})
        assert answer.status == 200
    body = {"scan_id": str(uuid.uuid4()), "credential": hall.people.letters["Ana"]}
    mine = await hall.call("POST", "/api/v1/scans", body=body, **{**one, "Cookie": cookies})
    assert mine.json["verdict"] == "admitted"
    other = await hall.call("POST", "/api/v1/scans", body=body, **{**two, "Cookie": cookies})
    assert other.status == 403, "a display scans nothing"


async def test_a_cookie_alone_is_nobody(hall: Hall) -> None:
    headers = await paired_browser(hall)
    for wrong in (
        {"Cookie": headers["Cookie"]},
        {**headers, "Checkin-Device": "77"},
        {"Checkin-Device": "1"},
    ):
        for method, path in (("GET", EVENT), ("POST", "/api/v1/scans")):
            assert (await hall.call(method, path, **wrong)).status == 401


@pytest.mark.parametrize(
    "foreign",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[::1"},
        {"Origin": "http://["},
        {"Origin": "\u00fc://\u00fc:x"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_can_not_use_the_cookie(hall: Hall, foreign: dict[str, str]) -> None:
    headers = await paired_browser(hall)
    body = {"scan_id": str(uuid.uuid4()), "credential": hall.people.letters["Ana"]}
    answer = await hall.call("POST", "/api/v1/scans", body=body, **headers, **foreign)
    assert (answer.status, answer.code) == (403, "forbidden")
    same = {"Origin": hall.url, "Sec-Fetch-Site": "same-origin"}
    assert (await hall.call("POST", "/api/v1/scans", body=body, **headers, **same)).status == 200
