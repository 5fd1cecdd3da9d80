"""A few counters in Prometheus' text format.

Owns their names. Labels are route templates and fixed words only: never a value that a caller chose.
"""

from collections import Counter
from collections.abc import Callable, Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The counters of this process since its start."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.seconds: Counter[tuple[str, str]] = Counter()
        self.scans: Counter[tuple[str, str]] = Counter()
        self.bugs = 0

    def count_request(self, method: str, route: str, status: int, microseconds: int) -> None:
        """One answered request."""
        self.requests[method, route, status] += 1
        self.seconds[method, route] += microseconds

    def text(self, gauges: Mapping[str, tuple[str, Callable[[], int]]]) -> str:
        """All of it; `gauges` are name → (help, reader)."""
        lines = _head("checkin_requests_total", "counter", "Answered requests.")
        for (method, route, status), n in sorted(self.requests.items()):
            labels = f'method="{method}",route="{route}",status="{status}"'
            lines.append(f"checkin_requests_total{{{labels}}} {n}")
        lines += _head("checkin_request_seconds_total", "counter", "Time spent on answered requests.")
        for (method, route), microseconds in sorted(self.seconds.items()):
            labels = f'method="{method}",route="{route}"'
            lines.append(f"checkin_request_seconds_total{{{labels}}} {microseconds / 1e6:.6f}")
        lines += _head("checkin_scans_total", "counter", "Recorded scans by verdict and reason.")
        for (verdict, reason), n in sorted(self.scans.items()):
            lines.append(f'checkin_scans_total{{verdict="{verdict}",reason="{reason}"}} {n}')
        lines += _head("checkin_bugs_total", "counter", "Requests answered with 500.")
        lines.append(f"checkin_bugs_total {self.bugs}")
        for name, (text, read) in gauges.items():
            lines += [*_head(name, "gauge", text), f"{name} {read()}"]
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
