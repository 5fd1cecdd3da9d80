"""Plan, reroutes and the waiting list on the wire.

Owns the translation only: which change a request asks for, and how its consequences are told.
"""

import base64
import binascii

from msgspec import UNSET

from checkin.api import views, wire_routing
from checkin.api.bodies import number
from checkin.api.call import Call
from checkin.domain.errors import invalid, invalid_field
from checkin.domain.model import Agenda
from checkin.domain.routing.ground import Shortage
from checkin.domain.routing.room_changes import (
    AddSession,
    CancelSession,
    CloseRoom,
    MoveSession,
    OpenRoom,
    RoomChange,
    SetSeats,
)
from checkin.domain.routing.shortage_words import shortage_words
from checkin.domain.routing.words import words
from checkin.service import planning, rerouting, undoing, waiting

FORMS = (
    "Give room and closed (and slot), or room and seats, or session and room, "
    "or session and cancelled, or add."
)
PAGE, MOST = 100, 500


async def post_plan(call: Call[wire_routing.PlanRequest]) -> wire_routing.PlanAnswer:
    """Plans, or tells what a plan would come to."""
    return plan_answer(await planning.make_plan(call.services, call.slug, call.body.dry_run, call.actor))


def plan_answer(planned: planning.Planned) -> wire_routing.PlanAnswer:
    """A plan's summary."""
    plan, agenda = planned.plan, planned.agenda
    return wire_routing.PlanAnswer(
        placed=plan.placed,
        unplaced=[
            wire_routing.SeatlessItem(number=who, slot=item.slot, why=words(agenda, item))
            for who, item in planned.unplaced
        ],
        required_met=plan.required_met,
        preference_score=plan.value,
        bound=plan.value_bound,
        method=plan.method,
        moved=plan.moved,
        seconds=round(planned.seconds, 3),
        placed_bound=plan.placed_bound,
        groups_met=plan.groups_met,
        shortages=[_shortage(agenda, one) for one in plan.shortages],
    )


def _shortage(agenda: Agenda, one: Shortage) -> wire_routing.ShortageItem:
    return wire_routing.ShortageItem(
        slot=one.slot,
        discipline=one.discipline,
        people=one.people,
        session=one.session,
        extra_seats=one.extra_seats,
        problem=shortage_words(agenda, one),
    )


async def post_reroute(call: Call[wire_routing.RerouteRequest]) -> wire_routing.RerouteAnswer:
    """Changes rooms, or tells what that would mean."""
    change = read_change(call.body)
    made = await rerouting.make_reroute(call.services, call.slug, change, call.body.dry_run, call.actor)
    return _rerouted(made)


async def undo_reroute(call: Call[None]) -> wire_routing.RerouteAnswer:
    """Takes a reroute back."""
    made = await undoing.undo_reroute(call.services, call.slug, call.id_of("reroute_id"), call.actor)
    return _rerouted(made)


def read_change(body: wire_routing.RerouteRequest) -> RoomChange:
    """The change that a request asks for. `AppError invalid` if it asks for none, or for several."""
    given = {name for name in body.__struct_fields__ if getattr(body, name) is not UNSET} - {"dry_run"}
    if given == {"room", "closed"} or given == {"room", "closed", "slot"}:
        slot = None if body.slot is UNSET else body.slot
        room = str(body.room)
        return CloseRoom(room, slot) if body.closed else OpenRoom(room, slot)
    if given == {"room", "seats"} and body.seats is not UNSET:
        return SetSeats(str(body.room), body.seats)
    if given == {"session", "room"}:
        return MoveSession(str(body.session), str(body.room))
    if given == {"session", "cancelled"}:
        if body.cancelled is not True:
            raise invalid_field("cancelled", "must be true; a session comes back by undo, or by add")
        return CancelSession(str(body.session))
    if given == {"add"} and body.add is not UNSET:
        return AddSession(body.add)
    raise invalid(FORMS)


def _rerouted(made: rerouting.Rerouted) -> wire_routing.RerouteAnswer:
    seated = [move for move in made.moves if move.new.session is not None]
    seatless = [move for move in made.moves if move.new.session is None]
    return wire_routing.RerouteAnswer(
        moves=[
            wire_routing.MoveItem(
                number=move.number,
                slot=move.slot,
                origin=move.old,
                target=move.new.session,
                why=words(made.agenda, move.new),
            )
            for move in seated
        ],
        unplaced=[
            wire_routing.SeatlessItem(number=move.number, slot=move.slot, why=words(made.agenda, move.new))
            for move in seatless
        ],
        reroute_id=UNSET if made.reroute_id is None else str(made.reroute_id),
    )


async def get_waiting(call: Call[None]) -> wire_routing.WaitingList:
    """Who waits for a seat, in the order in which seats are given."""
    limit = number(call.request, "limit", PAGE, 1, MOST)
    start = _read_cursor(call.request.query.get("cursor", ""))
    agenda, found = await waiting.list_who_waits(call.services, call.slug)
    page = found[start : start + limit]
    rest = start + limit
    return wire_routing.WaitingList(
        items=[
            wire_routing.WaitingItem(
                slot=one.slot,
                place=one.place,
                number=one.attendee.number,
                display_name=one.attendee.person.name.display,
                discipline=one.attendee.person.discipline,
                on_site=one.is_on_site,
                since=views.moment(agenda, one.since),
                why=words(agenda, one.assignment),
            )
            for one in page
        ],
        next=_write_cursor(rest) if rest < len(found) else None,
    )


def _write_cursor(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise invalid_field("cursor", "This cursor is not one that a list gave.")
    return int(text)
