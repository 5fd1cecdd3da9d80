"""Events over HTTP."""

import json

from checkin.demo import read_conference
from tests.api.hall import EVENT, Hall


async def test_the_agenda_comes_back_as_json_that_put_takes(hall: Hall) -> None:
    given = await hall.organize("GET", "")
    assert given.status == 200
    assert set(given.json) == {"event", "discipline", "room", "slot", "session", "curriculum"}
    again = await hall.organize("PUT", "", given.json)
    assert (again.status, again.json) == (200, {"changes": []})


async def test_devices_and_staff_may_read_the_agenda(hall: Hall) -> None:
    people = hall.people
    for token in (people.staff, people.kiosk, people.door, people.display):
        assert (await hall.call("GET", EVENT, token)).status == 200


async def test_a_toml_file_is_taken_too(hall: Hall) -> None:
    text = read_conference().replace('name = "Kiva Auditorium"', 'name = "Kiva Hall"')
    answer = await hall.organize("PUT", "", text, Content_Type="application/toml")
    assert answer.json == {"changes": [{"kind": "room", "code": "kiva", "change": "updated"}]}


async def test_toml_is_known_without_its_content_type(hall: Hall) -> None:
    assert (await hall.organize("PUT", "", read_conference())).json == {"changes": []}


async def test_every_fault_of_a_file_is_named_and_nothing_changes(hall: Hall) -> None:
    before = (await hall.organize("GET", "")).json
    wrong = json.loads(json.dumps(before))
    wrong["session"][2]["room"] = "b999"
    wrong["room"][0]["seats"] = 100_000
    answer = await hall.organize("PUT", "", wrong)
    assert (answer.status, answer.code) == (400, "invalid")
    fields = {one["field"] for one in answer.json["errors"]}
    assert {"session[3].room", "room[1].seats"} <= fields
    assert (await hall.organize("GET", "")).json == before


async def test_the_slug_must_be_that_of_the_address(hall: Hall) -> None:
    answer = await hall.call("PUT", "/api/v1/events/other", hall.people.organizer, read_conference())
    assert answer.status == 400
    assert answer.json["errors"][0]["field"] == "event.slug"


async def test_what_takes_assignments_away_needs_force(hall: Hall) -> None:
    day = (await hall.scan("Ana")).json["itinerary"]
    (mine,) = [one["session"] for one in day if one["slot"] == "s2"]
    document = (await hall.organize("GET", "")).json
    document["session"] = [one for one in document["session"] if one["code"] != mine]
    refused = await hall.organize("PUT", "", document)
    assert (refused.status, refused.code) == (409, "conflict")
    assert refused.json["errors"]
    forced = await hall.organize("PUT", "?force=true", document)
    assert forced.status == 200
    assert {"kind": "session", "code": mine, "change": "removed"} in forced.json["changes"]


async def test_force_is_yes_or_no(hall: Hall) -> None:
    answer = await hall.organize("PUT", "?force=perhaps", {})
    assert answer.json["errors"][0]["field"] == "force"


async def test_anybody_sees_what_is_public_and_no_more(hall: Hall) -> None:
    answer = await hall.call("GET", EVENT + "/public")
    assert answer.status == 200
    found = answer.json
    assert set(found) == {"name", "venue", "date", "timezone", "registration", "disciplines", "topics"}
    assert found["date"] == "2027-01-26"
    assert {"code": "undercover", "title": "Undercover work"} in found["topics"]
    assert "warning-signs" not in [one["code"] for one in found["topics"]], "a plenary is nobody's wish"
