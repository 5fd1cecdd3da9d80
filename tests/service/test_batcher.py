"""The batcher: order, group commit, isolation, and callers that go away."""

import asyncio
from collections.abc import Sequence
from time import perf_counter

import pytest

from checkin.service.batcher import Batcher


class Worker:
    """Doubles numbers; a negative one fails its whole batch. Waits at the gate while it is closed."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def run(self, items: list[int]) -> Sequence[int]:
        self.batches.append(items)
        await self.gate.wait()
        for item in items:
            if item < 0:
                raise ValueError(item)
        return [2 * item for item in items]


def told(results: Sequence[int | Exception]) -> list[int | str]:
    """Results with exceptions in words."""
    return [repr(result) if isinstance(result, Exception) else result for result in results]


async def test_what_waits_while_a_batch_runs_is_the_next_batch() -> None:
    worker = Worker()
    batcher = Batcher(worker.run)
    worker.gate.clear()
    first = asyncio.create_task(batcher.submit([1]))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(batcher.submit([n])) for n in range(2, 7)]
    await asyncio.sleep(0.01)
    worker.gate.set()
    assert await first == [2]
    assert [await other for other in others] == [[4], [6], [8], [10], [12]]
    assert worker.batches == [[1], [2, 3, 4, 5, 6]]


async def test_a_batch_has_no_more_than_the_cap_but_what_one_caller_brings_stays_together() -> None:
    worker = Worker()
    batcher = Batcher(worker.run, cap=3)
    brought = [[1], [2, 3], [4], [5, 6, 7, 8, 9], [10], [11, 12], [13]]
    results = await asyncio.gather(*(batcher.submit(items) for items in brought))
    assert results == [[2 * n for n in items] for items in brought]
    assert worker.batches == [[1, 2, 3], [4], [5, 6, 7, 8, 9], [10, 11, 12], [13]]


async def test_each_batch_is_told_with_its_size_and_how_long_its_first_item_waited() -> None:
    worker = Worker()
    heard: list[tuple[int, float]] = []
    batcher = Batcher(worker.run, taken=lambda size, waited: heard.append((size, waited)))
    worker.gate.clear()
    first = asyncio.create_task(batcher.submit([1]))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(batcher.submit([2, 3]))
    await asyncio.sleep(0)
    submitted = perf_counter()
    await asyncio.sleep(0.01)
    third = asyncio.create_task(batcher.submit([4]))
    await asyncio.sleep(0)
    assert batcher.unanswered == 4, "one is worked off, three wait"
    opened = perf_counter()
    worker.gate.set()
    await asyncio.gather(first, second, third)
    assert [size for size, _ in heard] == [1, 3]
    assert heard[1][1] >= opened - submitted, "the first of the batch waited longest"
    assert batcher.unanswered == 0


async def test_nothing_submitted_runs_nothing() -> None:
    worker = Worker()
    assert await Batcher(worker.run).submit([]) == []
    assert worker.batches == []


async def test_bad_items_fail_alone_and_the_others_keep_their_order() -> None:
    worker = Worker()
    results = await Batcher(worker.run).submit([1, -1, 2, 3, 4, -2, 5])
    assert told(results) == [2, "ValueError(-1)", 4, 6, 8, "ValueError(-2)", 10]
    alone = [batch for batch in worker.batches if all(item >= 0 for item in batch)]
    assert sorted(item for batch in alone for item in batch) == [1, 2, 3, 4, 5], (
        "no good item ran twice with success"
    )


async def test_one_bad_item_among_many_costs_few_runs() -> None:
    worker = Worker()
    await Batcher(worker.run).submit([*range(300), -1, *range(211)])
    assert len(worker.batches) <= 19


async def test_a_failure_that_is_everybodys_is_not_tried_again() -> None:
    worker = Worker()
    batcher = Batcher(worker.run, is_shared=lambda problem: isinstance(problem, ValueError))
    assert told(await batcher.submit([1, -1, 2])) == ["ValueError(-1)"] * 3
    assert len(worker.batches) == 1
    assert await batcher.submit([4]) == [8], "the next batch is tried"


async def test_a_failure_that_is_everybodys_is_the_answer_of_those_who_wait_behind() -> None:
    worker = Worker()
    batcher = Batcher(worker.run, is_shared=lambda problem: isinstance(problem, ValueError))
    worker.gate.clear()
    first = asyncio.create_task(batcher.submit([-1]))
    await asyncio.sleep(0.01)
    behind = asyncio.create_task(batcher.submit([2]))
    await asyncio.sleep(0.01)
    worker.gate.set()
    assert told(await first) == told(await behind) == ["ValueError(-1)"]
    assert worker.batches == [[-1]]
    assert await batcher.submit([4]) == [8]


async def test_a_failure_that_is_everybodys_ends_the_search_for_the_bad_item() -> None:
    ran: list[list[int]] = []

    async def run(items: list[int]) -> list[int]:
        ran.append(items)
        raise (KeyError if len(items) > 2 else ValueError)(items[0])

    batcher = Batcher(run, is_shared=lambda problem: isinstance(problem, ValueError))
    assert told(await batcher.submit([1, 2, 3, 4])) == ["ValueError(1)"] * 4
    assert ran == [[1, 2, 3, 4], [1, 2]]


async def test_a_run_that_miscounts_is_an_error_and_not_a_mix_up() -> None:
    async def run(items: list[int]) -> list[int]:
        return items[1:]

    assert told(await Batcher(run).submit([1])) == ["RuntimeError('0 results for 1 items')"]


async def test_a_caller_that_goes_away_neither_stops_its_item_nor_its_neighbours() -> None:
    worker = Worker()
    batcher = Batcher(worker.run)
    worker.gate.clear()
    gone = asyncio.create_task(batcher.submit([1]))
    stays = asyncio.create_task(batcher.submit([2]))
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.wait([gone])
    worker.gate.set()
    assert await stays == [4]
    assert gone.cancelled()
    assert worker.batches == [[1, 2]]


async def test_closing_finishes_what_waits_and_takes_nothing_more() -> None:
    worker = Worker()
    batcher = Batcher(worker.run, cap=2)
    waiting = [asyncio.create_task(batcher.submit([1, 2])), asyncio.create_task(batcher.submit([3]))]
    await asyncio.sleep(0)
    await batcher.close()
    assert await asyncio.gather(*waiting) == [[2, 4], [6]]
    with pytest.raises(RuntimeError, match="closed"):
        await batcher.submit([4])
    await batcher.close()


async def test_nobody_waits_for_ever_when_the_batchers_own_task_is_ended() -> None:
    worker = Worker()
    batcher = Batcher(worker.run, cap=1)
    worker.gate.clear()
    before = asyncio.all_tasks()
    waiting = asyncio.create_task(batcher.submit([1, 2]))
    await asyncio.sleep(0.01)
    for task in asyncio.all_tasks() - before - {waiting}:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    worker.gate.set()
    assert await batcher.submit([3]) == [6], "and it goes on"


async def test_with_two_at_once_a_batch_goes_before_the_one_before_it_is_done() -> None:
    batches: list[list[int]] = []
    gates = [asyncio.Event() for _ in range(3)]

    async def run(items: list[int]) -> list[int]:
        batches.append(items)
        await gates[len(batches) - 1].wait()
        return items

    batcher = Batcher(run, at_once=2)
    first = asyncio.create_task(batcher.submit([1, 2]))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(batcher.submit([3]))
    await asyncio.sleep(0.01)
    third = asyncio.create_task(batcher.submit([4, 5]))
    await asyncio.sleep(0.01)
    assert batches == [[1, 2], [3]]
    assert batcher.unanswered == 5
    gates[0].set()
    assert await first == [1, 2]
    await asyncio.sleep(0.01)
    assert batches[2:] == [[4, 5]]
    gates[2].set()
    assert await third == [4, 5]
    assert not second.done()
    gates[1].set()
    await batcher.close()
    assert await second == [3]
    assert batcher.unanswered == 0


async def test_with_two_at_once_each_item_gets_its_own_result_whoever_fails() -> None:
    async def run(items: list[int]) -> list[int]:
        await asyncio.sleep(0.001 * (len(items) % 3))
        if any(item < 0 for item in items):
            raise ValueError(items[0])
        return [2 * item for item in items]

    batcher = Batcher(run, cap=4, at_once=2)
    items = [n if n % 7 else -1 - n for n in range(40)]
    submitted = [batcher.submit(items[first : first + 2]) for first in range(0, len(items), 2)]
    results = [result for pair in await asyncio.gather(*submitted) for result in pair]
    assert told(results) == [f"ValueError({item})" if item < 0 else 2 * item for item in items]
    await batcher.close()
