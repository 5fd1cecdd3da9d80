"""What no name, code or reason contains: a NUL, half a character, too much. Engines differ in what they take.

PostgreSQL's texts hold no NUL, and its numbers end where SQLite's go on; a caller must never see which it is.
"""

import base64
import json
import random
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.hall import EVENT, Furnished, Hall, at, open_hall

ODD = ["%ED%A0%80", "%FF", "%00", "%F0%9F%98%80", "..%2F", "%25", "'", '"', "%0A", "a" * 3000]


@pytest.mark.parametrize("odd", ODD)
async def test_odd_addresses_and_headers_are_the_callers_fault(hall: Hall, odd: str) -> None:
    people = hall.people
    for path in (f"/api/v1/events/{odd}", f"{EVENT}/attendees/{odd}", f"{EVENT}/attendees?query={odd}"):
        assert (await hall.call("GET", path, people.organizer)).status < 500
    for path in (f"{EVENT}/attendees?cursor={odd}", f"{EVENT}/attendees?discipline={odd}"):
        assert (await hall.call("GET", path, people.organizer)).status < 500
    assert (await hall.call("POST", f"/api/v1/scans/{odd}/undo", people.organizer)).status in (400, 404)
    assert (await hall.call("DELETE", f"{EVENT}/devices/{odd}", people.organizer)).status in (400, 404)
    stream = await hall.call(
        "GET", f"{EVENT}/occupancy/stream?device={odd}", Cookie=f"checkin_device_{odd}=x"
    )
    assert stream.status == 401
    body = {"first_name": "A", "last_name": "B", "discipline": []}
    answer = await hall.call("POST", f"{EVENT}/registrations", body=body, Idempotency_Key=f"k\u00fc{odd}")
    assert answer.status == 400


BODIES: dict[str, Any] = {
    "registrations": {
        "first_name": "A",
        "last_name": "B",
        "discipline": ["law"],
        "email": "a@example.org",
        "phone": "1",
        "agency": "C",
        "county": "Taos",
        "title": "D",
        "external_id": "Y-1",
        "accessibility": ["wheelchair"],
        "group": "E",
        "preferences": ["undercover"],
        "alias": "F G",
    },
    "attendees/{number}": {"last_name": "B", "discipline": ["law"], "status": "registered"},
    "attendees/{number}/reveal": {"reason": "asked"},
    "devices": {"name": "K", "role": "door", "room": "b204"},
    "rooms/b204/headcount": {"counted": 1},
    "reroutes": {"room": "b204", "closed": True, "slot": "s2", "seats": 1, "session": "x", "dry_run": True},
}
LEAVES = ["\0", "B\0", "\ud800", "\U0001f600", "\u202e", "a" * 100_000, 2**31, 2**63, 2**70, -1, 1e308, None]


def altered(body: Any, leaf: object) -> Iterator[Any]:
    """The body with each of its values, one after the other, replaced."""
    for key in body if isinstance(body, dict) else range(len(body)):
        copy = body.copy()
        inner = body[key]
        for one in [leaf, *(altered(inner, leaf) if isinstance(inner, (dict, list)) else ())]:
            copy[key] = one
            yield copy


@pytest.mark.parametrize("path", BODIES)
async def test_odd_values_in_a_body_are_taken_or_the_callers_fault(hall: Hall, path: str) -> None:
    method = "PATCH" if path == "attendees/{number}" else "POST"
    address = EVENT + "/" + path.format(number=hall.people.numbers["Ana"])
    for leaf in LEAVES:
        for body in altered(BODIES[path], leaf):
            answer = await hall.call(method, address, hall.people.organizer, json.dumps(body))
            assert answer.status < 500, (body, answer.body)
            if isinstance(leaf, str) and "\0" in leaf and path in ("registrations", "devices"):
                assert (answer.status, answer.code) == (400, "invalid"), body
    for query in ("attendees", "conflicts", "alerts?all=true", "waiting", "occupancy"):
        assert (await hall.organize("GET", f"/{query}")).status == 200


@pytest.mark.parametrize("leaf", LEAVES)
async def test_odd_values_in_a_scan_are_an_answer_or_the_callers_fault(hall: Hall, leaf: object) -> None:
    override = {"reason": "asked", "by": "M. Ortiz"}
    whole = {"credential": hall.people.letters["Ana"], "direction": "in", "override": override}
    typed = {"number": hall.people.numbers["Ben"], "last_name": "Yazzie"}
    for body in (*altered(whole, leaf), *altered(typed, leaf)):
        scan = json.dumps({"scan_id": str(uuid.uuid4())} | body)
        answer = await hall.call("POST", "/api/v1/scans", hall.people.door, scan)
        assert answer.status < 500, (body, answer.body)
        if answer.status == 200:
            again = await hall.call("POST", "/api/v1/scans", hall.people.door, scan)
            assert again.json["recorded_at"] == answer.json["recorded_at"]
    assert (await hall.organize("GET", "/conflicts")).status == 200
    assert (await hall.organize("GET", "/occupancy/history")).status == 200


async def test_a_decision_with_a_nul_in_its_words_is_kept_without_it(furnished: Furnished) -> None:
    override = {"reason": "speaker\0 asked", "by": "M.\0Ortiz"}
    async with open_hall(furnished, at("10:20")) as hall:
        answer = await hall.scan("Ben", hall.people.door, override=override)
        assert answer.json["overridden"] == ["not_eligible"]
        (item,) = (await hall.organize("GET", "/conflicts")).json["items"]
    assert item["override"] == {"reason": "speaker\ufffd asked", "by": "M.\ufffdOrtiz"}


@pytest.mark.parametrize("text", ["\0", "a\0", "\ud800"])
async def test_a_place_in_a_list_that_no_list_gave_is_invalid(hall: Hall, text: str) -> None:
    for place in ([text, "", ""], ["a", text, ""], ["a", "b", text]):
        cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
        answer = await hall.organize("GET", f"/attendees?cursor={cursor}")
        assert (answer.status, answer.code) == (400, "invalid")


async def test_an_address_with_a_nul_names_nothing_and_a_query_with_one_is_invalid(hall: Hall) -> None:
    for path in ("/api/v1/events/x%00/attendees", f"{EVENT}/attendees/A%00", f"{EVENT}/devices/%00/pairing"):
        answer = await hall.call("POST" if "pairing" in path else "GET", path, hall.people.organizer)
        assert (answer.status, answer.code) == (404, "not_found"), path
    for query in ("query=%00", "query=Ana%00Ruiz", "discipline=%00", "status=%00", "cursor=%00", "limit=%00"):
        answer = await hall.organize("GET", f"/attendees?{query}")
        assert (answer.status, answer.code) == (400, "invalid"), query
        assert answer.json["errors"][0]["field"] == query.partition("=")[0]


async def test_the_longest_texts_that_are_taken_fit_into_every_index(hall: Hall) -> None:
    dice = random.Random(1)

    def rare(length: int) -> str:
        """Letters of four bytes that nothing compresses."""
        return "".join(chr(dice.randrange(0x20000, 0x2A6D6)) for _ in range(length))

    body = {name: rare(200) for name in ("first_name", "last_name", "external_id", "agency", "group")}
    body["email"] = f"{rare(64)}@{rare(251)}.org"
    answer = await hall.organize("POST", "/registrations", body | {"discipline": ["law"]})
    assert answer.status == 201, answer.body
    found = await hall.organize("GET", f"/attendees?query={body['last_name']}")
    assert [one["number"] for one in found.json["items"]] == [answer.json["number"]]
    again = await hall.organize("POST", "/registrations", body | {"discipline": ["law"], "external_id": "Z"})
    assert again.status == 201
