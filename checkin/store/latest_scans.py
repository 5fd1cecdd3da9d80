"""The latest scans: of each room, and of one attendee at one device."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import CompoundSelect, Connection, Text, bindparam, func, select, union_all

from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, DeviceId, EventId
from checkin.domain.scans import Reason
from checkin.store.schema_day import reversal, scan

ALWAYS: Final = Instant(2**62)


def find_last_scans(
    connection: Connection, event_id: EventId, rooms: Sequence[str], until: Instant = ALWAYS
) -> dict[str, Instant]:
    """The latest scan (up to `until`) of each room that has any: one step in the index for each."""
    if not rooms:
        return {}
    rows = connection.execute(_latest(len(rooms)), {"event": event_id, "until": until} | dict(_named(rooms)))
    return {row.room: Instant(row.at) for row in rows if row.at is not None}


def _named(rooms: Sequence[str]) -> Iterator[tuple[str, str]]:
    for place, room in enumerate(rooms):
        yield f"room_{place}", room


@lru_cache(maxsize=64)
def _latest(rooms: int) -> CompoundSelect[Any]:
    """The question for so many rooms; putting it together takes longer than the answer."""
    return union_all(
        *(
            select(
                bindparam(f"room_{place}", type_=Text).label("room"),
                select(func.max(scan.c.recorded_at))
                .where(
                    scan.c.event_id == bindparam("event"),
                    scan.c.room == bindparam(f"room_{place}"),
                    scan.c.recorded_at <= bindparam("until"),
                )
                .scalar_subquery()
                .label("at"),
            )
            for place in range(rooms)
        )
    )


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
