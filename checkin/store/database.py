"""The connection to the database: who may read, who may write, and when a change is durable.

A use case is one function `work(connection) -> T`, run whole inside one transaction: `read` gives it a
snapshot that can't change anything, `write` may change. A `write` that has begun runs to its end whatever
happens to its caller, and its result is given only after a durable commit. The engines stand in
`database_sqlite` and `database_postgres`; `engines` chooses by the URL.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")

READERS = 4
"""So many use cases read at a time, each on a thread of its own."""


class Database(Protocol):
    """A database: `open()` on a loop, `close()` at the end; commands use it through asyncio.run."""

    @property
    def url(self) -> str:
        """Where it is, as `engines.open_database` takes it."""

    @property
    def retries(self) -> int:
        """How many transactions were lost and tried again, since the start."""

    async def open(self) -> None:
        """Connects. `AppError unavailable` if that can't be."""

    async def close(self) -> None:
        """Finishes what was accepted and lets go. Safe to repeat."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` on one consistent snapshot, on another thread; it can't write."""

    async def read_apart(self, work: Callable[[Connection], T]) -> T:
        """The same for work that takes long, beside those who read."""

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in one transaction; returns after the commit is on disk."""

    async def check(self) -> None:
        """Asks whether a write would be taken now. `AppError unavailable` if not, with the reason."""

    async def write_schema(self, work: Callable[[Connection], T]) -> T:
        """The same for a migration: one at a time, whoever else begins one."""
