"""The parent of `checkin serve --processes N`: what its processes share, and what is left when one ends.

Owns the listening sockets, the orders and the folder in which the processes count together. Serves nothing.
"""

import asyncio
import pickle
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from socket import socket

from prometheus_client.multiprocess import mark_process_dead

from checkin.app import stop_on_signals
from checkin.cli.server_process import Orders
from checkin.config import Settings, environment_of_processes
from checkin.supervisor import Post, supervise
from kiosk import pages

_COMMAND = (sys.executable, "-m", "checkin.cli.server_process")


async def serve_many(
    count: int,
    settings: Settings,
    sockets: Sequence[socket],
    tls: tuple[Path, Path] | None,
    when_ready: Callable[[], None],
) -> None:
    """Serves a prepared database by `count` processes on the same sockets until a signal asks to stop."""
    pages.routes()  # were they not built, every process would say so
    stopped, at_once = asyncio.Event(), asyncio.Event()
    stop_on_signals(stopped, at_once)
    closing = asyncio.create_task(_close(sockets, stopped))
    with tempfile.TemporaryDirectory(prefix="checkin-metrics-") as metrics:

        def forget(process: int) -> None:
            mark_process_dead(process, metrics)  # type: ignore[no-untyped-call]

        environment = environment_of_processes(Path(metrics))
        descriptors = tuple(one.fileno() for one in sockets)
        posts = []
        for number in range(1, count + 1):
            orders = Orders(number, settings, settings.log_level or "info", descriptors, tls)
            posts.append(Post(number, _COMMAND, pickle.dumps(orders), environment, descriptors))
        await supervise(posts, when_ready, forget, stopped, at_once)
    await closing


async def _close(sockets: Sequence[socket], stopped: asyncio.Event) -> None:
    """Lets go of the port when the processes do: who comes now must be refused, not wait for nobody."""
    await stopped.wait()
    for one in sockets:
        one.close()
