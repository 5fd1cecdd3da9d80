"""Alerts, raised and cleared as rows by whichever process is first; acknowledged by organizers and staff.

Owns when to look: where an event has changed, each minute, and when a device will have been silent for too
long. What holds is `domain.alerts`' to say; what is open is compared with it under the event's lock, so that
an alert is raised once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from checkin.domain.alerts import Alert, find_alerts, next_silence
from checkin.domain.errors import not_found
from checkin.domain.headcount import headcount
from checkin.domain.instants import MINUTE, Instant, is_by_faster_clock
from checkin.domain.model import Agenda, EventId
from checkin.service.services import Actor, Services
from checkin.store import alerts as store
from checkin.store.alerts import AlertRow
from checkin.store.devices import list_called
from checkin.store.events import EventRow, bump, get_event, lock_event
from checkin.store.room_counts import find_room_counts
from checkin.store.tallies import find_tallies

NEVER: Final = Instant(2**62)


@dataclass(frozen=True, slots=True)
class Watched:
    """An event as it was when its alerts were looked at; `due`: when the clock alone makes a difference."""

    version: int
    minute: int
    due: Instant

    def is_old(self, version: int, now: Instant) -> bool:
        """Whether another look is needed."""
        return version != self.version or now // MINUTE != self.minute or now >= self.due


def look_at_alerts(connection: Connection, event: EventRow, now: Instant) -> tuple[Watched, bool]:
    """The event as it is now, and whether alerts are to be raised or cleared."""
    holding, due = _find_holding(connection, event, now)
    new, over = _compare(store.list_open_alerts(connection, event.id), holding, now)
    return Watched(event.version, now // MINUTE, due), bool(new or over)


def _find_holding(connection: Connection, event: EventRow, now: Instant) -> tuple[list[Alert], Instant]:
    agenda = event.agenda
    tallies = find_tallies(connection, event.id)
    latest = find_room_counts(connection, event.id)
    counts = {room: one.count for room, one in latest.items()}
    headcounts = {
        room.code: headcount(tallies, counts, room.code, now, agenda.zone).headcount for room in agenda.rooms
    }
    devices = list_called(connection, event.id)
    found = find_alerts(agenda, headcounts, latest.values(), devices, now)
    return found, next_silence(agenda, devices, now) or NEVER


def settle_alerts(connection: Connection, event_id: EventId, now: Instant) -> int:
    """Makes the open rows those that hold. What another process has done meanwhile is left as it is."""
    event = lock_event(connection, event_id)
    holding, _ = _find_holding(connection, event, now)
    open_rows = store.list_open_alerts(connection, event_id)
    new, over = _compare(open_rows, holding, now)
    if not over and not new:
        return event.version
    store.clear_alerts(connection, over, now)
    store.insert_alerts(connection, event_id, new, now)
    return bump(connection, event_id)


def _compare(
    open_rows: Sequence[AlertRow], holding: Sequence[Alert], now: Instant
) -> tuple[list[Alert], list[int]]:
    """Which alerts are to be raised, and the rows that are over."""
    known = {row.alert for row in open_rows}
    new = [one for one in holding if one not in known]
    over = [row for row in open_rows if row.alert not in holding]
    return new, [row.id for row in over if not is_by_faster_clock(row.raised_at, now)]


# ---- who looks at them


@dataclass(frozen=True, slots=True)
class AlertPage:
    """A stretch of alerts, the newest first; `next`: the id to go on before, None at the end."""

    agenda: Agenda
    items: list[AlertRow]
    next: int | None


async def list_alerts(
    services: Services, slug: str, is_all: bool = False, before: int | None = None, limit: int = 100
) -> AlertPage:
    """The alerts that hold, acknowledged ones too, or all that ever did. `AppError not_found`."""

    def work(connection: Connection) -> AlertPage:
        event = get_event(connection, slug)
        found = store.list_alerts(connection, event.id, not is_all, before, limit + 1)
        shown = found[:limit]
        return AlertPage(event.agenda, shown, shown[-1].id if len(found) > limit else None)

    return await services.db.read(work)


async def acknowledge_alert(
    services: Services, slug: str, alert_id: int, actor: Actor
) -> tuple[Agenda, AlertRow]:
    """Takes an alert off the boards: somebody has seen it. Again: the first stays. `AppError not_found`."""
    now = services.clock.now()

    def work(connection: Connection) -> tuple[EventRow, AlertRow]:
        event = lock_event(connection, slug)
        row = _found(connection, event, alert_id)
        if row.acknowledged_at is None:
            store.acknowledge_alert(connection, alert_id, actor.name or str(actor.kind), now)
            bump(connection, event.id)
        return event, _found(connection, event, alert_id)

    event, row = await services.db.write(work)
    services.live.nudge(event.id)
    return event.agenda, row


def _found(connection: Connection, event: EventRow, alert_id: int) -> AlertRow:
    row = store.find_alert(connection, event.id, alert_id)
    if row is None:
        raise not_found("There is no such alert.")
    return row
