"""Runs a long job in a process of its own, so that scans go on and the server never loads the solver.

Owns starting, feeding and ending that process. Must not know what a job does.
"""

import asyncio
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import checkin
from checkin.domain.errors import AppError
from checkin.service.watch import Unwatched, Watch

Tell = Callable[[str], None]
"""Hears what a long job is at, a few words at a time."""

_UNWATCHED: Final = Unwatched()
_ROOT: Final = Path(checkin.__file__).parents[1]


def say_nothing(_stage: str) -> None:
    """For callers who don't listen."""


async def solve(job: str, *arguments: object, tell: Tell = say_nothing, watch: Watch = _UNWATCHED) -> Any:
    """The result of `plan`, `reroute` or `fold` with these arguments. A caller that goes away ends it.

    `AppError` unavailable if something else ends it.
    """
    started = perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "checkin.routing_process",
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd=_ROOT,
    )
    try:
        question = await asyncio.to_thread(pickle.dumps, (job, arguments), pickle.HIGHEST_PROTOCOL)
        _, answer, told = await asyncio.gather(
            _feed(process, question), _read(process), _listen(process, tell)
        )
        status = await process.wait()
        if status < 0:  # by a signal: the machine had no memory left, or somebody ended it
            raise AppError("unavailable", f"The {job}'s process was ended. Nothing was changed; try again.")
        if status != 0:
            raise RuntimeError(f"the {job} process failed:\n" + "\n".join(told[-20:]))
        return await asyncio.to_thread(pickle.loads, answer)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        watch.job_done(job, perf_counter() - started)


async def _feed(process: Process, question: bytes) -> None:
    if process.stdin is None:
        raise RuntimeError("the process has no standard input")
    try:
        process.stdin.write(question)
        await process.stdin.drain()
        process.stdin.close()
    except ConnectionError:
        pass  # it died; what it said last tells why


async def _read(process: Process) -> bytes:
    return b"" if process.stdout is None else await process.stdout.read()


async def _listen(process: Process, tell: Tell) -> list[str]:
    told: list[str] = []
    while process.stderr is not None and (line := await process.stderr.readline()):
        told.append(line.decode(errors="replace").rstrip())
        if told[-1].startswith("> "):
            tell(told[-1].removeprefix("> "))
    return told
