"""Attendees as organizers and staff see them: what may be shown; nothing tells an alias from a name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from checkin.domain.assignments import Assignment
from checkin.domain.day import itinerary
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, AttendeeId
from checkin.domain.presence import ABSENT, Presence
from checkin.store.assignments import Held, find_assignments
from checkin.store.attendees import AttendeeRow
from checkin.store.events import EventRow
from checkin.store.presences import find_presences

REGISTERED = "registered"
CHECKED_IN = "checked_in"
LEFT = "left"
CANCELLED = "cancelled"
STATUSES = (REGISTERED, CHECKED_IN, LEFT, CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeView:
    """One attendee as shown: of a confidential one the alias, and no email, phone or agency."""

    number: str
    first_name: str
    last_name: str
    discipline: str | None
    disciplines: tuple[str, ...]
    email: str
    phone: str
    agency: str
    county: str
    title: str
    external_id: str
    accessibility: tuple[str, ...]
    group: str
    preferences: tuple[str, ...]
    all_rooms: bool
    is_walk_in: bool
    status: str
    first_at: Instant | None
    registered_at: Instant
    itinerary: tuple[Assignment, ...]
    agenda: Agenda


def status_of(agenda: Agenda, row: AttendeeRow, presence: Presence, now: Instant) -> str:
    """The contract's status. Who was still here at midnight has left."""
    if row.is_cancelled:
        return CANCELLED
    if not presence.has_checked_in:
        return REGISTERED
    return CHECKED_IN if presence.is_on_site(now, agenda.zone) else LEFT


def view(
    agenda: Agenda, row: AttendeeRow, presence: Presence, held: Mapping[str, Assignment], now: Instant
) -> AttendeeView:
    """The attendee as shown."""
    profile = row.profile.public
    return AttendeeView(
        number=row.number,
        first_name=profile.first_name,
        last_name=profile.last_name,
        discipline=row.person.discipline,
        disciplines=profile.disciplines,
        email=profile.email,
        phone=profile.phone,
        agency=profile.agency,
        county=profile.county,
        title=profile.title,
        external_id=profile.external_id,
        accessibility=profile.accessibility,
        group=profile.group_name,
        preferences=profile.preferences,
        all_rooms=profile.is_welcome_everywhere,
        is_walk_in=row.is_walk_in,
        status=status_of(agenda, row, presence, now),
        first_at=presence.first_at,
        registered_at=row.created_at,
        itinerary=() if row.is_cancelled else itinerary(agenda, held),
        agenda=agenda,
    )


def view_one(connection: Connection, event: EventRow, row: AttendeeRow, now: Instant) -> AttendeeView:
    """The same, with presence and assignments looked up."""
    presence = find_presences(connection, event.id, [row.id]).get(row.id, ABSENT)
    held = held_by(connection, event, [row.id]).get(row.id, {})
    return view(event.agenda, row, presence, held, now)


def held_by(
    connection: Connection, event: EventRow, attendees: Iterable[AttendeeId] | None
) -> Mapping[AttendeeId, Held]:
    """What these attendees, or all, are assigned to."""
    return find_assignments(connection, event.id, attendees)
