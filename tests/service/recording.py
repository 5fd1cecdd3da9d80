"""The process that records scans for several servers, without a process around it."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from badges.credential import tag_check
from checkin.cli.recorder_process import answer
from checkin.service.recorder import Recorder
from checkin.store.engines import open_database, open_scan_log
from checkin.store.scan_rows import Reversal, ScanLog, Stored
from checkin.store.scans import Batch, Undone
from tests.service.venue import KEYS


@dataclass
class Listed:
    """A log that remembers how many scans each batch had. Nothing is recorded while its gate is shut."""

    log: ScanLog
    at_once: int = 1
    sizes: list[int] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def record(self, batch: Batch) -> Stored:
        self.sizes.append(len(batch.scans))
        await self.gate.wait()
        return await self.log.record(batch)

    async def undo(self, reversal: Reversal) -> Undone:
        return await self.log.undo(reversal)

    async def close(self) -> None:
        await self.log.close()


@dataclass
class Recording:
    """Where it listens, and what it has recorded."""

    path: Path
    log: Listed
    recorder: Recorder

    @property
    def waiting(self) -> int:
        """How many servers' batches are not recorded yet."""
        return sum(batcher.unanswered for batcher in self.recorder._batchers.values())


@asynccontextmanager
async def recording(url: str) -> AsyncIterator[Recording]:
    """Records scans in a database until the block ends and whoever came has gone."""
    database = open_database(url)
    await database.open()
    try:
        with tempfile.TemporaryDirectory() as folder:  # a socket's name must be short
            path = Path(folder) / "scans"
            log, stopped, ready = Listed(open_scan_log(database)), asyncio.Event(), asyncio.Event()
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(str(path))
                recorder = Recorder(log, tag_check(KEYS), clock=lambda: 0.0)
                answering = asyncio.create_task(answer(listening, recorder, stopped, ready.set))
                await ready.wait()
                try:
                    log.gate.set()
                    yield Recording(path, log, recorder)
                finally:
                    log.gate.set()
                    stopped.set()
                    await answering
    finally:
        await database.close()
