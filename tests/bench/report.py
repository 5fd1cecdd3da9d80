"""Measurements as ratios, and how they are told: a table for people, `bench.json` for programs.

A ratio is taken within a round, so that what else the machine does is in both of its sides; of the rounds the
median is told, with the least and the most.
"""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `ratios`: of each round; `must` and `goal`: bounds of their median, if there are any.

    `is_less_better`: they are upper bounds. `figures`: what was measured, by name with its unit.
    """

    what: str
    baseline: str
    ratios: Sequence[float]
    must: float | None = None
    goal: float | None = None
    is_less_better: bool = False
    figures: Mapping[str, float] | None = None

    @property
    def ratio(self) -> float:
        """The median."""
        return median(self.ratios)

    @property
    def is_met(self) -> bool:
        """Whether what must be is so."""
        return self.must is None or (
            self.ratio <= self.must if self.is_less_better else self.ratio >= self.must
        )

    def cells(self) -> tuple[str, ...]:
        """As a row of the table."""
        sign = "≤" if self.is_less_better else "≥"
        bounds = ["" if bound is None else f"{sign} {bound:g}" for bound in (self.must, self.goal)]
        spread = f"{min(self.ratios):.3g} to {max(self.ratios):.3g}" if len(self.ratios) > 1 else ""
        figures = ", ".join(f"{name} {_number(value)}" for name, value in (self.figures or {}).items())
        missed = "" if self.is_met else " missed"
        return (self.what, self.baseline, f"{self.ratio:.3g}{missed}", spread, *bounds, figures)


HEADER = ("what", "baseline in the same run", "ratio", "spread", "must", "goal", "measured")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(lines: Sequence[Line]) -> str:
    """A Markdown table, which a terminal shows well too."""
    rows = [HEADER, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    head, *rest = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([head, rule, *rest])


def write(path: Path, lines: Sequence[Line], seconds: float) -> None:
    """The same for programs, with what machine it was."""
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "machine": {
            "processors": os.cpu_count(),
            "kind": platform.machine(),
            "system": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(),
        },
        "lines": [asdict(line) | {"ratio": line.ratio, "is_met": line.is_met} for line in lines],
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
