"""The process that plans: what its caller hears of it, and how it ends."""

import asyncio
from asyncio.subprocess import Process
from typing import Any

import pytest

from checkin.domain.errors import AppError
from checkin.domain.routing.ground import Ground, Plan, Seeker
from checkin.service.solver import solve
from checkin.service.watch import Unwatched
from tests.domain.conference import CONFERENCE, at, person

GROUND = Ground(CONFERENCE, (Seeker(person(1)),), at(8), bytes(16))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[Process]:
    """The processes that were started."""
    processes: asyncio.Queue[Process] = asyncio.Queue()
    start = asyncio.create_subprocess_exec

    async def remember(*arguments: Any, **others: Any) -> Process:
        process = await start(*arguments, **others)
        processes.put_nowait(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", remember)
    return processes


async def test_the_result_comes_back_and_the_stages_are_told() -> None:
    told: list[str] = []
    made = await solve("plan", GROUND, tell=told.append)
    assert isinstance(made, Plan)
    assert made.placed == 2
    assert told[-1] == "reasons"


async def test_how_long_it_took_is_told_whether_it_went_well_or_not() -> None:
    heard: list[tuple[str, float]] = []

    class Listener(Unwatched):
        def job_done(self, job: str, seconds: float) -> None:
            heard.append((job, seconds))

    await solve("plan", GROUND, watch=Listener())
    with pytest.raises(RuntimeError):
        await solve("nothing", watch=Listener())
    assert [job for job, _ in heard] == ["plan", "nothing"]
    assert all(seconds > 0 for _, seconds in heard)


async def test_a_process_that_something_ends_is_no_bug(started: asyncio.Queue[Process]) -> None:
    waiting = asyncio.ensure_future(solve("plan", GROUND))
    (await started.get()).kill()
    with pytest.raises(AppError, match="Nothing was changed") as caught:
        await waiting
    assert caught.value.code == "unavailable"


async def test_a_job_that_fails_says_how() -> None:
    with pytest.raises(RuntimeError, match="'nothing'"):
        await solve("nothing")


async def test_a_caller_that_goes_away_ends_the_process(started: asyncio.Queue[Process]) -> None:
    waiting = asyncio.ensure_future(solve("plan", GROUND))
    process = await started.get()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert process.returncode is not None
    assert process.returncode < 0
