"""Counts that no counter holds: arrivals by time, and who of a session's assigned is at the venue.

Each is one indexed query, since a board's frame asks for them several times a second.
"""

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from checkin.domain.instants import Instant
from checkin.domain.model import EventId
from checkin.store.schema import assignment, presence


def count_arrivals(
    connection: Connection, event_id: EventId, since: Instant, width: int
) -> dict[Instant, int]:
    """First check-ins from `since` on, by the start of their span of `width` microseconds."""
    span = presence.c.first_at // width
    query = (
        select(span.label("span"), func.count())
        .where(presence.c.event_id == event_id, presence.c.first_at >= since)
        .group_by(span)
    )
    return {Instant(at * width): n for at, n in connection.execute(query)}


def count_assigned_on_site(
    connection: Connection, event_id: EventId, sessions: Collection[str], midnight: Instant
) -> dict[str, int]:
    """By session how many of its assigned are on site; no stay reaches over the last `midnight`."""
    query = (
        select(assignment.c.session, func.count().label("n"))
        .join(presence, presence.c.attendee_id == assignment.c.attendee_id)
        .where(
            assignment.c.event_id == event_id,
            assignment.c.session.in_(sessions),
            presence.c.arrived_at >= midnight,
            presence.c.left_at.is_(None),
        )
        .group_by(assignment.c.session)
    )
    return {row.session: row.n for row in connection.execute(query)} if sessions else {}
