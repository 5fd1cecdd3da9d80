"""A day with something of everything in it, in a database that is then left alone: to be copied, say.

Scans in time and late, undone, repeated, refused and overridden; somebody under cover, a group, a reissued
badge, a cancelled registration; a plan, a closed room, its undo, an usher's count, an end of a session.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from checkin.domain.instants import MINUTE
from checkin.domain.routing.room_changes import CloseRoom, SetSeats
from checkin.domain.scans import Direction, Override
from checkin.service import attendees, badges, planning, tokens
from checkin.service.events import load_event
from checkin.service.rerouting import make_reroute
from checkin.service.rooms import count_room
from checkin.service.scans import Answer
from checkin.service.services import CLOCK_SETTING, Services
from checkin.service.undoing import undo_reroute
from checkin.service.verify import verify
from checkin.store.database_sqlite import sqlite_path
from checkin.store.settings import update_setting
from tests.clockwork import catch_up
from tests.conftest import StandingClock
from tests.domain.conference import CONFERENCE, at
from tests.service.venue import KEYS
from tests.store.people import ORGANIZER, SLUG, Kiosk, add_door, add_kiosk, register
from tests.surroundings import services_on


@asynccontextmanager
async def opened(url: str, clock: StandingClock | None = None) -> AsyncIterator[Services]:
    """The use cases on a database, migrated first; closed at the end."""
    async with services_on(url, KEYS, clock or StandingClock(at(8))) as services:
        yield services


async def live_a_day(url: str) -> tuple[Kiosk, str, Answer]:
    """The day; gives the kiosk (of closed services), a badge, and the answer that its first scan got."""
    clock = StandingClock(at(7, 45))
    async with opened(url, clock) as services:
        await load_event(services, CONFERENCE)
        kiosk, door = await add_kiosk(services), await add_door(services, "b204")
        people = [await register(services, last_name=f"Núñez {n}", group="crew") for n in range(4)]
        people.append(
            await register(services, last_name="Secret", confidential=True, alias="Bea Hall", county="Taos")
        )
        people += [
            await register(services, discipline=["medical"], email=f"{n}@example.org") for n in range(3)
        ]
        await planning.make_plan(services, SLUG)
        await badges.draw_badge(services, SLUG, people[0].number, ORGANIZER)
        await tokens.create_token(services, "Desk")
        first = await kiosk.scan(people[0].credential)
        for one in people[1:5]:
            await kiosk.scan(one.credential)
        await kiosk.scan(people[1].credential)
        await kiosk.scan("smudge")
        clock.set(at(9, 50))
        for one in people[:3]:
            await door.scan(one.credential)
        await door.scan(people[5].credential)
        await door.scan(people[6].credential, override=Override("speaker asked", "M. Ortiz"))
        await door.scan(people[1].credential, Direction.OUT, lateness=2 * MINUTE, scanned_at=at(9, 48))
        undone = await kiosk.scan(people[7].credential)
        await services.scans.undo(undone.recorded.scan_id, None, ORGANIZER.label)
        await count_room(services, SLUG, "b204", 5, ORGANIZER)
        await attendees.reissue(services, SLUG, people[3].number, ORGANIZER)
        await attendees.cancel_attendee(services, SLUG, people[7].number, ORGANIZER)
        await make_reroute(services, SLUG, SetSeats("a101", 1))
        made = await make_reroute(services, SLUG, CloseRoom("b204", "s3"))
        assert made.reroute_id is not None
        await undo_reroute(services, SLUG, made.reroute_id)
        clock.set(at(11, 1))
        await catch_up(services.db, clock)
        assert await verify(services.db) == []
        # the last of all: a running server would follow it
        await services.db.write(lambda c: update_setting(c, CLOCK_SETTING, "86400000000"))
    return kiosk, people[0].credential, first


_lived: list[bytes] = []


async def put_day(url: str) -> None:
    """The same day in a new SQLite file; lived once only, since a day takes seconds."""
    path = sqlite_path(url)
    if not _lived:
        await live_a_day(url)
        _lived.append(path.read_bytes())
    path.touch(0o600)
    path.write_bytes(_lived[0])
