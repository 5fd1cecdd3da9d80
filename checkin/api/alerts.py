"""Alerts and conflicts on the wire: what wants attention now, and what should be looked at afterwards.

Owns the translation only. Of a person a conflict shows the number and the display name: the alias', of
confidential attendees.
"""

from uuid import UUID

from checkin.api import views, wire_rooms
from checkin.api.bodies import flag, number
from checkin.api.call import Call
from checkin.api.cursors import read_cursor, write_cursor
from checkin.domain.alerts import words
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda
from checkin.service import alerts as service
from checkin.service import conflicts
from checkin.store.alerts import AlertRow
from checkin.store.conflicts import Conflict

PAGE, MOST = 100, 500


async def list_alerts(call: Call[None]) -> wire_rooms.AlertList:
    """The alerts that hold, or with `all` every one that ever did."""
    limit = number(call.request, "limit", PAGE, 1, MOST)
    is_all = flag(call.request, "all")
    page = await service.list_alerts(call.services, call.slug, is_all, read_cursor(call.request), limit)
    return wire_rooms.AlertList(
        items=[_alert(page.agenda, row) for row in page.items],
        next=None if page.next is None else write_cursor(page.next),
    )


async def acknowledge_alert(call: Call[None]) -> wire_rooms.AlertItem:
    """Takes an alert off the boards; again: the same."""
    alert_id = call.id_of("alert_id")
    return _alert(*await service.acknowledge_alert(call.services, call.slug, alert_id, call.actor))


def _alert(agenda: Agenda, row: AlertRow) -> wire_rooms.AlertItem:
    return wire_rooms.AlertItem(
        id=str(row.id),
        kind=row.alert.kind.value,
        room=row.alert.room,
        device=row.alert.device,
        raised_at=views.moment(agenda, row.raised_at),
        cleared_at=views.moment_or_none(agenda, row.cleared_at),
        acknowledged_at=views.moment_or_none(agenda, row.acknowledged_at),
        acknowledged_by=row.acknowledged_by,
        text=words(agenda, row.alert),
    )


async def list_conflicts(call: Call[None]) -> wire_rooms.ConflictList:
    """Late scans that the rules would have refused, and overridden entries."""
    limit = number(call.request, "limit", PAGE, 1, MOST)
    cursor = read_cursor(call.request)
    before = None if cursor is None else Instant(cursor)
    page = await conflicts.list_conflicts(call.services, call.slug, before, limit)
    return wire_rooms.ConflictList(
        items=[_conflict(page.agenda, one) for one in page.items],
        next=None if page.next is None else write_cursor(page.next),
    )


def _conflict(agenda: Agenda, one: Conflict) -> wire_rooms.ConflictItem:
    override = one.override
    return wire_rooms.ConflictItem(
        scan_id=str(UUID(bytes=one.scan_id)),
        happened_at=views.moment(agenda, one.happened_at),
        recorded_at=views.moment(agenda, one.recorded_at),
        device=one.device,
        room=one.room,
        number=one.number,
        display_name=one.name.display,
        reason=one.reason,
        conflict=list(one.conflict),
        overridden=list(one.overridden),
        override=None
        if override is None
        else wire_rooms.OverrideItem(reason=override.reason, by=override.by),
        undone_at=views.moment_or_none(agenda, one.undone_at),
    )
