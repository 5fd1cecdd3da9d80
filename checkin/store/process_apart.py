"""A process of our own that is asked questions over a pair of sockets, and answers one after the other.

Owns its start and its end; knows nothing of what is asked. The process has its socket as standard input and
ends when that does: it never outlives whoever started it, however that died.
"""

import asyncio
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from pathlib import Path
from typing import Final

import checkin
from checkin.store.line import ENDED, GoneError, Line

_ROOT: Final = Path(checkin.__file__).parents[1]

START_SECONDS: Final = 30.0
"""So long it may take from its start to its first words."""

ANSWER_SECONDS: Final = 90.0
"""So long it may take to answer: three times as long as it waits for another program's lock."""

END_SECONDS: Final = 10.0
"""So long it may take to end once nobody asks any more."""


_SILENT: Final = "the process did not answer"


class NotStartedError(GoneError):
    """It can't be started."""


class ProcessApart:
    """A module run by itself. Told `greeting` first, it answers when it is ready: nothing, or why not."""

    def __init__(self, module: str, greeting: bytes) -> None:
        self._module = module
        self._greeting = greeting
        self._process: Process | None = None
        self._line = Line()

    @property
    def is_running(self) -> bool:
        """Whether it may still answer."""
        return self._line.is_open

    @property
    def pid(self) -> int | None:
        """Its number, while there is one."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Starts it, after the end of one before it. `NotStartedError` if it can't."""
        await self.end()
        try:
            self._line = await self._launch()
        except OSError as problem:  # also a lack of descriptors
            raise NotStartedError("no process can be started") from problem
        try:
            async with asyncio.timeout(START_SECONDS):
                said = await self.ask(self._greeting)
        except GoneError:
            said = ENDED.encode()
        except TimeoutError:
            said = b"it took too long to start"
        if said:
            await self.end()
            raise NotStartedError(said.decode(errors="replace"))

    async def _launch(self) -> Line:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", self._module),
                    stdin=theirs.fileno(),
                    stdout=DEVNULL,
                    cwd=_ROOT,
                    start_new_session=True,  # a terminal's Ctrl-C is for this process alone
                )
            _, line = await asyncio.get_running_loop().create_unix_connection(Line, sock=ours)
        except BaseException:
            ours.close()
            raise
        return line

    async def ask(self, question: bytes) -> bytes:
        """The answer to a question. `GoneError` if there will be none.

        A process that is silent for too long is taken for one that has gone, and ended.
        """
        line = self._line
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await line.ask(question)
        except TimeoutError:
            line.close()
            if line is self._line and self._process is not None:
                self._process.kill()
            raise GoneError(_SILENT) from None

    async def end(self) -> None:
        """Tells it to end, and waits until it has. Safe to repeat."""
        self._line.close()
        process, self._process = self._process, None
        if process is None:
            return
        try:
            async with asyncio.timeout(END_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
