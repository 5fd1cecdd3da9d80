"""Paired devices and the one-time codes that pair them. Only digests of tokens and codes are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from checkin.domain.alerts import CalledDevice
from checkin.domain.instants import Instant
from checkin.domain.model import DeviceId, EventId, Role
from checkin.store.schema import device, event, pairing


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device of an event."""

    id: DeviceId
    event_id: EventId
    event: str
    name: str
    role: Role
    room: str | None
    created_at: Instant
    paired_at: Instant | None
    revoked_at: Instant | None


def _devices() -> Select[Any]:
    return select(device, event.c.slug).join(event, event.c.id == device.c.event_id)


def _to_device(row: Row[Any]) -> DeviceRow:
    return DeviceRow(
        DeviceId(row.id),
        EventId(row.event_id),
        row.slug,
        row.name,
        Role(row.role),
        row.room,
        Instant(row.created_at),
        None if row.paired_at is None else Instant(row.paired_at),
        None if row.revoked_at is None else Instant(row.revoked_at),
    )


def insert_device(
    connection: Connection, event_id: EventId, name: str, role: Role, room: str | None, now: Instant
) -> DeviceId:
    """Adds a device that is not paired yet."""
    row = {"event_id": event_id, "name": name, "role": str(role), "room": room, "created_at": now}
    made = connection.execute(insert(device).values(row).returning(device.c.id)).scalar_one()
    return DeviceId(made)


def find_device(connection: Connection, device_id: DeviceId) -> DeviceRow | None:
    """The device of an id, revoked or not."""
    row = connection.execute(_devices().where(device.c.id == device_id)).first()
    return None if row is None else _to_device(row)


def find_device_by_token(connection: Connection, token_digest: bytes) -> DeviceRow | None:
    """The device that holds a token, unless it is revoked."""
    query = _devices().where(device.c.token_digest == token_digest, device.c.revoked_at.is_(None))
    row = connection.execute(query).first()
    return None if row is None else _to_device(row)


def list_devices(connection: Connection, event_id: EventId | None = None) -> list[DeviceRow]:
    """The devices of an event, or of all, by event and in the order they were added."""
    query = _devices().order_by(event.c.slug, device.c.id)
    if event_id is not None:
        query = query.where(device.c.event_id == event_id)
    return [_to_device(row) for row in connection.execute(query)]


def list_called(connection: Connection, event_id: EventId) -> list[CalledDevice]:
    """The paired devices of an event that have called: those that would be missed."""
    query = select(device.c.id, device.c.name, device.c.room, device.c.last_seen_at).where(
        device.c.event_id == event_id,
        device.c.last_seen_at.isnot(None),
        device.c.token_digest.isnot(None),
        device.c.revoked_at.is_(None),
    )
    return [
        CalledDevice(DeviceId(row.id), row.name, row.room, Instant(row.last_seen_at))
        for row in connection.execute(query.order_by(device.c.id))
    ]


def update_last_seen(connection: Connection, seen: Mapping[DeviceId, Instant]) -> None:
    """Remembers when devices were last heard of; another process may know of a later moment."""
    is_news = device.c.last_seen_at.is_(None) | (device.c.last_seen_at < bindparam("at"))
    changed = update(device).where(device.c.id == bindparam("key"), is_news)
    rows = [{"key": device_id, "at": at} for device_id, at in sorted(seen.items())]
    if rows:
        connection.execute(changed.values(last_seen_at=bindparam("at")), rows)


def update_paired(connection: Connection, device_id: DeviceId, token_digest: bytes, now: Instant) -> None:
    """Gives the device its token; the one before it ends."""
    changed = update(device).where(device.c.id == device_id)
    connection.execute(changed.values(token_digest=token_digest, paired_at=now))


def update_revoked(connection: Connection, device_id: DeviceId, now: Instant) -> None:
    """Ends the device: its token, and its codes."""
    changed = update(device).where(device.c.id == device_id)
    connection.execute(changed.values(token_digest=None, revoked_at=now))
    delete_codes(connection, device_id)


def insert_code(connection: Connection, code_digest: bytes, device_id: DeviceId, expires_at: Instant) -> None:
    """Adds a code for a device; its earlier ones that nobody used end."""
    delete_codes(connection, device_id)
    row = {"code_digest": code_digest, "device_id": device_id, "expires_at": expires_at}
    connection.execute(insert(pairing).values(row))


def delete_codes(connection: Connection, device_id: DeviceId) -> None:
    """Ends the codes of a device that nobody has used."""
    unused = delete(pairing).where(pairing.c.device_id == device_id, pairing.c.used_at.is_(None))
    connection.execute(unused)


def find_event_of_code(connection: Connection, code_digest: bytes) -> EventId | None:
    """The event of the device that a code is for, used or not; None if there is no such code."""
    of_code = device.join(pairing, pairing.c.device_id == device.c.id)
    query = select(device.c.event_id).select_from(of_code).where(pairing.c.code_digest == code_digest)
    found = connection.execute(query).scalar()
    return None if found is None else EventId(found)


def use_code(connection: Connection, code_digest: bytes, now: Instant) -> DeviceRow | None:
    """Uses a code up and gives its device; None if it is unknown, used or expired, or the device revoked."""
    used = (
        update(pairing)
        .where(pairing.c.code_digest == code_digest, pairing.c.used_at.is_(None), pairing.c.expires_at > now)
        .values(used_at=now)
        .returning(pairing.c.device_id)
    )
    device_id = connection.execute(used).scalar()
    found = None if device_id is None else find_device(connection, DeviceId(device_id))
    return None if found is None or found.revoked_at is not None else found
