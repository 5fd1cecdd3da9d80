"""One thread that does what a loop gives it, in order.

An executor would do, but costs two more futures, a semaphore and a condition for each piece of work: a tenth
of a scan that comes alone.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

_Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class WorkThread:
    """A thread of this name, from its first work on; it ends with the process, or by `close`."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = Thread(target=self._work_off, name=name, daemon=True)
        self._has_started = False
        self._is_closed = False

    async def do(self, work: Callable[[], T]) -> T:
        """The result of `work` there. A caller that goes away neither stops it nor leaves it half done.

        `RuntimeError` after `close`, where nobody would do it.
        """
        if self._is_closed:
            raise RuntimeError(f"the thread {self._thread.name} is closed")
        if not self._has_started:
            self._has_started = True
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put((work, loop, future))
        return await future

    def close(self) -> None:
        """Waits until all that was given is done. Safe to repeat; nothing may be given any more."""
        self._is_closed = True
        self._jobs.put(None)
        if self._has_started:
            self._thread.join()

    def _work_off(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, loop, future = job
            try:
                result, problem = work(), None
            except BaseException as raised:
                result, problem = None, _bearable(raised)
            with suppress(RuntimeError):  # a loop that has ended waits for nothing
                loop.call_soon_threadsafe(_settle, future, result, problem)


def _bearable(raised: BaseException) -> BaseException:
    """What a future takes: any but StopIteration."""
    if not isinstance(raised, StopIteration):
        return raised
    problem = RuntimeError("work raised StopIteration")
    problem.__cause__ = raised
    return problem


def _settle(future: "asyncio.Future[Any]", result: Any, problem: BaseException | None) -> None:
    if future.done():  # its caller has gone
        return
    if problem is None:
        future.set_result(result)
    else:
        future.set_exception(problem)
