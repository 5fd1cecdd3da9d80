"""The composition root: builds everything from the settings, and owns start and stop.

The only module that knows how the parts fit together. Start: database, schema, keys, clock, boards, scans,
in this order; stop: the reverse, after every accepted scan was written and every request answered.
"""

import asyncio
import os
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web

from badges.keys import load_keys, load_or_create_keys
from checkin.api import log, server
from checkin.api.call import METRICS, SERVICES
from checkin.api.metrics import EXPOSITION, Exposition, keep_sampling
from checkin.api.openapi import version
from checkin.api.routes import ROUTES
from checkin.config import Settings
from checkin.domain.errors import AppError
from checkin.domain.instants import Instant
from checkin.garbage import look_seldom
from checkin.live import Live
from checkin.metrics import Metrics
from checkin.service.key_check import check_keys
from checkin.service.last_calls import keep_calls
from checkin.service.occupancy import render_frame
from checkin.service.readiness import keep_looking
from checkin.service.scans import ScanDesk
from checkin.service.services import Services, open_clock
from checkin.service.timekeeping import find_versions, keep_time
from checkin.service.watch import Unwatched, Watch
from checkin.store.engines import OpenLog, open_database, open_scan_log_apart, open_scan_log_here
from checkin.store.events import list_states
from checkin.store.migrate import migrate

HEADER_SECONDS = 20.0
"""How long a connection may take to send the head of its next request; also how long an idle one is kept."""

STOP_SECONDS = 15.0
"""How long requests under way may take to end after a stop was asked for."""

LAST_SECONDS = 1.0
"""How long, after that, connections may take to close."""

SECOND_SIGNAL_SECONDS = 1.0
"""From so long after the first signal on, a further one ends the process at once."""

BACKLOG = 512

STOP_GRACE = web.AppKey("stop_grace_seconds", int)
"""So long after a stop was asked for, connections are taken, while /readyz says that none should come."""


@asynccontextmanager
async def open_services(
    settings: Settings,
    start_at: Instant | None = None,
    watch: Watch | None = None,
    open_log: OpenLog = open_scan_log_here,
) -> AsyncIterator[Services]:
    """The use cases' services on an open, migrated database. `start_at` begins a rehearsal at that time;
    `watch` hears how the work goes; `open_log` says which process records scans.

    `AppError unavailable` if the database can't be opened; `KeyFileError` if the keys can't be used.
    """
    watch = watch or Unwatched()
    database = open_database(settings.database)
    try:
        await database.open()
        await migrate(database)
        events = await database.read(list_states)
        # Where there are events there may be badges: new keys would make all of them worthless.
        keys = load_keys(settings.secret_file) if events else load_or_create_keys(settings.secret_file)
        await check_keys(database, keys, settings.secret_file)
        clock = await open_clock(database, start_at)
        live = Live(
            lambda event_id: render_frame(database, clock, event_id), lambda: find_versions(database, clock)
        )
        scans = ScanDesk(await open_log(database, keys), keys, clock.now, live.nudge, watch=watch)
        try:
            yield Services(database, keys, clock, settings.public_url, scans, live, watch)
        finally:
            await scans.close()
            await live.close()
    finally:
        await database.close()


def build_app(
    settings: Settings,
    pages: Iterable[web.RouteDef] = (),
    start_at: Instant | None = None,
    open_log: OpenLog = open_scan_log_here,
) -> web.Application:
    """The application: the API, and the pages if they are given. Everything opens at its start."""
    app = web.Application()
    app[STOP_GRACE] = settings.stop_grace_seconds
    app[EXPOSITION] = Exposition()
    server.install(app, ROUTES, Metrics(settings.metrics_folder))
    app.add_routes(pages)

    async def services(app: web.Application) -> AsyncIterator[None]:
        async with open_services(settings, start_at, app[METRICS], open_log) as opened:
            app[SERVICES] = opened
            asyncio.get_running_loop().set_exception_handler(log.loop_trouble)
            await opened.readiness.look(opened.db)
            by_the_clock = [
                asyncio.create_task(log.gather()),
                asyncio.create_task(keep_looking(opened.readiness, opened.db)),
                asyncio.create_task(keep_sampling(app)),
                asyncio.create_task(keep_time(opened.db, opened.clock, opened.live.has_boards)),
                asyncio.create_task(keep_calls(opened.calls, opened.db, opened.clock.now)),
            ]
            engine = opened.db.url.partition(":")[0]
            log.server.info("started", {"version": version(), "engine": engine, "pid": os.getpid()})
            look_seldom()
            yield
            for task in by_the_clock:
                task.cancel()
            await asyncio.wait(by_the_clock)
            with suppress(AppError):  # how long ago a device called is no reason not to stop
                await opened.calls.flush(opened.db, opened.clock.now(), is_all=True)
        log.server.info("stopped", {"pid": os.getpid()})

    async def end_streams(app: web.Application) -> None:
        app[SERVICES].readiness.stop()
        await app[SERVICES].live.close()

    app.cleanup_ctx.append(services)
    app.on_shutdown.append(end_streams)
    return app


def choose_log() -> OpenLog:
    """Where a server that is the only one on its database has scans recorded."""
    return open_scan_log_apart if has_use_for_scan_process() else open_scan_log_here


def has_use_for_scan_process() -> bool:
    """Whether we may do two things at once here, and processes are started as ours are."""
    return os.name == "posix" and _processors() > 1


def _processors() -> int:
    """How many this process may run on, which in a container may be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets on every address of `host`. Made first: a port in use is told before anything is done."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        addresses = list(dict.fromkeys((item[0], item[4]) for item in found))
        if port == 0:
            del addresses[1:]
        return [socket.create_server(place, family=family, backlog=BACKLOG) for family, place in addresses]
    except (OSError, OverflowError) as error:
        raise AppError("unavailable", f"can't listen on {host} port {port}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    known = number is not None and number > 0 and not isinstance(error, socket.gaierror)
    return os.strerror(number).lower() if known and number is not None else str(error)


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS with this certificate. `AppError` if the files are none, or don't belong together."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    for path in (certificate, key):
        if not path.is_file():
            raise AppError("invalid", f"{path}: there is no such file")
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise AppError("invalid", f"can't use {certificate} with {key}: {error}") from None
    return context


def _no_password() -> str:
    raise ValueError("the key is protected by a password")


def address_of(sockets: Sequence[socket.socket], is_tls: bool) -> str:
    """The address to type into a browser on this machine."""
    host, port = sockets[0].getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http{'s' if is_tls else ''}://{host}:{port}"


async def serve(
    app: web.Application,
    sockets: Sequence[socket.socket],
    tls: ssl.SSLContext | None = None,
    when_ready: Callable[[], None] | None = None,
    stopped: asyncio.Event | None = None,
) -> None:
    """Serves until `stopped` is set or a signal asks to stop; a second signal ends at once."""
    stopped = stopped or asyncio.Event()
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=HEADER_SECONDS, shutdown_timeout=LAST_SECONDS
    )
    try:
        await runner.setup()
        sites = [web.SockSite(runner, one, ssl_context=tls, backlog=BACKLOG) for one in sockets]
        for site in sites:
            await site.start()
        stop_on_signals(stopped)
        if when_ready is not None:
            when_ready()
        await stopped.wait()
        await _announce_stop(app)
        for site in sites:
            await site.stop()
        await _finish_requests(app)
    finally:
        await runner.cleanup()
        for one in sockets:
            one.close()


async def _announce_stop(app: web.Application) -> None:
    """Lets whoever sends work here find out, before connections are refused."""
    app[SERVICES].readiness.stop()
    await asyncio.sleep(app[STOP_GRACE])


async def _finish_requests(app: web.Application) -> None:
    """Waits for what is under way. The runner's own stop comes after it: that reads no body any further."""
    services = app[SERVICES]
    await services.live.close()  # boards' streams would never end by themselves
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await services.readiness.until_idle()
    except TimeoutError:
        log.server.warning("requests_cut_off", {"requests": services.readiness.under_way})


def stop_on_signals(stopped: asyncio.Event, at_once: asyncio.Event | None = None) -> None:
    """Sets `stopped` at the first signal that asks to stop, `at_once` at a second, which else ends all."""
    loop = asyncio.get_running_loop()

    def listen_again() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            if at_once is None:
                loop.remove_signal_handler(number)
            else:
                loop.add_signal_handler(number, at_once.set)

    def stop() -> None:
        stopped.set()
        # One Ctrl-C may reach us twice, through a wrapper and by itself.
        loop.call_later(SECOND_SIGNAL_SECONDS, listen_again)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
