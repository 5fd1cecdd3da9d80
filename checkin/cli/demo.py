"""`checkin demo`: the demo conference, loaded where it is absent and served; a rehearsal by nature.

Owns the demo's life: its clock starts at 07:45 of the conference's day and runs on through restarts;
when that day is over the database is put aside and a fresh one begun. Never touches a database
that holds anything else.
"""

import argparse
import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import time
from pathlib import Path

from checkin import app as root
from checkin.api import log
from checkin.cli.welcome import Welcome
from checkin.config import Settings
from checkin.demo import SLUG, invent_people, read_conference
from checkin.domain.agenda_file import parse_toml, read_agenda
from checkin.domain.errors import AppError, conflict
from checkin.domain.instants import local_date, local_instant
from checkin.service import attendees, events, planning
from checkin.service.services import COMMAND, Services, open_clock
from checkin.store.addresses import shown_address
from checkin.store.database_sqlite import sqlite_path
from checkin.store.engines import is_postgres
from checkin.store.settings import find_setting, update_setting
from kiosk import pages

MARK = "demo"
"""The setting that tells a demo's database: `begun`, then `ready` once everybody is in it."""

OPENS = time(7, 45)

ONE_WALK_IN_OF = 50
"""One in so many people comes unannounced and registers at the venue."""


async def run(args: argparse.Namespace, settings: Settings) -> None:
    """Loads the demo conference if it is absent, and serves it until a signal asks to stop."""
    log.configure(settings.log_level or "warning", settings.log_form)
    sockets = root.listen(settings.host, settings.port)
    found = pages.routes()
    if await _is_over(settings):
        if is_postgres(settings.database):
            raise conflict("The demo's day is over: name an empty database for a fresh one by --database.")
        aside = _put_aside(sqlite_path(settings.database))
        print(f"The demo's day is over: its database is now {aside}, and a fresh one begins.", flush=True)
    await prepare(settings, args.attendees, args.seed)
    app = root.build_app(settings, found, None, root.choose_log())
    welcome = Welcome(app, settings.public_url or root.address_of(sockets, is_tls=False))
    app.on_shutdown.append(welcome.stop)
    await root.serve(app, sockets, when_ready=welcome.start)


async def _is_over(settings: Settings) -> bool:
    """Whether the database holds a demo whose last day has passed. `AppError` if it holds something else."""
    if not is_postgres(settings.database) and not sqlite_path(settings.database).exists():
        return False
    async with root.open_services(settings) as services:
        rows = await events.list_events(services)
        mark = await services.db.read(lambda connection: find_setting(connection, MARK))
        strangers = [row.slug for row in rows if mark is None or row.slug != SLUG]
        if strangers:
            where, names = shown_address(settings.database), ", ".join(strangers)
            raise conflict(
                f"{where} holds other events ({names}); choose another database, as --database sqlite:///demo.db"
            )
        agendas = [row.agenda for row in rows]
        now = services.clock.now()
    return any(local_date(now, agenda.zone) > agenda.last_day for agenda in agendas)


def _put_aside(path: Path) -> Path:
    """Renames a database that nobody has open; the secret file stays, old badges are still ours."""
    stamp = 1
    while True:
        aside = path.with_name(f"{path.stem}-past-{stamp}{path.suffix}")
        if not aside.exists():
            break
        stamp += 1
    for ending in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{path}{ending}").rename(f"{aside}{ending}")
    return aside


async def prepare(settings: Settings, count: int, seed: int) -> None:
    """Loads conference and people, starts the clock, plans. Killed halfway, the next start goes on."""
    rows = invent_people(count, seed)
    announced = len(rows) - len(rows) // ONE_WALK_IN_OF
    async with root.open_services(settings) as services:
        mark = await services.db.read(lambda connection: find_setting(connection, MARK))
        if mark == "ready":
            return
        await services.db.write(lambda connection: update_setting(connection, MARK, "begun"))
        agenda = read_agenda(parse_toml(read_conference()))
        await events.load_event(services, agenda)
        await _import_people(services, rows[:announced])
        await open_clock(services.db, local_instant(agenda.first_day, OPENS, agenda.zone))
    # The clock shows the conference's day from here on: who registers now is a walk-in.
    async with root.open_services(settings) as services:
        if announced:
            await planning.make_plan(services, SLUG)
        for row in rows[announced:]:
            await attendees.register(services, SLUG, _values(row), COMMAND, row["external_id"])
        await services.db.write(lambda connection: update_setting(connection, MARK, "ready"))


async def _import_people(services: Services, rows: Sequence[Mapping[str, str]]) -> None:
    if not rows:
        return
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    result = await attendees.import_attendees(services, SLUG, text.getvalue().encode())
    if result.faults:
        first = result.faults[0]
        raise AppError("invalid", f"the demo's people: line {first.line}, {first.column}: {first.problem}")


def _values(row: Mapping[str, str]) -> dict[str, object]:
    """A row of the table in the form of a registration."""
    values: dict[str, object] = {}
    for column, cell in row.items():
        if column in ("discipline", "accessibility", "preferences"):
            values[column] = [part for part in cell.split(";") if part]
        elif column in ("confidential", "all_rooms"):
            values[column] = cell == "yes"
        elif cell:
            values[column] = cell
    return values
