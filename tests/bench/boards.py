"""From a scan to every board that shows it, with many boards open; and what the boards cost the server.

`python -m tests.bench.boards [--attendees 10000] [--boards 200] [--rate 20] [--seconds 20] [--at door]` seeds
an event, serves it by its own process, lets people arrive at kiosks or doors at a steady rate, first with no
board open, then with all of them, and prints one row. The time runs from the sending of a scan to the arrival
of the first frame that counts it, for each scan at each board; this process sends and reads, and what it is
late by is in the times. The share is the server's processor time of the seconds measured; of the boards, what
it is more than without them.
"""

import argparse
import asyncio
import tempfile
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import uvloop
from aiohttp import ClientSession, DummyCookieJar, TCPConnector

from tests.bench.streams import Board, open_boards
from tests.bench.venue import Seeded, Server, seed, serving

PATIENCE_SECONDS = 10.0
"""So long after the last scan a board may take to show it, before the pair counts as missed."""

_HEADER = (
    f"{'attendees':>9} {'boards':>6} {'scans':>6} {'a second':>8} {'median':>8} {'p99':>8} {'most':>8}"
    f" {'missed':>6} {'answer p99':>10} {'frames/s':>8} {'frame':>8} {'share':>7} {'without':>7}  boards"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """One measurement. Times in seconds; `sent_bytes`: over the wire for one frame of one board.

    `missed`: pairs of a scan and a board that never showed it; `frames`: those that a board got. Shares are
    of one processor.
    """

    attendees: int
    boards: int
    scans: int
    rate: float
    median: float
    p99: float
    most: float
    missed: int
    answer_p99: float
    frames: int
    sent_bytes: float
    share: float
    share_without: float

    @property
    def frames_a_second(self) -> float:
        """How often each board heard something while scans were sent."""
        return self.frames * self.rate / self.scans

    @property
    def boards_share(self) -> float:
        """What the boards take of a processor."""
        return self.share - self.share_without

    def row(self) -> str:
        """As a line of the table."""
        counts = f"{self.attendees:>9,} {self.boards:>6,} {self.scans:>6,} {self.rate:>8g}"
        times = " ".join(f"{1000 * one:>5.0f} ms" for one in (self.median, self.p99, self.most))
        return (
            f"{counts} {times} {self.missed:>6} {1000 * self.answer_p99:>7.0f} ms"
            f" {self.frames_a_second:>8.1f} {self.sent_bytes / 1000:>5.1f} kB"
            f" {self.share:>7.1%} {self.share_without:>7.1%} {self.boards_share:>7.1%}"
        )


@dataclass(frozen=True, slots=True)
class _Sent:
    """A scan on its way: when it was sent and answered, and its place in the log."""

    sent: float
    answered: float
    recorded_at: datetime


async def measure(
    seeded: Seeded, boards: int, rate: float, seconds: float, at_doors: bool = False
) -> Figures:
    """Serves a seeded event (whose people it uses up) and measures; fewer seconds where people run out."""
    scans = min(round(rate * seconds), len(seeded.waiting) // 2)
    without, later = seeded.waiting[:scans], seeded.waiting[scans : 2 * scans]
    async with serving(seeded) as server, _session() as session:
        _, share_without = await _scan_all(session, server, seeded, without, rate, at_doors)
        watching = await open_boards(server, seeded.slug, seeded.displays[:boards])
        board = watching[0]
        before, frames, sizes = board.last, len(board.seen), board.bytes_seen
        sent, share = await _scan_all(session, server, seeded, later, rate, at_doors)
        await _wait_for(watching, before + scans)
        for one in watching:
            one.close()
    frames, sizes = len(board.seen) - frames, board.bytes_seen - sizes
    latencies, missed = _latencies(watching, sent, before)
    return Figures(
        attendees=seeded.attendees,
        boards=len(watching),
        scans=scans,
        rate=rate,
        median=float(np.median(latencies)),
        p99=float(np.quantile(latencies, 0.99)),
        most=float(latencies.max()),
        missed=missed,
        answer_p99=float(np.quantile([one.answered - one.sent for one in sent], 0.99)),
        frames=frames,
        sent_bytes=sizes / frames,
        share=share,
        share_without=share_without,
    )


def _session() -> ClientSession:
    return ClientSession(cookie_jar=DummyCookieJar(), connector=TCPConnector(limit=0))


async def _scan_all(
    session: ClientSession,
    server: Server,
    seeded: Seeded,
    badges: Sequence[str],
    rate: float,
    at_doors: bool,
) -> tuple[list[_Sent], float]:
    """Everybody's arrival, one after the other at the rate, whether the last was answered or not."""
    devices = cycle(list(seeded.doors.values()) if at_doors else seeded.kiosks)
    began, used = perf_counter(), server.processor_seconds()
    under_way: list[asyncio.Task[_Sent]] = []
    for number, badge in enumerate(badges):
        await asyncio.sleep(max(0.0, began + number / rate - perf_counter()))
        under_way.append(asyncio.create_task(_scan(session, server, next(devices), badge, at_doors)))
    sent = await asyncio.gather(*under_way)
    return sent, (server.processor_seconds() - used) / (perf_counter() - began)


async def _scan(session: ClientSession, server: Server, device: str, badge: str, at_doors: bool) -> _Sent:
    body: dict[str, Any] = {"scan_id": str(uuid.uuid4()), "credential": badge}
    if at_doors:  # whoever comes is checked in there, and let in where it is not their room
        body |= {"direction": "in", "override": {"reason": "a measurement", "by": "bench"}}
    sent = perf_counter()
    async with session.post(
        f"{server.url}/api/v1/scans", json=body, headers={"Authorization": f"Bearer {device}"}
    ) as answer:
        told = await answer.json()
    if answer.status != 200 or told["verdict"] != "admitted":
        raise RuntimeError(f"not let in: {told}")
    return _Sent(sent, perf_counter(), datetime.fromisoformat(told["recorded_at"]))


async def _wait_for(boards: Sequence[Board], count: int) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*(board.shows(count) for board in boards))


def _latencies(boards: Sequence[Board], sent: Sequence[_Sent], before: int) -> tuple[Any, int]:
    """Of each scan at each board, and how many such pairs never came: the n-th in the log is in a frame that
    counts n more than before."""
    in_order = sorted(sent, key=lambda one: one.recorded_at)
    moments = np.array([one.sent for one in in_order])
    counts = before + np.arange(1, len(in_order) + 1)
    found, missed = [], 0
    for board in boards:
        seen = np.array(board.seen)
        first = np.searchsorted(seen[:, 1], counts)
        came = first < len(seen)
        missed += int((~came).sum())
        found.append(seen[first[came], 0] - moments[came])
    return np.concatenate(found), missed


def table(figures: Sequence[Figures]) -> str:
    """As text, a row for each measurement."""
    return "\n".join([_HEADER, *(one.row() for one in figures)])


async def run(
    attendees: int, boards: int, rate: float, seconds: float, at_doors: bool, folder: Path
) -> Figures:
    """Seeds into an empty folder and measures there."""
    return await measure(await seed(folder, attendees, boards), boards, rate, seconds, at_doors)


def main() -> None:
    """Prints the row."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.boards")
    parser.add_argument("--attendees", type=int, default=10_000)
    parser.add_argument("--boards", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0, help="scans a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--at", choices=("kiosk", "door"), default="kiosk")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = run(given.attendees, given.boards, given.rate, given.seconds, given.at == "door", Path(folder))
        print(table([uvloop.run(made)]))


if __name__ == "__main__":
    main()
