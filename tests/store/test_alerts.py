"""Alerts as rows: raised and cleared once, whoever looks, and kept with who has seen them."""

import json
from functools import partial

import pytest

from checkin.domain.errors import AppError
from checkin.domain.instants import MINUTE, SECOND, Instant
from checkin.domain.model import Agenda, EventId, Role
from checkin.service import alerts, devices, occupancy, rooms
from checkin.service.last_calls import LastCalls
from checkin.service.services import Services
from checkin.store.alerts import AlertRow, list_alerts
from checkin.store.engines import open_database
from tests.clockwork import catch_up
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.store.people import ORGANIZER, SLUG, add_kiosk, rows, version

EVENT = EventId(1)


async def kept(services: Services) -> list[AlertRow]:
    """Every alert there ever was, the oldest first."""
    found = await services.db.read(lambda c: list_alerts(c, EVENT, False, None, 100))
    return found[::-1]


async def look(services: Services) -> dict[str, list[str]]:
    """What boards show after a look at the clock, by kind the rooms or devices."""
    await catch_up(services.db, services.clock)
    shown: dict[str, list[str]] = {}
    for one in (await occupancy.occupancy(services, SLUG))["alerts"]:
        shown.setdefault(one["kind"], []).append(one["device"] or one["room"])
    return shown


async def count(services: Services, counted: int, room: str = "b204") -> None:
    """An usher counts a room."""
    await rooms.count_room(services, SLUG, room, counted, ORGANIZER)


@pytest.mark.parametrize(
    ("counted", "kind"), [(62, None), (63, "amber"), (69, "amber"), (70, "full"), (71, "over")]
)
async def test_a_level_is_raised_and_tells_the_boards(
    services: Services, event: Agenda, counted: int, kind: str | None
) -> None:
    before = await version(services)
    await count(services, counted)
    shown = await look(services)
    assert shown.pop("drift") == ["b204"], "the scans had made it nobody"
    assert shown == ({} if kind is None else {kind: ["b204"]})
    assert await version(services) == before + 2, "one for the count, one for all alerts together"


async def test_nothing_is_written_where_nothing_has_changed(services: Services, event: Agenda) -> None:
    await count(services, 70)
    await look(services)
    stood = await version(services)
    for _ in range(3):
        await look(services)
    assert await version(services) == stood
    assert len(await kept(services)) == 2


async def test_one_level_gives_way_to_the_next_and_rows_are_kept(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    for counted in (63, 70, 71, 10):
        await count(services, counted)
        await look(services)
        clock.advance(SECOND)
    levels = [one for one in await kept(services) if one.alert.kind != "drift"]
    assert [str(one.alert.kind) for one in levels] == ["amber", "full", "over"]
    assert [one.cleared_at for one in levels] == [at(8, 0, 1), at(8, 0, 2), at(8, 0, 3)]
    assert [one.raised_at for one in levels] == [at(8), at(8, 0, 1), at(8, 0, 2)]


async def test_several_processes_raise_an_alert_once(services: Services, event: Agenda) -> None:
    other = open_database(services.db.url)
    await other.open()
    await count(services, 70)
    now = services.clock.now()
    settle = partial(alerts.settle_alerts, event_id=EVENT, now=now)
    first, second = await services.db.write(settle), await other.write(settle)
    assert first == second
    await catch_up(other, services.clock)
    await other.close()
    assert [str(one.alert.kind) for one in await kept(services)] == ["full", "drift"]


async def test_an_acknowledged_alert_leaves_the_boards_and_stays_in_the_list(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    await count(services, 70)
    await look(services)
    full = next(one for one in await kept(services) if one.alert.kind == "full")
    clock.advance(MINUTE)
    _, seen = await alerts.acknowledge_alert(services, SLUG, full.id, ORGANIZER)
    assert (seen.acknowledged_at, seen.acknowledged_by) == (at(8, 1), "desk")
    assert "full" not in await look(services)
    stood = await version(services)
    clock.advance(MINUTE)
    _, again = await alerts.acknowledge_alert(services, SLUG, full.id, ORGANIZER)
    assert (again.acknowledged_at, await version(services)) == (at(8, 1), stood)
    page = await alerts.list_alerts(services, SLUG)
    assert full.id in [one.id for one in page.items]


async def test_what_comes_back_after_it_was_over_is_shown_again(services: Services, event: Agenda) -> None:
    await count(services, 70)
    await look(services)
    for one in await kept(services):
        await alerts.acknowledge_alert(services, SLUG, one.id, ORGANIZER)
    await count(services, 50)
    await look(services)
    await count(services, 70)
    assert (await look(services))["full"] == ["b204"]


async def test_an_alert_of_another_event_is_not_found(services: Services, event: Agenda) -> None:
    with pytest.raises(AppError) as caught:
        await alerts.acknowledge_alert(services, SLUG, 1, ORGANIZER)
    assert caught.value.code == "not_found"


async def test_lists_go_on_by_id_and_tell_the_open_ones_unless_asked_for_all(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    for counted in (63, 70, 71):
        await count(services, counted)
        await look(services)
        clock.advance(SECOND)
    everything = (await alerts.list_alerts(services, SLUG, is_all=True)).items
    assert [one.id for one in everything] == sorted((one.id for one in everything), reverse=True)
    first = await alerts.list_alerts(services, SLUG, is_all=True, limit=2)
    assert first.next == first.items[-1].id
    rest = await alerts.list_alerts(services, SLUG, is_all=True, before=first.next)
    assert rest.next is None
    assert [*first.items, *rest.items] == everything
    still = (await alerts.list_alerts(services, SLUG)).items
    assert [one.id for one in still] == [one.id for one in everything if one.cleared_at is None]


# ---- devices


async def hear(services: Services, calls: LastCalls) -> None:
    """Writes which devices were heard of."""
    await calls.flush(services.db, services.clock.now())


async def test_a_silent_device_is_missed_and_its_next_call_clears_that(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    assert await look(services) == {}, "it has never called"
    services.calls.note(kiosk.facts.id, clock.now())
    await hear(services, services.calls)
    clock.set(Instant(at(8, 5) - 1))
    assert await look(services) == {}
    clock.set(at(8, 5))
    assert await look(services) == {"device": ["Kiosk A"]}
    clock.advance(SECOND)
    services.calls.note(kiosk.facts.id, clock.now())
    await hear(services, services.calls)
    assert await look(services) == {}
    (row,) = await kept(services)
    assert (row.raised_at, row.cleared_at) == (at(8, 5), at(8, 5, 1))


async def test_a_revoked_device_is_not_missed(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    services.calls.note(kiosk.facts.id, clock.now())
    await hear(services, services.calls)
    clock.set(at(8, 30))
    assert await look(services) == {"device": ["Kiosk A"]}
    await devices.revoke_device(services, kiosk.facts.id)
    assert await look(services) == {}


async def test_a_device_is_written_down_at_most_once_a_minute(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    written = []
    for second in (0, 1, 59, 60, 61, 130):
        clock.set(Instant(at(8) + second * SECOND))
        services.calls.note(kiosk.facts.id, clock.now())
        if await services.calls.flush(services.db, clock.now()):
            written.append(second)
    assert written == [0, 60, 130]
    clock.set(at(8, 3))
    services.calls.note(kiosk.facts.id, clock.now())
    assert await services.calls.flush(services.db, clock.now(), is_all=True) == 1, (
        "the end waits for no minute"
    )
    assert await rows(services, "SELECT last_seen_at FROM device") == [(at(8, 3),)]
    assert await services.calls.flush(services.db, at(8, 9)) == 0, "nothing was heard since"


async def test_hearing_of_a_device_late_from_another_process_changes_nothing(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    for moment in (at(8, 3), at(8, 1)):
        other = LastCalls()
        other.note(kiosk.facts.id, moment)
        await other.flush(services.db, at(8, 4))
    assert await rows(services, "SELECT last_seen_at FROM device") == [(at(8, 3),)]


async def test_a_door_is_told_with_its_room(services: Services, event: Agenda, clock: StandingClock) -> None:
    pairing = await devices.add_device(services, SLUG, "Door 1", Role.DOOR, "b204")
    await devices.pair(services, pairing.code)
    services.calls.note(pairing.device_id, clock.now())
    await hear(services, services.calls)
    clock.set(at(8, 6))
    await look(services)
    (told,) = (await occupancy.occupancy(services, SLUG))["alerts"]
    assert (told["kind"], told["room"], told["device"]) == ("device", "b204", "Door 1")
    assert told["text"] == "Door 1 has not been heard of for 5 minutes"
    assert json.dumps(told["raised_at"]) == '"2027-01-26T08:06:00-07:00"'
