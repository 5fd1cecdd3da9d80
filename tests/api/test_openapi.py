"""The description says what the server does: made from the same table, checked against the real answers."""

import re
from typing import Any

import msgspec
import pytest

from checkin.api import wire, wire_views
from checkin.api.call import Route
from checkin.api.routes import ROUTES
from checkin.domain.attendee_columns import COLUMNS
from tests.api.hall import EVENT, Hall

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # see conftest


@pytest.fixture
async def document(hall: Hall) -> Any:
    answer = await hall.call("GET", "/api/v1/openapi.json")
    assert answer.status == 200
    return answer.json


@on_sqlite
async def test_every_route_is_described_and_nothing_else(document: Any) -> None:
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert described == {(route.path, route.method.lower()) for route in ROUTES}
    assert document["openapi"].startswith("3.1")


@on_sqlite
async def test_every_route_of_the_server_is_in_the_table(hall: Hall) -> None:
    served = {
        (route.resource.canonical, route.method)
        for route in hall.app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert served == {(route.path, route.method) for route in ROUTES}


@on_sqlite
async def test_every_reference_leads_somewhere(document: Any) -> None:
    text = msgspec.json.encode(document).decode()
    names = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert names
    assert names <= set(document["components"]["schemas"])


@on_sqlite
async def test_operations_have_names_of_their_own(document: Any) -> None:
    names = [item["operationId"] for path in document["paths"].values() for item in path.values()]
    assert len(names) == len(set(names))


@on_sqlite
async def test_path_parameters_are_all_described(document: Any) -> None:
    for path, item in document["paths"].items():
        for operation in item.values():
            named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path))


@on_sqlite
@pytest.mark.parametrize("route", [one for one in ROUTES if one.body], ids=lambda one: one.name)
async def test_a_request_is_described_by_the_type_that_decodes_it(document: Any, route: Route) -> None:
    assert route.body is not None
    operation = document["paths"][route.path][route.method.lower()]
    content = operation["requestBody"]["content"]["application/json"]
    assert content["schema"]["$ref"].endswith("/" + route.body.__name__)
    schema = document["components"]["schemas"][route.body.__name__]
    assert set(schema["properties"]) == set(route.body.__struct_fields__)


def test_a_registration_has_the_columns_of_the_table() -> None:
    assert set(wire.Registration.__struct_fields__) == {column.name for column in COLUMNS}
    assert set(wire.AttendeeChange.__struct_fields__) == {column.name for column in COLUMNS} | {"status"}


def test_requests_refuse_fields_that_are_not_known() -> None:
    for route in ROUTES:
        if route.body is not None and route.body is not wire_views.EventFile:
            assert route.body.__struct_config__.forbid_unknown_fields


GETS = [
    ("", wire_views.EventFile),
    ("/public", wire.PublicEvent),
    ("/attendees", wire.AttendeeList),
    ("/occupancy", wire_views.Occupancy),
]


@pytest.mark.parametrize(("path", "kind"), GETS)
async def test_answers_are_what_is_described(hall: Hall, path: str, kind: type[msgspec.Struct]) -> None:
    answer = await hall.call("GET", EVENT + path, hall.people.organizer)
    assert answer.status == 200
    value = msgspec.json.decode(answer.body, type=kind)
    assert msgspec.json.decode(msgspec.json.encode(value)) == answer.json, "fields that are not described"
