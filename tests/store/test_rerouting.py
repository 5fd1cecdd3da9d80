"""Changes of rooms in the database: applied as one, told in the next answer, taken back exactly."""

import pytest
from msgspec import structs

from checkin.domain.assignments import Assignment, Blocked, Cause, Why
from checkin.domain.errors import AppError
from checkin.domain.instants import MINUTE
from checkin.domain.model import Agenda, Role
from checkin.domain.routing.room_changes import (
    AddSession,
    CancelSession,
    CloseRoom,
    MoveSession,
    OpenRoom,
    RoomChange,
    SetSeats,
    change_agenda,
)
from checkin.service import devices, my
from checkin.service.events import show_event
from checkin.service.ground import apply_days, take_snapshot
from checkin.service.planning import make_plan
from checkin.service.rerouting import make_reroute
from checkin.service.services import Services
from checkin.service.undoing import undo_reroute
from checkin.service.verify import verify
from checkin.service.waiting import list_who_waits
from checkin.store.assignments import find_assignments, put_assignments
from checkin.store.events import get_event
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.store.people import SLUG, Kiosk, add_kiosk, register, rows

STATE = (
    "SELECT attendee_id, slot, session, why FROM assignment ORDER BY 1, 2",
    "SELECT document, standing FROM event",
    "SELECT what, key, n FROM tally WHERE n <> 0 ORDER BY 1, 2",
    "SELECT * FROM presence ORDER BY 1",
)
CHANGES = [
    CloseRoom("b204"),
    CloseRoom("b204", "s3"),
    SetSeats("b204", 1),
    SetSeats("b204", 6),
    MoveSession("undercover-3", "hall"),
    CancelSession("undercover-2"),
    AddSession({"code": "extra-2", "title": "Extra", "topic": "extra", "slot": "s2", "room": "hall"}),
]


async def planned_crowd(services: Services) -> list[str]:
    """Four of law enforcement and two medical, planned; the credentials."""
    made = [await register(services) for _ in range(4)]
    made += [await register(services, discipline=["medical"]) for _ in range(2)]
    await make_plan(services, SLUG)
    return [one.credential for one in made]


async def state(services: Services) -> list[object]:
    """Everything that a reroute may change."""
    return [await rows(services, query) for query in STATE]


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: type(one).__name__)
async def test_undo_brings_everything_back_exactly(
    services: Services, event: Agenda, change: RoomChange
) -> None:
    await planned_crowd(services)
    before = await state(services)
    made = await make_reroute(services, SLUG, change)
    assert made.reroute_id is not None
    assert await state(services) != before
    assert await verify(services.db) == []
    await undo_reroute(services, SLUG, made.reroute_id)
    assert await state(services) == before
    assert await verify(services.db) == []
    again = await undo_reroute(services, SLUG, made.reroute_id)
    assert again.moves == ()
    assert await state(services) == before


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: type(one).__name__)
async def test_a_dry_run_tells_the_same_and_changes_nothing(
    services: Services, event: Agenda, change: RoomChange
) -> None:
    await planned_crowd(services)
    before = await state(services)
    told = await make_reroute(services, SLUG, change, dry_run=True)
    assert told.reroute_id is None
    assert await state(services) == before
    assert (await make_reroute(services, SLUG, change)).moves == told.moves


async def test_the_next_scan_and_the_page_tell_the_new_room(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    letters = await planned_crowd(services)
    kiosk = await add_kiosk(services)
    for one in letters:
        await kiosk.scan(one)
    made = await make_reroute(services, SLUG, MoveSession("undercover-2", "hall"))
    assert {move.new.why.moved_from for move in made.moves} == {"b204"}
    moved = {move.number for move in made.moves}
    numbers = {(await my.look_up(services, one)).person.number: one for one in letters}
    hers = numbers[min(moved)]
    clock.set(at(9, 45))
    answer = await kiosk.scan(hers)
    assert answer.agenda.session[answer.outcome.stop or ""].room == "hall"
    mine = await my.look_up(services, hers)
    item = next(one for one in mine.itinerary if one.slot == "s2")
    assert item.why.moved_from == "b204"


async def test_a_room_opened_again_takes_back_nobody_but_those_without_a_seat(
    services: Services, event: Agenda
) -> None:
    await planned_crowd(services)
    closed = await make_reroute(services, SLUG, CloseRoom("b204"))
    lost = sorted(move.number for move in closed.moves if move.new.session is None)
    assert lost
    opened = await make_reroute(services, SLUG, OpenRoom("b204"))
    assert sorted(move.number for move in opened.moves) == lost
    assert all(move.new.session is not None for move in opened.moves)
    assert await verify(services.db) == []


async def test_who_sits_inside_stays_when_seats_are_cut(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    letters = await planned_crowd(services)
    door = await add_door(services, "b204")
    clock.set(at(10, 5))
    for one in letters[:4]:
        await door.scan(one)
    before = await rows(services, STATE[0])
    made = await make_reroute(services, SLUG, SetSeats("b204", 2))
    assert all(move.slot != "s2" for move in made.moves)
    after = await rows(services, STATE[0])
    assert [row for row in after if row[1] == "s2"] == [row for row in before if row[1] == "s2"]
    assert await verify(services.db) == []


async def add_door(services: Services, room: str) -> Kiosk:
    """A paired door of a room."""
    pairing = await devices.add_device(services, SLUG, f"Door {room}", Role.DOOR, room)
    paired = await devices.pair(services, pairing.code)
    actor = await devices.authenticate_device(services, paired.token)
    assert actor is not None
    return Kiosk(services, actor)


async def test_reroutes_are_undone_from_the_last_one_on(services: Services, event: Agenda) -> None:
    await planned_crowd(services)
    first = await make_reroute(services, SLUG, CloseRoom("b204", "s2"))
    second = await make_reroute(services, SLUG, SetSeats("a101", 1))
    assert first.reroute_id is not None
    assert second.reroute_id is not None
    with pytest.raises(AppError, match="later reroute"):
        await undo_reroute(services, SLUG, first.reroute_id)
    await undo_reroute(services, SLUG, second.reroute_id)
    await undo_reroute(services, SLUG, first.reroute_id)
    assert (await show_event(services, SLUG)).standing.closures == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (CloseRoom("nowhere"), "room"),
        (CloseRoom("b204", "s9"), "slot"),
        (SetSeats("b204", 71), "seats"),
        (MoveSession("nothing", "b204"), "session"),
        (MoveSession("injuries-2", "b204"), "session[3].room"),
        (CancelSession("nothing"), "session"),
        (AddSession({"code": "extra"}), "session[6].title"),
    ],
)
async def test_what_can_not_be_is_told_by_its_field(
    services: Services, event: Agenda, change: RoomChange, field: str
) -> None:
    await planned_crowd(services)
    before = await state(services)
    with pytest.raises(AppError) as caught:
        await make_reroute(services, SLUG, change)
    assert caught.value.code == "invalid"
    assert field in [one.field for one in caught.value.errors]
    assert await state(services) == before


async def test_an_unknown_reroute_is_not_found(services: Services, event: Agenda) -> None:
    with pytest.raises(AppError, match="no such reroute"):
        await undo_reroute(services, SLUG, 99)


async def test_in_a_slot_that_has_begun_a_new_seat_goes_to_who_has_come(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    seated = [await register(services, discipline=["medical"]) for _ in range(2)]
    await make_plan(services, SLUG)
    await register(services, discipline=["medical"])  # waits for longest, and never comes
    kiosk = await add_kiosk(services)
    clock.set(at(9, 45))
    present = await register(services, discipline=["medical"])
    for one in (*seated, present):
        await kiosk.scan(one.credential)
    clock.set(at(10, 5))
    made = await make_reroute(services, SLUG, SetSeats("a101", 3))
    number = (await my.look_up(services, present.credential)).person.number
    assert [move.number for move in made.moves if move.slot == "s2"] == [number]


async def test_who_waits_keeps_their_place_when_the_reason_changes(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    for _ in range(4):  # two of them wait
        await register(services, discipline=["medical"])
    await make_plan(services, SLUG)
    clock.advance(MINUTE)
    await make_reroute(services, SLUG, CloseRoom("a101"))
    clock.advance(MINUTE)
    before = await list_who_waits(services, SLUG)
    await make_plan(services, SLUG)
    after = await list_who_waits(services, SLUG)
    assert [(one.slot, one.attendee.id, one.since) for one in before[1]] == [
        (one.slot, one.attendee.id, one.since) for one in after[1]
    ]
    held = await services.db.read(lambda c: find_assignments(c, get_event(c, SLUG).id))
    assert {one.why.blocked for items in held.values() for one in items.values()} == {Blocked.ROOM_CLOSED}


async def test_what_came_into_another_slot_meanwhile_stops_a_change(
    services: Services, event: Agenda
) -> None:
    await register(services)
    now = services.clock.now()
    snapshot = await services.db.read(lambda connection: take_snapshot(connection, SLUG, now))
    (seeker,) = snapshot.ground.seekers
    why = Why(Cause.DOOR)
    elsewhere = {seeker.person.id: (Assignment("s3", "undercover-3", why),)}
    await services.db.write(lambda c: put_assignments(c, snapshot.event.id, elsewhere, now))
    days = {seeker.person.id: (Assignment("s2", "undercover-2", why),)}
    assert not await services.db.write(lambda c: apply_days(c, snapshot, days, snapshot.event.agenda, now))


async def test_an_undo_gives_nobody_a_topic_that_a_plan_has_given_since(
    services: Services, event: Agenda
) -> None:
    await planned_crowd(services)
    closed = await make_reroute(services, SLUG, CloseRoom("b204", "s2"))
    lost = [move for move in closed.moves if move.old == "undercover-2"]
    assert lost
    await make_plan(services, SLUG)
    given = await rows(services, "SELECT count(*) FROM assignment WHERE session = 'undercover-3'")
    assert given == [(4,)]
    assert closed.reroute_id is not None
    await undo_reroute(services, SLUG, closed.reroute_id)
    assert await verify(services.db) == []


@pytest.mark.parametrize("heeds_told", [True, False])
async def test_arrivals_that_only_learn_their_room_hold_a_closing_up_for_a_while_only(
    services: Services, event: Agenda, heeds_told: bool
) -> None:
    made = await register(services)
    await make_plan(services, SLUG)
    now = services.clock.now()
    snapshot = await services.db.read(lambda connection: take_snapshot(connection, SLUG, now))
    await my.look_up(services, made.credential)
    (seeker,) = snapshot.ground.seekers
    days = {seeker.person.id: (structs.replace(seeker.held["s2"], session=None),)}
    agenda = snapshot.event.agenda
    is_applied = await services.db.write(
        lambda c: apply_days(c, snapshot, days, agenda, now, heeds_told=heeds_told)
    )
    assert is_applied is not heeds_told
    assert await verify(services.db) == []


@pytest.mark.parametrize(
    "change", [SetSeats("b204", 1), CloseRoom("b204", "s2"), CancelSession("undercover-2")]
)
async def test_a_change_that_an_arrival_overtook_is_not_applied(
    services: Services, event: Agenda, change: RoomChange
) -> None:
    await register(services)
    await make_plan(services, SLUG)
    now = services.clock.now()
    snapshot = await services.db.read(lambda connection: take_snapshot(connection, SLUG, now))
    for _ in range(3):
        await register(services)  # placed at once, into what is about to be shut
    before = await state(services)
    changed, _ = change_agenda(snapshot.event.agenda, change, now)
    assert not await services.db.write(lambda c: apply_days(c, snapshot, {}, changed, now))
    assert await state(services) == before
