"""What the service tells whoever watches over it: how batches of scans and long jobs go.

Owns the words only. Must not know who listens, nor how it is shown.
"""

from typing import Protocol


class Watch(Protocol):
    """Hears how the service fares, on its loop. Nothing here may wait or raise."""

    def batch_taken(self, size: int, waited_seconds: float) -> None:
        """So many scans go into one batch; the first of them has waited so long."""

    def batch_written(self, seconds: float, commit_seconds: float) -> None:
        """A batch is on disk: how long its transaction took, and of that its commit."""

    def job_done(self, job: str, seconds: float) -> None:
        """A long job has ended in its own process, well or not."""


class Unwatched:
    """Nobody listens."""

    def batch_taken(self, size: int, waited_seconds: float) -> None:
        """As `Watch` has it."""

    def batch_written(self, seconds: float, commit_seconds: float) -> None:
        """As `Watch` has it."""

    def job_done(self, job: str, seconds: float) -> None:
        """As `Watch` has it."""
