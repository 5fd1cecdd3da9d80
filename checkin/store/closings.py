"""Recorded ends of sessions, one row each."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, EventId
from checkin.store.schema_day import closing, presence


def list_ended(connection: Connection, event_id: EventId) -> dict[str, Instant]:
    """By session when it ended, of those whose end was recorded."""
    rows = connection.execute(
        select(closing.c.session, closing.c.ended_at).where(closing.c.event_id == event_id)
    )
    return {session: Instant(ended_at) for session, ended_at in rows}


def insert_closings(
    connection: Connection, event_id: EventId, ended: Mapping[str, Instant], now: Instant
) -> None:
    """Records ends of sessions; none of them may be recorded yet."""
    rows = [
        {"event_id": event_id, "session": session, "ended_at": ended_at, "recorded_at": now}
        for session, ended_at in ended.items()
    ]
    if rows:
        connection.execute(insert(closing), rows)


def delete_closings(connection: Connection, event_id: EventId, sessions: Collection[str]) -> None:
    """Takes ends of sessions back: they have another, later one now."""
    if sessions:
        connection.execute(
            delete(closing).where(closing.c.event_id == event_id, closing.c.session.in_(sessions))
        )


def list_insiders(connection: Connection, event_id: EventId) -> set[AttendeeId]:
    """Who is in a room for a session, as far as is stored."""
    query = select(presence.c.attendee_id).where(
        presence.c.event_id == event_id, presence.c.room.isnot(None), presence.c.session.isnot(None)
    )
    return {AttendeeId(key) for key in connection.execute(query).scalars()}
