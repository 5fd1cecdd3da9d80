"""The API's description, OpenAPI 3.1: made from the table of routes and the very types on the wire.

Owns the document's form. Must not know a single call: what is not in the table is not described.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from checkin import __doc__ as about
from checkin.api import wire
from checkin.api.call import Route, Who
from checkin.api.problems import CONTENT_TYPE, Problem

_REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_PARAMETERS = {
    "slug": "The event's word, such as response-2027",
    "number": "The attendee's number, such as K7-214",
    "device_id": "The device's id",
    "scan_id": "The scan's UUID, made by the device",
    "reroute_id": "The reroute's id",
    "room": "The room's code",
    "alert_id": "The alert's id",
}
_HEADERS = {"Idempotency-Key": "Sent again with the same body, the first answer is given again"}

_COOKIE_NOTE = (
    "Pages send the cookie checkin_device_ID that pairing set, and name the ID in the header Checkin-Device "
    "(the stream: in ?device=)."
)

Document = dict[str, Any]


def describe(routes: Sequence[Route], statuses: Mapping[str, int]) -> bytes:
    """The document as JSON."""
    paths: dict[str, Document] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, statuses)
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Checkin", "version": version(), "summary": about},
        "paths": paths,
        "components": {
            "schemas": _schemas(routes),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An API or device token"},
                "device": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "checkin_device_ID",
                    "description": _COOKIE_NOTE,
                },
            },
        },
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1)


def version() -> str:
    """The version that is installed; 0 where the code runs without being installed."""
    from importlib import metadata

    try:
        return metadata.version("checkin")
    except metadata.PackageNotFoundError:
        return "0"


def _schemas(routes: Iterable[Route]) -> Document:
    kinds: dict[str, type] = {"Problem": Problem}
    extra: tuple[type, ...] = (wire.ScanFields, wire.ScanAnswer, wire.ScanProblem)
    for kind in extra:
        kinds[kind.__name__] = kind
    for route in routes:
        for found in (route.body, route.answer):
            if found is not None:
                kinds[found.__name__] = found
    _, schemas = msgspec.json.schema_components(list(kinds.values()), ref_template=_REF)
    # Scans of a batch are decoded one by one, and their answers are of two kinds.
    schemas["ScanBatch"]["properties"]["scans"]["items"] = _ref(wire.ScanFields)
    either = {"anyOf": [_ref(wire.ScanAnswer), _ref(wire.ScanProblem)]}
    schemas["BatchAnswer"]["properties"]["results"]["items"] = either
    return schemas


def _ref(kind: type) -> Document:
    return {"$ref": _REF.format(name=kind.__name__)}


def _operation(route: Route, statuses: Mapping[str, int]) -> Document:
    operation: Document = {
        "operationId": route.name,
        "summary": route.summary,
        "description": "Who: " + ", ".join(sorted(route.who)) + ".",
        "parameters": _parameters(route),
        "responses": _responses(route, statuses),
    }
    if route.takes_body:
        operation["requestBody"] = {"required": True, "content": _body(route)}
    if Who.ANYONE not in route.who:
        operation["security"] = [{"token": []}]
        if route.who & {Who.KIOSK, Who.DOOR, Who.DISPLAY}:
            operation["security"].append({"device": []})
    elif route.takes_token:
        operation["security"] = [{}, {"token": []}]
    return operation


def _parameters(route: Route) -> list[Document]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        | {"description": _PARAMETERS[name]}
        for name in _PARAMETER.findall(route.path)
    ]
    for one in route.query:
        found.append(
            {"name": one.name, "in": "query", "schema": dict(one.schema), "description": one.description}
        )
    for header in route.headers:
        found.append(
            {"name": header, "in": "header", "schema": {"type": "string"}, "description": _HEADERS[header]}
        )
    return found


def _body(route: Route) -> Document:
    content: Document = {}
    for media in route.media:
        is_json = media == "application/json" and route.body is not None
        content[media] = {"schema": _ref(route.body) if is_json and route.body else {"type": "string"}}
    return content


def _responses(route: Route, statuses: Mapping[str, int]) -> Document:
    good: Document = {"description": route.summary}
    if route.answer is not None and route.answer_media == "application/json":
        good["content"] = {route.answer_media: {"schema": _ref(route.answer)}}
    else:
        good["content"] = {route.answer_media: {"schema": {}}}
    responses: Document = {str(route.status): good}
    by_status: dict[int, list[str]] = {}
    for code in codes_of(route):
        by_status.setdefault(statuses[code], []).append(code)
    for status, codes in sorted(by_status.items()):
        responses[str(status)] = {
            "description": f"{HTTPStatus(status).phrase}: {', '.join(sorted(codes))}",
            "content": {CONTENT_TYPE: {"schema": _ref(Problem)}},
        }
    return responses


def codes_of(route: Route) -> set[str]:
    """Every problem code that a route can answer with."""
    codes = {*route.codes, "internal", "unavailable"}
    if Who.ANYONE not in route.who:
        codes |= {"unauthorized", "forbidden"}
    if route.takes_body:
        codes |= {"invalid", "too_large", "timeout"}
    if route.query:
        codes.add("invalid")
    if _PARAMETER.search(route.path):
        codes.add("not_found")
    return codes
