"""One of several server processes of `checkin serve --processes N`: `checkin.supervisor` starts it.

Owns how its orders travel. They come on standard input, whose end is the word to stop: it comes too when the
parent is killed, so that no process outlives it. Standard output carries one word, that it serves.
"""

import asyncio
import os
import pickle
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from checkin.cli import guarded, server_loop
from checkin.config import read_settings
from checkin.supervisor import READY

_ORDERS, _READY = 0, 1


@dataclass(frozen=True, slots=True)
class Orders:
    """What a server process is told beside its environment. `sockets` are inherited descriptors."""

    number: int
    database: str
    host: str
    sockets: tuple[int, ...]
    tls: tuple[Path, Path] | None


async def serve(orders: Orders) -> None:
    """Serves until the orders end or a signal asks to stop."""
    from checkin import app as root
    from checkin.api import log
    from kiosk import pages

    settings = read_settings(database=orders.database, host=orders.host)
    log.configure(settings.log_level or "info", settings.log_form)
    log.sign({"process": orders.number})
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_reader(_ORDERS, _heed_end, stopped)
    # The parent made them for the same port: whichever process is free takes the next connection.
    sockets = [socket.socket(fileno=number) for number in orders.sockets]
    app = root.build_app(settings, pages.routes())
    tls = None if orders.tls is None else root.tls_context(*orders.tls)
    await root.serve(app, sockets, tls, _tell, stopped)


def _heed_end(stopped: asyncio.Event) -> None:
    asyncio.get_running_loop().remove_reader(_ORDERS)
    stopped.set()


def _tell() -> None:
    os.write(_READY, READY)
    os.dup2(2, _READY)  # whoever prints from here on means the log


def main() -> int:
    """Runs the process that the orders describe."""
    try:
        orders: Orders = pickle.load(sys.stdin.buffer)  # noqa: S301 -- from the process that started this one
    except EOFError:  # which has gone already
        return 0

    def run() -> int:
        with asyncio.Runner(loop_factory=server_loop()) as runner:
            runner.run(serve(orders))
        return 0

    return guarded(run)


if __name__ == "__main__":
    sys.exit(main())
