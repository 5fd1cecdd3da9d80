"""Doors over HTTP: what a volunteer's phone is told, counts by ushers, undo, and who may do what."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from checkin.domain.model import Role
from checkin.service.attendees import register
from checkin.service.events import load_event, show_event
from checkin.service.services import Actor, ActorKind
from checkin.service.verify import verify
from tests.api.hall import EVENT, SLUG, Answer, Furnished, Hall, at, open_hall, paired

NOON = datetime.fromisoformat("2027-01-26T12:00:00-07:00")
ANYHOW = {"reason": "speaker asked", "by": "M. Ortiz"}
COUNT = "/rooms/b204/headcount"


@pytest_asyncio.fixture
async def hall(furnished: Furnished) -> AsyncIterator[Hall]:
    """A server at 10:20: in B204 law enforcement hears of undercover work; nobody has come yet."""
    async with open_hall(furnished, at("10:20")) as opened:
        yield opened
        assert await verify(opened.services.db) == []


async def door_of(hall: Hall, room: str) -> str:
    """The token of a new door."""
    return await paired(hall.services, f"Door {room}", Role.DOOR, room)


async def scan(hall: Hall, name: str = "Ana", token: str | None = None, **fields: object) -> Any:
    """What the door of B204 (or another) is told."""
    answer = await hall.scan(name, token or hall.people.door, **fields)
    assert answer.status == 200, answer.body
    return answer.json


async def count(hall: Hall, counted: object, token: str | None = None, path: str = COUNT) -> Answer:
    """An usher's count, by the door of B204 or somebody else."""
    return await hall.call("POST", EVENT + path, token or hall.people.door, {"counted": counted})


async def test_an_entry_tells_who_where_and_how_full(hall: Hall) -> None:
    found = await scan(hall)
    assert (found["verdict"], found["reason"]) == ("admitted", "entered")
    assert found["attendee"]["display_name"] == "Ana R."
    assert found["occupancy"] == {"room": "b204", "headcount": 1, "posted_limit": 100}
    assert found["room"]["code"] == "b204"
    assert [one["session"] for one in found["itinerary"]][1] == "undercover-1"
    assert not {"left_room", "overridden", "conflict", "alternatives"} & found.keys()
    frame = (await hall.organize("GET", "/occupancy")).json
    (room,) = [one for one in frame["rooms"] if one["code"] == "b204"]
    assert (room["headcount"], room["expected"], frame["checked_in"]) == (1, 1, 1)


async def test_in_and_out_and_the_room_before(hall: Hall) -> None:
    assert (await scan(hall))["reason"] == "entered"
    assert (await scan(hall))["reason"] == "already_inside"
    assert (await scan(hall, direction="out"))["reason"] == "exited"
    assert (await scan(hall))["reason"] == "already_outside"
    assert (await scan(hall, direction="out"))["reason"] == "exited_unmatched"
    assert (await scan(hall, direction="in"))["reason"] == "entered"
    other = await door_of(hall, "b201")
    moved = await scan(hall, token=other, override=ANYHOW)
    assert (moved["reason"], moved["left_room"]) == ("entered", "b204")
    assert (await scan(hall, direction="out"))["occupancy"]["headcount"] == 0


async def test_the_wrong_room_shows_the_right_one(hall: Hall) -> None:
    await scan(hall)
    found = await scan(hall, token=await door_of(hall, "b201"))
    assert (found["verdict"], found["reason"]) == ("refused", "wrong_room")
    assert found["room"]["code"] == "b204"
    assert found["room"]["directions"]
    assert found["occupancy"]["headcount"] == 0


async def test_a_session_for_others_needs_an_override_that_is_told(hall: Hall) -> None:
    assert (await scan(hall, "Ben"))["reason"] == "not_eligible"
    name = str(uuid.uuid4())
    found = await scan(hall, "Ben", scan_id=name, override=ANYHOW)
    assert (found["reason"], found["overridden"]) == ("entered", ["not_eligible"])
    again = await scan(hall, "Ben", scan_id=name, override=ANYHOW)
    assert (again["overridden"], again["recorded_at"]) == (found["overridden"], found["recorded_at"])
    for other in (None, {**ANYHOW, "by": "somebody else"}):
        answer = await hall.scan("Ben", hall.people.door, scan_id=name, override=other)
        assert (answer.status, answer.code) == (409, "scan_id_reused")


@pytest.mark.parametrize("missing", ["reason", "by"])
@pytest.mark.parametrize("text", ["", " ", "\t\n"])
async def test_an_override_needs_a_reason_and_a_name(hall: Hall, missing: str, text: str) -> None:
    answer = await hall.scan("Ben", hall.people.door, override={**ANYHOW, missing: text})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, f"override.{missing}")


async def test_only_doors_let_in_against_the_rules(hall: Hall) -> None:
    answer = await hall.scan("Ben", hall.people.kiosk, override=ANYHOW)
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "override")


async def test_a_full_room_names_other_sessions_with_seats(hall: Hall) -> None:
    assert (await count(hall, 100)).json == {"room": "b204", "headcount": 100, "adjustment": 100}
    found = await scan(hall)
    assert (found["verdict"], found["reason"]) == ("refused", "room_full")
    first = found["alternatives"][0]
    assert set(first) == {"session", "title", "starts_at", "room", "seats_free"}
    assert first["starts_at"] == "2027-01-26T10:15:00-07:00"
    assert {"code", "name"} <= set(first["room"])
    assert "undercover-1" not in [one["session"] for one in found["alternatives"]]
    over = await scan(hall, override=ANYHOW)
    assert (over["overridden"], over["occupancy"]["headcount"]) == (["room_full"], 101)
    frame = (await hall.organize("GET", "/occupancy")).json
    assert [one["state"] for one in frame["rooms"] if one["code"] == "b204"] == ["over"]


async def test_a_number_is_typed_alone_and_guesses_wait(hall: Hall) -> None:
    number = hall.people.numbers["Ana"]
    assert (await scan(hall, "nobody", number=number))["reason"] == "entered"
    answers = [await hall.scan("nobody", hall.people.door, number=f"Z9-00{n}") for n in range(9)]
    assert (answers[0].json["reason"], answers[-1].status) == ("unknown_badge", 429)


async def test_a_confidential_attendee_has_the_alias_only(hall: Hall) -> None:
    found = await hall.scan("Maria", hall.people.door)
    assert found.json["attendee"]["display_name"] == "Maria L."
    assert b"Dmitri" not in found.body


async def test_a_late_entry_is_a_fact_with_its_conflicts(hall: Hall) -> None:
    sent_at = (NOON + timedelta(minutes=3)).isoformat()
    found = await scan(hall, "Ben", offline=True, scanned_at=NOON.isoformat(), sent_at=sent_at)
    assert (found["verdict"], found["reason"], found["conflict"]) == ("admitted", "entered", ["not_eligible"])
    assert found["occupancy"]["headcount"] == 1


async def test_a_door_takes_its_own_scans_back(hall: Hall) -> None:
    found = await scan(hall)
    path = f"/api/v1/scans/{found['scan_id']}/undo"
    assert (await hall.call("POST", path, await door_of(hall, "b204"))).status == 403
    undone = await hall.call("POST", path, hall.people.door)
    assert (undone.status, undone.json["scan_id"]) == (200, found["scan_id"])
    assert (await hall.call("POST", path, hall.people.organizer)).json == undone.json
    frame = (await hall.organize("GET", "/occupancy")).json
    assert (frame["checked_in"], frame["on_site"]) == (0, 0)
    assert (await scan(hall))["occupancy"]["headcount"] == 1


class TestUshersCounts:
    async def test_doors_count_their_own_room_and_organizers_any(self, hall: Hall) -> None:
        await scan(hall)
        assert (await count(hall, 4)).json == {"room": "b204", "headcount": 4, "adjustment": 3}
        made = await hall.organize("POST", "/rooms/a101/headcount", {"counted": 0})
        assert made.json == {"room": "a101", "headcount": 0, "adjustment": 0}
        other = await count(hall, 4, path="/rooms/a101/headcount")
        assert (other.status, other.code) == (403, "forbidden")

    @pytest.mark.parametrize("who", ["kiosk", "display", "staff"])
    async def test_nobody_else_counts(self, hall: Hall, who: str) -> None:
        assert (await count(hall, 4, getattr(hall.people, who))).status == 403

    @pytest.mark.parametrize("counted", [-1, 1.5, "4", None, 10**9])
    async def test_a_count_is_a_number_of_people(self, hall: Hall, counted: object) -> None:
        answer = await count(hall, counted)
        assert (answer.status, answer.json["errors"][0]["field"]) == (400, "counted")

    async def test_a_room_that_is_none_is_not_found(self, hall: Hall) -> None:
        assert (await hall.organize("POST", "/rooms/z999/headcount", {"counted": 1})).status == 404


async def test_a_door_belongs_to_its_event_alone(hall: Hall) -> None:
    agenda = await show_event(hall.services, SLUG)
    await load_event(hall.services, replace(agenda, slug="other-2027"))
    for path in (COUNT, ""):
        method, body = ("POST", {"counted": 1}) if path else ("GET", None)
        answer = await hall.call(method, f"/api/v1/events/other-2027{path}", hall.people.door, body)
        assert answer.status == 403
    values = {"first_name": "Eve", "last_name": "Other", "discipline": ["law"]}
    guest = await register(
        hall.services, "other-2027", values, Actor(ActorKind.TOKEN, "organizer", 1, "desk")
    )
    found = await scan(hall, credential=guest.credential)
    assert (found["verdict"], found["reason"], found["attendee"]) == ("refused", "other_event", None)
    assert "itinerary" not in found
    assert found["occupancy"]["room"] == "b204"
