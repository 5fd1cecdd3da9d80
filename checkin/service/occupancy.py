"""Who is where, in numbers: the frame that boards show.

A frame names nobody: counts only, and a discipline with fewer than five registered is left out. `Figures` are
what it is made of: for now they are read from the counters, for the past `history` folds them from the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from checkin.domain.alerts import GRAVITY, UsherCount, words
from checkin.domain.errors import not_found
from checkin.domain.headcount import headcount
from checkin.domain.instants import HOUR, Instant, local_date, local_midnight, to_datetime
from checkin.domain.model import Agenda, EventId, Room, Session
from checkin.domain.room_state import RoomState, fullness, is_closed, next_slot, session_in
from checkin.domain.tallies import (
    ARRIVALS_SPAN,
    ARRIVED,
    ASSIGNED,
    CHECKED_IN,
    COMING,
    ON_SITE,
    REGISTERED,
    TallyKey,
    arrived_key,
    coming_key,
)
from checkin.service.services import Clock, Services
from checkin.store.alerts import AlertRow, list_open_alerts
from checkin.store.database import Database
from checkin.store.events import EventRow, find_event, get_event
from checkin.store.latest_scans import find_last_scans
from checkin.store.room_counts import find_room_counts
from checkin.store.tallies import find_tallies

FEWEST_SHOWN: Final = 5
"""Of a smaller discipline a count would tell of single people."""

ARRIVALS_SHOWN: Final = 2 * HOUR


@dataclass(frozen=True, slots=True)
class Figures:
    """What a frame is made of. `alerts`: those nobody has acknowledged."""

    tallies: Mapping[TallyKey, int]
    counts: Mapping[str, UsherCount] = field(default_factory=dict)
    last_scans: Mapping[str, Instant] = field(default_factory=dict)
    alerts: Sequence[AlertRow] = ()


async def occupancy(services: Services, slug: str) -> dict[str, Any]:
    """The event's frame as it is now."""
    now = services.clock.now()

    def work(connection: Connection) -> dict[str, Any]:
        event = get_event(connection, slug)
        return frame(event, read_figures(connection, event), now)

    return await services.db.read(work)


async def render_frame(db: Database, clock: Clock, event_id: EventId) -> tuple[int, bytes]:
    """An event's version and its encoded frame, of one snapshot: what `Live` sends to boards."""

    def work(connection: Connection) -> tuple[int, bytes]:
        event = find_event(connection, event_id)
        if event is None:
            raise not_found("There is no such event.")
        now = clock.now()
        return event.version, msgspec.json.encode(frame(event, read_figures(connection, event), now))

    return await db.read(work)


def read_figures(connection: Connection, event: EventRow) -> Figures:
    """The figures of now: the counters and a few indexed queries, however many people there are."""
    return Figures(
        tallies=find_tallies(connection, event.id),
        counts=find_room_counts(connection, event.id),
        last_scans=find_last_scans(connection, event.id, list(event.agenda.room)),
        alerts=[row for row in list_open_alerts(connection, event.id) if row.acknowledged_at is None],
    )


def arrivals_since(agenda: Agenda, now: Instant) -> Instant:
    """From when on a frame counts arrivals: two hours in whole spans, of the present local day."""
    first = (now - ARRIVALS_SHOWN) // ARRIVALS_SPAN * ARRIVALS_SPAN + ARRIVALS_SPAN
    return Instant(max(first, local_midnight(now, agenda.zone)))


def frame(event: EventRow, figures: Figures, now: Instant) -> dict[str, Any]:
    """Section 8 of the contract and what was added to it, with times as text."""
    agenda, tallies = event.agenda, figures.tallies
    return {
        "event": event.slug,
        "at": written(agenda, now),
        "version": event.version,
        "registered": tallies.get((REGISTERED, ""), 0),
        "checked_in": tallies.get((CHECKED_IN, ""), 0),
        "on_site": _on_site(agenda, tallies, now),
        "rooms": [_room(agenda, room, figures, now) for room in agenda.rooms],
        "disciplines": [
            {
                "code": code,
                "registered": tallies[REGISTERED, code],
                "checked_in": tallies.get((CHECKED_IN, code), 0),
            }
            for code in agenda.discipline
            if tallies.get((REGISTERED, code), 0) >= FEWEST_SHOWN
        ],
        "alerts": [_alert(agenda, row) for row in sorted(figures.alerts, key=_gravity)],
        "next_slot": _next_slot(agenda, figures, now),
        "arrivals": _arrivals(agenda, tallies, now),
    }


def _on_site(agenda: Agenda, tallies: Mapping[TallyKey, int], now: Instant) -> int:
    return tallies.get((ON_SITE, local_date(now, agenda.zone).isoformat()), 0)


def _room(agenda: Agenda, room: Room, figures: Figures, now: Instant) -> dict[str, Any]:
    session = session_in(agenda, room.code, now)
    usher = figures.counts.get(room.code)
    count = None if usher is None or not usher.count.is_valid(now) else usher.count
    counts = {} if count is None else {room.code: count}
    load = headcount(figures.tallies, counts, room.code, now, agenda.zone)
    last_scan_at = figures.last_scans.get(room.code)
    is_shut = is_closed(agenda, room.code, now)
    return {
        "code": room.code,
        "name": room.name,
        "headcount": load.headcount,
        "adjustment": load.adjustment,
        "seats": room.seats,
        "posted_limit": room.posted_limit,
        "state": str(RoomState.CLOSED if is_shut else fullness(load.headcount, room.posted_limit)),
        "session": None if session is None else _session(agenda, session),
        "expected": 0 if session is None else _expected(figures.tallies, session),
        "last_scan_at": None if last_scan_at is None else written(agenda, last_scan_at),
        "counted_at": None if count is None else written(agenda, count.counted_at),
        "seats_free": None if session is None else _free(agenda, figures.tallies, session, load.headcount),
    }


def _expected(tallies: Mapping[TallyKey, int], session: Session) -> int:
    return tallies.get((REGISTERED, "") if session.is_plenary else (ASSIGNED, session.code), 0)


def _free(agenda: Agenda, tallies: Mapping[TallyKey, int], session: Session, inside: int) -> int:
    """Seats that are not assigned; at a plenary, which assigns none, those that nobody sits on."""
    taken = inside if session.is_plenary else tallies.get((ASSIGNED, session.code), 0)
    return max(0, agenda.seats(session) - taken)


def _session(agenda: Agenda, session: Session) -> dict[str, Any]:
    slot = agenda.slot[session.slot]
    return {
        "code": session.code,
        "title": session.title,
        "starts_at": written(agenda, slot.starts_at),
        "ends_at": written(agenda, slot.ends_at),
    }


def _gravity(row: AlertRow) -> tuple[int, Instant, int]:
    return GRAVITY[row.alert.kind], row.raised_at, row.id


def _alert(agenda: Agenda, row: AlertRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "kind": str(row.alert.kind),
        "room": row.alert.room,
        "device": row.alert.device,
        "raised_at": written(agenda, row.raised_at),
        "text": words(agenda, row.alert),
    }


def _next_slot(agenda: Agenda, figures: Figures, now: Instant) -> dict[str, Any] | None:
    slot = next_slot(agenda, now)
    if slot is None:
        return None
    here, today = _on_site(agenda, figures.tallies, now), local_date(now, agenda.zone)
    rooms = list(agenda.room)
    return {
        "code": slot.code,
        "name": slot.name,
        "starts_at": written(agenda, slot.starts_at),
        "rooms": [
            {
                "code": session.room,
                "session": session.code,
                "title": session.title,
                "assigned": _expected(figures.tallies, session),
                "checked_in": here
                if session.is_plenary
                else figures.tallies.get((COMING, coming_key(session.code, today)), 0),
            }
            for session in sorted(agenda.sessions_in[slot.code], key=lambda one: rooms.index(one.room))
        ],
    }


def _arrivals(agenda: Agenda, tallies: Mapping[TallyKey, int], now: Instant) -> list[dict[str, Any]]:
    first = arrivals_since(agenda, now) // ARRIVALS_SPAN * ARRIVALS_SPAN
    return [
        {"at": written(agenda, Instant(at)), "n": tallies.get((ARRIVED, arrived_key(Instant(at))), 0)}
        for at in range(first, now + 1, ARRIVALS_SPAN)
    ]


def written(agenda: Agenda, instant: Instant) -> str:
    """A time of the frame, with the event's offset."""
    return to_datetime(instant, agenda.zone).isoformat()
