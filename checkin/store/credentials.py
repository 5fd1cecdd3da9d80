"""Digests of issued credentials: whose they are, of which generation, and whether they are still in force."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, insert, select, update

from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, EventId
from checkin.store.schema import attendee, credential, event


class CredentialRow(NamedTuple):
    """One credential; `replaced_at` is set once a reissue has replaced it."""

    digest: bytes
    event_id: EventId
    attendee: AttendeeId
    generation: int
    replaced_at: Instant | None


def insert_credentials(
    connection: Connection,
    event_id: EventId,
    generation: int,
    made: Iterable[tuple[AttendeeId, bytes]],
    now: Instant,
) -> None:
    """Adds the credentials (attendee, digest) of one generation, in force from now on."""
    rows = [
        {
            "digest": digest,
            "event_id": event_id,
            "attendee_id": attendee,
            "generation": generation,
            "issued_at": now,
        }
        for attendee, digest in made
    ]
    if rows:
        connection.execute(insert(credential), rows)


def update_replaced(connection: Connection, attendee: AttendeeId, now: Instant) -> None:
    """Ends every credential of the attendee that is in force."""
    in_force = (credential.c.attendee_id == attendee) & credential.c.replaced_at.is_(None)
    connection.execute(update(credential).where(in_force).values(replaced_at=now))


def find_credential(connection: Connection, digest: bytes) -> CredentialRow | None:
    """The credential of a digest."""
    row = connection.execute(_credentials().where(credential.c.digest == digest)).first()
    return None if row is None else CredentialRow(*row)


def list_credentials(connection: Connection, attendee: AttendeeId) -> list[CredentialRow]:
    """All that were ever issued to the attendee, the newest generation first."""
    query = _credentials().where(credential.c.attendee_id == attendee)
    rows = connection.execute(query.order_by(credential.c.generation.desc()))
    return [CredentialRow(*row) for row in rows]


def list_digests(connection: Connection, event_id: EventId) -> set[bytes]:
    """The digests of all credentials of the event that are in force."""
    query = select(credential.c.digest).where(
        credential.c.event_id == event_id, credential.c.replaced_at.is_(None)
    )
    return set(connection.execute(query).scalars())


def stream_badges(connection: Connection) -> Iterator[tuple[str, bytes, bytes, int, bytes]]:
    """Every credential in force: its event's slug and uuid, its attendee's uuid, generation and digest."""
    query = (
        select(event.c.slug, event.c.uuid, attendee.c.uuid, credential.c.generation, credential.c.digest)
        .join(event, event.c.id == credential.c.event_id)
        .join(attendee, attendee.c.id == credential.c.attendee_id)
        .where(credential.c.replaced_at.is_(None))
        .order_by(event.c.slug)
    )
    for row in connection.execute(query, execution_options={"yield_per": 5_000}):
        yield tuple(row)


def list_in_force(connection: Connection, event_id: EventId) -> dict[AttendeeId, list[int]]:
    """The generations of the credentials in force, by attendee."""
    query = select(credential.c.attendee_id, credential.c.generation).where(
        credential.c.event_id == event_id, credential.c.replaced_at.is_(None)
    )
    found: dict[AttendeeId, list[int]] = {}
    for row in connection.execute(query.order_by(credential.c.generation)):
        found.setdefault(AttendeeId(row.attendee_id), []).append(row.generation)
    return found


def _credentials() -> Select[Any]:
    columns = credential.c
    return select(
        columns.digest, columns.event_id, columns.attendee_id, columns.generation, columns.replaced_at
    )
