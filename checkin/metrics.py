"""What is counted and timed of the server's own work, in Prometheus' types.

Owns the names, labels and buckets of what this process has done since its start. Must not know the service:
who does the work calls `count_…` or the words of its `Watch`. Labels are routes' templates and fixed words
only, never a value that a caller chose. What is read from the database at a scrape is
`checkin.api.metrics`'.

A scan costs two microseconds in all: counters are plain numbers that are handed over now and then, and what
concerns a batch is told once a batch. With `PROMETHEUS_MULTIPROC_DIR` in the environment before the start
the library keeps all values in files there, so that whichever process is asked answers for all.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

# When each counter began is a second series for every first one, and nobody asks for it.
disable_created_metrics()  # type: ignore[no-untyped-call]

Mode = Literal["livesum", "livemin", "livemax"]
"""What is told of a gauge that several living processes have."""

REQUEST_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
BATCH_SECONDS: Final = (0.0005, *REQUEST_SECONDS)
BATCH_SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 512)
JOB_SECONDS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 300)


_RETRIES: Final = ("checkin_transactions_retried", "Transactions that were lost and tried again.")


class Sum:
    """A counter kept as a plain number, which costs next to nothing, and handed over now and then."""

    __slots__ = ("_counter", "_handed_over", "n")

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._handed_over = 0
        self.n = 0

    def hand_over(self) -> None:
        """Adds what has come since the last time."""
        if self.n > self._handed_over:
            self._counter.inc(self.n - self._handed_over)
            self._handed_over = self.n


class _Route(NamedTuple):
    """What is kept of one (method, route, status)."""

    requests: Sum
    seconds: Histogram | None


class Metrics:
    """What this server counts; each application has its own. `folder`: where several processes share theirs.

    `hand_over` is due before each scrape, and now and then where others may be scraped.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.registry = CollectorRegistry()
        self._folder = folder
        self._sums: list[Sum] = []
        self._routes: dict[tuple[str, str, int], _Route] = {}
        self._verdicts: dict[tuple[str, str], Sum] = {}
        self._count_work()
        self._time_batches()
        self._show_the_moment()
        self._processes = None if folder is None else _Processes(self.registry)
        if folder is None:
            ProcessCollector(registry=self.registry)

    def _count_work(self) -> None:
        self._requests = self._counter(
            "checkin_requests",
            "Answered requests; status 499: the caller left before the answer.",
            "method",
            "route",
            "status",
        )
        self._scans = self._counter(
            "checkin_scans",
            "Recorded scans by verdict and reason; a retry of a recorded scan is none.",
            "verdict",
            "reason",
        )
        self.bugs = self._sum("checkin_bugs", "Requests and scans that failed by a mistake of the server.")
        self.frames = self._sum("checkin_frames", "Frames sent, one for each board that got it.")
        self.boards_cut_off = self._sum(
            "checkin_boards_cut_off", "Boards given up because they read too slowly."
        )
        self.retries = self._sum(*_RETRIES)

    def _time_batches(self) -> None:
        self._seconds = self._histogram(
            "checkin_request_seconds",
            "From a request's start to its answer; streams are left out.",
            REQUEST_SECONDS,
            "method",
            "route",
        )
        self._batch_size = self._histogram(
            "checkin_batch_size", "Scans that a process has written in one transaction.", BATCH_SIZES
        )
        self._batch_wait = self._histogram(
            "checkin_batch_wait_seconds",
            "How long the first scan of a batch waited for the batch before it.",
            BATCH_SECONDS,
        )
        self._batch_seconds = self._histogram(
            "checkin_batch_seconds",
            "From when a batch is given to be recorded until it is on disk.",
            BATCH_SECONDS,
        )
        self._commit_seconds = self._histogram(
            "checkin_commit_seconds",
            "A batch's commit, from its last statement until it is on disk.",
            BATCH_SECONDS,
        )
        self._job_seconds = self._histogram(
            "checkin_job_seconds", "Jobs in a process of their own: plan, reroute, fold.", JOB_SECONDS, "kind"
        )

    def _show_the_moment(self) -> None:
        self.unanswered = self._gauge(
            "checkin_scans_unanswered", "Scans accepted and not answered yet.", "livesum"
        )
        self.boards = self._gauge("checkin_boards", "Boards connected now.", "livesum")
        self.is_ready = self._gauge(
            "checkin_ready", "1: work may be sent here, as /readyz has it.", "livemin"
        )
        self.is_database_up = self._gauge(
            "checkin_database_up", "1: the database answers and takes writes.", "livemin"
        )

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self.registry)

    def _sum(self, name: str, about: str) -> Sum:
        return self._summed(self._counter(name, about))

    def _summed(self, counter: Counter) -> Sum:
        self._sums.append(Sum(counter))
        return self._sums[-1]

    def _histogram(self, name: str, about: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(name, about, labels, buckets=buckets, registry=self.registry)

    def _gauge(self, name: str, about: str, mode: Mode) -> Gauge:
        return Gauge(name, about, multiprocess_mode=mode, registry=self.registry)

    # ---- requests

    def count_request(self, method: str, route: str, status: int, seconds: float, is_stream: bool) -> None:
        """One answered request."""
        known = self._routes.get((method, route, status))
        if known is None:
            requests = self._summed(self._requests.labels(method, route, str(status)))
            timed = None if is_stream else self._seconds.labels(method, route)
            known = self._routes[method, route, status] = _Route(requests, timed)
        known.requests.n += 1
        if known.seconds is not None:
            known.seconds.observe(seconds)

    def count_scan(self, verdict: str, reason: str) -> None:
        """One recorded scan."""
        known = self._verdicts.get((verdict, reason))
        if known is None:
            known = self._verdicts[verdict, reason] = self._summed(self._scans.labels(verdict, reason))
        known.n += 1

    # ---- what the service tells (its `Watch`)

    def batch_taken(self, size: int, waited_seconds: float) -> None:
        """So many scans go into one batch; the first of them has waited so long."""
        self._batch_size.observe(size)
        self._batch_wait.observe(waited_seconds)

    def batch_written(self, seconds: float, commit_seconds: float) -> None:
        """A batch is on disk: how long its transaction took, and of that its commit."""
        self._batch_seconds.observe(seconds)
        self._commit_seconds.observe(commit_seconds)

    def job_done(self, job: str, seconds: float) -> None:
        """A long job has ended in its own process, well or not."""
        self._job_seconds.labels(job).observe(seconds)

    # ---- telling

    def hand_over(self) -> None:
        """Gives the sums, and in company this process's own figures, to what a scrape reads. For the loop."""
        for one in self._sums:
            one.hand_over()
        if self._processes is not None:
            self._processes.look()

    def text(self, more: Collector) -> bytes:
        """All of it in Prometheus' text format, with what `more` gives. For any thread."""
        others = CollectorRegistry()
        others.register(more)
        if self._folder is None:
            return generate_latest(self.registry) + generate_latest(others)
        MultiProcessCollector(others, path=str(self._folder))  # type: ignore[no-untyped-call]
        return generate_latest(others)


class ScanProcessMetrics:
    """What the process that records scans for several servers adds to their figures, in their folder."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._retries = Sum(Counter(*_RETRIES, registry=registry))
        self._processes = _Processes(registry)

    def count(self, retries: int) -> None:
        """So many transactions were tried again, since the start."""
        self._retries.n = retries
        self._retries.hand_over()
        self._processes.look()


class _Processes:
    """The library's figures of one process, summed over several under the same names."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, about: str, mode: Mode) -> Gauge:
            return Gauge(name, about, multiprocess_mode=mode, registry=registry)

        self._gauges = {
            "process_resident_memory_bytes": gauge(
                "process_resident_memory_bytes",
                "Memory, all processes; shared pages count in each.",
                "livesum",
            ),
            "process_start_time_seconds": gauge(
                "process_start_time_seconds", "When the youngest process began.", "livemax"
            ),
            "process_open_fds": gauge("process_open_fds", "Open files, all processes.", "livesum"),
        }
        self._cpu = Counter("process_cpu_seconds", "Processor time, all processes.", registry=registry)
        self._cpu_seconds = 0.0
        self._own = ProcessCollector(registry=None)

    def look(self) -> None:
        """Reads this process's figures."""
        found = {sample.name: sample.value for family in self._own.collect() for sample in family.samples}
        for name, gauge in self._gauges.items():
            if name in found:
                gauge.set(found[name])
        seconds = found.get("process_cpu_seconds_total", 0.0)
        if seconds > self._cpu_seconds:
            self._cpu.inc(seconds - self._cpu_seconds)
            self._cpu_seconds = seconds
