"""Keeps several processes of this machine running: starts them, starts again who died, ends all together.

Owns their starts and ends, and must not know what they do. A process gets its orders on standard input, which
stays open for as long as the parent lives: its end is the word to finish and go, whether the parent gives it
or was killed. It says `ready` on standard output once it works.
"""

import asyncio
import logging
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from checkin.domain.errors import AppError

log = logging.getLogger(__name__)

READY: Final = b"ready\n"

STEADY_SECONDS: Final = 10.0
"""Whatever has run for so long is started again at once when it dies."""

FIRST_PAUSE_SECONDS: Final = 0.25
LONGEST_PAUSE_SECONDS: Final = 15.0
"""What dies sooner waits before it is started again, each time twice as long."""

HELPER_SECONDS: Final = 5.0
"""So long a helper may take to end after all others."""


@dataclass(frozen=True, slots=True)
class Post:
    """What one process at a time is to do, by a name for the log.

    `descriptors` are open files that it inherits by their numbers. A helper is for the others, who can do
    without it: it may fail to start, and is not waited for long when they have ended.
    """

    name: int | str
    command: Sequence[str]
    orders: bytes
    environment: Mapping[str, str]
    descriptors: Sequence[int] = ()
    is_helper: bool = False


async def supervise(
    posts: Sequence[Post],
    when_ready: Callable[[], None],
    when_ended: Callable[[int], None],
    stopped: asyncio.Event,
    at_once: asyncio.Event,
) -> None:
    """Keeps every post filled until `stopped` is set, then lets all finish; `at_once` kills them instead.

    `when_ready` is called when all work for the first time, `when_ended` with the id of a process that ended,
    whyever. `AppError unavailable`: one can't start or ended before all worked for the first time, or all had
    to be killed. Whatever is raised, those that run finish first.
    """
    watch = _Watch(posts, when_ready, when_ended, stopped)
    keepers = [asyncio.create_task(watch.keep(post)) for post in posts]
    helped = [keeper for keeper, post in zip(keepers, posts, strict=True) if not post.is_helper]
    listeners = [
        asyncio.create_task(_after(stopped, watch.let_go)),
        asyncio.create_task(_after(at_once, watch.kill)),
        asyncio.create_task(_end_helpers(helped, stopped, watch)),
    ]
    try:
        await asyncio.gather(*keepers)
    except Exception:
        stopped.set()
        await asyncio.wait(keepers)
        await watch.wait()
        raise
    finally:
        for task in (*keepers, *listeners):
            task.cancel()
        watch.kill()  # nothing is left but where this very task was cancelled
    if at_once.is_set():
        raise AppError("unavailable", "stopped at once; what was under way is not finished")


async def _after(event: asyncio.Event, act: Callable[[], None]) -> None:
    await event.wait()
    act()


async def _end_helpers(helped: Sequence[asyncio.Task[None]], stopped: asyncio.Event, watch: "_Watch") -> None:
    """Kills whoever is left a while after all who were helped have ended."""
    await stopped.wait()
    await asyncio.wait(helped)
    await asyncio.sleep(HELPER_SECONDS)
    watch.kill()


class _Watch:
    """The processes that run now."""

    def __init__(
        self,
        posts: Sequence[Post],
        when_ready: Callable[[], None],
        when_ended: Callable[[int], None],
        stopped: asyncio.Event,
    ) -> None:
        self._awaited = {post.name for post in posts}
        self._when_ready = when_ready
        self._when_ended = when_ended
        self._stopped = stopped
        self._running: dict[int | str, Process] = {}

    async def keep(self, post: Post) -> None:
        """Keeps a post filled. `AppError unavailable` if that fails before all worked for the first time."""
        clock, pause = asyncio.get_running_loop().time, 0.0
        while not self._stopped.is_set():
            began = clock()
            facts = await self._fill(post)
            if self._stopped.is_set():
                return
            if post.name in self._awaited and post.is_helper:
                self._note_ready(post)
            elif post.name in self._awaited:
                raise AppError("unavailable", f"process {post.name} can't start ({facts['how']})")
            is_steady = clock() - began >= STEADY_SECONDS
            pause = 0.0 if is_steady else min(max(2 * pause, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
            log.error("process_ended", {"process": post.name, **facts, "pause": pause})
            await _first_of(asyncio.sleep(pause), self._stopped.wait())

    async def _fill(self, post: Post) -> dict[str, object]:
        """One process from its start to its end: how it ended, which may be that it never began."""
        try:
            process = await self._start(post)
        except OSError as problem:  # no room for it now, or its program is being replaced
            why = os.strerror(problem.errno).lower() if problem.errno else type(problem).__name__
            return {"how": f"not started: {why}"}
        await self._wait_until_ready(post, process)
        status = await process.wait()
        del self._running[post.name]
        self._when_ended(process.pid)
        return {"pid": process.pid, "how": _words(status)}

    async def _start(self, post: Post) -> Process:
        process = await asyncio.create_subprocess_exec(
            *post.command,
            stdin=PIPE,
            stdout=PIPE,
            env=dict(post.environment),
            pass_fds=tuple(post.descriptors),
            start_new_session=True,  # a terminal's Ctrl-C is the parent's to pass on
        )
        self._running[post.name] = process
        if process.stdin is not None:
            with suppress(ConnectionError):  # it died; its status tells how
                process.stdin.write(post.orders)
                await process.stdin.drain()
        if self._stopped.is_set():
            self.let_go()
        return process

    async def _wait_until_ready(self, post: Post, process: Process) -> None:
        if process.stdout is None or await process.stdout.readline() != READY:
            return
        if not self._awaited:
            log.info("process_again", {"process": post.name, "pid": process.pid})
            return
        self._note_ready(post)

    def _note_ready(self, post: Post) -> None:
        self._awaited.discard(post.name)
        if not self._awaited:
            self._when_ready()

    async def wait(self) -> None:
        """Waits for those whom their keeper has left."""
        for process in list(self._running.values()):
            await process.wait()

    def let_go(self) -> None:
        """Asks all to finish and go."""
        for process in self._running.values():
            if process.stdin is not None:
                process.stdin.close()

    def kill(self) -> None:
        """Ends all at once."""
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.kill()


async def _first_of(*waits: Coroutine[object, object, object]) -> None:
    tasks = [asyncio.create_task(one) for one in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


def _words(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
