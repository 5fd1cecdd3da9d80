"""How a process that `checkin.supervisor` keeps gets its orders, and says that it works.

Orders come on standard input, whose end is the word to stop: it comes too when the parent is killed, so that
no process outlives it. Standard output carries one word, that it works.
"""

import asyncio
import os
import pickle
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from checkin.cli import guarded, server_loop
from checkin.supervisor import READY

T = TypeVar("T")

_ORDERS, _READY = 0, 1


def obey(work: Callable[[T], Coroutine[Any, Any, None]]) -> int:
    """Does what the orders, the argument of `work`, say; gives the exit status."""
    try:
        orders: T = pickle.load(sys.stdin.buffer)  # noqa: S301 -- from the process that started this one
    except EOFError:  # which has gone already
        return 0

    def run() -> int:
        with asyncio.Runner(loop_factory=server_loop()) as runner:
            runner.run(work(orders))
        return 0

    return guarded(run)


def heed_end(stopped: asyncio.Event) -> None:
    """Has `stopped` set when the orders end."""
    asyncio.get_running_loop().add_reader(_ORDERS, _end, stopped)


def _end(stopped: asyncio.Event) -> None:
    asyncio.get_running_loop().remove_reader(_ORDERS)
    stopped.set()


def tell_ready() -> None:
    """Says that it works."""
    os.write(_READY, READY)
    os.dup2(2, _READY)  # whoever prints from here on means the log
