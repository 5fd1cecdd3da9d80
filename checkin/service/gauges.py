"""Each event in a few numbers, for whoever watches over the service from outside.

Owns which events and what of them. Must not tell of any person, nor of a discipline: the count of a small one
would tell of single people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Final

from sqlalchemy import Connection

from checkin.domain.alerts import AlertKind
from checkin.domain.headcount import headcount
from checkin.domain.instants import SECOND, Instant, local_date, local_instant
from checkin.domain.model import Agenda, DeviceId, Role
from checkin.domain.tallies import CHECKED_IN, ON_SITE, REGISTERED
from checkin.service.services import Clock
from checkin.service.waiting import WAITING
from checkin.store import gauges as store
from checkin.store.database import Database
from checkin.store.events import EventRow, EventState, list_events, list_states

WATCHED_AFTER: Final = timedelta(days=1)
"""So long after an event's last day its numbers are still told."""


@dataclass(frozen=True, slots=True)
class RoomGauges:
    """One room: who is inside, its seats, and how many the fire code lets in."""

    code: str
    headcount: int
    seats: int
    posted_limit: int


@dataclass(frozen=True, slots=True)
class DeviceGauges:
    """One paired device, and the seconds since its last call (as it was written down, once a minute)."""

    id: DeviceId
    role: Role
    call_age_seconds: float


@dataclass(frozen=True, slots=True)
class EventGauges:
    """One event. `waiting`: for how many seats in slots that have not begun somebody waits."""

    slug: str
    registered: int
    checked_in: int
    on_site: int
    waiting: int
    rooms: tuple[RoomGauges, ...]
    devices: tuple[DeviceGauges, ...]
    open_alerts: Mapping[AlertKind, int]


async def read_gauges(db: Database, clock: Clock) -> list[EventGauges]:
    """Every event that is not long over, by slug: one snapshot, seven queries for however many events."""
    now = clock.now()
    return await db.read(lambda connection: _read(connection, now))


_over: dict[bytes, tuple[int, Instant]] = {}
"""By an event's uuid its agenda's version, and since when it is long over: most are, and need no agenda."""


def _is_over(state: EventState, now: Instant) -> bool:
    agenda_version, at = _over.get(state.uuid, (None, now))
    return agenda_version == state.agenda_version and now >= at


def _over_at(agenda: Agenda) -> Instant:
    return local_instant(agenda.last_day + WATCHED_AFTER + timedelta(days=1), time(0), agenda.zone)


def _list_watched(connection: Connection, now: Instant) -> list[EventRow]:
    states = list_states(connection)
    found = list_events(connection, [state.id for state in states if not _is_over(state, now)])
    for event in found:
        _over[event.uuid] = event.agenda_version, _over_at(event.agenda)
    return [event for event in found if now < _over[event.uuid][1]]


def _read(connection: Connection, now: Instant) -> list[EventGauges]:
    events = _list_watched(connection, now)
    ids = [event.id for event in events]
    tallies = store.find_tallies_of(connection, ids)
    counts = store.find_counts_of(connection, ids)
    calls = store.list_last_calls(connection, ids)
    alerts = store.count_open_alerts(connection, ids)
    waiting = store.count_waiting(connection, ids, WAITING)

    def gauges(event: EventRow) -> EventGauges:
        agenda, counters = event.agenda, tallies[event.id]
        today = local_date(now, agenda.zone).isoformat()
        coming = [slot.code for slot in agenda.slots if slot.starts_at > now]
        return EventGauges(
            slug=event.slug,
            registered=counters.get((REGISTERED, ""), 0),
            checked_in=counters.get((CHECKED_IN, ""), 0),
            on_site=counters.get((ON_SITE, today), 0),
            waiting=sum(waiting.get((event.id, slot), 0) for slot in coming),
            rooms=tuple(
                RoomGauges(
                    room.code,
                    headcount(counters, counts[event.id], room.code, now, agenda.zone).headcount,
                    room.seats,
                    room.posted_limit,
                )
                for room in agenda.rooms
            ),
            devices=tuple(
                DeviceGauges(call.device, call.role, max(0, now - call.at) / SECOND)
                for call in calls
                if call.event_id == event.id
            ),
            open_alerts={kind: alerts.get((event.id, kind), 0) for kind in AlertKind},
        )

    return [gauges(event) for event in events]
