"""Group commit: what waits is worked off together, and every caller gets their own answer.

Owns collecting, running and isolating failures; knows nothing of what the items are. There is no lingering: a
batch is whatever came while the one before it ran, so that batches size themselves to the load.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from time import perf_counter
from typing import Generic, TypeVar

I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741

CAP = 128
"""How many items go into one batch at most: a larger one only makes others wait for it."""


class _Submission(Generic[I, O]):
    """What one caller brings, and waits for: the results of all of it together."""

    __slots__ = ("answer", "items", "since")

    def __init__(self, items: Sequence[I], answer: "asyncio.Future[list[O | Exception]]") -> None:
        self.items = items
        self.answer = answer
        self.since = perf_counter()

    def settle(self, results: list[O | Exception]) -> None:
        """It is done."""
        if not self.answer.done():  # else the caller has gone
            self.answer.set_result(results)

    def give_up(self) -> None:
        """None of it will be done any more."""
        if not self.answer.done():
            self.answer.cancel()


def _is_never_shared(_problem: Exception) -> bool:
    return False


def _tell_nobody(_size: int, _waited_seconds: float) -> None:
    return


class Batcher(Generic[I, O]):
    """Runs items in the order they were submitted, many at a time, in tasks of its own.

    `run` gets 1 to `cap` items and gives one result for each, in order; it must do all of them or, raising,
    none. What one caller brings stays together, and is a batch of its own where it is more. A batch that
    raises is run again in halves until the item that did it stands alone; `is_shared` tells of failures that
    no item caused (a full disk), which are everybody's answer at once: also of those who wait behind, so that
    nobody waits for the same trouble twice. `taken` hears the size of each batch and how many seconds its
    first item has waited. `at_once`: so many batches are run at a time; with more than one, whoever works
    them off need not wait for the next.
    """

    def __init__(
        self,
        run: Callable[[list[I]], Awaitable[Sequence[O]]],
        cap: int = CAP,
        is_shared: Callable[[Exception], bool] = _is_never_shared,
        taken: Callable[[int, float], None] = _tell_nobody,
        at_once: int = 1,
    ) -> None:
        self._run = run
        self._cap = cap
        self._is_shared = is_shared
        self._tell_taken = taken
        self._at_once = at_once
        self._waiting: deque[_Submission[I, O]] = deque()
        self._taken = 0
        self._workers: set[asyncio.Task[None]] = set()
        self._is_closed = False

    @property
    def unanswered(self) -> int:
        """How many items wait, or are being worked off."""
        return sum(len(one.items) for one in self._waiting) + self._taken

    async def submit(self, items: Sequence[I]) -> list[O | Exception]:
        """The results in the order of the items; in place of a result the exception of an item that failed.

        Cancelling the caller ends only the waiting: what was submitted is worked off all the same.
        """
        if self._is_closed:
            raise RuntimeError("the batcher is closed")
        if not items:
            return []
        loop = asyncio.get_running_loop()
        submission: _Submission[I, O] = _Submission(items, loop.create_future())
        self._waiting.append(submission)
        if len(self._workers) < self._at_once:
            self._workers.add(loop.create_task(self._work_off()))
        return await submission.answer

    async def close(self) -> None:
        """Takes nothing more and finishes what was accepted. Safe to repeat."""
        self._is_closed = True
        if self._workers:
            await asyncio.wait(self._workers)

    async def _work_off(self) -> None:
        taken: list[_Submission[I, O]] = []
        size = 0
        try:
            while self._waiting:
                taken, size = self._take()
                self._taken += size
                self._tell_taken(size, perf_counter() - taken[0].since)
                trouble: list[Exception] = []
                results = iter(await self._isolate([item for one in taken for item in one.items], trouble))
                for one in taken:
                    one.settle(list(islice(results, len(one.items))))
                self._taken -= size
                taken, size = [], 0
                if trouble:
                    self._refuse_waiting(trouble[0])
        finally:
            self._workers -= {asyncio.current_task()}  # at once: who submits next must not count on this one
            # Only when this task itself is ended from outside: nobody may wait for ever.
            self._taken -= size
            for one in [*taken, *self._waiting]:
                one.give_up()
            self._waiting.clear()

    def _take(self) -> tuple[list[_Submission[I, O]], int]:
        """Who goes into the next batch, and how many items they have."""
        taken = [self._waiting.popleft()]
        size = len(taken[0].items)
        while self._waiting and size + len(self._waiting[0].items) <= self._cap:
            taken.append(self._waiting.popleft())
            size += len(taken[-1].items)
        return taken, size

    def _refuse_waiting(self, trouble: Exception) -> None:
        while self._waiting:
            one = self._waiting.popleft()
            one.settle([trouble] * len(one.items))

    async def _isolate(self, items: list[I], trouble: list[Exception]) -> list[O | Exception]:
        """The results; what is everybody's trouble comes into `trouble`."""
        if trouble:
            return [trouble[0]] * len(items)
        try:
            results = list(await self._run(items))
            if len(results) != len(items):
                raise RuntimeError(f"{len(results)} results for {len(items)} items")
        except Exception as problem:
            if self._is_shared(problem):
                trouble.append(problem)
            if trouble or len(items) == 1:
                return [problem] * len(items)
        else:
            return [*results]
        half = len(items) // 2
        return [*await self._isolate(items[:half], trouble), *await self._isolate(items[half:], trouble)]
