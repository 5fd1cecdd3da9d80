"""The record of decisions that must be accounted for; rows are only ever added."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, EventId
from checkin.store.schema import audit


def insert_audit(
    connection: Connection,
    event_id: EventId,
    now: Instant,
    actor: str,
    action: str,
    attendee: AttendeeId | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Records that `actor` did `action`. `detail` must hold no names."""
    connection.execute(
        insert(audit).values(
            event_id=event_id,
            happened_at=now,
            actor=actor,
            action=action,
            attendee_id=attendee,
            detail=None if detail is None else dict(detail),
        )
    )


def list_audit(connection: Connection, event_id: EventId, action: str) -> list[dict[str, Any]]:
    """The records of one kind of decision, the oldest first."""
    rows = connection.execute(
        select(audit).where(audit.c.event_id == event_id, audit.c.action == action).order_by(audit.c.id)
    )
    return [dict(row) for row in rows.mappings()]
