"""The doctor's look into a database, on both engines."""

from datetime import timedelta

import pytest

from checkin.doctor import contents
from checkin.doctor.finding import Finding, Level
from checkin.domain.instants import HOUR, MINUTE, SECOND, Instant
from checkin.domain.model import Agenda, Role
from checkin.service import devices, planning
from checkin.service.services import CLOCK_SETTING, Services
from checkin.store.settings import update_setting
from tests.clockwork import catch_up
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.store.people import SLUG, add_door, add_kiosk, execute, register


@pytest.mark.parametrize(
    ("revision", "level", "way_out"),
    [("0004", Level.FAULT, "checkin migrate"), ("9999", Level.FAULT, "update this program")],
)
async def test_another_schema_is_told(services: Services, revision: str, level: Level, way_out: str) -> None:
    assert (await services.db.read(contents.check_schema)).level is Level.OK
    await execute(services, f"UPDATE alembic_version SET version_num = '{revision}'")
    found = await services.db.read(contents.check_schema)
    assert (found.level, found.way_out) == (level, way_out)
    await execute(services, "DROP TABLE alembic_version")
    assert (await services.db.read(contents.check_schema)).level is Level.WARNING


@pytest.mark.parametrize(
    ("offset", "words"),
    [(3 * 24 * HOUR, "3 days ahead of"), (-90 * MINUTE, "1 hour behind"), (5 * SECOND, "5 seconds ahead of")],
)
async def test_a_rehearsals_clock_is_told(services: Services, offset: int, words: str) -> None:
    assert contents.check_offset(await services.db.read(contents.read_offset)).level is Level.OK
    await services.db.write(lambda c: update_setting(c, CLOCK_SETTING, str(offset)))
    found = contents.check_offset(await services.db.read(contents.read_offset))
    assert found.level is Level.WARNING
    assert words in found.says


async def test_a_clock_that_went_backwards_is_told(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    await kiosk.scan((await register(services)).credential)
    now = clock.now()
    assert (await services.db.read(lambda c: contents.check_newest(c, now))).level is Level.OK
    earlier = Instant(now - 2 * HOUR)
    found = await services.db.read(lambda c: contents.check_newest(c, earlier))
    assert found.level is Level.FAULT
    assert "2 hours ahead of the clock" in found.says


MORNING = at(8)


async def look(services: Services, now: Instant = MORNING) -> list[str]:
    """What is missing for events that are near; nothing: all is well."""
    found: list[Finding] = await services.db.read(lambda c: contents.check_events(c, now))
    assert all(one.way_out for one in found if one.level is Level.WARNING)
    return [one.says for one in found if one.level is not Level.OK]


async def test_what_is_missing_for_the_day_is_told(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    far = Instant(at(8) - timedelta(days=5) // timedelta(microseconds=1))
    assert await look(services, far) == []
    near = Instant(at(8) - timedelta(days=2) // timedelta(microseconds=1))
    assert await look(services, near) == [f"{SLUG}: nobody is registered", f"{SLUG}: no kiosk is paired"]
    await register(services)
    door = await devices.add_device(services, SLUG, "Door of B204", Role.DOOR, "b204")
    assert await look(services) == [
        f"{SLUG}: nobody's day is planned",
        f"{SLUG}: no kiosk is paired",
        f"{SLUG}: not paired yet: Door of B204",
    ]
    await planning.make_plan(services, SLUG)
    await devices.revoke_device(services, door.device_id)
    await add_kiosk(services)
    assert await look(services) == []
    assert await look(services, Instant(at(8) + 72 * HOUR)) == []


async def test_a_silent_device_is_told(services: Services, event: Agenda, clock: StandingClock) -> None:
    await register(services)
    await planning.make_plan(services, SLUG)
    await add_kiosk(services)
    await add_door(services, "b204")
    await execute(services, f"UPDATE device SET last_seen_at = {at(8)} WHERE role = 'door'")
    clock.set(at(8, 30))
    await catch_up(services.db, clock)
    assert await look(services, clock.now()) == [f"{SLUG}: Door b204 is silent"]
