"""Loading an event: what changes, what is refused, what force takes away."""

from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from checkin.domain.agenda_file import Change
from checkin.domain.errors import AppError
from checkin.domain.instants import HOUR
from checkin.domain.model import Agenda, Role
from checkin.service import attendees, devices, events
from checkin.service.services import Services
from checkin.service.verify import verify
from tests.conftest import StandingClock
from tests.store.people import SLUG, add_kiosk, audit, execute, register, rows

STATE = "SELECT version, agenda_version FROM event_state"


def changed(event: Agenda, **others: Any) -> Agenda:
    """The agenda with other parts; the curriculum keeps the topics that are left."""
    new = replace(event, **others)
    topics = {session.topic for session in new.sessions}
    kept = {code: tuple(t for t in wanted if t in topics) for code, wanted in event.curriculum.items()}
    return replace(new, curriculum={code: wanted for code, wanted in kept.items() if code in new.discipline})


async def people_with_seats(services: Services) -> None:
    """Two of law enforcement, checked in and so assigned."""
    kiosk = await add_kiosk(services)
    for _ in range(2):
        registered = await register(services)
        await kiosk.scan(registered.credential)


async def refused(services: Services, agenda: Agenda) -> dict[str, str]:
    """The losses that a load without force is refused for; nothing has changed."""
    before = await rows(services, STATE)
    with pytest.raises(AppError) as caught:
        await events.load_event(services, agenda)
    assert caught.value.code == "conflict"
    assert await rows(services, STATE) == before
    assert await verify(services.db) == []
    return {one.field: one.problem for one in caught.value.errors}


async def test_a_new_event_is_created_as_its_file_says(services: Services, agenda: Agenda) -> None:
    found = await events.load_event(services, agenda)
    assert found[0] == Change("event", SLUG, "created")
    assert await events.show_event(services, SLUG) == agenda
    assert [event.slug for event in await events.list_events(services)] == [SLUG]


async def test_the_same_file_again_changes_nothing(services: Services, event: Agenda) -> None:
    before = await rows(services, STATE)
    assert await events.load_event(services, event) == []
    assert await rows(services, STATE) == before


async def test_a_changed_file_raises_both_versions(services: Services, event: Agenda) -> None:
    ((version, agenda_version),) = await rows(services, STATE)
    found = await events.load_event(services, replace(event, name="Another name"))
    assert found == [Change("event", SLUG, "updated")]
    assert (await events.show_event(services, SLUG)).name == "Another name"
    ((new_version, new_agenda_version),) = await rows(services, STATE)
    assert new_version == version + 1
    assert new_agenda_version > agenda_version


async def test_a_change_that_a_lost_server_took_with_it_is_not_taken_for_the_next_one(
    services: Services, event: Agenda
) -> None:
    badge = (await register(services)).credential
    kiosk = await add_kiosk(services)
    ((_, agenda_version),) = await rows(services, STATE)
    await events.load_event(services, replace(event, name="Lost name"))
    assert (await events.show_event(services, SLUG)).name == "Lost name"
    assert (await kiosk.scan(badge)).agenda.name == "Lost name"
    await execute(services, f"UPDATE event_state SET agenda_version = {agenda_version}")
    await events.load_event(services, replace(event, name="Next name"))
    assert (await events.show_event(services, SLUG)).name == "Next name"
    assert (await kiosk.scan(badge)).agenda.name == "Next name"


async def test_an_unknown_event_is_not_found(services: Services) -> None:
    with pytest.raises(AppError) as caught:
        await events.show_event(services, "nowhere")
    assert caught.value.code == "not_found"


async def test_a_session_with_assignments_is_removed_only_by_force(services: Services, event: Agenda) -> None:
    await people_with_seats(services)
    without = changed(event, sessions=tuple(one for one in event.sessions if one.code != "undercover-2"))
    assert await refused(services, without) == {
        "session.undercover-2": "2 attendees are assigned: there is no such session"
    }
    found = await events.load_event(services, without, force=True)
    assert Change("session", "undercover-2", "removed") in found
    assert await rows(services, "SELECT * FROM assignment WHERE session = 'undercover-2'") == []
    assert await rows(services, "SELECT n FROM tally WHERE key = 'undercover-2'") == [(0,)]
    assert await verify(services.db) == []
    assert len(await audit(services, "force_event")) == 1


async def test_an_empty_session_is_removed_without_force(services: Services, event: Agenda) -> None:
    await people_with_seats(services)
    without = changed(event, sessions=tuple(one for one in event.sessions if one.code != "injuries-2"))
    assert Change("session", "injuries-2", "removed") in await events.load_event(services, without)
    assert await verify(services.db) == []


async def test_a_slot_goes_with_its_assignments_only_by_force(services: Services, event: Agenda) -> None:
    await people_with_seats(services)
    without = changed(
        event,
        slots=tuple(slot for slot in event.slots if slot.code != "s3"),
        sessions=tuple(one for one in event.sessions if one.slot != "s3"),
    )
    assert set(await refused(services, without)) == {"session.planning-3"}
    await events.load_event(services, without, force=True)
    assert await rows(services, "SELECT * FROM assignment WHERE slot = 's3'") == []
    assert await verify(services.db) == []


async def test_a_session_that_moves_to_another_slot_loses_its_assignments_only_by_force(
    services: Services, event: Agenda
) -> None:
    await people_with_seats(services)
    moved = tuple(
        replace(one, slot="s3" if one.slot == "s2" else "s2") if one.slot in ("s2", "s3") else one
        for one in event.sessions
    )
    losses = await refused(services, replace(event, sessions=moved))
    assert losses["session.undercover-2"] == "2 attendees are assigned: the session is in another slot"
    await events.load_event(services, replace(event, sessions=moved), force=True)
    assert await verify(services.db) == []


async def test_a_discipline_with_attendees_is_removed_only_by_force(
    services: Services, event: Agenda
) -> None:
    await people_with_seats(services)
    await register(services, discipline=["medical", "law"])
    without = changed(
        event,
        disciplines=event.disciplines[1:],
        sessions=tuple(
            replace(one, disciplines=()) if one.disciplines == ("law",) else one for one in event.sessions
        ),
    )
    assert await refused(services, without) == {"discipline.law": "3 attendees are of this discipline"}
    await events.load_event(services, without, force=True)
    page = await attendees.list_attendees(services, SLUG)
    assert {item.disciplines for item in page.items} == {(), ("medical",)}
    assert await verify(services.db) == []


async def test_fewer_seats_than_assigned_need_force_and_the_last_assigned_lose(
    services: Services, event: Agenda
) -> None:
    await people_with_seats(services)
    rooms = tuple(replace(room, seats=1) if room.code == "b204" else room for room in event.rooms)
    losses = await refused(services, replace(event, rooms=rooms))
    assert losses["session.undercover-2"] == "1 attendee is assigned: only 1 seats are left"
    await events.load_event(services, replace(event, rooms=rooms), force=True)
    left = await rows(services, "SELECT attendee_id FROM assignment WHERE session = 'undercover-2'")
    assert left == [(1,)]
    assert await verify(services.db) == []


async def test_a_room_with_a_door_is_removed_only_by_force(services: Services, event: Agenda) -> None:
    door = await devices.add_device(services, SLUG, "Door of A101", Role.DOOR, "a101")
    without = changed(
        event,
        rooms=tuple(room for room in event.rooms if room.code != "a101"),
        sessions=tuple(one for one in event.sessions if one.room != "a101"),
    )
    assert await refused(services, without) == {"room.a101": "the door “Door of A101” is there"}
    await events.load_event(services, without, force=True)
    (stored,) = await devices.list_devices(services, SLUG)
    assert stored.id == door.device_id
    assert stored.revoked_at is not None


async def test_another_time_zone_folds_presences_again(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    await people_with_seats(services)
    await events.load_event(services, replace(event, zone=ZoneInfo("Asia/Tokyo")))
    assert await verify(services.db) == []


async def test_dates_move_without_touching_people(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    await people_with_seats(services)
    clock.advance(HOUR)
    longer = replace(event, last_day=date(2027, 1, 28))
    assert await events.load_event(services, longer) == [Change("event", SLUG, "updated")]
    assert await verify(services.db) == []
