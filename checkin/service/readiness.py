"""Whether work may be sent to this process: it has begun, its database takes writes, nobody asked it to stop.

Owns telling the log, once each, when the database is lost and when it is back.
"""

import asyncio
import logging
from time import monotonic
from typing import Final

from checkin.domain.errors import AppError
from checkin.store.database import Database

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 5.0
"""A database that has not answered by then is down: whoever waits for it would wait too long."""

STOPPING: Final = "the server is stopping"


class Readiness:
    """What /readyz tells. `problem`: why no work may be sent; None: it may."""

    def __init__(self) -> None:
        self.is_stopping = False
        self.database_problem: str | None = "the database was not asked yet"
        self._lost_at: float | None = None

    @property
    def problem(self) -> str | None:
        """Why no work should be sent to this process; None: it may be sent."""
        return STOPPING if self.is_stopping else self.database_problem

    def stop(self) -> None:
        """A stop was asked for: what was accepted is finished, nothing more should come."""
        if not self.is_stopping:
            log.info("stopping")
        self.is_stopping = True

    async def look(self, db: Database) -> None:
        """Asks the database whether it takes writes."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await db.check()
        except AppError as problem:
            self._lose(problem.message)
        except TimeoutError:
            self._lose("the database does not answer")
        else:
            if self._lost_at is not None:
                log.warning("database_back", {"seconds": round(monotonic() - self._lost_at, 1)})
            self._lost_at = self.database_problem = None

    def _lose(self, problem: str) -> None:
        self.database_problem = problem
        if self._lost_at is None:
            self._lost_at = monotonic()
            log.error("database_lost", {"problem": problem})


async def keep_looking(readiness: Readiness, db: Database) -> None:
    """Asks the database each second, for ever."""
    while True:
        await readiness.look(db)
        await asyncio.sleep(PAUSE_SECONDS)
