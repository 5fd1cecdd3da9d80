"""The parent of several processes: whom it starts again, how soon, and when it gives up."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import pytest

from checkin import supervisor
from checkin.domain.errors import AppError
from checkin.supervisor import Post, supervise
from tests.faults.town import until

WORKS = """
import sys
orders = sys.stdin.readline()
print("ready", flush=True)
sys.stdin.read()
"""
DIES_SOON = """
import sys
print("ready", flush=True)
sys.exit(3)
"""
SAYS_FAREWELL = """
import sys
orders = sys.stdin.readline()
print("ready", flush=True)
sys.stdin.read()
open({!r}, "w").close()
"""
NEVER_ENDS = """
import time
print("ready", flush=True)
time.sleep(600)
"""
NEVER_STARTS = "import sys; sys.exit(7)"


class Parent:
    """Supervises scripts, the first of them as `helpers`, and remembers what it was told."""

    def __init__(self, *scripts: str, python: Sequence[str] = (), helpers: int = 0) -> None:
        self.ready = 0
        self.ended: list[int] = []
        self.stopped, self.at_once = asyncio.Event(), asyncio.Event()
        self._posts = [
            Post(number, (program, "-c", script), b"orders\n", os.environ, is_helper=number <= helpers)
            for number, (program, script) in enumerate(
                zip_longest(python, scripts, fillvalue=sys.executable), 1
            )
        ]

    async def run(self) -> None:
        """Until it is stopped."""
        await supervise(self._posts, self.count, self.ended.append, self.stopped, self.at_once)

    def count(self) -> None:
        """Hears that all work."""
        self.ready += 1


def logged(caplog: pytest.LogCaptureFixture, word: str, key: str) -> list[object]:
    """The values of a key in the lines that begin with a word."""
    records = [record for record in caplog.records if record.msg == word]
    return [record.args[key] for record in records if isinstance(record.args, dict)]


async def test_whoever_dies_is_started_again_and_all_go_in_the_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    others = await asyncio.to_thread(_children)
    parent = Parent(WORKS, WORKS)
    running = asyncio.create_task(parent.run())
    await until(lambda: parent.ready == 1)
    children = sorted(await asyncio.to_thread(_children) - others)
    os.kill(children[0], signal.SIGKILL)
    await until(lambda: logged(caplog, "process_again", "process") != [])
    assert parent.ended == [children[0]]
    assert logged(caplog, "process_ended", "how") == ["signal 9"]
    parent.stopped.set()
    await running
    assert len(parent.ended) == 3
    assert parent.ready == 1, "said once"
    assert await asyncio.to_thread(_children) == others


async def test_who_dies_again_and_again_is_started_ever_more_seldom(caplog: pytest.LogCaptureFixture) -> None:
    parent = Parent(DIES_SOON)
    running = asyncio.create_task(parent.run())
    await until(lambda: len(parent.ended) == 3)
    parent.stopped.set()
    await running
    assert logged(caplog, "process_ended", "pause")[:3] == [0.25, 0.5, 1.0]


async def test_who_cannot_start_at_all_ends_everything() -> None:
    others = await asyncio.to_thread(_children)
    parent = Parent(WORKS, NEVER_STARTS)
    with pytest.raises(AppError, match=r"process 2 can't start \(exit status 7\)"):
        await parent.run()
    assert parent.ready == 0
    assert len(parent.ended) == 2
    assert await asyncio.to_thread(_children) == others


async def test_whom_there_is_no_room_for_is_tried_again_while_the_others_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    others = await asyncio.to_thread(_children)
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    parent = Parent(WORKS, WORKS, python=[str(python)])
    running = asyncio.create_task(parent.run())
    await until(lambda: parent.ready == 1)
    (lost,) = [one for one in await asyncio.to_thread(_children) - others if str(python) in _command(one)]
    python.unlink()  # as good as a machine that has no memory or no number left for one more
    os.kill(lost, signal.SIGKILL)
    await until(lambda: len(logged(caplog, "process_ended", "how")) >= 4)
    assert parent.ended == [lost], "the other one works"
    assert logged(caplog, "process_ended", "how")[:3] == [
        "signal 9",
        "not started: no such file or directory",
        "not started: no such file or directory",
    ]
    assert logged(caplog, "process_ended", "pause")[:3] == [0.25, 0.5, 1.0]
    python.symlink_to(sys.executable)
    await until(lambda: logged(caplog, "process_again", "process") == [1])
    parent.stopped.set()
    await running
    assert await asyncio.to_thread(_children) == others


async def test_the_others_work_without_a_helper_that_cannot_start(caplog: pytest.LogCaptureFixture) -> None:
    parent = Parent(NEVER_STARTS, WORKS, helpers=1)
    running = asyncio.create_task(parent.run())
    await until(lambda: parent.ready == 1)
    await until(lambda: len(parent.ended) == 2)
    assert logged(caplog, "process_ended", "process")[:2] == [1, 1]
    parent.stopped.set()
    await running
    assert parent.ready == 1


async def test_a_helper_that_does_not_end_is_not_waited_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "HELPER_SECONDS", 0.2)
    others = await asyncio.to_thread(_children)
    farewell = tmp_path / "farewell"
    parent = Parent(NEVER_ENDS, SAYS_FAREWELL.format(str(farewell)), helpers=1)
    running = asyncio.create_task(parent.run())
    await until(lambda: parent.ready == 1)
    parent.stopped.set()
    await running
    assert farewell.exists(), "who was helped ends by itself"
    assert await asyncio.to_thread(_children) == others


@pytest.mark.parametrize("fault", ["cannot start", "its listener fails"])
async def test_whatever_goes_wrong_those_that_run_finish_first(tmp_path: Path, fault: str) -> None:
    others = await asyncio.to_thread(_children)
    farewells = [tmp_path / "1", tmp_path / "2"]
    scripts = [SAYS_FAREWELL.format(str(one)) for one in farewells]
    expected: tuple[type[Exception], str]
    if fault == "cannot start":
        parent = Parent(*scripts, WORKS, python=[sys.executable, sys.executable, str(tmp_path / "none")])
        expected = (AppError, r"process 3 can't start \(not started: no such file or directory\)")
    else:
        parent = Parent(*scripts)
        parent.count = lambda: int("no")  # type: ignore[method-assign,assignment]
        expected = (ValueError, "no")
    with pytest.raises(expected[0], match=expected[1]):
        await parent.run()
    assert parent.stopped.is_set()
    assert all(one.exists() for one in farewells)
    assert await asyncio.to_thread(_children) == others


def _command(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text()


def _children() -> set[int]:
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return {int(one) for one in file.read().split()}
