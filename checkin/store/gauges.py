"""Numbers of several events at once, for whoever watches over the service: a handful of queries however many.

Must not read whom they are about.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from checkin.domain.assignments import Blocked
from checkin.domain.crossings import RoomCount
from checkin.domain.instants import Instant
from checkin.domain.model import DeviceId, EventId, Role
from checkin.domain.tallies import CHECKED_IN, COUNTED_IN, COUNTED_OUT, INSIDE, ON_SITE, REGISTERED, TallyKey
from checkin.store.schema import assignment, attendee, device
from checkin.store.schema_day import alert, room_count, tally

_TALLIES = (REGISTERED, CHECKED_IN, ON_SITE, INSIDE, COUNTED_IN, COUNTED_OUT)


class LastCall(NamedTuple):
    """When a paired device was last heard of."""

    event_id: EventId
    device: DeviceId
    role: Role
    at: Instant


def find_tallies_of(
    connection: Connection, events: Collection[EventId]
) -> dict[EventId, dict[TallyKey, int]]:
    """By event the counters of who is registered, checked in, on site and in which room."""
    found: dict[EventId, dict[TallyKey, int]] = {event: {} for event in events}
    query = select(tally).where(tally.c.event_id.in_(events), tally.c.what.in_(_TALLIES))
    for row in connection.execute(query):
        found[row.event_id][row.what, row.key] = row.n
    return found


def find_counts_of(
    connection: Connection, events: Collection[EventId]
) -> dict[EventId, dict[str, RoomCount]]:
    """By event and room the latest usher's count, whether it still stands or not."""
    found: dict[EventId, dict[str, RoomCount]] = {event: {} for event in events}
    query = select(room_count).where(room_count.c.event_id.in_(events))
    for row in connection.execute(query.order_by(room_count.c.counted_at, room_count.c.id)):
        count = RoomCount(row.counted, Instant(row.counted_at), Instant(row.until_at))
        found[row.event_id][row.room] = count
    return found


def list_last_calls(connection: Connection, events: Collection[EventId]) -> list[LastCall]:
    """The paired devices that have called, by their ids."""
    columns = (device.c.event_id, device.c.id, device.c.role, device.c.last_seen_at)
    query = select(*columns).where(
        device.c.event_id.in_(events),
        device.c.last_seen_at.isnot(None),
        device.c.token_digest.isnot(None),
        device.c.revoked_at.is_(None),
    )
    return [
        LastCall(EventId(row.event_id), DeviceId(row.id), Role(row.role), Instant(row.last_seen_at))
        for row in connection.execute(query.order_by(device.c.id))
    ]


def count_open_alerts(
    connection: Connection, events: Collection[EventId]
) -> Mapping[tuple[EventId, str], int]:
    """How many alerts are open, by event and kind."""
    query = (
        select(alert.c.event_id, alert.c.kind, func.count().label("n"))
        .where(alert.c.event_id.in_(events), alert.c.cleared_at.is_(None))
        .group_by(alert.c.event_id, alert.c.kind)
    )
    return {(EventId(row.event_id), row.kind): row.n for row in connection.execute(query)}


def count_waiting(
    connection: Connection, events: Collection[EventId], because: Collection[Blocked]
) -> Mapping[tuple[EventId, str], int]:
    """How many have no session for one of these reasons, by event and slot."""
    query = (
        select(assignment.c.event_id, assignment.c.slot, func.count().label("n"))
        .join(attendee, attendee.c.id == assignment.c.attendee_id)
        .where(
            assignment.c.event_id.in_(events),
            assignment.c.session.is_(None),
            assignment.c.why["blocked"].as_string().in_([str(one) for one in because]),
            attendee.c.is_cancelled.is_(False),
            attendee.c.is_welcome_everywhere.is_(False),
        )
        .group_by(assignment.c.event_id, assignment.c.slot)
    )
    return {(EventId(row.event_id), row.slot): row.n for row in connection.execute(query)}
