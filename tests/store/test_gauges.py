"""Each event in a few numbers: the same that boards show, of all events at once, and never a person."""

from dataclasses import replace

from checkin.domain.alerts import AlertKind
from checkin.domain.instants import MINUTE, SECOND, Instant
from checkin.domain.model import Agenda, Role
from checkin.domain.scans import Direction
from checkin.service import attendees, devices, occupancy
from checkin.service.events import load_event
from checkin.service.gauges import EventGauges, RoomGauges, read_gauges
from checkin.service.planning import make_plan
from checkin.service.rooms import count_room
from checkin.service.services import Services
from checkin.service.waiting import list_who_waits
from tests.clockwork import catch_up
from tests.conftest import StandingClock
from tests.domain.conference import NEXT_DAY, at
from tests.store.people import ORGANIZER, SLUG, add_door, add_kiosk, register


async def read(services: Services) -> EventGauges:
    """The small conference's."""
    (found,) = [one for one in await read_gauges(services.db, services.clock) if one.slug == SLUG]
    return found


async def agree(services: Services) -> None:
    """What is told is what boards show."""
    found, frame = await read(services), await occupancy.occupancy(services, SLUG)
    assert (found.registered, found.checked_in, found.on_site) == (
        frame["registered"],
        frame["checked_in"],
        frame["on_site"],
    )
    assert found.rooms == tuple(
        RoomGauges(room["code"], room["headcount"], room["seats"], room["posted_limit"])
        for room in frame["rooms"]
    )


async def test_they_are_what_boards_show(services: Services, event: Agenda, clock: StandingClock) -> None:
    await agree(services)
    kiosk, door = await add_kiosk(services), await add_door(services, "hall")
    people = [await register(services) for _ in range(6)]
    await attendees.cancel_attendee(services, SLUG, people[5].number)
    for one in people[:4]:
        await kiosk.scan(one.credential)
    clock.set(at(8, 20))
    for one in people[:3]:
        await door.scan(one.credential, Direction.IN)
    await kiosk.scan(people[3].credential, Direction.OUT)
    found = await read(services)
    assert (found.registered, found.checked_in, found.on_site) == (5, 4, 3)
    assert found.rooms[0] == RoomGauges("hall", 3, 650, 700)
    await agree(services)
    await count_room(services, SLUG, "hall", 9, ORGANIZER)
    await door.scan(people[0].credential, Direction.OUT)
    assert (await read(services)).rooms[0].headcount == 8, "an usher's count, carried on"
    await agree(services)
    clock.set(at(9, 30))
    await agree(services)
    clock.set(at(7, day=NEXT_DAY))
    found = await read(services)
    assert (found.on_site, found.rooms[0].headcount) == (0, 0), "midnight ends presences and counts"
    await agree(services)


async def test_who_waits_is_counted_in_slots_that_have_not_begun(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    people = [await register(services) for _ in range(11)]
    await make_plan(services, SLUG)
    _, waiting = await list_who_waits(services, SLUG)
    assert (await read(services)).waiting == len(waiting) > 0
    gone = next(one for one in people if one.number == waiting[0].attendee.number)
    await attendees.cancel_attendee(services, SLUG, gone.number)
    _, left = await list_who_waits(services, SLUG)
    assert (await read(services)).waiting == len(left) < len(waiting)
    clock.set(at(10))
    assert (await read(services)).waiting == len([one for one in left if one.slot == "s3"])
    clock.set(at(13))
    assert (await read(services)).waiting == 0


async def test_devices_that_have_called_grow_older_until_they_are_revoked(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    assert (await read(services)).devices == ()
    kiosk, door = await add_kiosk(services, "Zelda's own"), await add_door(services, "hall")
    for one in (kiosk, door):
        services.calls.note(one.facts.id, clock.now())
    await services.calls.flush(services.db, clock.now())
    clock.advance(90 * SECOND)
    found = (await read(services)).devices
    assert [(one.id, one.role, one.call_age_seconds) for one in found] == [
        (kiosk.facts.id, Role.KIOSK, 90.0),
        (door.facts.id, Role.DOOR, 90.0),
    ]
    await devices.revoke_device(services, door.facts.id)
    assert [one.id for one in (await read(services)).devices] == [kiosk.facts.id]


async def test_open_alerts_are_counted_by_kind(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    assert (await read(services)).open_alerts == dict.fromkeys(AlertKind, 0)
    kiosk = await add_kiosk(services)
    services.calls.note(kiosk.facts.id, clock.now())
    await services.calls.flush(services.db, clock.now())
    clock.advance(10 * MINUTE)
    await catch_up(services.db, clock)
    assert (await read(services)).open_alerts == dict.fromkeys(AlertKind, 0) | {AlertKind.DEVICE: 1}


async def test_every_event_has_its_own_and_one_that_is_long_over_has_none(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    await load_event(services, replace(event, slug="other-2027"))
    await register(services)
    found = await read_gauges(services.db, clock)
    assert [(one.slug, one.registered) for one in found] == [("other-2027", 0), (SLUG, 1)]
    clock.set(Instant(at(0, day=NEXT_DAY) + 2 * 24 * 60 * MINUTE - 1))
    assert len(await read_gauges(services.db, clock)) == 2
    clock.set(Instant(clock.now() + 1))
    assert await read_gauges(services.db, clock) == []
