"""Idempotency keys of registrations: only which attendee a key made; the answer is built again from that."""

from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, EventId
from checkin.store.schema import idempotency


class KeyUse(NamedTuple):
    """What a key was used for."""

    body_digest: bytes
    attendee: AttendeeId


def find_key(connection: Connection, event_id: EventId, key_digest: bytes) -> KeyUse | None:
    """What this key was used for in this event."""
    row = connection.execute(
        select(idempotency.c.body_digest, idempotency.c.attendee_id).where(
            idempotency.c.event_id == event_id, idempotency.c.key_digest == key_digest
        )
    ).first()
    return None if row is None else KeyUse(row.body_digest, AttendeeId(row.attendee_id))


def insert_key(
    connection: Connection, event_id: EventId, key_digest: bytes, use: KeyUse, now: Instant
) -> None:
    """Remembers the use of a key; it must be a new one."""
    connection.execute(
        insert(idempotency).values(
            event_id=event_id,
            key_digest=key_digest,
            body_digest=use.body_digest,
            attendee_id=use.attendee,
            created_at=now,
        )
    )
