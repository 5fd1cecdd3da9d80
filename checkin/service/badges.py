"""Badges: one picture, or a folder full of them. What is printed is what may be shown."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from badges.artwork import draw_badge as draw_picture
from badges.fonts import MissingGlyphs
from badges.layout import BadgeContent, ItineraryLine
from checkin.domain.assignments import Assignment
from checkin.domain.day import itinerary
from checkin.domain.errors import AppError, conflict, not_found
from checkin.domain.instants import MINUTE, Instant, to_datetime
from checkin.domain.model import Agenda, Role
from checkin.service.attendee_views import held_by
from checkin.service.credentials import find_letters, letters_of
from checkin.service.services import Actor, ActorKind, Services
from checkin.service.telling import tell_day
from checkin.store.attendee_lists import list_attendees
from checkin.store.attendees import AttendeeRow, find_by_number
from checkin.store.credentials import list_digests
from checkin.store.events import EventRow, get_event
from checkin.store.latest_scans import find_last_check_in

KIOSK_MAY_FOR: Final = 10 * MINUTE
"""So long after it checked somebody in a kiosk may have their badge."""

_UNSAFE = re.compile(r"[^A-Za-z0-9-]")


@dataclass(frozen=True, slots=True)
class WrittenBadges:
    """How many badges were written, and by number what kept the others from being drawn."""

    written: int
    problems: Mapping[str, str]


def badge_content(
    event: EventRow, row: AttendeeRow, letters: str, held: Mapping[str, Assignment]
) -> BadgeContent:
    """All that is printed on an attendee's badge: the alias and no agency, if confidential."""
    agenda, person = event.agenda, row.person
    discipline = agenda.discipline.get(person.discipline or "")
    return BadgeContent(
        event_name=agenda.name,
        first_name=person.name.first,
        last_name=person.name.last,
        agency=row.profile.public.agency,
        discipline="" if discipline is None else discipline.name,
        discipline_short="" if discipline is None else discipline.short,
        colour="" if discipline is None else discipline.colour,
        number=row.number,
        credential=letters,
        itinerary=_lines(agenda, held) if held else (),
    )


def _lines(agenda: Agenda, held: Mapping[str, Assignment]) -> tuple[ItineraryLine, ...]:
    lines = []
    for item in itinerary(agenda, held):
        session = agenda.session.get(item.session or "")
        if session is not None:
            starts = to_datetime(agenda.slot[item.slot].starts_at, agenda.zone)
            lines.append(ItineraryLine(f"{starts:%H:%M}", agenda.room[session.room].name, session.title))
    return tuple(lines)


async def draw_badge(services: Services, slug: str, number: str, actor: Actor) -> bytes:
    """The badge in force as PNG. A kiosk gets it for ten minutes after it checked that person in.

    `AppError`: not_found, forbidden, conflict (a name that no font here can draw).
    """
    now = services.clock.now()

    def work(connection: Connection) -> tuple[EventRow, AttendeeRow, BadgeContent]:
        event = get_event(connection, slug)
        row = find_by_number(connection, event.id, number)
        _check_allowed(connection, event, row, actor, now)
        if row is None:
            raise not_found("There is no attendee with this number.")
        letters = letters_of(connection, services, event, row)
        held = held_by(connection, event, [row.id]).get(row.id, {})
        return event, row, badge_content(event, row, letters, held)

    event, row, content = await services.db.read(work)
    picture = await draw(content)
    await tell_day(services, event.id, [row.id])
    return picture


def _check_allowed(
    connection: Connection, event: EventRow, row: AttendeeRow | None, actor: Actor, now: Instant
) -> None:
    if actor.kind in (ActorKind.TOKEN, ActorKind.COMMAND):
        return
    is_kiosk = actor.device is not None and actor.device.role is Role.KIOSK and actor.event_id == event.id
    if is_kiosk and actor.device is not None and row is not None:
        at = find_last_check_in(connection, actor.device.id, row.id)
        if at is not None and now - at <= KIOSK_MAY_FOR:
            return
    # The same for numbers that don't exist: a kiosk must not find out which do.
    raise AppError("forbidden", "A kiosk gets a badge only for ten minutes after it checked that person in.")


async def draw(content: BadgeContent) -> bytes:
    """The picture, drawn on another thread. `AppError conflict` if no font here has what it needs."""
    try:
        return await asyncio.to_thread(draw_picture, content)
    except MissingGlyphs as problem:
        raise conflict(f"The badge can't be drawn: {problem}.") from None


async def write_badges(
    services: Services,
    slug: str,
    folder: Path,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> WrittenBadges:
    """One PNG each, named by its number, of all who are not cancelled. Repeating it overwrites them."""

    def work(connection: Connection) -> tuple[EventRow, list[BadgeContent]]:
        event = get_event(connection, slug)
        digests = list_digests(connection, event.id)
        rows = [row for row in list_attendees(connection, event.id) if not row.is_cancelled]
        held = held_by(connection, event, None)
        contents = []
        for row in rows:
            letters = find_letters(services.keys, event.uuid, row, row.generation, digests)
            contents.append(badge_content(event, row, letters, held.get(row.id, {})))
        return event, contents

    event, contents = await services.db.read(work)
    problems: dict[str, str] = {}
    for done, content in enumerate(contents, 1):
        try:
            picture = await draw(content)
        except AppError as problem:
            problems[content.number] = problem.message
        else:
            await asyncio.to_thread(_write, folder / f"{_UNSAFE.sub('', content.number)}.png", picture)
        progress(done, len(contents))
    await tell_day(services, event.id)
    return WrittenBadges(len(contents) - len(problems), problems)


def _write(path: Path, picture: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
    except OSError as problem:
        raise AppError("invalid", f"can't write {path}: {problem.strerror or problem}") from problem
