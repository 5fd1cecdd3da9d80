"""One of several server processes of `checkin serve --processes N`: `checkin.supervisor` starts it."""

import asyncio
import socket
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from checkin.cli.orders import heed_end, obey, tell_ready
from checkin.config import read_settings


@dataclass(frozen=True, slots=True)
class Orders:
    """What a server process is told beside its environment. `sockets` are inherited descriptors.

    `scans`: where the process listens that records scans for all, if there is one.
    """

    number: int
    database: str
    host: str
    sockets: tuple[int, ...]
    tls: tuple[Path, Path] | None
    scans: Path | None


async def serve(orders: Orders) -> None:
    """Serves until the orders end or a signal asks to stop."""
    from checkin import app as root
    from checkin.api import log
    from checkin.store.engines import open_scan_log_here, open_scan_log_shared
    from kiosk import pages

    settings = read_settings(database=orders.database, host=orders.host)
    log.configure(settings.log_level or "info", settings.log_form)
    log.sign({"process": orders.number})
    stopped = asyncio.Event()
    heed_end(stopped)
    # The parent made them for the same port: whichever process is free takes the next connection.
    sockets = [socket.socket(fileno=number) for number in orders.sockets]
    scans = open_scan_log_here if orders.scans is None else partial(open_scan_log_shared, path=orders.scans)
    app = root.build_app(settings, pages.routes(), open_log=scans)
    tls = None if orders.tls is None else root.tls_context(*orders.tls)
    await root.serve(app, sockets, tls, tell_ready, stopped)


if __name__ == "__main__":
    sys.exit(obey(serve))
