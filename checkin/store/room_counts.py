"""Ushers' counts as they were made, each with what the scans made of it. The latest of a room stands."""

from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from checkin.domain.alerts import UsherCount
from checkin.domain.crossings import RoomCount
from checkin.domain.instants import Instant
from checkin.domain.model import EventId
from checkin.store.schema_day import room_count


def list_room_counts(connection: Connection, event_id: EventId) -> list[UsherCount]:
    """Every count of the event by its time."""
    query = select(room_count).where(room_count.c.event_id == event_id)
    rows = connection.execute(query.order_by(room_count.c.counted_at, room_count.c.id))
    return [_to_count(row) for row in rows]


def find_room_counts(connection: Connection, event_id: EventId) -> dict[str, UsherCount]:
    """By room its latest count, whether it still stands or not."""
    latest = (
        select(room_count.c.room, func.max(room_count.c.counted_at).label("at"))
        .where(room_count.c.event_id == event_id)
        .group_by(room_count.c.room)
        .subquery()
    )
    query = (
        select(room_count)
        .join(latest, (room_count.c.room == latest.c.room) & (room_count.c.counted_at == latest.c.at))
        .where(room_count.c.event_id == event_id)
        .order_by(room_count.c.id)
    )
    return {row.room: _to_count(row) for row in connection.execute(query)}


def find_last_counts(connection: Connection, event_id: EventId) -> dict[str, RoomCount]:
    """By room its latest count, whether it still stands or not."""
    return {room: one.count for room, one in find_room_counts(connection, event_id).items()}


def insert_count(
    connection: Connection, event_id: EventId, room: str, count: RoomCount, counted_by: str, scanned: int
) -> None:
    """Records an usher's count; `scanned`: the headcount that the scans had made."""
    connection.execute(
        insert(room_count).values(
            event_id=event_id,
            room=room,
            counted=count.counted,
            counted_by=counted_by,
            counted_at=count.counted_at,
            until_at=count.until,
            scanned=scanned,
        )
    )


def update_until(
    connection: Connection, event_id: EventId, room: str, count: RoomCount, until: Instant
) -> None:
    """Lets a count stand for a longer or shorter time than it did."""
    connection.execute(
        update(room_count)
        .where(
            room_count.c.event_id == event_id,
            room_count.c.room == room,
            room_count.c.counted_at == count.counted_at,
        )
        .values(until_at=until)
    )


def _to_count(row: Row[Any]) -> UsherCount:
    count = RoomCount(row.counted, Instant(row.counted_at), Instant(row.until_at))
    return UsherCount(row.room, count, row.scanned)
