"""`checkin serve`, `migrate` and `verify`."""

import argparse
import socket
from datetime import datetime, time

from checkin import app as root
from checkin.api import log
from checkin.api.call import SERVICES
from checkin.app import open_services
from checkin.cli import UsageError
from checkin.cli.opening import existing
from checkin.cli.processes import serve_many
from checkin.config import Settings
from checkin.domain.instants import EARLIEST, LATEST, Instant, local_instant, to_datetime, to_instant
from checkin.domain.model import Agenda
from checkin.service.events import list_events
from checkin.service.services import Clock
from checkin.store.engines import is_postgres, open_database
from checkin.store.migrate import migrate as bring_up_to_date
from kiosk import pages


async def serve(args: argparse.Namespace, settings: Settings) -> None:
    """Serves until a signal asks to stop."""
    if args.processes > 1 and not is_postgres(settings.database):
        raise UsageError(f"--processes {args.processes} needs PostgreSQL; with SQLite one process serves")
    log.configure(settings.log_level or "info", settings.log_form)
    tls = root.tls_context(*args.tls) if args.tls else None
    sockets = root.listen(settings.host, settings.port)
    start_at = await _clock(args.clock, settings) if args.clock is not None else None
    address = settings.public_url or root.address_of(sockets, tls is not None)

    def tell(clock: Clock) -> None:
        print("\n".join(_welcome(address, settings, clock)), flush=True)

    if args.processes > 1:
        async with open_services(settings, start_at) as services:  # prepares the database, once for all
            clock, keys = services.clock, services.keys
        tls_files = None if args.tls is None else (args.tls[0], args.tls[1])
        await serve_many(args.processes, settings, keys, sockets, tls_files, lambda: tell(clock))
        return
    app = root.build_app(settings, pages.routes(), start_at, root.choose_log())
    await root.serve(app, sockets, tls, lambda: tell(app[SERVICES].clock))


def _welcome(address: str, settings: Settings, clock: Clock) -> list[str]:
    """What an organizer needs next: where tablets, boards and people go, and whether this is the real day."""
    lines = [f"Serving on {address} (Ctrl-C stops)"]
    if settings.host in ("0.0.0.0", "::") and not settings.public_url:  # noqa: S104
        scheme, _, rest = address.partition("://")
        port = rest.rpartition(":")[2]
        lines.append(
            f"  from other machines   {scheme}://{socket.gethostname()}:{port}, or this machine's IP address"
        )
    lines.append(f"  tablets and boards    {address}/pair, with the code of `checkin device add`")
    lines.append(f"  registration          {address}/register/SLUG")
    if clock.is_rehearsal:
        now = to_datetime(clock.now()).strftime("%d %B %Y, %H:%M UTC")
        lines.append(
            f"  A rehearsal: the clock says {now}. The database keeps it, so the real day needs another."
        )
    return lines


async def _clock(text: str, settings: Settings) -> Instant:
    """When the rehearsal's clock starts."""
    async with open_services(settings) as services:
        agendas = [row.agenda for row in await list_events(services)]
    start_at = read_clock(text, agendas)
    if not EARLIEST <= start_at < LATEST:
        raise UsageError(f"--clock {text!r}: a year from 2000 to 2999, please")
    return start_at


def read_clock(text: str, agendas: list[Agenda]) -> Instant:
    """`2027-01-26T07:45-07:00`; without offset, or `07:45` alone: by the only event's zone and first day."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return to_instant(moment)
    except ValueError:
        moment = None
    try:
        clock = time.fromisoformat(text) if moment is None else moment.time()
    except ValueError:
        raise UsageError(f"--clock {text!r}: expected a time such as 2027-01-26T07:45-07:00") from None
    if len(agendas) != 1 or clock.tzinfo is not None:
        raise UsageError(
            f"--clock {text!r}: give the date and the offset from UTC, as 2027-01-26T07:45-07:00"
        )
    (agenda,) = agendas
    day = agenda.first_day if moment is None else moment.date()
    return local_instant(day, clock, agenda.zone)


async def migrate(_args: argparse.Namespace, settings: Settings) -> None:
    """Brings the schema up to date."""
    database = open_database(settings.database)
    try:
        await database.open()
        has_changed = await bring_up_to_date(database)
    finally:
        await database.close()
    print("the schema is up to date now" if has_changed else "the schema was up to date already")


async def verify(_args: argparse.Namespace, settings: Settings) -> int:
    """Names every difference between the log and what is kept beside it."""
    from checkin.service.verify import verify as find_differences

    async with existing(settings) as services:
        found = await find_differences(services.db)
    for difference in found:
        print(difference)
    print(f"{len(found)} differences" if found else "no differences")
    return 1 if found else 0
