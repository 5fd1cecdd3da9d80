"""What routing starts from, read from the database, and the way its result comes back into it.

Owns the seam between the process that plans and the database that goes on meanwhile: what was worked out on a
snapshot is applied in one transaction, and only where the ground has not changed under it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from sqlalchemy import Connection

from checkin.domain.assignments import Assignment
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, AttendeeId, Person
from checkin.domain.presence import ABSENT, Presence
from checkin.domain.routing.ground import Ground, Seeker
from checkin.domain.tallies import ASSIGNED, TallyKey, seat_keys
from checkin.service.rooms import refold
from checkin.store import tallies
from checkin.store.assignments import Held, find_assignments, put_assignments
from checkin.store.attendee_lists import list_attendees, list_stamps
from checkin.store.events import EventRow, bump, get_event, lock_event, update_agenda
from checkin.store.presences import find_presences
from checkin.store.told import list_told

ATTEMPTS = 5
"""So often work is done again because arrivals changed the ground meanwhile."""

NewDays = Mapping[AttendeeId, tuple[Assignment, ...]]
"""By attendee the assignments to put in place of those that their slots hold."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The event at one moment. `stamps` tell which attendees were changed since."""

    event: EventRow
    ground: Ground
    numbers: Mapping[AttendeeId, str]
    stamps: Mapping[AttendeeId, Instant]


def take_snapshot(connection: Connection, slug: str, now: Instant) -> Snapshot:
    """Everything that a plan or a reroute depends on. `AppError not_found`."""
    event = get_event(connection, slug)
    rows = [row for row in list_attendees(connection, event.id) if not row.is_cancelled]
    holdings = find_assignments(connection, event.id)
    presences = find_presences(connection, event.id)
    told_at = list_told(connection, event.id)
    seekers = tuple(
        _seeker(
            row.person,
            holdings.get(row.id, {}),
            presences.get(row.id, ABSENT),
            told_at.get(row.id),
            now,
            event.agenda.zone,
        )
        for row in rows
        if not row.profile.is_welcome_everywhere
    )
    ground = Ground(event.agenda, seekers, now, event.uuid)
    numbers = {row.id: row.number for row in rows}
    return Snapshot(event, ground, numbers, list_stamps(connection, event.id))


def _seeker(
    person: Person,
    holdings: Held,
    presence: Presence,
    told_at: Instant | None,
    now: Instant,
    zone: ZoneInfo,
) -> Seeker:
    return Seeker(
        person,
        held=holdings,
        told=told_slots(holdings, presence, told_at),
        inside=presence.session_at(now, zone),
        waiting_since={slot: one.made_at for slot, one in holdings.items() if one.session is None},
        is_on_site=presence.is_on_site(now, zone),
    )


def told_slots(holdings: Held, presence: Presence, told_at: Instant | None) -> frozenset[str]:
    """The slots whose assignment somebody knows: seen on a badge or page, or told at check-in."""
    if presence.has_checked_in:
        return frozenset(holdings)
    if told_at is None:
        return frozenset()
    return frozenset(slot for slot, one in holdings.items() if one.made_at <= told_at)


def apply_days(
    connection: Connection,
    snapshot: Snapshot,
    days: NewDays,
    agenda: Agenda,
    now: Instant,
    overfull: Mapping[str, int] | None = None,
    heeds_told: bool = True,
) -> bool:
    """Stores new assignments and the agenda they were made for; false, and nothing, if the ground changed.

    `overfull`: by session how many may stay beyond its seats. `heeds_told`: also where somebody who gets
    another seat was told the old one meanwhile; a closed room can't wait for that.
    """
    event = lock_event(connection, snapshot.event.id)
    if event.agenda_version != snapshot.event.agenda_version:
        return False
    holdings = find_assignments(connection, event.id)
    presences = find_presences(connection, event.id)
    if _has_changed(connection, snapshot, days, holdings, presences, heeds_told):
        return False
    loads = Counter(
        one.session for held in holdings.values() for one in held.values() if one.session is not None
    )
    on_site = {key: presences.get(key, ABSENT).on_site_day(event.agenda.zone) for key in days}
    change = _difference(days, holdings, on_site)
    if _has_been_overtaken(snapshot, holdings, agenda):
        return False
    known = Counter(
        one.session for seeker in snapshot.ground.seekers for one in seeker.held.values() if one.session
    )
    for session in agenda.sessions:
        load = loads[session.code] + change[ASSIGNED, session.code]
        most = max(agenda.seats(session), (overfull or {}).get(session.code, 0))
        has_grown = loads[session.code] > known[session.code] or change[ASSIGNED, session.code] > 0
        if has_grown and load > most:
            return False
    put_assignments(connection, event.id, _as_waiting(days, holdings), now)
    tallies.apply(connection, event.id, {key: n for key, n in change.items() if n})
    if agenda != event.agenda:
        update_agenda(connection, event.id, agenda)
    refold(connection, event.id, agenda, days)
    bump(connection, event.id, agenda=agenda != event.agenda)
    return True


def _has_been_overtaken(snapshot: Snapshot, holdings: Mapping[AttendeeId, Held], agenda: Agenda) -> bool:
    """Whether somebody got a seat since in what the new agenda has closed or cancelled."""
    before = {seeker.person.id: seeker.held for seeker in snapshot.ground.seekers}
    for attendee, held in holdings.items():
        known = before.get(attendee, {})
        for slot, item in held.items():
            if item.session is None or known.get(slot) == item:
                continue
            session = agenda.session.get(item.session)
            if session is None or agenda.is_closed(session.room, slot):
                return True
    return False


def _has_changed(
    connection: Connection,
    snapshot: Snapshot,
    days: NewDays,
    holdings: Mapping[AttendeeId, Held],
    presences: Mapping[AttendeeId, Presence],
    heeds_told: bool,
) -> bool:
    """Whether one of those who get something new has changed since: profile, seats, or what they know."""
    stamps = list_stamps(connection, snapshot.event.id)
    seekers = {seeker.person.id: seeker for seeker in snapshot.ground.seekers}
    told_at = list_told(connection, snapshot.event.id)
    for attendee, items in days.items():
        before, held = seekers[attendee], holdings.get(attendee, {})
        if stamps.get(attendee) != snapshot.stamps.get(attendee):
            return True
        presence = presences.get(attendee, ABSENT)
        knows = told_slots(held, presence, told_at.get(attendee))
        if presence.session_at(snapshot.ground.now, snapshot.event.agenda.zone) != before.inside:
            return True
        if held != before.held:  # in whichever slot: a topic may have come there
            return True
        if heeds_told and any((item.slot in knows) != (item.slot in before.told) for item in items):
            return True
    return False


def _as_waiting(days: NewDays, holdings: Mapping[AttendeeId, Held]) -> NewDays:
    """The same; who waits on, for another reason, keeps their place among those who wait."""
    return {
        attendee: tuple(_waiting_on(holdings.get(attendee, {}).get(item.slot), item) for item in items)
        for attendee, items in days.items()
    }


def _waiting_on(old: Assignment | None, new: Assignment) -> Assignment:
    if old is None or old.session is not None or new.session is not None:
        return new
    return replace(new, made_at=old.made_at)


def _difference(
    days: NewDays, holdings: Mapping[AttendeeId, Held], on_site: Mapping[AttendeeId, date | None]
) -> Counter[TallyKey]:
    change: Counter[TallyKey] = Counter()
    for attendee, items in days.items():
        for item in items:
            old = holdings.get(attendee, {}).get(item.slot)
            day = on_site[attendee]
            change.subtract(seat_keys(None if old is None else old.session, day))
            change.update(seat_keys(item.session, day))
    return change


def has_begun(agenda: Agenda, slots: Iterable[str], now: Instant) -> bool:
    """Whether one of these slots has begun."""
    return any(agenda.slot[slot].starts_at <= now for slot in slots)
