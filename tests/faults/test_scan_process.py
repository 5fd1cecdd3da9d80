"""The process that records a server's scans on SQLite: it ends with its server, however that ends."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from checkin.app import has_use_for_scan_process
from tests.api.terminal import Terminal, serve
from tests.processes import PATIENCE_SECONDS, has_ended, is_running

MODULE = b"checkin.scan_process"


def children_of(pid: int) -> list[int]:
    """The processes that a process has started and that record scans."""
    named = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in named if MODULE in Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")]


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """A server with the process that records its scans."""
    server, line = await serve(Terminal(folder), "serve", "--port", "0")
    assert line.startswith("Serving on "), line
    (recorder,) = children_of(server.pid)
    assert is_running(recorder)
    try:
        yield server, recorder
    finally:
        if server.returncode is None:
            server.kill()
        await server.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
async def test_it_ends_with_its_server(tmp_path: Path, number: signal.Signals) -> None:
    async with served(tmp_path) as (server, recorder):
        server.send_signal(number)
        await asyncio.wait_for(server.wait(), PATIENCE_SECONDS)
        assert await has_ended(recorder)


async def test_a_server_that_is_stopped_does_not_wait_for_one_that_was_killed(tmp_path: Path) -> None:
    async with served(tmp_path) as (server, recorder):
        os.kill(recorder, signal.SIGKILL)
        server.terminate()
        assert await asyncio.wait_for(server.wait(), PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("processors", [{3}, {0, 3}])
def test_it_is_of_no_use_on_one_processor(monkeypatch: pytest.MonkeyPatch, processors: set[int]) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: processors, raising=False)
    assert has_use_for_scan_process() is (len(processors) > 1)
