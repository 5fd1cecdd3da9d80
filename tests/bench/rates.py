"""How many scans a second, and how soon each is answered, against a bare server in the same rounds.

Owns the arms (servers with what is sent to them) and the order of the rounds. In a round every arm runs for
the same short time, one after the other, so that a busy moment of the machine meets them all alike.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import numpy as np

from tests.bench import traffic
from tests.bench.load import send
from tests.bench.report import Line
from tests.bench.traffic import Requests
from tests.bench.venue import Server, running, seed, serving

ROUNDS = 5
SECONDS = 2.0
STEADY_SECONDS = 10.0
STEADY_RATE = 200.0
"""Open loop: 10,000 requests in five rounds."""

PEOPLE = 10_000
FEW_PEOPLE, MANY_PEOPLE = 1_000, 100_000
CONNECTIONS = 256
BULK = 50

BARE = "tests.bench.bare"

Arm = Callable[[], Awaitable[float]]


async def in_rounds(arms: Mapping[str, Arm], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """What each arm measured, round by round."""
    found: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, arm in arms.items():
            found[name].append(await arm())
    return found


async def measure_laptop(folder: Path) -> list[Line]:
    """One process on SQLite, 10,000 attendees: rates, latency, memory."""
    async with AsyncExitStack() as stack:
        seeded = await seed(_made(folder, "product"), PEOPLE, displays=0, come=0)
        other = await seed(_made(folder, "one by one"), PEOPLE, displays=0, come=0)
        one_by_one = ("tests.bench.one_by_one", "serve", "--port", "0", "--clock", other.breakout)
        server = await stack.enter_async_context(serving(seeded, seeded.breakout))
        slow = await stack.enter_async_context(running(other.folder, *one_by_one, database=other.database))
        bare = await stack.enter_async_context(running(_made(folder, "bare"), BARE))
        nothing, scans, others = traffic.bare(), traffic.scans(seeded), traffic.scans(other)
        bulk = traffic.batches(seeded, BULK)
        found = await in_rounds(
            {
                "bare": lambda: _rate(bare, nothing, CONNECTIONS),
                "scans": lambda: _rate(server, scans, CONNECTIONS),
                "one by one": lambda: _rate(slow, others, CONNECTIONS),
                "bare alone": lambda: _rate(bare, nothing, 1),
                "scan alone": lambda: _rate(server, scans, 1),
                "bare by 8": lambda: _rate(bare, nothing, 8),
                "bulk": lambda: _rate(server, bulk, 8, BULK),
                "bare p99": lambda: _latency(bare, nothing),
                "p99": lambda: _latency(server, scans),
            }
        )
        memory, bare_memory = server.memory_bytes(), bare.memory_bytes()
    return [
        _rates(f"scans a second over {CONNECTIONS} connections", "bare", found, "scans", "bare", 0.38, 0.60),
        _rates("the same", "a transaction a scan", found, "scans", "one by one", 6, 12),
        _rates("scans a second over one connection", "bare", found, "scan alone", "bare alone", 0.15, 0.30),
        _rates(
            f"scans a second, {BULK} a request, over 8", "bare requests", found, "bulk", "bare by 8", 0.8, 1.5
        ),
        Line(
            f"p99 of {STEADY_RATE:g} scans a second, open loop",
            "bare",
            _ratios(found["p99"], found["bare p99"]),
            must=4,
            goal=2,
            is_less_better=True,
            figures=_medians({"ms": found["p99"], "bare ms": found["bare p99"]}),
        ),
        Line(
            f"memory after all that, {PEOPLE:,} attendees",
            "bare",
            [memory / bare_memory],
            must=3,
            goal=2,
            is_less_better=True,
            figures={"MB": memory / 1e6, "bare MB": bare_memory / 1e6},
        ),
    ]


async def measure_crowd(folder: Path) -> list[Line]:
    """The same event with few people and with a hundred times as many."""
    async with AsyncExitStack() as stack:
        arms: dict[str, Arm] = {}
        for name, people in (("few", FEW_PEOPLE), ("many", MANY_PEOPLE)):
            seeded = await seed(_made(folder, name), people, displays=0, come=0, is_large=True)
            server = await stack.enter_async_context(serving(seeded, seeded.breakout))
            arms[name] = _arm(server, traffic.scans(seeded))
        found = await in_rounds(arms)
    what = f"scans a second, {MANY_PEOPLE:,} attendees"
    return [_rates(what, f"{FEW_PEOPLE:,} attendees", found, "many", "few", 0.75, 0.95)]


async def measure_servers(folder: Path, database: str) -> list[Line]:
    """Two processes on PostgreSQL, whose empty database is at `database`."""
    seeded = await seed(_made(folder, "servers"), PEOPLE, displays=0, come=0, database=database)
    async with (
        serving(seeded, seeded.breakout, "--processes", "2") as server,
        running(_made(folder, "one bare"), BARE) as bare,
    ):
        found = await in_rounds(
            {"bare": _arm(bare, traffic.bare()), "scans": _arm(server, traffic.scans(seeded))}
        )
    what = f"scans a second, PostgreSQL, 2 processes, {CONNECTIONS} connections"
    return [_rates(what, "bare, one process", found, "scans", "bare", 0.40, 0.65)]


def _made(folder: Path, name: str) -> Path:
    path = folder / name
    path.mkdir()
    return path


def _arm(server: Server, requests: Requests) -> Arm:
    return lambda: _rate(server, requests, CONNECTIONS)


async def _rate(server: Server, requests: Requests, connections: int, each: int = 1) -> float:
    requests.make_ready()
    return each * (await send((server.port,), requests, connections, SECONDS)).rate


async def _latency(server: Server, requests: Iterator[bytes]) -> float:
    """The 99th percentile, in milliseconds."""
    answers = await send((server.port,), requests, 32, STEADY_SECONDS, STEADY_RATE)
    return 1000 * float(np.quantile(answers.latencies, 0.99))


def _rates(
    what: str,
    baseline: str,
    found: Mapping[str, Sequence[float]],
    name: str,
    base: str,
    must: float,
    goal: float,
) -> Line:
    figures = _medians({"a second": found[name], "baseline": found[base]})
    return Line(what, baseline, _ratios(found[name], found[base]), must, goal, figures=figures)


def _ratios(upper: Sequence[float], lower: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(upper, lower, strict=True)]


def _medians(found: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: median(values) for name, values in found.items()}
