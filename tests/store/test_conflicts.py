"""The list of what went against the rules: late scans with a conflict, overridden entries, nothing else."""

import pytest

from checkin.domain.instants import MINUTE
from checkin.domain.model import Agenda, Role
from checkin.domain.scans import Direction, Override
from checkin.service import attendees, conflicts, devices
from checkin.service.services import Services
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.store.people import SLUG, Kiosk, add_kiosk, register, rows


async def add_door(services: Services, room: str) -> Kiosk:
    """A paired door of a room."""
    pairing = await devices.add_device(services, SLUG, f"Door of {room}", Role.DOOR, room)
    paired = await devices.pair(services, pairing.code)
    actor = await devices.authenticate_device(services, paired.token)
    assert actor is not None
    return Kiosk(services, actor)


async def test_only_scans_that_passed_a_refusal_are_listed_the_newest_first(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk, door = await add_kiosk(services), await add_door(services, "a101")
    ana, ben = await register(services), await register(services)
    clock.set(at(10, 5))
    await kiosk.scan(ana.credential)
    clock.advance(MINUTE)
    await kiosk.scan(ana.credential)
    await door.scan(ana.credential, Direction.IN)
    assert (await conflicts.list_conflicts(services, SLUG)).items == [], "a refusal passes nothing"
    clock.advance(MINUTE)
    await kiosk.scan(ana.credential, lateness=20 * MINUTE)
    clock.advance(MINUTE)
    override = Override("speaker asked", "M. Ortiz")
    await door.scan(ana.credential, Direction.IN, override=override)
    clock.advance(MINUTE)
    await door.scan(ben.credential, lateness=MINUTE)
    page = await conflicts.list_conflicts(services, SLUG)
    found = [
        (one.number, one.device, one.room, list(one.conflict), list(one.overridden)) for one in page.items
    ]
    assert found == [
        (ben.number, "Door of a101", "a101", ["not_eligible"], []),
        (ana.number, "Door of a101", "a101", [], ["wrong_room", "not_eligible"]),
        (ana.number, "Kiosk A", None, ["already_checked_in"], []),
    ]
    assert [one.override for one in page.items] == [None, override, None]
    assert (page.items[0].happened_at, page.items[0].recorded_at) == (at(10, 8), at(10, 9))


async def test_the_list_goes_on_where_a_page_ended(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    ana = await register(services)
    await kiosk.scan(ana.credential)
    for _ in range(5):
        clock.advance(MINUTE)
        await kiosk.scan(ana.credential, lateness=MINUTE)
    whole = (await conflicts.list_conflicts(services, SLUG)).items
    assert len(whole) == 5
    first = await conflicts.list_conflicts(services, SLUG, limit=2)
    second = await conflicts.list_conflicts(services, SLUG, first.next, limit=3)
    assert (first.items + second.items, second.next) == (whole, None)


async def test_a_confidential_attendee_is_shown_by_the_alias(services: Services, event: Agenda) -> None:
    kiosk = await add_kiosk(services)
    hidden = await register(
        services, first_name="Dmitri", last_name="Hidden", confidential=True, alias="Maria Lopez"
    )
    await kiosk.scan(hidden.credential)
    await kiosk.scan(hidden.credential, lateness=MINUTE)
    page = await conflicts.list_conflicts(services, SLUG)
    assert [one.name.display for one in page.items] == ["Maria L."]
    assert "Dmitri" not in repr(page)
    assert "Hidden" not in repr(page)


async def test_a_scan_that_was_taken_back_says_so(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    ana = await register(services)
    await kiosk.scan(ana.credential)
    answer = await kiosk.scan(ana.credential, lateness=MINUTE)
    clock.advance(MINUTE)
    await services.scans.undo(answer.recorded.scan_id, None, "desk")
    (one,) = (await conflicts.list_conflicts(services, SLUG)).items
    assert one.undone_at is not None
    assert one.undone_at >= at(8, 1)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # it reads that engine's plan
async def test_the_list_is_read_by_the_index_of_scans_with_details(services: Services, event: Agenda) -> None:
    plan = await rows(
        services,
        "EXPLAIN QUERY PLAN SELECT seq FROM scan WHERE event_id = 1 AND detail IS NOT NULL"
        " ORDER BY recorded_at DESC LIMIT 10",
    )
    assert "ix_scan_detail" in str(plan)


async def test_a_cancelled_registrations_late_scan_is_listed(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    ana = await register(services)
    await attendees.cancel_attendee(services, SLUG, ana.number)
    await kiosk.scan(ana.credential, lateness=MINUTE)
    (one,) = (await conflicts.list_conflicts(services, SLUG)).items
    assert (list(one.conflict), one.reason) == (["registration_cancelled"], "checked_in")
