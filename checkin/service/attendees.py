"""Attendees: listed, shown, changed, cancelled, reinstated, their badges replaced, their names revealed.

Registration and the table have modules of their own, given here too: `attendees.register`,
`attendees.import_attendees`, `attendees.export_attendees`.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import time
from typing import Any, Final

from sqlalchemy import Connection

from badges.credential import issue
from checkin.domain.attendee_draft import ALIAS_NEEDED, read_person
from checkin.domain.errors import invalid_field, not_found
from checkin.domain.instants import Instant, local_date, local_instant
from checkin.domain.model import Agenda, PersonName
from checkin.domain.texts import storable
from checkin.service.attendee_views import STATUSES, AttendeeView, held_by, view, view_one
from checkin.service.importing import ImportResult, export_attendees, import_attendees
from checkin.service.registering import Registered, register
from checkin.service.seating import update_people
from checkin.service.services import COMMAND, Actor, Services
from checkin.service.waiting import fill_seats
from checkin.store.attendee_lists import Place, Search, search_attendees
from checkin.store.attendees import AttendeeRow, find_by_number, update_attendee, update_profiles
from checkin.store.audit import insert_audit
from checkin.store.credentials import insert_credentials, update_replaced
from checkin.store.events import EventRow, bump, get_event, lock_event
from checkin.store.folding import fold

__all__ = [
    "AttendeeView",
    "ImportResult",
    "Page",
    "Registered",
    "cancel_attendee",
    "change_attendee",
    "export_attendees",
    "find_attendee",
    "import_attendees",
    "list_attendees",
    "register",
    "reinstate",
    "reissue",
    "reveal",
]

LIMIT: Final = 100
MOST: Final = 500
MAX_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the list; `next` is the cursor of what follows, None at the end."""

    items: tuple[AttendeeView, ...]
    next: str | None
    agenda: Agenda


async def list_attendees(
    services: Services,
    slug: str,
    query: str = "",
    status: str | None = None,
    discipline: str | None = None,
    limit: int = LIMIT,
    cursor: str | None = None,
) -> Page:
    """Attendees by last name, first name, number; every word of `query` must match. `AppError`: invalid."""
    if status is not None and status not in STATUSES:
        raise invalid_field("status", f"A status is one of {', '.join(STATUSES)}.")
    if not 1 <= limit <= MOST:
        raise invalid_field("limit", f"A page has 1 to {MOST} attendees.")
    now = services.clock.now()
    search = Search(
        midnight=Instant(0),
        words=fold(query).split(),
        status=status,
        discipline=discipline,
        after=None if cursor is None else _read_cursor(cursor),
        limit=limit + 1,
    )

    def work(connection: Connection) -> Page:
        event = get_event(connection, slug)
        agenda = event.agenda
        wanted = replace(search, midnight=_midnight(agenda, now))
        found = search_attendees(connection, event.id, wanted)
        shown = found[:limit]
        held = held_by(connection, event, [one.attendee.id for one in shown])
        items = tuple(
            view(agenda, one.attendee, one.presence, held.get(one.attendee.id, {}), now) for one in shown
        )
        return Page(items, _write_cursor(shown[-1].place) if len(found) > limit else None, agenda)

    return await services.db.read(work)


async def find_attendee(services: Services, slug: str, number: str) -> AttendeeView:
    """One attendee. `AppError not_found`."""
    now = services.clock.now()

    def work(connection: Connection) -> AttendeeView:
        event = get_event(connection, slug)
        return view_one(connection, event, _get(connection, event, number), now)

    return await services.db.read(work)


async def change_attendee(
    services: Services, slug: str, number: str, values: Mapping[str, Any], actor: Actor = COMMAND
) -> AttendeeView:
    """Changes the columns given, which of a confidential attendee are the true ones, not what is shown.

    `status`: `registered` reinstates. `AppError`: not_found, invalid.
    """
    columns = {name: value for name, value in values.items() if name != "status"}
    status = values.get("status")
    if status not in (None, "registered"):
        raise invalid_field("status", "Only “registered” can be set; to cancel, delete the attendee.")

    def work(connection: Connection, event: EventRow, old: AttendeeRow, now: Instant) -> AttendeeRow:
        draft = read_person(columns, event.agenda, is_update=True)
        profile = old.profile.with_draft(draft)
        if profile.is_confidential and not profile.has_alias:
            raise invalid_field("alias", ALIAS_NEEDED)
        is_back = status is not None and old.is_cancelled
        new = replace(old, profile=profile, is_cancelled=old.is_cancelled and not is_back)
        if new.profile != old.profile:
            update_profiles(connection, [new], now)
            detail = {"columns": sorted(draft.given)}
            insert_audit(connection, event.id, now, actor.label, "change", old.id, detail)
        if is_back:
            update_attendee(connection, old.id, now, {"is_cancelled": False})
            insert_audit(connection, event.id, now, actor.label, "reinstate", old.id)
        return new

    return await _change(services, slug, number, work)


async def cancel_attendee(services: Services, slug: str, number: str, actor: Actor = COMMAND) -> AttendeeView:
    """Cancels a registration and frees its seats; presence stays until an exit. Again: the same."""

    def work(connection: Connection, event: EventRow, old: AttendeeRow, now: Instant) -> AttendeeRow:
        if not old.is_cancelled:
            update_attendee(connection, old.id, now, {"is_cancelled": True})
            insert_audit(connection, event.id, now, actor.label, "cancel", old.id)
        return replace(old, is_cancelled=True)

    return await _change(services, slug, number, work)


async def reinstate(services: Services, slug: str, number: str, actor: Actor = COMMAND) -> AttendeeView:
    """Takes a cancellation back; the badge is the same. Who is on site is placed at once."""
    return await change_attendee(services, slug, number, {"status": "registered"}, actor)


async def reissue(services: Services, slug: str, number: str, actor: Actor = COMMAND) -> str:
    """A new credential's letters; the old badge is refused from now on."""
    now = services.clock.now()

    def work(connection: Connection) -> tuple[EventRow, str]:
        event = lock_event(connection, slug)
        attendee = _get(connection, event, number)
        generation = attendee.generation + 1
        made = issue(services.keys, event.uuid, attendee.uuid, generation)
        update_replaced(connection, attendee.id, now)
        insert_credentials(connection, event.id, generation, [(attendee.id, made.digest)], now)
        update_attendee(connection, attendee.id, now, {"generation": generation})
        detail = {"generation": generation}
        insert_audit(connection, event.id, now, actor.label, "reissue", attendee.id, detail)
        bump(connection, event.id)
        return event, made.letters

    event, letters = await services.db.write(work)
    services.live.nudge(event.id)
    return letters


async def reveal(services: Services, slug: str, number: str, reason: str, actor: Actor) -> PersonName:
    """The true name of an attendee, given only together with a record of who asked and why."""
    because = " ".join(reason.split())
    if not because or len(because) > MAX_REASON:
        raise invalid_field("reason", f"Say why, in 1 to {MAX_REASON} characters.")
    now = services.clock.now()

    def work(connection: Connection) -> PersonName:
        event = get_event(connection, slug)
        attendee = _get(connection, event, number)
        detail = {"reason": because}
        insert_audit(connection, event.id, now, actor.label, "reveal", attendee.id, detail)
        return PersonName(attendee.profile.first_name, attendee.profile.last_name)

    return await services.db.write(work)


_Change = Callable[[Connection, EventRow, AttendeeRow, Instant], AttendeeRow]


async def _change(services: Services, slug: str, number: str, work: _Change) -> AttendeeView:
    """One attendee's change under the event's lock, with assignments and counters; none raises no version."""
    now = services.clock.now()

    def whole(connection: Connection) -> tuple[EventRow, AttendeeView, bool]:
        event = lock_event(connection, slug)
        old = _get(connection, event, number)
        new = work(connection, event, old, now)
        if new != old:
            update_people(connection, event, [(old.person, new.person)], now)
            fill_seats(connection, event, event.agenda.slots, now)
            bump(connection, event.id)
        return event, view_one(connection, event, new, now), new != old

    event, shown, is_changed = await services.db.write(whole)
    if is_changed:
        services.live.nudge(event.id)
    return shown


def _get(connection: Connection, event: EventRow, number: str) -> AttendeeRow:
    found = find_by_number(connection, event.id, number)
    if found is None:
        raise not_found("There is no attendee with this number.")
    return found


def _midnight(agenda: Agenda, now: Instant) -> Instant:
    return local_instant(local_date(now, agenda.zone), time(0), agenda.zone)


def _write_cursor(place: Place) -> str:
    text = json.dumps(place, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> Place:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        values = None
    if isinstance(values, list) and len(values) == 3 and all(_is_stored_text(value) for value in values):
        return Place(*values)
    raise invalid_field("cursor", "This cursor is not one that a list gave.")


def _is_stored_text(value: object) -> bool:
    return isinstance(value, str) and storable(value) == value
