"""The writer's thread: what it is given is done in order, whoever waits."""

import asyncio
from functools import partial
from threading import Event, current_thread
from threading import enumerate as enumerate_threads

import pytest

from checkin.store.work_thread import WorkThread


async def test_work_is_done_in_order_on_one_thread_of_its_name() -> None:
    thread = WorkThread("worker")
    seen: list[tuple[int, str]] = []

    def work(number: int) -> None:
        seen.append((number, current_thread().name))

    await asyncio.gather(*(thread.do(partial(work, number)) for number in range(5)))
    assert seen == [(number, "worker") for number in range(5)]
    thread.close()


async def test_what_work_raises_is_its_callers() -> None:
    thread = WorkThread("worker")
    with pytest.raises(ValueError, match="no"):
        await thread.do(lambda: int("no"))
    assert await thread.do(lambda: 1) == 1
    thread.close()


async def test_what_no_future_takes_is_its_callers_too() -> None:
    thread = WorkThread("worker")
    async with asyncio.timeout(10):
        with pytest.raises(RuntimeError, match="StopIteration") as raised:
            await thread.do(lambda: next(iter(())))
    assert isinstance(raised.value.__cause__, StopIteration)
    thread.close()


@pytest.mark.parametrize("has_worked", [False, True])
async def test_a_closed_one_takes_nothing(has_worked: bool) -> None:
    thread = WorkThread("worker")
    if has_worked:
        await thread.do(lambda: 1)
    thread.close()
    async with asyncio.timeout(10):
        with pytest.raises(RuntimeError, match="closed"):
            await thread.do(lambda: 1)


async def test_a_caller_that_goes_away_stops_nothing() -> None:
    thread, may_end, seen = WorkThread("worker"), Event(), []

    def work() -> None:
        may_end.wait()
        seen.append("done")

    caller = asyncio.create_task(thread.do(work))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    may_end.set()
    thread.close()
    assert seen == ["done"]


def test_closing_one_that_never_worked_ends_at_once() -> None:
    thread = WorkThread("never worked")
    thread.close()
    thread.close()
    assert "never worked" not in {one.name for one in enumerate_threads()}
