"""The table of calls: the server's routes and their description are both made from it, and from nothing else.

Owns who may call what. Must not hold a line of what a call does.
"""

from aiohttp import web

from checkin.api import (
    attendees,
    badges,
    events,
    health,
    metrics,
    my,
    problems,
    scans,
    wire,
)
from checkin.api import wire_views as views
from checkin.api.call import ANYONE, DEVICES, KIB, MIB, ORGANIZER, SCANNERS, STAFF, Call, Query, Route
from checkin.api.openapi import describe
from checkin.api.routes_devices import DEVICES_AND_ROOMS
from checkin.api.routes_rooms import ROOMS
from checkin.api.routes_routing import ROUTING
from checkin.api.server import PREFIX

_EVENT = PREFIX + "/events/{slug}"
_ATTENDEES = _EVENT + "/attendees"
_ATTENDEE = _ATTENDEES + "/{number}"
_YES = {"type": "boolean", "default": False}
_WORD = {"type": "string"}

_events = (
    Route(
        method="PUT",
        path=_EVENT,
        name="put_event",
        summary="Create an event or make it as its file says",
        handler=events.put_event,
        who=ORGANIZER,
        body=views.EventFile,
        reads=bytes,
        media=("application/json", "application/toml"),
        answer=wire.EventChanges,
        codes=("conflict",),
        query=(
            Query(name="force", schema=_YES, description="Also where assignments or devices are taken away"),
        ),
        limit=4 * MIB,
    ),
    Route(
        method="GET",
        path=_EVENT,
        name="get_event",
        summary="The agenda, as JSON that PUT takes",
        handler=events.get_event,
        who=STAFF | DEVICES,
        answer=views.EventFile,
    ),
    Route(
        method="GET",
        path=_EVENT + "/public",
        name="get_public_event",
        summary="What anybody may know of an event",
        handler=events.get_public_event,
        who=ANYONE,
        answer=wire.PublicEvent,
    ),
)

_registration = (
    Route(
        method="POST",
        path=_EVENT + "/registrations",
        name="register",
        summary="Register an attendee",
        handler=attendees.post_registration,
        who=ANYONE,
        takes_token=True,
        body=wire.Registration,
        reads=dict,
        answer=wire.Registered,
        status=201,
        codes=("registration_closed", "conflict", "unauthorized", "too_many_requests"),
        headers=("Idempotency-Key",),
    ),
    Route(
        method="POST",
        path=_ATTENDEES + "/import",
        name="import_attendees",
        summary="Import an attendee table; with any fault nothing is stored",
        handler=attendees.post_import,
        who=ORGANIZER,
        reads=bytes,
        media=("text/csv",),
        answer=wire.ImportSummary,
        query=(Query(name="dry_run", schema=_YES, description="Check and count, store nothing"),),
        limit=32 * MIB,
    ),
)

_attendees = (
    Route(
        method="GET",
        path=_ATTENDEES,
        name="list_attendees",
        summary="Attendees by last name, first name, number",
        handler=attendees.list_attendees,
        who=STAFF,
        answer=wire.AttendeeList,
        query=(
            Query(name="query", schema=_WORD, description="Words that must all match"),
            Query(
                name="status",
                schema={"enum": ["registered", "checked_in", "left", "cancelled"]},
                description="Only these",
            ),
            Query(name="discipline", schema=_WORD, description="Only those of this discipline's code"),
            Query(
                name="limit",
                schema={"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
                description="How many at most",
            ),
            Query(name="cursor", schema=_WORD, description="`next` of the page before"),
        ),
    ),
    Route(
        method="GET",
        path=_ATTENDEE,
        name="get_attendee",
        summary="One attendee",
        handler=attendees.get_attendee,
        who=ORGANIZER,
        answer=wire.AttendeeDetail,
    ),
    Route(
        method="PATCH",
        path=_ATTENDEE,
        name="change_attendee",
        summary="Change an attendee, or reinstate a cancelled one",
        handler=attendees.patch_attendee,
        who=ORGANIZER,
        body=wire.AttendeeChange,
        reads=dict,
        answer=wire.AttendeeDetail,
        codes=("conflict",),
    ),
    Route(
        method="DELETE",
        path=_ATTENDEE,
        name="cancel_attendee",
        summary="Cancel a registration; its seats are free again",
        handler=attendees.delete_attendee,
        who=ORGANIZER,
        answer=wire.AttendeeDetail,
    ),
    Route(
        method="POST",
        path=_ATTENDEE + "/reissue",
        name="reissue_badge",
        summary="A new badge; the old one is refused from now on",
        handler=attendees.post_reissue,
        who=ORGANIZER,
        answer=wire.Reissued,
        codes=("conflict",),
    ),
    Route(
        method="POST",
        path=_ATTENDEE + "/reveal",
        name="reveal_attendee",
        summary="The names of a confidential attendee; logged",
        handler=attendees.post_reveal,
        who=ORGANIZER,
        body=wire.Reveal,
        answer=wire.Revealed,
    ),
    Route(
        method="GET",
        path=_ATTENDEE + "/badge.png",
        name="get_badge",
        summary="The badge: 4 x 3 in at 300 dpi",
        handler=badges.get_badge,
        who=STAFF | SCANNERS,
        answer=None,
        answer_media="image/png",
        codes=("conflict",),
    ),
)

_scans = (
    Route(
        method="POST",
        path=PREFIX + "/scans",
        name="scan",
        summary="Record a scan and get its verdict",
        handler=scans.post_scan,
        who=SCANNERS,
        body=wire.SingleScan,
        answer=wire.ScanAnswer,
        codes=("scan_id_reused", "too_many_requests"),
        limit=16 * KIB,
        is_hot=True,
    ),
    Route(
        method="POST",
        path=PREFIX + "/scans/batch",
        name="scan_batch",
        summary="Record up to 500 scans; each has its own answer, in order",
        handler=scans.post_batch,
        who=SCANNERS,
        body=wire.ScanBatch,
        answer=wire.BatchAnswer,
        limit=4 * MIB,  # 500 credentials of 512 characters, each written as the longest escape
        is_hot=True,
    ),
    Route(
        method="POST",
        path=PREFIX + "/scans/{scan_id}/undo",
        name="undo_scan",
        summary="Take a scan back",
        handler=scans.undo_scan,
        who=ORGANIZER | SCANNERS,
        answer=wire.Undone,
        codes=("conflict",),
    ),
)

_views = (
    Route(
        method="POST",
        path=PREFIX + "/my",
        name="my",
        summary="An attendee's own page",
        handler=my.post_my,
        who=ANYONE,
        body=views.My,
        answer=views.MyPage,
        codes=("not_found", "too_many_requests"),
    ),
)


async def _get_openapi(_call: Call[None]) -> web.Response:
    return web.Response(
        body=_description(), content_type="application/json", headers={"Cache-Control": "no-cache"}
    )


_outside = (
    Route(
        method="GET",
        path=PREFIX + "/openapi.json",
        name="openapi",
        summary="This description",
        handler=_get_openapi,
        who=ANYONE,
        answer=None,
    ),
    Route(
        method="GET",
        path="/healthz",
        name="health",
        summary="200 when the database answers",
        handler=health.get_health,
        who=ANYONE,
        answer=views.Health,
    ),
    Route(
        method="GET",
        path="/readyz",
        name="readiness",
        summary="200 when work may be sent here: the database takes writes, and no stop was asked for",
        handler=health.get_readiness,
        who=ANYONE,
        answer=views.Health,
    ),
    Route(
        method="GET",
        path="/metrics",
        name="metrics",
        summary="Figures in Prometheus' text format, of this server and of every event; nobody's name",
        handler=metrics.get_metrics,
        who=ANYONE,
        answer=None,
        answer_media="text/plain",
    ),
)

ROUTES = (
    *_events,
    *_registration,
    *_attendees,
    *ROUTING,
    *DEVICES_AND_ROOMS,
    *_scans,
    *ROOMS,
    *_views,
    *_outside,
)

_described: list[bytes] = []


def _description() -> bytes:
    """Made once, at the first question."""
    if not _described:
        _described.append(describe(ROUTES, problems.STATUS))
    return _described[0]
