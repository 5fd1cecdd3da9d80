"""Registration of one person, by themselves or by staff."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection

from badges.credential import issue
from checkin.domain.assignments import Assignment
from checkin.domain.attendee_draft import AttendeeDraft, read_person
from checkin.domain.day import itinerary
from checkin.domain.errors import AppError, conflict, invalid_field
from checkin.domain.instants import Instant, local_date
from checkin.domain.model import Agenda, AttendeeId, EventId, Registration
from checkin.service.credentials import letters_of
from checkin.service.numbers import draw_number
from checkin.service.seating import add_people, place_person
from checkin.service.services import Actor, Services
from checkin.service.telling import record_telling
from checkin.store.assignments import find_assignments
from checkin.store.attendees import (
    AttendeeRow,
    NewAttendee,
    Profile,
    find_attendee,
    insert_attendees,
    is_number_taken,
    list_same_email,
)
from checkin.store.audit import insert_audit
from checkin.store.credentials import insert_credentials
from checkin.store.events import EventRow, bump, lock_event
from checkin.store.idempotency import KeyUse, find_key, insert_key
from checkin.store.tokens import digest

POSSIBLE_DUPLICATE: Final = "possible_duplicate"
_MAX_KEY: Final = 255


@dataclass(frozen=True, slots=True)
class Registered:
    """A new registration: number, the credential's letters, and what is assigned already."""

    number: str
    credential: str = field(repr=False)
    itinerary: tuple[Assignment, ...]
    event: EventRow


async def register(
    services: Services,
    slug: str,
    values: Mapping[str, Any],
    actor: Actor,
    idempotency_key: str | None = None,
) -> Registered:
    """Registers a person from the attendee table's columns (as JSON has them).

    With an idempotency key repeating is safe: the same key and values give the same answer. `AppError`:
    not_found, registration_closed, invalid, conflict (the key was used with other values).
    """
    if idempotency_key is not None and not 1 <= len(idempotency_key) <= _MAX_KEY:
        raise invalid_field("Idempotency-Key", f"A key has 1 to {_MAX_KEY} characters.")
    now = services.clock.now()
    uuid = uuid4().bytes
    key = None if idempotency_key is None else digest(idempotency_key)
    body = _digest(values)

    def work(connection: Connection) -> tuple[Registered, bool]:
        event = lock_event(connection, slug)
        used = None if key is None else find_key(connection, event.id, key)
        if used is not None:
            return _again(connection, services, event, used, body), False
        _check_open(event.agenda, actor)
        draft = read_person(values, event.agenda, is_public=not actor.is_trusted)
        made = _add(connection, services, event, draft, uuid, now)
        _flag_duplicate(connection, event.id, made, actor, now)
        if key is not None:
            insert_key(connection, event.id, key, KeyUse(body, made.id), now)
        day = _place(connection, event, made, now)
        bump(connection, event.id)
        letters = letters_of(connection, services, event, made)
        return Registered(made.number, letters, day, event), True

    registered, is_new = await services.db.write(work)
    if is_new:
        services.live.nudge(registered.event.id)
    return registered


def _place(
    connection: Connection, event: EventRow, made: AttendeeRow, now: Instant
) -> tuple[Assignment, ...]:
    """The day of somebody who registers after the plan was made: they are placed, and see it, at once."""
    if event.agenda.standing.planned_at is None:
        return ()
    held = place_person(connection, event, made.person, now)
    record_telling(connection, event.id, [made.id], now)
    return itinerary(event.agenda, held) if held else ()


def _digest(values: Mapping[str, Any]) -> bytes:
    return digest(json.dumps(values, sort_keys=True, default=str))


def _again(
    connection: Connection, services: Services, event: EventRow, used: KeyUse, body: bytes
) -> Registered:
    if used.body_digest != body:
        raise conflict("This Idempotency-Key was used for another registration.")
    attendee = find_attendee(connection, used.attendee)
    if attendee is None:
        raise conflict("The registration made with this Idempotency-Key is not there any more.")
    # The first answer: whoever holds the key must not learn the credential of a reissued badge.
    letters = letters_of(connection, services, event, attendee, generation=1)
    held = find_assignments(connection, event.id, [attendee.id]).get(attendee.id, {})
    return Registered(attendee.number, letters, itinerary(event.agenda, held) if held else (), event)


def _check_open(agenda: Agenda, actor: Actor) -> None:
    if agenda.registration is not Registration.OPEN and not actor.is_trusted:
        raise AppError("registration_closed", "Registration for this event is closed.")


def _is_event_day(agenda: Agenda, now: Instant) -> bool:
    """Whether who registers now is a walk-in."""
    return agenda.first_day <= local_date(now, agenda.zone) <= agenda.last_day


def _add(
    connection: Connection,
    services: Services,
    event: EventRow,
    draft: AttendeeDraft,
    uuid: bytes,
    now: Instant,
) -> AttendeeRow:
    new = NewAttendee(
        uuid=uuid,
        number=draw_number(lambda number: is_number_taken(connection, event.id, number)),
        is_walk_in=_is_event_day(event.agenda, now),
        profile=Profile.of(draft),
    )
    attendee_id = insert_attendees(connection, event.id, [new], now)[uuid]
    credential = issue(services.keys, event.uuid, uuid, 1)
    insert_credentials(connection, event.id, 1, [(attendee_id, credential.digest)], now)
    made = _stored(connection, attendee_id)
    add_people(connection, event, [made.person])
    return made


def _stored(connection: Connection, attendee_id: AttendeeId) -> AttendeeRow:
    found = find_attendee(connection, attendee_id)
    if found is None:
        raise RuntimeError("an attendee that was added is not there")
    return found


def _flag_duplicate(
    connection: Connection, event_id: EventId, made: AttendeeRow, actor: Actor, now: Instant
) -> None:
    if not made.profile.email:
        return
    same = list_same_email(connection, event_id, made.profile.email)
    others = [number for number in same if number != made.number]
    if others:
        detail = {"others": others}
        insert_audit(connection, event_id, now, actor.label, POSSIBLE_DUPLICATE, made.id, detail)
