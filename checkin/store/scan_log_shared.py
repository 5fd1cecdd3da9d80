"""The log of scans of a PostgreSQL database, kept by one process for all the server processes of a machine.

Owns how this server keeps in touch with it (`checkin.cli.scan_process`), and what is done without it.
What several servers have to record is one batch there: they don't wait for each other's locks, and nothing is
read anew because another server has changed it.
"""

import asyncio
import logging
from pathlib import Path
from typing import Final

from checkin.store.line import GoneError, Line
from checkin.store.scan_asker import Asker
from checkin.store.scan_passage import layout
from checkin.store.scan_rows import Reversal, ScanLog, Stored
from checkin.store.scans import Batch, Undone

log = logging.getLogger(__name__)

START_SECONDS: Final = 5.0
"""So long it may take to say that it speaks with us."""

ANSWER_SECONDS: Final = 12.0
"""So long it may take to answer: longer than it waits for a database in trouble."""

PAUSE_SECONDS: Final = 0.25
"""Before it is looked for again."""

MOST_PAUSE_SECONDS: Final = 10.0
"""Each time it is looked for in vain the pause is doubled, up to this."""


class SharedScanLog:
    """As `ScanLog` has it; `open()` before anything else.

    `path` is where the process listens; `here` records whatever it does not, and finds by the scans' ids what
    it has stored nonetheless. Scans are taken back by `here`.
    """

    at_once = 1
    """What comes meanwhile makes the next batch larger, which costs less than to have it ready sooner."""

    def __init__(self, here: ScanLog, path: Path) -> None:
        self._here = here
        self._path = path
        self._line = Line()
        self._asker = Asker()
        self._keeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Looks for the process, from now on whenever there is none."""
        await self._look()
        self._keeping = asyncio.create_task(self._keep_looking())

    async def record(self, batch: Batch) -> Stored:
        """As `ScanLog` has it."""
        if self._line.is_open:
            try:
                return await self._asker.ask(batch, self._send)
            except GoneError as problem:
                log.error("scan_process_gone", {"scans": len(batch.scans), "how": str(problem)})
        return await self._here.record(batch)

    async def _send(self, question: bytes) -> bytes:
        line = self._line
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await line.ask(question)
        except TimeoutError:
            line.close()
            raise GoneError("the process did not answer") from None

    async def _keep_looking(self) -> None:
        pause = PAUSE_SECONDS
        while True:
            if self._line.is_open:
                await self._line.wait_closed()
                pause = PAUSE_SECONDS
            await asyncio.sleep(pause)
            pause = min(2 * pause, MOST_PAUSE_SECONDS)
            await self._look()

    async def _look(self) -> None:
        """Speaks to the process, if there is one."""
        line = Line()
        try:
            async with asyncio.timeout(START_SECONDS):
                await asyncio.get_running_loop().create_unix_connection(lambda: line, str(self._path))
                refusal = await line.ask(layout())
            if not refusal:
                self._line = line
                return
            log.error("scan_process_refuses", {"how": refusal.decode(errors="replace")})
        except (OSError, GoneError):  # also where it took too long
            pass
        finally:
            if line is not self._line:
                line.close()

    async def undo(self, reversal: Reversal) -> Undone:
        """As `ScanLog` has it."""
        return await self._here.undo(reversal)

    async def close(self) -> None:
        """Hangs up. Safe to repeat."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        self._line.close()
        await self._here.close()
