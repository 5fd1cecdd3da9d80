"""What organizers should look at afterwards: late scans that the rules would have refused, and overrides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select

from checkin.domain.instants import Instant
from checkin.domain.model import EventId, PersonName
from checkin.domain.scans import Override
from checkin.store.attendees import to_attendee
from checkin.store.schema import attendee, device
from checkin.store.schema_day import reversal, scan


@dataclass(frozen=True, slots=True)
class Conflict:
    """One such scan. `name` is what may be shown; `conflict` and `overridden` are the refusals passed."""

    scan_id: bytes
    happened_at: Instant
    recorded_at: Instant
    device: str
    room: str | None
    number: str
    name: PersonName
    reason: str
    conflict: Sequence[str]
    overridden: Sequence[str]
    override: Override | None
    undone_at: Instant | None


def list_conflicts(
    connection: Connection, event_id: EventId, before: Instant | None, limit: int
) -> list[Conflict]:
    """The newest first, at most `limit`; `before`: only those recorded before it."""
    columns = (
        scan.c.scan_id,
        scan.c.happened_at,
        scan.c.recorded_at,
        scan.c.room.label("scan_room"),
        scan.c.reason,
        scan.c.detail,
        device.c.name.label("device_name"),
        reversal.c.undone_at,
    )
    query = (
        select(attendee, *columns)
        .join_from(scan, attendee, attendee.c.id == scan.c.attendee_id)
        .join(device, device.c.id == scan.c.device_id)
        .outerjoin(reversal, reversal.c.scan_seq == scan.c.seq)
        .where(
            scan.c.event_id == event_id,
            scan.c.detail.isnot(None),
            or_(*(scan.c.detail[name].as_string().isnot(None) for name in ("conflict", "overridden"))),
        )
        .order_by(scan.c.recorded_at.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(scan.c.recorded_at < before)
    return [_to_conflict(row, to_attendee(row).profile.shown) for row in connection.execute(query)]


def _to_conflict(row: Any, name: PersonName) -> Conflict:
    detail = row.detail
    override = detail.get("override")
    return Conflict(
        scan_id=row.scan_id,
        happened_at=Instant(row.happened_at),
        recorded_at=Instant(row.recorded_at),
        device=row.device_name,
        room=row.scan_room,
        number=row.number,
        name=name,
        reason=row.reason,
        conflict=detail.get("conflict", []),
        overridden=detail.get("overridden", []),
        override=None if override is None else Override(override["reason"], override["by"]),
        undone_at=None if row.undone_at is None else Instant(row.undone_at),
    )
