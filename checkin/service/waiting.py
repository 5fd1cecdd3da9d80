"""Seats that become free: given to those who wait, in order; and the list of who waits.

Owns when a seat goes to somebody who had none. Everything here runs under the event's lock.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from checkin.domain.assignments import Assignment, Blocked, Cause, Why
from checkin.domain.instants import MINUTE, Instant, local_date
from checkin.domain.model import Agenda, AttendeeId, Person, Slot
from checkin.domain.presence import ABSENT, Presence
from checkin.domain.routing.placement import place
from checkin.domain.tallies import ASSIGNED, TallyKey, seat_keys
from checkin.service.services import Services
from checkin.store import tallies
from checkin.store.assignments import (
    Held,
    find_assignments,
    list_assigned,
    list_waiting,
    put_assignments,
)
from checkin.store.attendees import AttendeeRow, find_attendees
from checkin.store.events import EventRow, get_event
from checkin.store.presences import find_presences
from checkin.store.releases import insert_releases, list_released

WAITING = frozenset({Blocked.FULL, Blocked.ROOM_CLOSED, Blocked.RELEASED})
"""Those who could have had something: a profession without any session waits for nothing."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One person's wait for a seat in one slot; `place` counts from 1."""

    slot: str
    place: int
    attendee: AttendeeRow
    assignment: Assignment
    since: Instant
    is_on_site: bool


async def list_who_waits(services: Services, slug: str) -> tuple[Agenda, list[Waiting]]:
    """Who waits for a seat, by slot, in the order in which seats are given."""
    now = services.clock.now()

    def work(connection: Connection) -> tuple[Agenda, list[Waiting]]:
        event = get_event(connection, slug)
        found = find_seatless(connection, event, event.agenda.slots, now, WAITING)
        return event.agenda, found

    return await services.db.read(work)


def find_seatless(
    connection: Connection,
    event: EventRow,
    slots: Iterable[Slot],
    now: Instant,
    because: Container[Blocked] = frozenset(Blocked),
) -> list[Waiting]:
    """Who has no seat in these slots for such a reason. In a begun slot only who is on site counts."""
    agenda = event.agenda
    open_slots = [slot for slot in slots if slot.ends_at > now]
    rows = list_waiting(connection, event.id, [slot.code for slot in open_slots])
    rows = [row for row in rows if row[1].why.blocked in because]
    ids = {attendee for attendee, _ in rows}
    attendees = find_attendees(connection, event.id, ids)
    presences = find_presences(connection, event.id, ids)
    found: list[Waiting] = []
    for slot in open_slots:
        n = 0
        for attendee, item in rows:
            person = attendees[attendee].person
            if item.slot != slot.code or person.is_cancelled or person.is_welcome_everywhere:
                continue
            is_on_site = presences.get(attendee, ABSENT).is_on_site(now, agenda.zone)
            if slot.starts_at <= now and not is_on_site:
                continue
            n += 1
            found.append(Waiting(slot.code, n, attendees[attendee], item, item.made_at, is_on_site))
    return found


def fill_seats(
    connection: Connection, event: EventRow, slots: Iterable[Slot], now: Instant
) -> Mapping[AttendeeId, list[Assignment]]:
    """Gives free seats of these slots to those without one, in their order, and tells who got which."""
    waiting = find_seatless(connection, event, slots, now)
    counts: Counter[TallyKey] = Counter(tallies.find_tallies(connection, event.id))
    ids = {one.attendee.id for one in waiting}
    held, presences = find_assignments(connection, event.id, ids), find_presences(connection, event.id, ids)
    given: dict[AttendeeId, list[Assignment]] = {}
    change: Counter[TallyKey] = Counter()
    for one in waiting:
        person = one.attendee.person
        seat = _seat(event.agenda, person, held.get(person.id, {}), one.slot, counts, now)
        if seat is None or seat.session is None:
            continue
        held[person.id][one.slot] = seat
        given.setdefault(person.id, []).append(seat)
        counts[ASSIGNED, seat.session] += 1
        day = presences.get(person.id, ABSENT).on_site_day(event.agenda.zone)
        change.update(seat_keys(seat.session, day))
    put_assignments(connection, event.id, given, now)
    tallies.apply(connection, event.id, change)
    return given


def _seat(
    agenda: Agenda, person: Person, held: Held, slot: str, counts: Counter[TallyKey], now: Instant
) -> Assignment | None:
    # Other slots may come out of this too; there the person waits for their own turn.
    placed = place(agenda, person, held, lambda code: counts[ASSIGNED, code], now, cause=Cause.FREED_SEAT)
    return next((item for item in placed if item.slot == slot), None)


# ---- the seats of those who have not come


def release_due(agenda: Agenda, slot: Slot) -> Instant:
    """When the seats of those not checked in become free."""
    return Instant(slot.starts_at + agenda.release_minutes * MINUTE)


def release_seats(connection: Connection, event: EventRow, now: Instant) -> bool:
    """Frees the seats of no-shows in slots whose time has come, for those who wait; once a slot.

    Whether anything was due. Under the event's lock.
    """
    released = list_released(connection, event.id)
    due = [
        slot
        for slot in event.agenda.slots
        if release_due(event.agenda, slot) <= now and slot.code not in released
    ]
    if not due:
        return False
    insert_releases(connection, event.id, [slot.code for slot in due], now)
    running = [slot for slot in due if slot.ends_at > now]
    for slot in running:
        _release(connection, event, slot, now)
    fill_seats(connection, event, running, now)
    return True


def _release(connection: Connection, event: EventRow, slot: Slot, now: Instant) -> None:
    assigned = list_assigned(connection, event.id, slot.code)
    presences = find_presences(connection, event.id)
    gone = {
        attendee: [Assignment(slot.code, None, Why(cause=Cause.FREED_SEAT, blocked=Blocked.RELEASED))]
        for attendee in assigned
        if not _has_come(event.agenda, slot, presences.get(attendee, ABSENT))
    }
    zone = event.agenda.zone
    change = Counter(
        key
        for attendee in gone
        for key in seat_keys(assigned[attendee].session, presences.get(attendee, ABSENT).on_site_day(zone))
    )
    put_assignments(connection, event.id, gone, now)
    tallies.apply(connection, event.id, {key: -n for key, n in change.items()})


def _has_come(agenda: Agenda, slot: Slot, presence: Presence) -> bool:
    """Whether somebody was seen on the slot's day: who is out for a moment keeps the seat."""
    arrived_at = presence.arrived_at
    return arrived_at is not None and local_date(arrived_at, agenda.zone) == slot.day
