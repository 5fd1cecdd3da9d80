"""Group commit: what waits is worked off together, and every caller gets their own answer.

Owns collecting, running and isolating failures; knows nothing of what the items are. There is no lingering: a
batch is whatever came while the one before it ran, so that batches size themselves to the load.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Any, Generic, TypeVar

I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741

CAP = 128
"""How many items go into one batch at most: a larger one only makes others wait for it."""


class _Submission(Generic[O]):
    """What one caller waits for: the results of their items, all together."""

    __slots__ = ("_left", "_results", "answer", "count", "since")

    def __init__(self, count: int, answer: "asyncio.Future[list[O | Exception]]") -> None:
        self.answer = answer
        self.since = perf_counter()
        self.count = count
        self._results: list[Any] = [None] * count
        self._left = count

    def settle(self, place: int, result: O | Exception) -> None:
        """One of the items is done."""
        self._results[place] = result
        self._left -= 1
        if not self._left and not self.answer.done():  # else the caller has gone
            self.answer.set_result(self._results)

    def give_up(self) -> None:
        """None of it will be done any more."""
        if not self.answer.done():
            self.answer.cancel()


_Item = tuple[I, _Submission[O], int]
"""With whose it is, and its place there."""


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
        self._waiting: deque[_Item[I, O]] = deque()
        self._taken = 0
        self._workers: set[asyncio.Task[None]] = set()
        self._is_closed = False

    @property
    def unanswered(self) -> int:
        """How many items wait, or are being worked off."""
        return len(self._waiting) + self._taken

    async def submit(self, items: Sequence[I]) -> list[O | Exception]:
        """The results in the order of the items; in place of a result the exception of an item that failed.

        Cancelling the caller ends only the waiting: what was submitted is worked off all the same.
        """
        if self._is_closed:
            raise RuntimeError("the batcher is closed")
        if not items:
            return []
        loop = asyncio.get_running_loop()
        submission: _Submission[O] = _Submission(len(items), loop.create_future())
        for place, item in enumerate(items):
            self._waiting.append((item, submission, place))
        if len(self._workers) < self._at_once:
            self._workers.add(loop.create_task(self._work_off()))
        return await submission.answer

    async def close(self) -> None:
        """Takes nothing more and finishes what was accepted. Safe to repeat."""
        self._is_closed = True
        if self._workers:
            await asyncio.wait(self._workers)

    async def _work_off(self) -> None:
        taken: list[_Item[I, O]] = []
        try:
            while self._waiting:
                taken = self._take()
                self._taken += len(taken)
                self._tell_taken(len(taken), perf_counter() - taken[0][1].since)
                trouble: list[Exception] = []
                results = await self._isolate([item for item, _, _ in taken], trouble)
                for (_, submission, place), result in zip(taken, results, strict=True):
                    submission.settle(place, result)
                self._taken -= len(taken)
                taken = []
                if trouble:
                    self._refuse_waiting(trouble[0])
        finally:
            self._workers -= {asyncio.current_task()}  # at once: who submits next must not count on this one
            # Only when this task itself is ended from outside: nobody may wait for ever.
            self._taken -= len(taken)
            for _, submission, _ in [*taken, *self._waiting]:
                submission.give_up()
            self._waiting.clear()

    def _take(self) -> list[_Item[I, O]]:
        """What goes into the next batch: of each caller all or nothing."""
        taken: list[_Item[I, O]] = []
        while self._waiting:
            _, submission, place = self._waiting[0]
            if taken and place == 0 and len(taken) + submission.count > self._cap:
                break
            taken.append(self._waiting.popleft())
        return taken

    def _refuse_waiting(self, trouble: Exception) -> None:
        while self._waiting:
            _, submission, place = self._waiting.popleft()
            submission.settle(place, trouble)

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
