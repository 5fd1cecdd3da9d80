"""The latest scans: of each room, and of one attendee at one device."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, literal, select, union_all

from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, DeviceId, EventId
from checkin.domain.scans import Reason
from checkin.store.schema import reversal, scan


def find_last_scans(connection: Connection, event_id: EventId, rooms: Sequence[str]) -> dict[str, Instant]:
    """The latest scan of each room that has any: one step in the index for each."""
    if not rooms:
        return {}
    latest = [
        select(
            literal(room).label("room"),
            select(func.max(scan.c.recorded_at))
            .where(scan.c.event_id == event_id, scan.c.room == room)
            .scalar_subquery()
            .label("at"),
        )
        for room in rooms
    ]
    rows = connection.execute(union_all(*latest))
    return {row.room: Instant(row.at) for row in rows if row.at is not None}


def find_last_check_in(connection: Connection, device: DeviceId, attendee: AttendeeId) -> Instant | None:
    """When this device last checked the attendee in, if nobody took it back."""
    query = (
        select(func.max(scan.c.recorded_at))
        .outerjoin(reversal, reversal.c.scan_seq == scan.c.seq)
        .where(
            scan.c.attendee_id == attendee,
            scan.c.effect.isnot(None),
            scan.c.device_id == device,
            scan.c.reason.in_([Reason.CHECKED_IN, Reason.RETURNED]),
            reversal.c.scan_seq.is_(None),
        )
    )
    found = connection.execute(query).scalar()
    return None if found is None else Instant(found)
