"""The log of scans of a PostgreSQL database, kept by one process for all the server processes of a machine.

Owns how this server keeps in touch with it (`checkin.cli.recorder_process`), and what is done without it.
What several servers have to record is one batch there: they don't wait for each other's locks, and nothing is
read anew because another server has changed it.
"""

import asyncio
import logging
from pathlib import Path
from typing import Final

from checkin.domain.errors import AppError
from checkin.store.failures import unavailable
from checkin.store.line import GoneError, Line
from checkin.store.scan_asker import Asker
from checkin.store.scan_passage import layout
from checkin.store.scan_rows import Reversal, ScanLog, Stored
from checkin.store.scans import Batch, Undone

log = logging.getLogger(__name__)

START_SECONDS: Final = 2.0
"""So long it may take to say that it speaks with us."""

CALL_SECONDS: Final = 1.0
"""So often it is asked whether it listens."""

SILENT_SECONDS: Final = 2.0
"""After so long without an answer to that it is done without: callers don't wait much longer."""

PAUSE_SECONDS: Final = 0.25
"""Before it is looked for again."""

MOST_PAUSE_SECONDS: Final = 10.0
"""Each time it is looked for in vain the pause is doubled, up to this."""

_FOUND, _LOST = "scan_process_found", "scan_process_lost"


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
        self._last_told = ""

    async def open(self) -> None:
        """Looks for the process, from now on whenever there is none."""
        await self._look()
        self._keeping = asyncio.create_task(self._keep_in_touch())

    async def record(self, batch: Batch) -> Stored:
        """As `ScanLog` has it. `AppError unavailable` is in doubt where the process was lost just then."""
        if not self._line.is_open:
            return await self._here.record(batch)
        try:
            return await self._asker.ask(batch, self._line.ask)
        except GoneError as problem:
            try:
                return await self._here.record(batch)
            except AppError as refusal:
                if refusal.code != "unavailable":
                    raise
                raise unavailable(problem, is_in_doubt=True) from refusal

    async def _keep_in_touch(self) -> None:
        pause = PAUSE_SECONDS
        while True:
            if self._line.is_open:
                await self._listen()
                self._tell(_LOST)
                pause = PAUSE_SECONDS
            await asyncio.sleep(pause)
            pause = min(2 * pause, MOST_PAUSE_SECONDS)
            await self._look()

    async def _listen(self) -> None:
        """Waits until the process is not there any more, or does not listen."""
        line = self._line
        try:
            while True:
                async with asyncio.timeout(SILENT_SECONDS):
                    await line.ask(b"")
                await asyncio.sleep(CALL_SECONDS)
        except (GoneError, TimeoutError):
            line.close()

    async def _look(self) -> None:
        """Speaks to the process, if there is one."""
        line = Line()
        try:
            async with asyncio.timeout(START_SECONDS):
                await asyncio.get_running_loop().create_unix_connection(lambda: line, str(self._path))
                refusal = await line.ask(layout())
            if refusal:
                self._tell("scan_process_refuses", how=refusal.decode(errors="replace"))
            else:
                self._line = line
                self._tell(_FOUND)
        except (OSError, GoneError):  # also where it took too long
            self._tell(_LOST)
        finally:
            if line is not self._line:
                line.close()

    def _tell(self, word: str, **values: str) -> None:
        """Logs how things stand, if they stood otherwise before."""
        if word != self._last_told:
            self._last_told = word
            log.log(logging.INFO if word == _FOUND else logging.WARNING, word, *([values] if values else ()))

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
