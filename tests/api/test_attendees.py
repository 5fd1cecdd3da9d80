"""Attendees over HTTP."""

import uuid

import pytest

from tests.api.hall import EVENT, PEOPLE, Hall

NEW = {"first_name": "Eva", "last_name": "Begay", "discipline": ["law"], "email": "eva@example.org"}


async def test_anybody_may_register_while_registration_is_open(hall: Hall) -> None:
    answer = await hall.call("POST", EVENT + "/registrations", body=NEW)
    assert answer.status == 201
    made = answer.json
    assert set(made) == {"number", "credential", "itinerary", "page"}
    assert len(made["credential"]) == 28
    assert made["page"] == f"/my#{made['credential']}"
    assert made["itinerary"] == []
    assert (await hall.organize("GET", f"/attendees/{made['number']}")).json["email"] == "eva@example.org"
    scan = await hall.scan(credential=made["credential"])
    assert scan.json["attendee"]["first_name"] == "Eva"


async def test_a_registration_sent_twice_with_its_key_is_one(hall: Hall) -> None:
    key = str(uuid.uuid4())
    path = EVENT + "/registrations"
    first = await hall.call("POST", path, body=NEW, Idempotency_Key=key)
    again = await hall.call("POST", path, body=NEW, Idempotency_Key=key)
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    other = await hall.call("POST", path, body={**NEW, "first_name": "Eve"}, Idempotency_Key=key)
    assert (other.status, other.code) == (409, "conflict")
    assert len((await hall.organize("GET", "/attendees?query=begay")).json["items"]) == 1


async def test_the_same_email_again_is_a_new_registration(hall: Hall) -> None:
    path = EVENT + "/registrations"
    one, two = [await hall.call("POST", path, body=NEW) for _ in range(2)]
    assert (one.status, two.status) == (201, 201)
    assert one.json["number"] != two.json["number"]


@pytest.mark.parametrize("field", ["all_rooms", "external_id", "group"])
async def test_what_only_organizers_set_is_refused_without_a_token(hall: Hall, field: str) -> None:
    body = {**NEW, field: True if field == "all_rooms" else "x"}
    path = EVENT + "/registrations"
    refused = await hall.call("POST", path, body=body)
    assert refused.status == 400
    assert [one["field"] for one in refused.json["errors"]] == [field]
    assert (await hall.call("POST", path, hall.people.staff, body)).status == 201


async def test_every_wrong_field_of_a_registration_is_named(hall: Hall) -> None:
    body = {
        "first_name": "",
        "last_name": "B",
        "discipline": ["nothing"],
        "email": "no",
        "confidential": True,
    }
    answer = await hall.call("POST", EVENT + "/registrations", body=body)
    assert {one["field"] for one in answer.json["errors"]} == {"first_name", "discipline", "email", "alias"}


@pytest.mark.parametrize("registration", ["staff", "closed"])
async def test_where_registration_is_not_open_it_takes_a_token(hall: Hall, registration: str) -> None:
    document = (await hall.organize("GET", "")).json
    document["event"]["registration"] = registration
    assert (await hall.organize("PUT", "", document)).status == 200
    path = EVENT + "/registrations"
    public = await hall.call("POST", path, body=NEW)
    assert (public.status, public.code) == (403, "registration_closed")
    assert (await hall.call("POST", path, hall.people.staff, NEW)).status == 201


async def test_a_wrong_token_does_not_register_as_anybody(hall: Hall) -> None:
    assert (await hall.call("POST", EVENT + "/registrations", "ck_wrong", NEW)).status == 401


async def test_a_table_is_imported_once(hall: Hall) -> None:
    text = PEOPLE + "Finn,Tso,other,finn@example.org,,,,,,X-9\n"
    counts = {"created": 1, "updated": 0, "unchanged": 4, "faults": [], "ignored_columns": []}
    path = "/attendees/import"
    assert (await hall.organize("POST", path + "?dry_run=true", text, Content_Type="text/csv")).json == counts
    assert (await hall.organize("POST", path, text, Content_Type="text/csv")).json == counts
    again = await hall.organize("POST", path, text, Content_Type="text/csv")
    assert (again.json["created"], again.json["unchanged"]) == (0, 5)


async def test_a_wrong_table_names_every_fault_and_stores_nothing(hall: Hall) -> None:
    text = "first_name,last_name,discipline,extra\nGil,Tso,law,\n,Tso,law,\nHal,Tso,nothing,\n"
    answer = await hall.organize("POST", "/attendees/import", text, Content_Type="text/csv")
    assert (answer.status, answer.code) == (400, "invalid")
    assert {(one["line"], one["column"]) for one in answer.json["faults"]} == {
        (3, "first_name"),
        (4, "discipline"),
    }
    assert (await hall.organize("GET", "/attendees?query=tso")).json["items"] == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"PK\x03\x04....", "application/octet-stream"),
        (b"x", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
async def test_a_workbook_comes_later(hall: Hall, body: bytes, kind: str) -> None:
    answer = await hall.organize("POST", "/attendees/import", body, Content_Type=kind)
    assert answer.status == 400
    assert "later" in answer.json["detail"]


async def test_the_list_goes_by_names_page_by_page(hall: Hall) -> None:
    first = (await hall.organize("GET", "/attendees?limit=3")).json
    assert [one["first_name"] for one in first["items"]] == ["Maria", "Ana", "Cora"]
    rest = (await hall.organize("GET", f"/attendees?limit=3&cursor={first['next']}")).json
    assert [one["first_name"] for one in rest["items"]] == ["Ben"]
    assert rest["next"] is None


async def test_the_list_is_searched_and_filtered(hall: Hall) -> None:
    await hall.scan("Ana")

    async def names(query: str) -> list[str]:
        answer = await hall.call("GET", f"{EVENT}/attendees?{query}", hall.people.staff)
        assert answer.status == 200
        return [one["first_name"] for one in answer.json["items"]]

    assert await names("query=RUIZ%20cor") == ["Cora"]
    assert await names("query=gallup") == ["Ben"]
    assert await names("status=checked_in") == ["Ana"]
    assert await names("discipline=law&status=registered") == ["Maria"]


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "status=away", "cursor=x"])
async def test_a_wrong_query_names_its_field(hall: Hall, query: str) -> None:
    answer = await hall.organize("GET", f"/attendees?{query}")
    assert answer.status == 400
    assert answer.json["errors"][0]["field"] == query.partition("=")[0]


async def test_an_attendee_is_changed_where_something_is_given(hall: Hall) -> None:
    path = f"/attendees/{hall.people.numbers['Ben']}"
    changed = await hall.organize("PATCH", path, {"agency": "New Clinic", "phone": None})
    assert changed.status == 200
    assert (changed.json["agency"], changed.json["phone"]) == ("New Clinic", "")
    assert changed.json["email"] == "ben@example.org"
    assert (await hall.organize("GET", path)).json == changed.json


async def test_cancelled_and_reinstated_the_badge_is_the_same(hall: Hall) -> None:
    path = f"/attendees/{hall.people.numbers['Ben']}"
    for _ in range(2):
        assert (await hall.organize("DELETE", path)).json["status"] == "cancelled"
    assert (await hall.scan("Ben")).json["reason"] == "registration_cancelled"
    back = await hall.organize("PATCH", path, {"status": "registered"})
    assert back.json["status"] == "registered"
    assert (await hall.scan("Ben")).json["reason"] == "checked_in"
    refused = await hall.organize("PATCH", path, {"status": "left"})
    assert refused.json["errors"][0]["field"] == "status"


async def test_a_reissued_badge_replaces_the_old_one(hall: Hall) -> None:
    made = await hall.organize("POST", f"/attendees/{hall.people.numbers['Ben']}/reissue")
    assert made.status == 200
    assert made.json["page"].endswith("#" + made.json["credential"])
    assert (await hall.scan("Ben")).json["reason"] == "badge_replaced"
    assert (await hall.scan(credential=made.json["credential"])).json["reason"] == "checked_in"


async def test_a_reveal_needs_a_reason(hall: Hall) -> None:
    path = f"/attendees/{hall.people.numbers['Maria']}/reveal"
    assert (await hall.organize("POST", path, {"reason": " "})).status == 400
    answer = await hall.organize("POST", path, {"reason": "court order"})
    assert (answer.json["first_name"], answer.json["last_name"]) == ("Dmitri", "Hidden")


async def test_a_badge_is_a_picture_for_those_who_may_have_it(hall: Hall) -> None:
    number = hall.people.numbers["Ana"]
    path = f"/attendees/{number}/badge.png"
    picture = await hall.organize("GET", path)
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.body.startswith(b"\x89PNG")
    assert (await hall.call("GET", EVENT + path, hall.people.kiosk)).status == 403
    await hall.scan("Ana")
    assert (await hall.call("GET", EVENT + path, hall.people.kiosk)).body.startswith(b"\x89PNG")
    assert (await hall.call("GET", EVENT + path, hall.people.other_kiosk)).status == 403
