"""One call as its handler sees it, and the table row that a call is made from.

Owns the ideas that all handlers share: who may call, what comes in, what goes out. Must not import a handler.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web

from checkin.domain.errors import not_found
from checkin.metrics import Metrics
from checkin.service.services import Actor, Services

SERVICES = web.AppKey("services", Services)
METRICS = web.AppKey("metrics", Metrics)

KIB = 1024
MIB = 1024 * KIB

B = TypeVar("B")


class Who(StrEnum):
    """Who a caller is to a route."""

    ANYONE = "anyone"
    ORGANIZER = "organizer"
    STAFF = "staff"
    KIOSK = "kiosk"
    DOOR = "door"
    DISPLAY = "display"


ANYONE = frozenset({Who.ANYONE})
ORGANIZER = frozenset({Who.ORGANIZER})
STAFF = frozenset({Who.ORGANIZER, Who.STAFF})
DEVICES = frozenset({Who.KIOSK, Who.DOOR, Who.DISPLAY})
SCANNERS = frozenset({Who.KIOSK, Who.DOOR})


class Call(msgspec.Struct, Generic[B], frozen=True):
    """A call that was let in: its body is read and decoded."""

    request: web.Request
    services: Services
    actor: Actor
    body: B
    request_id: str

    @property
    def slug(self) -> str:
        """The event's word in the address."""
        return self.request.match_info["slug"]

    @property
    def number(self) -> str:
        """The attendee's number in the address."""
        return self.request.match_info["number"]

    def id_of(self, name: str) -> int:
        """A numeric id in the address; anything else names nothing."""
        text = self.request.match_info[name]
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise not_found("There is nothing of that id.")
        return int(text)


Handler = Callable[[Call[Any]], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One parameter of the query, as OpenAPI tells it."""

    name: str
    schema: Mapping[str, Any]
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One call of the API: what both the server and its description are made from.

    `body`: the wire type of a JSON body. `reads`: what is decoded instead, where the use case itself judges
    the fields (`dict`) or the body is no JSON (`bytes`, with `media`). `codes`: errors of its own, beside
    those that every route of its kind can give.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Handler
    who: frozenset[Who]
    answer: type[msgspec.Struct] | None
    status: int = 200
    body: type[msgspec.Struct] | None = None
    reads: type | None = None
    media: tuple[str, ...] = ("application/json",)
    answer_media: str = "application/json"
    codes: tuple[str, ...] = ()
    query: tuple[Query, ...] = ()
    headers: tuple[str, ...] = ()
    limit: int = 64 * KIB
    is_hot: bool = False
    takes_token: bool = False
    takes_device_query: bool = False

    @property
    def decodes(self) -> Any:
        """The type that the body is decoded to; None where it is taken as bytes, or not at all."""
        kind = self.reads or self.body
        return None if kind is bytes else kind

    @property
    def is_stream(self) -> bool:
        """Whether the answer goes on until the caller leaves."""
        return self.answer_media == "text/event-stream"

    @property
    def takes_body(self) -> bool:
        """Whether a body is read at all."""
        return self.reads is not None or self.body is not None
