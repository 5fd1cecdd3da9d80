"""Alerts, conflicts, the past and its table over HTTP: who may see them, and in which form."""

import csv
import io
import uuid

import msgspec
import pytest

from checkin.api import wire_rooms, wire_views
from tests.api.hall import EVENT, Hall
from tests.clockwork import catch_up


async def count(hall: Hall, counted: int) -> None:
    """An usher counts B204, and the clock is looked at."""
    answer = await hall.organize("POST", "/rooms/b204/headcount", {"counted": counted})
    assert answer.status == 200, answer.body
    await catch_up(hall.services.db, hall.services.clock)


def limit(hall: Hall, frame: dict[str, object]) -> int:
    """The posted limit of B204."""
    rooms = frame["rooms"]
    assert isinstance(rooms, list)
    return next(int(one["posted_limit"]) for one in rooms if one["code"] == "b204")


async def test_an_alert_is_on_the_board_and_in_the_list_until_it_is_acknowledged(hall: Hall) -> None:
    posted = limit(hall, (await hall.organize("GET", "/occupancy")).json)
    await count(hall, posted + 1)
    frame = (await hall.call("GET", EVENT + "/occupancy", hall.people.display)).json
    assert [one["kind"] for one in frame["alerts"]] == ["over", "drift"]
    over = frame["alerts"][0]
    assert (over["room"], over["device"]) == ("b204", None)
    listed = (await hall.call("GET", EVENT + "/alerts", hall.people.staff)).json
    assert {one["id"] for one in listed["items"]} == {one["id"] for one in frame["alerts"]}
    path = f"{EVENT}/alerts/{over['id']}/acknowledge"
    seen = await hall.call("POST", path, hall.people.staff)
    assert seen.status == 200
    assert seen.json["acknowledged_by"] == "Desk"
    assert seen.json["acknowledged_at"] is not None
    assert (await hall.organize("POST", f"/alerts/{over['id']}/acknowledge")).json == seen.json
    frame = (await hall.organize("GET", "/occupancy")).json
    assert [one["kind"] for one in frame["alerts"]] == ["drift"]
    await count(hall, 1)
    everything = (await hall.organize("GET", "/alerts?all=true")).json["items"]
    cleared = next(one for one in everything if one["id"] == over["id"])
    assert cleared["cleared_at"] is not None
    assert over["id"] not in [one["id"] for one in (await hall.organize("GET", "/alerts")).json["items"]]


async def test_lists_are_given_in_pages(hall: Hall) -> None:
    posted = limit(hall, (await hall.organize("GET", "/occupancy")).json)
    for counted in (posted - 1, posted, posted + 1):
        await count(hall, counted)
    whole = (await hall.organize("GET", "/alerts?all=yes")).json["items"]
    page = (await hall.organize("GET", "/alerts?all=yes&limit=2")).json
    rest = (await hall.organize("GET", f"/alerts?all=yes&cursor={page['next']}")).json
    assert page["items"] + rest["items"] == whole
    assert rest["next"] is None
    for wrong in ("limit=0", "limit=501", "cursor=x", "cursor=%C3%A9", "all=perhaps"):
        answer = await hall.organize("GET", f"/alerts?{wrong}")
        assert (answer.status, answer.code) == (400, "invalid"), wrong


@pytest.mark.parametrize("alert_id", ["999", "0", "x", "9" * 30])
async def test_an_alert_that_is_not_there_is_not_found(hall: Hall, alert_id: str) -> None:
    answer = await hall.organize("POST", f"/alerts/{alert_id}/acknowledge")
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "who"),
    [
        ("GET", "/alerts", "organizer staff"),
        ("GET", "/conflicts", "organizer staff"),
        ("GET", "/occupancy/history", "organizer staff kiosk door display"),
        ("GET", "/occupancy?at=2027-01-26T07:40:00-07:00", "organizer staff"),
        ("GET", "/occupancy", "organizer staff kiosk door display"),
    ],
)
async def test_who_may_look(hall: Hall, method: str, path: str, who: str) -> None:
    people = hall.people
    tokens = {
        "organizer": people.organizer,
        "staff": people.staff,
        "kiosk": people.kiosk,
        "door": people.door,
        "display": people.display,
    }
    for name, token in tokens.items():
        answer = await hall.call(method, EVENT + path, token)
        assert answer.status == (200 if name in who.split() else 403), name
    assert (await hall.call(method, EVENT + path)).status == 401


async def test_conflicts_show_number_and_display_name_only(hall: Hall) -> None:
    await hall.scan("Maria")
    late = {
        "scan_id": str(uuid.uuid4()),
        "credential": hall.people.letters["Maria"],
        "offline": True,
        "scanned_at": "2027-01-26T07:44:00-07:00",
    }
    body = {"scans": [late], "sent_at": "2027-01-26T07:45:00-07:00"}
    assert (await hall.call("POST", "/api/v1/scans/batch", hall.people.kiosk, body)).status == 200
    answer = await hall.call("GET", EVENT + "/conflicts", hall.people.staff)
    (item,) = answer.json["items"]
    assert item["scan_id"] == late["scan_id"]
    assert (item["number"], item["display_name"]) == (hall.people.numbers["Maria"], "Maria L.")
    assert (item["conflict"], item["overridden"], item["override"]) == (["already_checked_in"], [], None)
    assert (item["device"], item["room"], item["reason"]) == ("Kiosk A", None, "already_checked_in")
    assert b"Lopez" not in answer.body
    assert answer.json["next"] is None


async def test_history_is_told_as_json_and_as_a_table(hall: Hall) -> None:
    await hall.scan("Ana")
    found = (await hall.call("GET", EVENT + "/occupancy/history", hall.people.display)).json
    assert len(found["minutes"]) in (60, 61)
    assert found["minutes"][-1] == found["to"]
    assert found["on_site"][-1] == found["checked_in"][-1] == 1
    assert found["on_site"][0] == 0
    assert {len(one["headcounts"]) for one in found["rooms"]} == {len(found["minutes"])}
    span = "from=2027-01-26T07:40:00-07:00&to=2027-01-26T07:42:00-07:00"
    answer = await hall.organize("GET", f"/occupancy/history?{span}&format=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    table = list(csv.reader(io.StringIO(answer.body.decode())))
    assert table[0] == ["minute", "room", "headcount"]
    assert len(table) == 1 + 3 * len(found["rooms"])
    assert ["2027-01-26T07:41:00-07:00", "b204", "0"] in table


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2027-01-26T07:40:00",
        "to=2027-01-26",
        "from=2027-01-24T07:40:00-07:00",
        "from=2027-01-26T07:42:00-07:00&to=2027-01-26T07:41:00-07:00",
        "format=pdf",
    ],
)
async def test_a_span_that_makes_no_sense_is_invalid(hall: Hall, query: str) -> None:
    answer = await hall.organize("GET", f"/occupancy/history?{query}")
    assert (answer.status, answer.code) == (400, "invalid")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1999-12-31T23:59:59Z"])
async def test_a_moment_out_of_all_time_is_invalid(hall: Hall, at: str) -> None:
    answer = await hall.organize("GET", f"/occupancy?at={at}")
    assert (answer.status, answer.code) == (400, "invalid")


async def test_a_plus_sign_in_an_offset_needs_no_escape(hall: Hall) -> None:
    answer = await hall.organize("GET", "/occupancy?at=2027-01-26T14:40:00+00:00")
    assert answer.status == 200
    assert answer.json["at"] == "2027-01-26T07:40:00-07:00"


async def test_the_past_has_the_form_of_the_present(hall: Hall) -> None:
    await hall.scan("Ana")
    for path, kind in (
        ("/occupancy?at=2027-01-26T07:45:00-07:00", wire_views.Occupancy),
        ("/occupancy", wire_views.Occupancy),
        ("/occupancy/history", wire_rooms.OccupancyHistory),
        ("/alerts?all=true", wire_rooms.AlertList),
        ("/conflicts", wire_rooms.ConflictList),
    ):
        answer = await hall.organize("GET", path)
        value: msgspec.Struct = msgspec.json.decode(answer.body, type=kind)
        assert msgspec.json.decode(msgspec.json.encode(value)) == answer.json, path


async def test_a_call_and_an_open_stream_tell_that_a_device_is_there(hall: Hall) -> None:
    await hall.call("GET", EVENT + "/occupancy", hall.people.door)
    headers = {"Authorization": f"Bearer {hall.people.display}"}
    async with hall.session.get(hall.url + EVENT + "/occupancy/stream", headers=headers) as response:
        await response.content.readline()
        await hall.services.calls.flush(hall.services.db, hall.services.clock.now(), is_all=True)
    query = "SELECT name FROM device WHERE last_seen_at IS NOT NULL ORDER BY name"
    found = await hall.services.db.read(lambda c: list(c.exec_driver_sql(query).scalars()))
    assert {"Board", "Door B204"} <= set(found)
