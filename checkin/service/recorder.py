"""Recording what several servers of a machine ask for: whatever waits is one batch, whoever sent it.

Owns how their batches are put together and taken apart again. Knows neither how they come nor who sends them.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from time import monotonic
from typing import Final

from msgspec import Struct

from checkin.domain.errors import AppError
from checkin.domain.instants import SECOND, Instant
from checkin.domain.model import EventId
from checkin.domain.scans import Outcome
from checkin.service.batcher import Batcher
from checkin.service.scans import is_named
from checkin.store.scan_passage import Done, Refused, Reply, Task, done, failed, read_task, refusal
from checkin.store.scan_rows import ScanLog
from checkin.store.scans import Batch, IsGenuine

MOST_TASKS: Final = 8
"""So many servers' batches are made one at most."""


class _Asked(Struct, frozen=True):
    """A server's batch. `at`: when it came, in seconds."""

    task: Task
    at: float

    def now(self, seconds: float) -> Instant:
        """What that server's clock, which in a rehearsal is not the machine's, says at this moment."""
        return Instant(self.task.now + round((seconds - self.at) * SECOND))


class Recorder:
    """Records batches in the log, an event's one after the other. `clock` gives seconds that only rise."""

    def __init__(self, log: ScanLog, is_genuine: IsGenuine, clock: Callable[[], float] = monotonic) -> None:
        self._log = log
        self._clock = clock
        self._is_genuine = is_genuine
        self._batchers: dict[EventId, Batcher[_Asked, Done[Outcome]]] = {}

    async def answer(self, message: bytes) -> Reply:
        """What became of the batch in a message; nothing of it is stored unless it is `Done`."""
        try:
            task = read_task(message)
            (result,) = await self._batcher(task.event_id).submit([_Asked(task, self._clock())])
        except Exception as problem:
            result = problem
        if isinstance(result, AppError):
            return Refused(refusal(result))
        return failed(result) if isinstance(result, Exception) else result

    def _batcher(self, event_id: EventId) -> Batcher[_Asked, Done[Outcome]]:
        batcher = self._batchers.get(event_id)
        if batcher is None:
            run = partial(self._record, event_id)
            batcher = self._batchers[event_id] = Batcher(run, MOST_TASKS, is_named)
        return batcher

    def _now(self, asked: Sequence[_Asked]) -> Instant:
        seconds = self._clock()
        return max(one.now(seconds) for one in asked)

    async def _record(self, event_id: EventId, asked: Sequence[_Asked]) -> list[Done[Outcome]]:
        tasks = [one.task for one in asked]
        batch = Batch(
            event_id,
            [scan for task in tasks for scan in task.scans],
            {digest: raw for task in tasks for digest, raw in task.credentials.items()},
            lambda: self._now(asked),
            self._is_genuine,
            {task.agenda_version for task in tasks},
        )
        stored = await self._log.record(batch)
        outcomes = iter(stored.outcomes)
        return [done(stored, list(islice(outcomes, len(task.scans))), task.agenda_version) for task in tasks]
