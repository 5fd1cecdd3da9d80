"""The parent of `checkin serve --processes N`: what its processes share, and what is left when one ends.

Owns the listening sockets, the orders and the folder in which the processes count together and are asked to
record scans. Serves nothing.
"""

import asyncio
import logging
import pickle
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

from badges.credential import KeyRing
from checkin.app import has_use_for_scan_process, stop_on_signals
from checkin.cli import recorder_process, server_process
from checkin.config import Settings, environment_of_processes
from checkin.supervisor import Post, supervise
from kiosk import pages

log = logging.getLogger(__name__)

_BACKLOG = 128


async def serve_many(
    count: int,
    settings: Settings,
    keys: KeyRing,
    sockets: Sequence[socket.socket],
    tls: tuple[Path, Path] | None,
    when_ready: Callable[[], None],
) -> None:
    """Serves a prepared database by `count` processes on the same sockets until a signal asks to stop.

    One more process records scans for all of them, where two can run at a time.
    """
    pages.routes()  # were they not built, every process would say so
    stopped, at_once = asyncio.Event(), asyncio.Event()
    stop_on_signals(stopped, at_once)
    closing = asyncio.create_task(_close(sockets, stopped))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="checkin-")))

        def forget(process: int) -> None:
            mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]

        environment = environment_of_processes(folder)
        posts, scans = [], None
        listening = _listen(folder / "scans") if has_use_for_scan_process() else None
        if listening is not None:
            stack.enter_context(listening)
            scans, descriptor = folder / "scans", listening.fileno()
            orders = pickle.dumps(recorder_process.Orders(settings.database, keys, descriptor))
            command = _command(recorder_process.__name__)
            posts.append(
                Post(recorder_process.NAME, command, orders, environment, (descriptor,), is_helper=True)
            )
        descriptors = tuple(one.fileno() for one in sockets)
        for number in range(1, count + 1):
            orders = pickle.dumps(
                server_process.Orders(number, settings.database, settings.host, descriptors, tls, scans)
            )
            command = _command(server_process.__name__)
            posts.append(Post(number, command, orders, environment, descriptors))
        await supervise(posts, when_ready, forget, stopped, at_once)
    await closing


def _command(module: str) -> Sequence[str]:
    return sys.executable, "-m", module


def _listen(path: Path) -> socket.socket | None:
    """Where scans are recorded for all; None, which is told, if there can be no such place."""
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(str(path))
        listening.listen(_BACKLOG)
    except OSError as problem:
        listening.close()
        log.warning("no_scan_process", {"how": problem.strerror or "the folder's name is too long"})
        return None
    return listening


async def _close(sockets: Sequence[socket.socket], stopped: asyncio.Event) -> None:
    """Lets go of the port when the processes do: who comes now must be refused, not wait for nobody."""
    await stopped.wait()
    for one in sockets:
        one.close()
