"""How fast large plans are, and how near to what is proven possible.

`python -m tests.bench.routing [SIZES]` prints a line for each of the first 1 to 3 `SIZES` (all, if not said):
the method; seconds of posing, solving and writing the reasons, each on the clock and of the processor; how
many are unplaced, and unplaced at least; required topics met; the cost of wishes, and by how much it is above
the proven bound. Events are of `tests.domain.large_events`, without groups and with: there both cost and
bound include what it takes to keep so many groups together.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time

from checkin.domain.routing.classes import pose
from checkin.domain.routing.costs import VALUE
from checkin.domain.routing.ground import Plan
from checkin.domain.routing.plan import plan
from checkin.domain.routing.problem import Problem
from tests.domain.large_events import Mix, large_ground

SIZES = ((600, 12, 4), (10_000, 40, 4), (100_000, 200, 4))
SEED = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One event's plan, measured."""

    size: tuple[int, int, int]
    groups: int
    made: Plan
    seconds: float
    processor_seconds: float
    places: int

    @property
    def unplaced(self) -> int:
        """Pairs of a person and a slot that has something for them, without a seat."""
        return self.places - self.made.placed

    @property
    def cost_bound(self) -> int:
        """Proven: no plan that does as well in the aims before preferences costs less."""
        return VALUE * self.made.placed - self.made.value_bound

    @property
    def above(self) -> float:
        """By which share the cost is above the bound."""
        return self.made.cost / self.cost_bound - 1 if self.cost_bound > 0 else 0.0


def measure(size: tuple[int, int, int], with_groups: bool) -> Line:
    """Plans one event."""
    ground = large_ground(*size, SEED, Mix() if with_groups else Mix(in_groups=0))
    problem = pose(ground)
    wall, processor = perf_counter(), process_time()
    made = plan(ground)
    wall, processor = perf_counter() - wall, process_time() - processor
    return Line(size, len(problem.group_slots), made, wall, processor, _places(problem))


def _places(problem: Problem) -> int:
    """Told people's seats, and what there is to fill."""
    fillable = sum(
        int(problem.counts[problem.allowed[:, sessions].any(axis=1)].sum())
        for sessions in problem.slot_sessions
    )
    return fillable + int((problem.fixed >= 0).sum())


def measure_all(sizes: int = len(SIZES)) -> list[Line]:
    """The first so many sizes, each without and with groups."""
    return [measure(size, with_groups) for size in SIZES[:sizes] for with_groups in (False, True)]


def table(lines: Sequence[Line]) -> str:
    """As text, a row for each line."""
    head = (
        f"{'people x rooms x slots':<24}{'groups met':>14}{'seconds':>9}{'(CPU)':>8}"
        f"{'unplaced':>10}{'least':>7}{'topics met':>12}{'cost':>10}{'bound':>10}{'above':>8}  method"
    )
    rows = [
        f"{' x '.join(f'{number:,}' for number in one.size):<24}"
        f"{f'{one.made.groups_met:,} of {one.groups:,}':>14}{one.seconds:>9.2f}{one.processor_seconds:>8.2f}"
        f"{one.unplaced:>10,}{one.places - one.made.placed_bound:>7,}{one.made.required_met:>12,}"
        f"{one.made.cost:>10,}{one.cost_bound:>10,}{one.above:>8.2%}  {one.made.method}"
        for one in lines
    ]
    return "\n".join([head, *rows])


def main(arguments: Sequence[str]) -> None:
    """Prints the table, and the most memory used."""
    print(table(measure_all(int(arguments[0]) if arguments else len(SIZES))))
    print(f"most memory: {getrusage(RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB")


if __name__ == "__main__":
    main(sys.argv[1:])
