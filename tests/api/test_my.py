"""An attendee's own page over HTTP."""

import base64

import pytest

from tests.api.hall import Hall


async def test_the_holder_sees_the_day(hall: Hall) -> None:
    letters = hall.people.letters["Ana"]
    before = await hall.call("POST", "/api/v1/my", body={"credential": letters})
    assert before.status == 200
    assert set(before.json) == {
        "number",
        "display_name",
        "discipline",
        "itinerary",
        "room",
        "version",
        "event",
    }
    assert before.json["display_name"] == "Ana R."
    assert [one["slot"] for one in before.json["itinerary"]] == ["s1", "s4", "s7"], "plenaries are for all"
    await hall.scan("Ana")
    after = (await hall.call("POST", "/api/v1/my", body={"credential": letters.lower()})).json
    assert len(after["itinerary"]) == 7
    assert after["room"]["code"] == "sandia"
    assert after["version"] > before.json["version"]
    assert after["event"]["timezone"] == "America/Denver"


async def test_the_badge_comes_when_asked_for(hall: Hall) -> None:
    body = {"credential": hall.people.letters["Ana"], "badge": True}
    answer = await hall.call("POST", "/api/v1/my", body=body)
    assert base64.b64decode(answer.json["badge_png"]).startswith(b"\x89PNG")


@pytest.mark.parametrize("text", ["", "x", "B" * 28, "é" * 512])
async def test_what_is_refused_is_not_found(hall: Hall, text: str) -> None:
    answer = await hall.call("POST", "/api/v1/my", body={"credential": text})
    assert (answer.status, answer.code) == (404, "not_found")


async def test_cancelled_and_replaced_badges_are_told_as_unknown_ones(hall: Hall) -> None:
    unknown = await hall.call("POST", "/api/v1/my", body={"credential": "B" * 28})
    number = hall.people.numbers["Ben"]
    for method, path in (("DELETE", f"/attendees/{number}"), ("POST", f"/attendees/{number}/reissue")):
        await hall.organize(method, path)
        answer = await hall.call("POST", "/api/v1/my", body={"credential": hall.people.letters["Ben"]})
        assert answer.json == unknown.json
