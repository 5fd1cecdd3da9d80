"""Scans over HTTP: the answer, retries, batches, late scans, undo."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from badges.credential import group
from checkin.domain.model import DeviceId
from checkin.service.devices import revoke_device
from tests.api.hall import EVENT, Hall

NOON = datetime.fromisoformat("2027-01-26T12:00:00-07:00")
"""A tablet's clock, which may be as wrong as it likes."""


def scan_of(hall: Hall, name: str = "Ana", **fields: object) -> dict[str, Any]:
    """A scan of somebody's badge."""
    return {"scan_id": str(uuid.uuid4()), "credential": hall.people.letters[name], **fields}


async def batch(hall: Hall, scans: list[Any], **fields: object) -> Any:
    """The results of a batch."""
    answer = await hall.call("POST", "/api/v1/scans/batch", hall.people.kiosk, {"scans": scans, **fields})
    assert answer.status == 200, answer.body
    return answer.json["results"]


async def test_an_arrival_is_admitted_and_sent_to_a_room(hall: Hall) -> None:
    answer = await hall.scan("Ana")
    found = answer.json
    assert answer.status == 200
    assert (found["verdict"], found["reason"]) == ("admitted", "checked_in")
    assert found["attendee"] == {
        "number": hall.people.numbers["Ana"],
        "first_name": "Ana",
        "display_name": "Ana R.",
        "discipline": "law",
        "disciplines": ["law"],
    }
    assert found["recorded_at"].startswith("2027-01-26T07:45")
    assert found["recorded_at"].endswith("-07:00")
    assert found["room"] == {
        "code": "sandia",
        "name": "Sandia Ballroom",
        "directions": "Level 1, straight ahead from the main doors",
    }
    assert [one["slot"] for one in found["itinerary"]] == ["s1", "s2", "s3", "s4", "s5", "s6", "s7"]
    breakout = found["itinerary"][1]
    assert breakout["why"].startswith("Law enforcement, required, seat 1 of ")
    assert "occupancy" not in found


async def test_the_clock_and_the_rehearsal_are_in_every_answer(hall: Hall) -> None:
    for answer in (await hall.scan("Ana"), await hall.call("GET", "/api/v1/nothing")):
        assert answer.headers["Checkin-Time"].startswith("2027-01-26T14:45")
        assert answer.headers["Checkin-Time"].endswith("Z")
        assert answer.headers["Checkin-Rehearsal"] == "1"


async def test_a_second_arrival_is_a_repeat_with_the_first(hall: Hall) -> None:
    first = await hall.scan("Ana")
    again = await hall.scan("Ana", hall.people.other_kiosk)
    assert (again.json["verdict"], again.json["reason"]) == ("repeat", "already_checked_in")
    assert again.json["first_at"] == first.json["recorded_at"]
    assert again.json["first_device"] == "Kiosk A"


@pytest.mark.parametrize("text", ["", "x", "B" * 28, "é" * 512, "\u0000", "B" * 512])
async def test_any_text_up_to_512_characters_is_a_scan(hall: Hall, text: str) -> None:
    answer = await hall.scan(credential=text)
    found = answer.json
    assert (answer.status, found["verdict"], found["reason"]) == (200, "refused", "unknown_badge")
    assert found["attendee"] is None
    assert found["room"] is None
    assert "itinerary" not in found


async def test_a_longer_text_is_invalid(hall: Hall) -> None:
    answer = await hall.scan(credential="B" * 513)
    assert answer.status == 400
    assert answer.json["errors"] == [{"field": "credential", "problem": "must have at most 512 characters"}]


async def test_a_credential_is_read_as_printed_and_as_a_link(hall: Hall) -> None:
    letters = hall.people.letters["Ana"]
    first = await hall.scan(credential=group(letters).lower())
    assert first.json["reason"] == "checked_in"
    link = await hall.scan(credential=f"https://example.org/my#{letters}")
    assert link.json["reason"] == "already_checked_in"


async def test_the_same_scan_again_gets_the_same_answer(hall: Hall) -> None:
    name = str(uuid.uuid4())
    first = await hall.scan("Ana", scan_id=name)
    again = await hall.scan("Ana", scan_id=name.upper(), scanned_at="2027-01-26T08:00:00Z")
    keys = ("scan_id", "verdict", "reason", "recorded_at")
    assert [first.json[key] for key in keys] == [again.json[key] for key in keys]
    other = await hall.scan("Ben", scan_id=name)
    assert (other.status, other.code) == (409, "scan_id_reused")


async def test_a_number_is_typed_together_with_the_last_name(hall: Hall) -> None:
    number = hall.people.numbers["Ana"]
    alone = await hall.scan("nobody", number=number)
    assert alone.status == 400
    wrong = await hall.scan("nobody", number=number, last_name="Yazzie")
    assert wrong.json["reason"] == "unknown_badge"
    right = await hall.scan("nobody", number=number.lower().replace("-", " "), last_name=" ruiz ")
    assert right.json["reason"] == "checked_in"


async def test_guessing_numbers_has_to_wait(hall: Hall) -> None:
    answers = [await hall.scan("nobody", number="A1-001", last_name="Ruiz") for _ in range(9)]
    last = answers[-1]
    assert (last.status, last.code) == (429, "too_many_requests")
    assert int(last.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"scan_id": "x"}, "scan_id"),
        ({"direction": "sideways"}, "direction"),
        ({"scanned_at": "2027-01-26T08:00:00"}, "scanned_at"),
        ({"number": "A1-001"}, "credential"),
        ({"override": {"reason": "speaker", "by": "M"}}, "override"),
        ({"override": {"reason": "", "by": "M"}}, "override.reason"),
        ({"offline": True}, "scanned_at"),
        ({"offline": True, "scanned_at": "2027-01-26T08:00:00Z"}, "sent_at"),
        ({"mood": "good"}, "mood"),
    ],
)
async def test_a_malformed_scan_names_its_field(hall: Hall, fields: dict[str, Any], field: str) -> None:
    answer = await hall.scan("Ana", **fields)
    assert (answer.status, answer.code) == (400, "invalid")
    assert [one["field"] for one in answer.json["errors"]] == [field]


async def test_out_and_back_again(hall: Hall) -> None:
    reasons = [
        (await hall.scan("Ana", direction=direction)).json["reason"]
        for direction in ("auto", "out", "out", "auto")
    ]
    assert reasons == ["checked_in", "left_venue", "exited_unmatched", "returned"]


async def test_displays_and_organizers_scan_nobody(hall: Hall) -> None:
    for token in (hall.people.display, hall.people.organizer):
        for path, body in (("/scans", scan_of(hall)), ("/scans/batch", {"scans": []})):
            answer = await hall.call("POST", "/api/v1" + path, token, body)
            assert (answer.status, answer.code) == (403, "forbidden")


async def test_each_scan_of_a_batch_has_its_own_answer(hall: Hall) -> None:
    good, bad, reused = scan_of(hall, "Ana"), scan_of(hall, "Ben", direction=7), scan_of(hall, "Cora")
    clash = {**scan_of(hall, "Ben"), "scan_id": reused["scan_id"]}
    results = await batch(hall, [good, bad, reused, clash, 5, scan_of(hall, "Ana"), {"scan_id": "no"}])
    assert [one.get("reason") for one in results] == [
        "checked_in",
        None,
        "checked_in",
        None,
        None,
        "already_checked_in",
        None,
    ]
    assert results[1]["scan_id"] == bad["scan_id"]
    assert "direction" in results[1]["problem"]
    assert results[3]["code"] == "scan_id_reused"
    assert results[4]["scan_id"] is None
    assert results[6]["scan_id"] == "no"


async def test_a_batch_of_500_credentials_as_long_as_can_be_is_taken(hall: Hall) -> None:
    nonsense = "\U0001f600" * 512
    results = await batch(hall, [{"scan_id": str(uuid.uuid4()), "credential": nonsense} for _ in range(500)])
    assert {one["reason"] for one in results} == {"unknown_badge"}


async def test_a_batch_has_at_most_500_scans(hall: Hall) -> None:
    answer = await hall.call("POST", "/api/v1/scans/batch", hall.people.kiosk, {"scans": [1] * 501})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "scans")
    assert await batch(hall, []) == []


async def test_a_late_scan_took_place_before_by_the_devices_own_clock(hall: Hall) -> None:
    await hall.scan("Ana")
    late = scan_of(hall, "Ana", offline=True, scanned_at=NOON.isoformat())
    (result,) = await batch(hall, [late], sent_at=(NOON + timedelta(minutes=10)).isoformat())
    assert (result["verdict"], result["conflict"]) == ("repeat", ["already_checked_in"])
    assert result["first_at"].startswith("2027-01-26T07:35")


async def test_a_late_single_scan_is_taken_too(hall: Hall) -> None:
    sent_at = (NOON + timedelta(minutes=10)).isoformat()
    answer = await hall.scan("Ana", offline=True, scanned_at=NOON.isoformat(), sent_at=sent_at)
    assert answer.json["verdict"] == "admitted"
    shown = (await hall.organize("GET", f"/attendees/{hall.people.numbers['Ana']}")).json
    assert shown["first_at"].startswith("2027-01-26T07:35")


async def test_late_scans_without_sent_at_are_invalid_as_a_whole(hall: Hall) -> None:
    body = {"scans": [scan_of(hall, "Ana"), scan_of(hall, "Ben", offline=True, scanned_at=NOON.isoformat())]}
    answer = await hall.call("POST", "/api/v1/scans/batch", hall.people.kiosk, body)
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "sent_at")
    assert (await hall.organize("GET", "/occupancy")).json["checked_in"] == 0


async def test_a_scan_is_taken_back_by_its_device_or_an_organizer(hall: Hall) -> None:
    scan = (await hall.scan("Ana")).json
    path = f"/api/v1/scans/{scan['scan_id']}/undo"
    assert (await hall.call("POST", path, hall.people.other_kiosk)).status == 403
    undone = await hall.call("POST", path, hall.people.kiosk)
    assert undone.status == 200
    assert set(undone.json) == {"scan_id", "undone_at"}
    assert (await hall.call("POST", path, hall.people.organizer)).json == undone.json
    assert (await hall.organize("GET", "/occupancy")).json["checked_in"] == 0
    again = await hall.scan("Ana", scan_id=scan["scan_id"])
    assert again.json["recorded_at"] == scan["recorded_at"]


async def test_what_was_refused_or_never_was_can_not_be_taken_back(hall: Hall) -> None:
    refused = (await hall.scan(credential="x")).json["scan_id"]
    answer = await hall.call("POST", f"/api/v1/scans/{refused}/undo", hall.people.organizer)
    assert (answer.status, answer.code) == (409, "conflict")
    for name in (uuid.uuid4(), "x"):
        answer = await hall.call("POST", f"/api/v1/scans/{name}/undo", hall.people.organizer)
        assert answer.status == 404


async def test_a_revoked_device_is_unauthorized_on_its_next_call(hall: Hall) -> None:
    assert (await hall.scan("Ana")).status == 200
    kiosk = hall.people.kiosk.split("_")[1]
    assert (await hall.organize("DELETE", f"/devices/{kiosk}")).status == 200
    assert (await hall.scan("Ben")).status == 401
    body = {"scans": [scan_of(hall, "Ben")]}
    assert (await hall.call("POST", "/api/v1/scans/batch", hall.people.kiosk, body)).status == 401
    assert (await hall.call("GET", EVENT, hall.people.kiosk)).status == 401
    assert (await hall.organize("GET", "/occupancy")).json["checked_in"] == 1


async def test_a_batch_of_nothing_tells_a_device_that_another_process_revoked(hall: Hall) -> None:
    assert (await hall.scan("Ana")).status == 200
    await revoke_device(hall.services, DeviceId(int(hall.people.kiosk.split("_")[1])))
    for scans in ([], [{"scan_id": "none"}]):
        answer = await hall.call("POST", "/api/v1/scans/batch", hall.people.kiosk, {"scans": scans})
        assert (answer.status, answer.code) == (401, "unauthorized")


async def test_half_a_character_in_one_badge_harms_no_other_scan(hall: Hall) -> None:
    broken = {"scan_id": str(uuid.uuid4()), "credential": "\ud800"}
    results = await batch(hall, [broken, scan_of(hall)])
    assert [one["reason"] for one in results] == ["unknown_badge", "checked_in"]
