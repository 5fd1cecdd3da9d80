"""What is counted and timed of the server's own work, in Prometheus' types.

Owns the names, labels and buckets of what this process has done since its start. Must not know the service:
who does the work calls `count_…` or the words of its `Watch`. Labels are routes' templates and fixed words
only, never a value that a caller chose. What is read from the database at a scrape is
`checkin.api.metrics`'.

A scan costs two microseconds in all: the children of labelled metrics are kept in plain dicts, and what
concerns a batch is told once a batch. With `PROMETHEUS_MULTIPROC_DIR` in the environment before the start
the library keeps all values in files there, so that whichever process is asked answers for all.
"""

from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

# When each counter began is a second series for every first one, and nobody asks for it.
disable_created_metrics()  # type: ignore[no-untyped-call]

REQUEST_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
BATCH_SECONDS: Final = (0.0005, *REQUEST_SECONDS)
BATCH_SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 512)
JOB_SECONDS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 300)


class _Route(NamedTuple):
    """The children of one (method, route, status)."""

    requests: Counter
    seconds: Histogram | None


class Metrics:
    """What this server counts. Each application has its own; those of one process never share a registry."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._routes: dict[tuple[str, str, int], _Route] = {}
        self._verdicts: dict[tuple[str, str], Counter] = {}
        self._requests = Counter(
            "checkin_requests_total",
            "Answered requests; status 499: the caller left before the answer.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "checkin_request_seconds",
            "From a request's start to its answer, without streams.",
            ("method", "route"),
            buckets=REQUEST_SECONDS,
            registry=registry,
        )
        self._scans = Counter(
            "checkin_scans_total",
            "Recorded scans by verdict and reason; a retry of a recorded scan is not counted.",
            ("verdict", "reason"),
            registry=registry,
        )
        self._bugs = Counter("checkin_bugs_total", "Requests answered with 500.", registry=registry)
        self._batch_size = Histogram(
            "checkin_batch_size",
            "Scans that were written in one transaction.",
            buckets=BATCH_SIZES,
            registry=registry,
        )
        self._batch_wait = Histogram(
            "checkin_batch_wait_seconds",
            "How long the first scan of a batch waited for the batch before it.",
            buckets=BATCH_SECONDS,
            registry=registry,
        )
        self._batch_seconds = Histogram(
            "checkin_batch_seconds",
            "A batch's transaction, from its begin until it is on disk.",
            buckets=BATCH_SECONDS,
            registry=registry,
        )
        self._commit_seconds = Histogram(
            "checkin_commit_seconds",
            "A batch's commit: from the last statement until it is on disk.",
            buckets=BATCH_SECONDS,
            registry=registry,
        )
        self._job_seconds = Histogram(
            "checkin_job_seconds",
            "Jobs in a process of their own: plan, reroute, fold.",
            ("job",),
            buckets=JOB_SECONDS,
            registry=registry,
        )
        self._unanswered = Gauge(
            "checkin_scans_unanswered",
            "Scans that were accepted and are not answered yet.",
            multiprocess_mode="livesum",
            registry=registry,
        )

    # ---- requests

    def count_request(self, method: str, route: str, status: int, seconds: float, is_stream: bool) -> None:
        """One answered request."""
        known = self._routes.get((method, route, status))
        if known is None:
            requests = self._requests.labels(method, route, str(status))
            timed = None if is_stream else self._seconds.labels(method, route)
            known = self._routes[method, route, status] = _Route(requests, timed)
        known.requests.inc()
        if known.seconds is not None:
            known.seconds.observe(seconds)

    def count_scan(self, verdict: str, reason: str) -> None:
        """One recorded scan."""
        counter = self._verdicts.get((verdict, reason))
        if counter is None:
            counter = self._verdicts[verdict, reason] = self._scans.labels(verdict, reason)
        counter.inc()

    def count_bug(self) -> None:
        """One request that was answered with 500."""
        self._bugs.inc()

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

    # ---- what is so at this moment

    def set_unanswered(self, scans: int) -> None:
        """How many accepted scans wait for their answer."""
        self._unanswered.set(scans)
