"""Lists of attendees: all of an event, and the page that a search gives, by keyset and not by offset."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, or_, select, text, tuple_

from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, EventId
from checkin.domain.presence import Presence
from checkin.store.attendees import AttendeeRow, to_attendee
from checkin.store.presences import COLUMNS, to_presence
from checkin.store.schema import attendee
from checkin.store.schema_day import presence


class Place(NamedTuple):
    """Where in the list an attendee stands: by folded last name, first name, then number."""

    last: str
    first: str
    number: str


@dataclass(frozen=True, slots=True)
class Found:
    """One attendee of a list, where in it, and their presence."""

    attendee: AttendeeRow
    place: Place
    presence: Presence


@dataclass(frozen=True, slots=True)
class Search:
    """What to list. `words` are folded and must all match; `status` is one of the contract's.

    `midnight`: when the present local day began; no presence reaches over a midnight.
    """

    midnight: Instant
    words: Sequence[str] = ()
    status: str | None = None
    discipline: str | None = None
    after: Place | None = None
    limit: int | None = None


_ORDER = (attendee.c.sort_last, attendee.c.sort_first, attendee.c.number)


def list_attendees(connection: Connection, event_id: EventId) -> list[AttendeeRow]:
    """Everyone of the event, cancelled too, by name."""
    rows = connection.execute(select(attendee).where(attendee.c.event_id == event_id).order_by(*_ORDER))
    return [to_attendee(row) for row in rows]


def list_stored(connection: Connection, event_id: EventId) -> list[tuple[Any, ...]]:
    """Everyone as the driver gives them, to tell whether anybody has changed; faster than reading them."""
    query = text("SELECT * FROM attendee WHERE event_id = :event ORDER BY id")
    return [tuple(row) for row in connection.execute(query, {"event": event_id})]


def list_numbers(
    connection: Connection, event_id: EventId, attendees: Iterable[AttendeeId]
) -> dict[AttendeeId, str]:
    """The numbers of these attendees."""
    wanted = (attendee.c.event_id == event_id, attendee.c.id.in_(list(attendees)))
    rows = connection.execute(select(attendee.c.id, attendee.c.number).where(*wanted))
    return {AttendeeId(key): number for key, number in rows}


def list_stamps(connection: Connection, event_id: EventId) -> dict[AttendeeId, Instant]:
    """When each attendee was last changed; another value tells that somebody was."""
    rows = connection.execute(
        select(attendee.c.id, attendee.c.updated_at).where(attendee.c.event_id == event_id)
    )
    return {AttendeeId(key): Instant(updated_at) for key, updated_at in rows}


def search_attendees(connection: Connection, event_id: EventId, search: Search) -> list[Found]:
    """Those who match, in the list's order, at most `limit`."""
    columns = [presence.c[name].label(f"presence_{name}") for name in COLUMNS]
    query = (
        select(attendee, *columns)
        .outerjoin(presence, presence.c.attendee_id == attendee.c.id)
        .where(attendee.c.event_id == event_id, *_conditions(search))
        .order_by(*_ORDER)
        .limit(search.limit)
    )
    return [
        Found(
            to_attendee(row),
            Place(row.sort_last, row.sort_first, row.number),
            to_presence(row, "presence_"),
        )
        for row in connection.execute(query)
    ]


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        attendee.c.search.contains(word, autoescape=True) for word in search.words
    ]
    if search.discipline is not None:
        # The column is a JSON list of codes: a code stands in it between quotes.
        listed = cast(attendee.c.disciplines, Text)
        conditions.append(listed.contains(json.dumps(search.discipline), autoescape=True))
    if search.status is not None:
        conditions.append(_has_status(search.status, search.midnight))
    if search.after is not None:
        conditions.append(tuple_(*_ORDER) > tuple_(*search.after))
    return conditions


def _has_status(status: str, midnight: Instant) -> ColumnElement[bool]:
    is_here: ColumnElement[Any] = and_(
        presence.c.arrived_at.isnot(None), presence.c.left_at.is_(None), presence.c.arrived_at >= midnight
    )
    if status == "cancelled":
        return attendee.c.is_cancelled.is_(True)
    came = presence.c.first_at.isnot(None)
    state = {
        "registered": presence.c.first_at.is_(None),
        "checked_in": and_(came, is_here),
        "left": and_(came, or_(presence.c.left_at.isnot(None), presence.c.arrived_at < midnight)),
    }[status]
    return and_(attendee.c.is_cancelled.is_(False), state)
