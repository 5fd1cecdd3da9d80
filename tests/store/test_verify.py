"""Verify names every difference between what is stored and what it follows from."""

import pytest

from checkin.domain.model import Agenda
from checkin.domain.scans import Direction
from checkin.service.rooms import count_room
from checkin.service.services import Services
from checkin.service.verify import verify
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.store.people import ORGANIZER, SLUG, add_door, add_kiosk, execute, register, rows


async def lay_out(services: Services) -> str:
    """Two people on site with seats, one not; the number of the first."""
    kiosk = await add_kiosk(services)
    first = await register(services)
    await kiosk.scan(first.credential)
    await kiosk.scan((await register(services, discipline=["medical"])).credential)
    await register(services)
    assert await verify(services.db) == []
    return first.number


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        (
            "UPDATE tally SET n = n + 1 WHERE what = 'on_site'",
            "counter on_site 2027-01-26 is 3, counted again 2",
        ),
        (
            "DELETE FROM tally WHERE what = 'registered' AND key = ''",
            "counter registered is 0, counted again 3",
        ),
        (
            "UPDATE presence SET first_device = 99 WHERE attendee_id = 1",
            "NUMBER: presence first_device is 99, ",
        ),
        ("UPDATE presence SET room = 'b204' WHERE attendee_id = 1", "NUMBER: presence room is b204, "),
        ("DELETE FROM presence WHERE attendee_id = 1", "NUMBER: presence first_at is None, "),
        ("UPDATE scan SET effect = NULL WHERE attendee_id = 1", "NUMBER: presence first_at is "),
        (
            "UPDATE assignment SET session = 'injuries-2' WHERE attendee_id = 1 AND slot = 's2'",
            "NUMBER: assigned to injuries-2 in slot s2, but not eligible",
        ),
        (
            "UPDATE assignment SET session = 'undercover-3' WHERE attendee_id = 1 AND slot = 's3'",
            "NUMBER: assigned to undercover-3 in slot s3, but the topic is assigned twice",
        ),
        (
            "UPDATE assignment SET session = 'planning-3' WHERE attendee_id = 1 AND slot = 's2'",
            "NUMBER: assigned to planning-3 in slot s2, but the session is in another slot",
        ),
        (
            "UPDATE assignment SET session = 'nothing' WHERE attendee_id = 1 AND slot = 's2'",
            "NUMBER: assigned to nothing in slot s2, but there is no such session",
        ),
        (
            "UPDATE attendee SET is_cancelled = true WHERE id = 1",
            "NUMBER: assigned to undercover-2 in slot s2, but the registration is cancelled",
        ),
        (
            "UPDATE attendee SET accessibility = '[\"wheelchair\"]' WHERE id = 1",
            "NUMBER: assigned to planning-3 in slot s3, but the room is not accessible",
        ),
        ("UPDATE credential SET replaced_at = 1 WHERE attendee_id = 1", "NUMBER: badges in force [], "),
        (
            "UPDATE attendee SET generation = 2 WHERE id = 1",
            "NUMBER: badges in force [1], expected generation 2",
        ),
    ],
)
async def test_a_difference_is_named(
    services: Services, event: Agenda, statement: str, difference: str
) -> None:
    number = await lay_out(services)
    await execute(services, statement)
    wanted = f"{SLUG}: {difference.replace('NUMBER', number)}"
    assert [line for line in await verify(services.db) if line.startswith(wanted)]


async def test_more_assigned_than_seats_is_named(services: Services, event: Agenda) -> None:
    await lay_out(services)
    await execute(services, "UPDATE assignment SET session = 'planning-3' WHERE slot = 's3'")
    await execute(
        services,
        "INSERT INTO assignment (attendee_id, slot, event_id, session, why, made_at) "
        "VALUES (3, 's3', 1, 'planning-3', '{\"cause\": \"arrival\"}', 0)",
    )
    assert f"{SLUG}: session planning-3: 3 assigned to 2 seats" in await verify(services.db)


async def test_verify_changes_nothing_and_tells_no_names(services: Services, event: Agenda) -> None:
    await lay_out(services)
    await execute(services, "DELETE FROM tally")
    before = await rows(services, "SELECT * FROM event_state")
    told = "\n".join(await verify(services.db))
    assert told.count("\n") >= 5
    assert "Romero" not in told
    assert await rows(services, "SELECT * FROM tally") == []
    assert await rows(services, "SELECT * FROM event_state") == before


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        (
            "UPDATE presence SET room = NULL, session = NULL, entered_at = NULL",
            "NUMBER: presence room is None, ",
        ),
        ("UPDATE presence SET entered_at = entered_at + 1", "NUMBER: presence entered_at is "),
        ("UPDATE scan SET room = 'hall' WHERE effect = 'entered'", "NUMBER: presence room is b204, "),
        ("DELETE FROM scan WHERE effect = 'entered'", "NUMBER: presence first_at is "),
        ("UPDATE scan SET session = NULL", "NUMBER: presence session is undercover-2, "),
        (
            "INSERT INTO closing (event_id, session, ended_at, recorded_at) "
            "SELECT 1, 'undercover-2', max(recorded_at), 0 FROM scan",
            "NUMBER: presence room is b204, the scans make it None",
        ),
        (
            "INSERT INTO reversal (scan_seq, event_id, undone_by, undone_at) SELECT seq, 1, 'x', 0 FROM scan",
            "NUMBER: presence first_at is ",
        ),
        (
            "UPDATE tally SET n = 2 WHERE what = 'inside'",
            "counter inside 2027-01-26 b204 is 2, counted again 1",
        ),
        ("DELETE FROM tally WHERE what = 'counted_in'", "counter counted_in b204 is 0, counted again 1"),
        (
            "UPDATE tally SET n = 5 WHERE what = 'counted_out'",
            "counter counted_out b204 is 5, counted again 1",
        ),
        (
            "UPDATE room_count SET counted_at = counted_at + 3600000000",
            "counter counted_in b204 is 1, counted again 0",
        ),
        (
            "UPDATE assignment SET session = NULL WHERE slot = 's2'",
            "counter assigned undercover-2 is 1, counted again 0",
        ),
    ],
)
async def test_a_difference_in_a_room_is_named(
    services: Services, event: Agenda, clock: StandingClock, statement: str, difference: str
) -> None:
    door = await add_door(services, "b204")
    registered = await register(services)
    clock.set(at(9, 50))
    await count_room(services, SLUG, "b204", 4, ORGANIZER)
    await door.scan(registered.credential)
    await door.scan((await register(services, discipline=["medical"])).credential, Direction.OUT)
    assert await verify(services.db) == []
    await execute(services, statement)
    wanted = f"{SLUG}: {difference.replace('NUMBER', registered.number)}"
    told = await verify(services.db)
    assert [line for line in told if line.startswith(wanted)], told
