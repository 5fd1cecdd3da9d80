"""Where each attendee is now, and the sightings that it is the fold of."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select

from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, EventId
from checkin.domain.presence import Effect, Presence, Sighting
from checkin.domain.scans import Verdict
from checkin.store.schema_day import presence, reversal, scan

ROWS_AT_ONCE: Final = 1000
REPEAT: Final = Verdict.REPEAT.value

_EFFECTS: Final = {effect.value: effect for effect in Effect}

COLUMNS = Presence.__struct_fields__


def to_presence(row: Row[Any], prefix: str = "") -> Presence:
    """The presence in a row that has its columns (all null where there is none)."""
    return Presence(**{name: row._mapping[prefix + name] for name in COLUMNS})


def find_presences(
    connection: Connection, event_id: EventId, attendees: Iterable[AttendeeId] | None = None
) -> dict[AttendeeId, Presence]:
    """The presences of these attendees, or of all; who was never seen is not in it."""
    query = select(presence).where(presence.c.event_id == event_id)
    if attendees is not None:
        query = query.where(presence.c.attendee_id.in_(list(attendees)))
    rows = connection.execute(query)
    return {AttendeeId(row.attendee_id): to_presence(row) for row in rows}


def update_presences(
    connection: Connection, event_id: EventId, states: Mapping[AttendeeId, Presence]
) -> None:
    """Stores these attendees' presences in place of those before."""
    if not states:
        return
    attendees = [{"key": attendee} for attendee in states]
    connection.execute(delete(presence).where(presence.c.attendee_id == bindparam("key")), attendees)
    rows = [
        {"attendee_id": attendee, "event_id": event_id} | {name: getattr(state, name) for name in COLUMNS}
        for attendee, state in states.items()
    ]
    connection.execute(insert(presence), rows)


def list_sightings(
    connection: Connection, event_id: EventId, attendees: Iterable[AttendeeId] | None = None
) -> dict[AttendeeId, list[Sighting]]:
    """The sightings of these attendees, or of all, without those taken back."""
    query = _sightings().where(scan.c.event_id == event_id)
    if attendees is not None:
        query = query.where(scan.c.attendee_id.in_(list(attendees)))
    found: dict[AttendeeId, list[Sighting]] = {}
    for row in connection.execute(query):
        found.setdefault(AttendeeId(row.attendee_id), []).append(_to_sighting(row))
    return found


def list_seen_since(connection: Connection, event_id: EventId, since: Instant) -> set[AttendeeId]:
    """Whose sightings there are from a moment on."""
    query = select(scan.c.attendee_id).where(
        scan.c.event_id == event_id,
        scan.c.recorded_at >= since,  # never before the scan took place; found by the index
        scan.c.happened_at >= since,
        scan.c.effect.isnot(None),
    )
    return {AttendeeId(key) for key in connection.execute(query).scalars()}


def _sightings() -> Select[Any]:
    columns = (scan.c.attendee_id, scan.c.happened_at, scan.c.scan_id, scan.c.effect, scan.c.device_id)
    return (
        select(*columns, scan.c.room, scan.c.session, scan.c.verdict)
        .outerjoin(reversal, reversal.c.scan_seq == scan.c.seq)
        .where(scan.c.attendee_id.isnot(None), scan.c.effect.isnot(None), reversal.c.scan_seq.is_(None))
    )


def stream_sightings(
    connection: Connection, event_id: EventId
) -> Iterator[tuple[AttendeeId, list[Sighting]]]:
    """The same of all, attendee by attendee: a whole day is too much to hold at once."""
    query = _sightings().where(scan.c.event_id == event_id).order_by(scan.c.attendee_id)
    rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
    for attendee, of_one in groupby(rows, key=itemgetter(0)):
        yield AttendeeId(attendee), [_to_sighting(row) for row in of_one]


def _to_sighting(row: Row[Any]) -> Sighting:
    _, happened_at, scan_id, effect, device, room, session, verdict = tuple(row)
    return Sighting(happened_at, scan_id, _EFFECTS[effect], device, room, session, verdict == REPEAT)
