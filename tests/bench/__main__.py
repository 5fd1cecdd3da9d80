"""`make bench`: everything that is measured, in one run of less than ten minutes.

Prints a table and writes `bench.json`. With names of parts (`python -m tests.bench laptop boards`) only
those. Ends with 1 if something is not as it must be.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter

import uvloop

from tests import postgres
from tests.bench import boards, desk, events, growth, rates, report
from tests.bench.report import Line
from tests.bench.venue import ROOT, seed

OUT = ROOT / "bench.json"
BOARDS, BOARD_PEOPLE, BOARD_RATE, BOARD_SECONDS = 1_000, 10_000, 100.0, 20.0


async def _boards(folder: Path) -> list[Line]:
    seeded = await seed(folder, BOARD_PEOPLE, displays=BOARDS)
    found = await boards.measure(seeded, BOARDS, BOARD_RATE, BOARD_SECONDS)
    what = f"{found.boards:,} boards, {BOARD_RATE:g} scans a second"
    return [
        Line(
            f"{what}: their share of a core",
            "no boards",
            [found.boards_share],
            must=0.25,
            goal=0.12,
            is_less_better=True,
            figures={"with": found.share, "without": found.share_without, "frames/s": found.frames_a_second},
        ),
        Line(
            f"{what}: scan to board, p99",
            "a second",
            [found.p99],
            must=1,
            goal=0.3,
            is_less_better=True,
            figures={"ms": 1000 * found.p99, "median ms": 1000 * found.median, "missed": found.missed},
        ),
    ]


async def _events(folder: Path) -> list[Line]:
    found = await events.measure(folder, rounds=4, seconds=2.0)
    what = f"scans a second, {found.events} events at once, PostgreSQL"
    return [Line(what, "the same at one event", found.ratios)]


async def _servers(folder: Path) -> list[Line]:
    (folder / "cluster").mkdir()
    with postgres.running(folder / "cluster") as server:
        found = await rates.measure_servers(folder, server.create())
        grown = await growth.measure(server.create())
        found.append(Line("last fifth of 50,000 scans, PostgreSQL", "first fifth", [grown.rate], must=0.8))
    return found


PARTS: dict[str, Callable[[Path], Awaitable[list[Line]]]] = {
    "laptop": rates.measure_laptop,
    "servers": _servers,
    "events": _events,
    "boards": _boards,
    "crowd": rates.measure_crowd,
    "desk": desk.measure,
}


async def _measure(names: list[str]) -> list[Line]:
    lines: list[Line] = []
    for name in names:
        began = perf_counter()
        with tempfile.TemporaryDirectory(prefix="checkin-bench-") as folder:
            os.chmod(folder, 0o711)  # PostgreSQL's server runs as another user, and must come through
            lines += await PARTS[name](Path(folder))
        print(f"{name}: {perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return lines


def main() -> int:
    """Measures and tells."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="only these")
    names = parser.parse_args().parts or list(PARTS)
    began = perf_counter()
    lines = uvloop.run(_measure(names))
    print(report.table(lines))
    report.write(OUT, lines, perf_counter() - began)
    return 0 if all(line.is_met for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
