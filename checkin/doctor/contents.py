"""What stands in the database, on either engine: its schema, its clock, and events that are near."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from checkin.doctor.finding import Finding, fault, ok, warning
from checkin.domain.alerts import AlertKind
from checkin.domain.instants import SECOND, Instant, local_date
from checkin.domain.model import Role, SessionKind
from checkin.service.services import CLOCK_SETTING
from checkin.store.alerts import list_open_alerts
from checkin.store.devices import DeviceRow, list_devices
from checkin.store.events import EventRow, list_events
from checkin.store.migrate import HEAD, find_revision
from checkin.store.schema import attendee, event_state
from checkin.store.settings import find_setting

NEAR: Final = timedelta(days=3)
AHEAD: Final = 60 * SECOND
"""By so much the newest scan may be ahead of the clock: scans of a crowd get moments of their own."""


def check_schema(connection: Connection) -> Finding:
    """Whether the database is of this version."""
    revision = find_revision(connection)
    if revision == HEAD:
        return ok("schema", f"the schema is up to date ({HEAD})")
    if revision is None:
        return warning(
            "schema", "nothing is in the database yet", "`checkin migrate`, or `checkin serve`, prepares it"
        )
    if revision > HEAD:
        return fault(
            "schema", f"a newer version made the database (schema {revision})", "update this program"
        )
    return fault("schema", f"the schema is of an older version ({revision}, now {HEAD})", "checkin migrate")


def read_offset(connection: Connection) -> int | None:
    """By how many microseconds the database's clock is ahead of the machine's; None: it is the machine's."""
    stored = find_setting(connection, CLOCK_SETTING)
    return None if stored is None else int(stored)


def check_offset(offset: int | None) -> Finding:
    """Whether this is the real day."""
    if offset is None:
        return ok("rehearsal", "the database's clock is the machine's")
    way = "ahead of" if offset >= 0 else "behind"
    says = f"a rehearsal: this database's clock is {_duration(abs(offset))} {way} the machine's"
    return warning("rehearsal", says, "the real day takes another database")


def check_newest(connection: Connection, now: Instant) -> Finding:
    """Whether the clock (with a rehearsal's offset) went back behind what is recorded."""
    newest = connection.execute(select(func.max(event_state.c.last_recorded_at))).scalar() or 0
    if newest > now + AHEAD:
        says = f"the newest scan is {_duration(newest - now)} ahead of the clock: it went backwards"
        return fault("clock", says, "set this machine's clock right, before anything is scanned")
    return ok("clock", "nothing is recorded ahead of the clock")


def check_events(connection: Connection, now: Instant) -> list[Finding]:
    """What is missing for events of today and the next days."""
    found = []
    for event in list_events(connection):
        today = local_date(now, event.agenda.zone)
        if event.agenda.first_day - NEAR <= today <= event.agenda.last_day:
            missing = list(_missing(connection, event))
            found += [warning("event", f"{event.slug}: {says}", way_out) for says, way_out in missing]
            if not missing:
                found.append(ok("event", f"{event.slug} is prepared"))
    return found


def _missing(connection: Connection, event: EventRow) -> Iterator[tuple[str, str]]:
    agenda = event.agenda
    query = select(func.count()).select_from(attendee).where(attendee.c.event_id == event.id)
    people = connection.execute(query).scalar_one()
    if not people:
        yield "nobody is registered", f"checkin attendees import {event.slug} FILE"
    elif agenda.standing.planned_at is None and any(
        one.kind is SessionKind.BREAKOUT for one in agenda.sessions
    ):
        yield "nobody's day is planned", f"checkin plan {event.slug}"
    devices = [one for one in list_devices(connection, event.id) if one.revoked_at is None]
    yield from _unpaired(event, devices)
    for row in list_open_alerts(connection, event.id):
        if row.alert.kind is AlertKind.DEVICE:
            yield f"{row.alert.device} is silent", "look at its battery and connection, or revoke it"


def _unpaired(event: EventRow, devices: list[DeviceRow]) -> Iterator[tuple[str, str]]:
    if not any(one.role is Role.KIOSK and one.paired_at is not None for one in devices):
        yield "no kiosk is paired", f'checkin device add {event.slug} "Entrance" --role kiosk'
    waiting = [one.name for one in devices if one.paired_at is None]
    if waiting:
        yield (
            f"not paired yet: {', '.join(waiting)}",
            "type each one's code at /pair on the device, or revoke it",
        )


def _duration(microseconds: int) -> str:
    seconds = microseconds // SECOND
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size or size == 1:
            n = seconds // size
            return f"{n} {word}{'' if n == 1 else 's'}"
    raise AssertionError("one second divides everything")
