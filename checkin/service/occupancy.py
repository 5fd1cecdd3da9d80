"""Who is where, in numbers: the frame that boards show.

A frame names nobody: counts only, and a discipline with fewer than five registered is left out.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from checkin.domain.crossings import Counts
from checkin.domain.errors import not_found
from checkin.domain.headcount import headcount
from checkin.domain.instants import Instant, local_date, to_datetime
from checkin.domain.model import OPENS_BEFORE, Agenda, EventId, Room, Session
from checkin.domain.tallies import ASSIGNED, CHECKED_IN, ON_SITE, REGISTERED, TallyKey
from checkin.service.services import Clock, Services
from checkin.store.closings import find_counts
from checkin.store.database import SqliteDatabase
from checkin.store.events import (
    EventRow,
    find_event,
    get_event,
)
from checkin.store.latest_scans import find_last_scans
from checkin.store.tallies import find_tallies

FEWEST_SHOWN: Final = 5
"""Of a smaller discipline a count would tell of single people."""

AMBER: Final = 0.9


async def occupancy(services: Services, slug: str) -> dict[str, Any]:
    """The event's frame as it is now."""
    now = services.clock.now()
    return await services.db.read(lambda connection: frame(connection, get_event(connection, slug), now))


async def render_frame(db: SqliteDatabase, clock: Clock, event_id: EventId) -> tuple[int, bytes]:
    """An event's version and its encoded frame, of one snapshot: what `Live` sends to boards."""

    def work(connection: Connection) -> tuple[int, bytes]:
        event = find_event(connection, event_id)
        if event is None:
            raise not_found("There is no such event.")
        return event.version, msgspec.json.encode(frame(connection, event, clock.now()))

    return await db.read(work)


def frame(connection: Connection, event: EventRow, now: Instant) -> dict[str, Any]:
    """Section 8 of the contract, with times as text."""
    agenda = event.agenda
    tallies = find_tallies(connection, event.id)
    counts = find_counts(connection, event.id)
    last = find_last_scans(connection, event.id, list(agenda.room))
    return {
        "event": event.slug,
        "at": _written(agenda, now),
        "version": event.version,
        "registered": tallies.get((REGISTERED, ""), 0),
        "checked_in": tallies.get((CHECKED_IN, ""), 0),
        "on_site": tallies.get((ON_SITE, local_date(now, agenda.zone).isoformat()), 0),
        "rooms": [_room(agenda, room, tallies, counts, last.get(room.code), now) for room in agenda.rooms],
        "disciplines": [
            {
                "code": code,
                "registered": tallies[REGISTERED, code],
                "checked_in": tallies.get((CHECKED_IN, code), 0),
            }
            for code in agenda.discipline
            if tallies.get((REGISTERED, code), 0) >= FEWEST_SHOWN
        ],
    }


def _room(
    agenda: Agenda,
    room: Room,
    tallies: Mapping[TallyKey, int],
    counts: Counts,
    last_scan_at: Instant | None,
    now: Instant,
) -> dict[str, Any]:
    session = session_in(agenda, room.code, now)
    counted = headcount(tallies, counts, room.code, now, agenda.zone)
    expected = 0
    if session is not None:
        key = (REGISTERED, "") if session.is_plenary else (ASSIGNED, session.code)
        expected = tallies.get(key, 0)
    return {
        "code": room.code,
        "name": room.name,
        "headcount": counted.headcount,
        "adjustment": counted.adjustment,
        "seats": room.seats,
        "posted_limit": room.posted_limit,
        "state": "closed"
        if is_closed(agenda, room.code, now)
        else state(counted.headcount, room.posted_limit),
        "session": None if session is None else _session(agenda, session),
        "expected": expected,
        "last_scan_at": None if last_scan_at is None else _written(agenda, last_scan_at),
    }


def is_closed(agenda: Agenda, room: str, now: Instant) -> bool:
    """Whether a room can't be used now: closed altogether, or in the slot of what would be in it now."""
    session = session_in(agenda, room, now)
    return any(
        one.room == room and (one.slot is None or (session is not None and one.slot == session.slot))
        for one in agenda.standing.closures
    )


def state(headcount: int, posted_limit: int) -> str:
    """How full a room is, by its posted limit."""
    if headcount > posted_limit:
        return "over"
    if headcount == posted_limit:
        return "full"
    return "amber" if headcount >= AMBER * posted_limit else "open"


def session_in(agenda: Agenda, room: str, now: Instant) -> Session | None:
    """The session running in a room, else the open one."""
    coming: Session | None = None
    for slot in agenda.slots:
        if slot.ends_at <= now or slot.starts_at - OPENS_BEFORE > now:
            continue
        here = next((item for item in agenda.sessions_in[slot.code] if item.room == room), None)
        if here is not None and slot.starts_at <= now:
            return here
        coming = coming or here
    return coming


def _session(agenda: Agenda, session: Session) -> dict[str, Any]:
    slot = agenda.slot[session.slot]
    return {
        "code": session.code,
        "title": session.title,
        "starts_at": _written(agenda, slot.starts_at),
        "ends_at": _written(agenda, slot.ends_at),
    }


def _written(agenda: Agenda, instant: Instant) -> str:
    return to_datetime(instant, agenda.zone).isoformat()
