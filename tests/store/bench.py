"""The rows of recorded scans without a desk: batches cut as a test likes, on each engine."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import asyncpg
import psycopg
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from badges.credential import Credential, tag_check
from checkin.domain.errors import AppError
from checkin.domain.instants import Instant
from checkin.domain.model import DeviceId
from checkin.domain.scans import DeviceFacts, Outcome, Scan
from checkin.service.scans import Reading, present
from checkin.store.memory import Memory
from checkin.store.scan_log import record_scans, run_at_once, undo_scan
from checkin.store.scan_rows import Reversal
from checkin.store.scans import Batch
from checkin.store.scans_postgres import PostgresRows
from checkin.store.scans_sqlite import SqliteRows
from checkin.store.sqlite_file import transaction
from tests.databases import Engine
from tests.domain.conference import NEXT_DAY, at
from tests.service.venue import DOOR, EVENT, KEYS, KIOSK, find_faults, open_venue, scan_id

T = TypeVar("T")

PEOPLE = 8
REVOKED = DeviceFacts(DeviceId(4), "Kiosk C", KIOSK.role)
OTHER_DOOR = DeviceFacts(DeviceId(5), "Door of A101", DOOR.role, "a101")
AFTERWARDS = at(11, 10)
"""The second slot has ended, with an usher's count in its room: late scans fall before and after both."""

ROWS = {
    "scan": "SELECT * FROM scan ORDER BY seq",
    "presence": "SELECT * FROM presence ORDER BY attendee_id",
    "assignment": "SELECT * FROM assignment ORDER BY attendee_id, slot",
    "tally": "SELECT * FROM tally WHERE n <> 0 ORDER BY event_id, what, key",
    "event_state": "SELECT event_id, agenda_version, last_recorded_at, ticked_at FROM event_state ORDER BY 1",
    "reversal": "SELECT * FROM reversal ORDER BY scan_seq",
    "backoff": "SELECT * FROM backoff ORDER BY key",
}

CHANGED = ("scan", "reversal", "presence", "assignment", "tally", "event_state", "backoff")
"""What examples change, those that others refer to first."""


@dataclass(frozen=True)
class Sent:
    """One scan as it comes in, with what tells its credential's genuineness."""

    scan: Scan
    credential: Credential | None


def sent(device: DeviceFacts, reading: Reading) -> Sent:
    """A reading as the desk presents it."""
    presented = present(device, reading)
    return Sent(presented.scan, presented.credential)


async def make_template(url: str) -> None:
    """People, one cancelled, one badge replaced, one device revoked; the second slot is over."""
    async with open_venue(url, PEOPLE) as venue:
        await venue.execute("UPDATE credential SET replaced_at = 1 WHERE attendee_id = 2")
        await venue.execute(
            "INSERT INTO device VALUES (5, 1, 'Door of A101', 'door', 'a101', NULL, 1, 1, NULL, NULL)"
        )
        for session, ended_at in (
            ("opening", at(9, 30)),
            ("undercover-2", at(11)),
            ("injuries-2", at(11)),
        ):
            closing = (
                "INSERT INTO closing (event_id, session, ended_at, recorded_at) VALUES (1, :session, :at, 1)"
            )
            await venue.execute(closing, session=session, at=ended_at)
        for room, counted_at in (("b204", at(9, 40)), ("a101", at(10, 30)), ("a101", at(11, 5))):
            counting = (
                "INSERT INTO room_count (event_id, room, counted, counted_by, counted_at, until_at) "
                "VALUES (1, :room, 2, 'usher', :at, :until)"
            )
            await venue.execute(counting, room=room, at=counted_at, until=at(0, day=NEXT_DAY))
        await venue.execute("INSERT INTO device VALUES (4, 1, 'Kiosk C', 'kiosk', NULL, NULL, 1, 1, 2, NULL)")
        # Reinstated or not, the counters must be those of a cancelled registration.
        await venue.execute("UPDATE attendee SET is_cancelled = true WHERE id = 4")
        await venue.execute("UPDATE tally SET n = n - 1 WHERE event_id = 1 AND (key = '' OR key = 'law')")


class Bench(Protocol):
    """A database as the template has it, for one example; each batch is one transaction."""

    def record(self, batch: list[Sent], now: Instant) -> list[Outcome | AppError]:
        """Records one batch."""

    def undo(self, name: int) -> str | None:
        """Undoes a scan as an organizer; the code of the error if it can't be."""

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """What is stored, by SQL."""

    def execute(self, statement: str) -> None:
        """Changes it behind everybody's back."""

    def faults(self) -> list[str]:
        """`find_faults` through the ordinary queries."""

    def close(self) -> None:
        """The example is over."""


MakeBench = Callable[[], Bench]


def rows_of(bench: Bench) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that recording scans may change, the version aside."""
    return {table: bench.query(query) for table, query in ROWS.items()}


def batch_of(batch: list[Sent], now: Instant) -> Batch:
    """Scans as the log takes them."""
    credentials = {item.credential.digest: item.credential.raw for item in batch if item.credential}
    return Batch(EVENT, [item.scan for item in batch], credentials, lambda: now, tag_check(KEYS))


def reversal_of(name: int) -> Reversal:
    """An organizer's wish to take a scan back."""
    return Reversal(scan_id(name), None, "x", lambda: at(13))


class FileBench:
    """SQLite: a copy in memory, where transactions and foreign keys are as on the writer."""

    def __init__(self, template: Path) -> None:
        self._raw = sqlite3.connect(":memory:", isolation_level=None)
        self._raw.execute("PRAGMA foreign_keys=ON")
        with sqlite3.connect(template) as source:
            source.backup(self._raw)
        source.close()
        self._memory = Memory()

    def record(self, batch: list[Sent], now: Instant) -> list[Outcome | AppError]:
        work = batch_of(batch, now)
        rows = SqliteRows(self._raw)
        return transaction(self._raw, lambda: run_at_once(record_scans(rows, work, self._memory))).outcomes

    def undo(self, name: int) -> str | None:
        rows = SqliteRows(self._raw)
        try:
            transaction(self._raw, lambda: run_at_once(undo_scan(rows, reversal_of(name), self._memory)))
        except AppError as problem:
            return problem.code
        return None

    def query(self, query: str) -> list[tuple[Any, ...]]:
        return self._raw.execute(query).fetchall()

    def execute(self, statement: str) -> None:
        self._raw.execute(statement)

    def faults(self) -> list[str]:
        engine = create_engine("sqlite://", creator=lambda: self._raw, poolclass=StaticPool)
        with engine.connect() as connection:
            return find_faults(connection)

    def close(self) -> None:
        self._raw.close()


class ServedBench:
    """PostgreSQL: one database for all examples, brought back to what it was before each."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self._connection = self._runner.run(asyncpg.connect(url))
        self._engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
        # What is tested is what is stored, not how long it lasts.
        self.execute("SET synchronous_commit = off; CREATE SCHEMA kept")
        for table in ("event", *CHANGED):
            self.execute(f"CREATE TABLE kept.{table} AS TABLE {table}")
        self._memory = Memory()

    def again(self) -> "ServedBench":
        """The database as it was."""
        back = [f"INSERT INTO {table} SELECT * FROM kept.{table}" for table in CHANGED]
        gone = [f"DELETE FROM {table}" for table in reversed(CHANGED)]
        document = "UPDATE event SET document = k.document FROM kept.event k WHERE event.id = k.id"
        self.execute("; ".join([*gone, *back, document, "ALTER SEQUENCE scan_seq_seq RESTART"]))
        self._memory = Memory()
        return self

    def record(self, batch: list[Sent], now: Instant) -> list[Outcome | AppError]:
        rows, work = PostgresRows(self._connection), batch_of(batch, now)
        return self._runner.run(self._transaction(record_scans(rows, work, self._memory))).outcomes

    def undo(self, name: int) -> str | None:
        rows = PostgresRows(self._connection)
        try:
            self._runner.run(self._transaction(undo_scan(rows, reversal_of(name), self._memory)))
        except AppError as problem:
            return problem.code
        return None

    async def _transaction(self, work: Coroutine[Any, Any, T]) -> T:
        async with self._connection.transaction():
            return await work

    def query(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._runner.run(self._connection.fetch(query))]

    def execute(self, statement: str) -> None:
        self._runner.run(self._connection.execute(statement))

    def faults(self) -> list[str]:
        with self._engine.connect() as connection:
            return find_faults(connection)

    def close(self) -> None:
        pass

    def end(self) -> None:
        """No example comes any more."""
        self._engine.dispose()
        self._runner.run(self._connection.close())
        self._runner.close()


@contextmanager
def benches(engine: Engine, folder: Path) -> Iterator[MakeBench]:
    """Makes benches of an engine for as long as the block runs; one at a time is used."""
    url = engine.create(folder)
    asyncio.run(make_template(url))
    if url.startswith("sqlite"):
        yield partial(FileBench, folder / "checkin.db")
    else:
        bench = ServedBench(url)
        yield bench.again
        bench.end()
    engine.drop(url)
