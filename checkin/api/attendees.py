"""Attendees on the wire: registration, the table, the list, and what organizers do with one of them.

Owns the translation only. What may be shown is decided below: of confidential attendees nothing but the alias
ever gets here, save through a reveal.
"""

from typing import Any, cast

import msgspec
from aiohttp import web

from checkin.api import views, wire
from checkin.api.bodies import flag, number, word
from checkin.api.call import Call
from checkin.api.problems import TableError, TableFault
from checkin.domain.errors import invalid, invalid_field
from checkin.domain.routing.words import short_words
from checkin.service import attendees as service
from checkin.service.attendee_views import STATUSES, AttendeeView

XLSX_LATER = "Workbooks (XLSX) come with a later version; save the sheet as CSV UTF-8 and import that."
CSV_NEEDED = "Send the attendee table as text/csv."

_ZIP = b"PK\x03\x04"


async def post_registration(call: Call[dict[str, Any]]) -> wire.Registered:
    """Registers one person; with an Idempotency-Key it is safe to repeat."""
    key = call.request.headers.get("Idempotency-Key")
    if key is not None and not (key.isascii() and key.isprintable()):
        raise invalid_field("Idempotency-Key", "must be printable ASCII, such as a UUID")
    made = await service.register(call.services, call.slug, call.body, call.actor, key)
    return wire.Registered(
        number=made.number,
        credential=made.credential,
        itinerary=views.itinerary_items(made.event.agenda, made.itinerary, short_words),
        page=views.page_link(call.services.public_url, made.credential),
    )


async def post_import(call: Call[bytes]) -> wire.ImportSummary:
    """Imports a table: all rows or none."""
    is_dry_run = flag(call.request, "dry_run")
    check_is_csv(call.request, call.body)
    result = await service.import_attendees(call.services, call.slug, call.body, is_dry_run, call.actor)
    if result.faults:
        n = len(result.faults)
        faults = [TableFault(one.line, one.column, one.problem) for one in result.faults]
        raise TableError(f"The table has {n} fault{'s' if n > 1 else ''}; nothing was stored.", faults)
    return wire.ImportSummary(
        created=result.created,
        updated=result.updated,
        unchanged=result.unchanged,
        ignored_columns=list(result.ignored_columns),
    )


def check_is_csv(request: web.Request, body: bytes) -> None:
    """Refuses a workbook, and what is plainly something else, with words that help."""
    kind = request.content_type
    if body.startswith(_ZIP) or "spreadsheet" in kind or "excel" in kind:
        raise invalid(XLSX_LATER)
    if kind in ("application/json", "multipart/form-data"):
        raise invalid(CSV_NEEDED)


async def list_attendees(call: Call[None]) -> wire.AttendeeList:
    """One page of the list."""
    request = call.request
    page = await service.list_attendees(
        call.services,
        call.slug,
        query=word(request, "query"),
        status=word(request, "status", STATUSES) or None,
        discipline=word(request, "discipline") or None,
        limit=number(request, "limit", service.LIMIT, 1, service.MOST),
        cursor=request.query.get("cursor") or None,
    )
    return wire.AttendeeList(items=[_item(one) for one in page.items], next=page.next)


async def get_attendee(call: Call[None]) -> wire.AttendeeDetail:
    """One attendee."""
    return _detail(await service.find_attendee(call.services, call.slug, call.number))


async def patch_attendee(call: Call[dict[str, Any]]) -> wire.AttendeeDetail:
    """Changes what is given."""
    changed = await service.change_attendee(call.services, call.slug, call.number, call.body, call.actor)
    return _detail(changed)


async def delete_attendee(call: Call[None]) -> wire.AttendeeDetail:
    """Cancels; again: the same."""
    return _detail(await service.cancel_attendee(call.services, call.slug, call.number, call.actor))


async def post_reissue(call: Call[None]) -> wire.Reissued:
    """A new credential."""
    letters = await service.reissue(call.services, call.slug, call.number, call.actor)
    return wire.Reissued(credential=letters, page=views.page_link(call.services.public_url, letters))


async def post_reveal(call: Call[wire.Reveal]) -> wire.Revealed:
    """The true names; who asked and why is kept."""
    name = await service.reveal(call.services, call.slug, call.number, call.body.reason, call.actor)
    return wire.Revealed(number=call.number, first_name=name.first, last_name=name.last)


def _item(one: AttendeeView) -> wire.AttendeeItem:
    return wire.AttendeeItem(
        number=one.number,
        first_name=one.first_name,
        last_name=one.last_name,
        discipline=one.discipline,
        disciplines=list(one.disciplines),
        agency=one.agency,
        county=one.county,
        email=one.email,
        status=_status(one),
        first_at=views.moment_or_none(one.agenda, one.first_at),
        itinerary=views.seat_items(one.agenda, one.itinerary),
    )


def _detail(one: AttendeeView) -> wire.AttendeeDetail:
    return wire.AttendeeDetail(
        **msgspec.structs.asdict(_item(one)),
        phone=one.phone,
        title=one.title,
        external_id=one.external_id,
        accessibility=list(one.accessibility),
        group=one.group,
        preferences=list(one.preferences),
        all_rooms=one.all_rooms,
        is_walk_in=one.is_walk_in,
        registered_at=views.moment(one.agenda, one.registered_at),
    )


def _status(one: AttendeeView) -> wire.Status:
    return cast(wire.Status, one.status)
