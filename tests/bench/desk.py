"""What organizers wait for: plan, placement, badges, import, search. In seconds of the processor.

Each is told as a ratio to a fixed piece of Python's own work in the same run, so that runs on different
machines can be compared.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from random import Random
from time import process_time

from sqlalchemy import Connection

from checkin.app import open_services
from checkin.domain.instants import to_instant
from checkin.domain.routing.placement import place
from checkin.service.attendees import import_attendees, list_attendees
from checkin.service.badges import write_badges
from checkin.service.events import load_event
from tests.bench import routing
from tests.bench.report import Line
from tests.bench.venue import MORNING, settings_of, table_of
from tests.domain.large_events import large_ground

YARDSTICK = "50 million additions"
ADDITIONS = 5_000_000
PEOPLE = 10_000
BADGES = 300
SEARCHES = 50


def yardstick() -> float:
    """Processor seconds of so many additions in Python; a tenth of them is done."""
    began = process_time()
    total = 0
    for number in range(ADDITIONS):
        total += number
    return 10 * (process_time() - began)


async def measure(folder: Path) -> list[Line]:
    """A row for each."""
    unit = min(yardstick() for _ in range(3))
    lines = [_plan(size, unit) for size in routing.SIZES[:2]]
    lines.append(_place(unit))
    ground = large_ground(PEOPLE, 40, 4, seed=1)
    settings, slug = settings_of(folder), ground.agenda.slug
    async with open_services(settings, to_instant(datetime.fromisoformat(MORNING))) as services:
        await load_event(services, ground.agenda)
        table = table_of(one.person for one in ground.seekers)
        seconds = await _timed(lambda: import_attendees(services, slug, table))
        lines.append(_line(f"import of {PEOPLE:,} attendees", unit, seconds))
        words = Random(1).sample(range(1, PEOPLE), SEARCHES)

        async def search() -> None:
            for word in words:
                assert (await list_attendees(services, slug, query=f"romero {word}")).items

        seconds = await _timed(search) / SEARCHES
        lines.append(_line(f"search among {PEOPLE:,} attendees", unit, seconds, {"ms": 1000 * seconds}))
        await services.db.write(_keep_few)
        seconds = await _timed(lambda: write_badges(services, slug, folder / "badges")) / BADGES
        lines.append(_line("badge as PNG", unit, seconds, {"a minute": 60 / seconds}))
    return lines


def _keep_few(connection: Connection) -> None:
    connection.exec_driver_sql(
        f"UPDATE attendee SET is_cancelled = true WHERE id > (SELECT min(id) + {BADGES - 1} FROM attendee)"
    )


def _plan(size: tuple[int, int, int], unit: float) -> Line:
    made = routing.measure(size, with_groups=True)
    people, rooms, slots = size
    what = f"plan, {people:,} people, {rooms} rooms, {slots} slots"
    return _line(
        what, unit, made.processor_seconds, {"unplaced": made.unplaced, "over the bound": made.above}
    )


def _place(unit: float) -> Line:
    ground = large_ground(PEOPLE, 40, 4, seed=1)
    people = [one.person for one in ground.seekers[:1000]]
    began = process_time()
    for person in people:
        place(ground.agenda, person, {}, lambda _session: 0, ground.now)
    seconds = (process_time() - began) / len(people)
    return _line("placement of one walk-in", unit, seconds, {"ms": 1000 * seconds})


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    began = process_time()
    await work()
    return process_time() - began


def _line(what: str, unit: float, seconds: float, figures: dict[str, float] | None = None) -> Line:
    return Line(what, YARDSTICK, [seconds / unit], figures={"s": seconds} | (figures or {}))
