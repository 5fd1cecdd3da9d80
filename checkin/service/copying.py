"""A whole database into an empty one, of the same engine or the other: wholly or not at all.

Everything goes in one transaction on the new database, and stays only where every table, read back within it,
gives the rows that were read from the old one. The old one is never changed.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, inspect

from checkin.domain.errors import AppError, conflict, invalid
from checkin.store.addresses import shown_address
from checkin.store.database_sqlite import sqlite_path
from checkin.store.engines import count_others, is_postgres, open_database, read_alone
from checkin.store.migrate import HEAD, find_revision, upgrade
from checkin.store.table_loading import load_rows, lock_tables, restart_numbering
from checkin.store.table_rows import Tally, count_rows, list_tables, stream_rows

Progress = Callable[[str, int, int], None]
"""Told of what is done, how many rows of it, of how many."""

COPYING: Final = "copying"
COMPARING: Final = "comparing"


@dataclass(frozen=True, slots=True)
class Compared:
    """One table: how many rows, and which digest, the old and the new database have."""

    table: str
    rows: tuple[int, int]
    digests: tuple[str, str]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return self.rows[0] == self.rows[1] and self.digests[0] == self.digests[1]


@dataclass(frozen=True, slots=True)
class Copy:
    """What was copied. `others`: other connections to the old database, whose later writes are not in it."""

    tables: Sequence[Compared]
    others: int


class CopyDiffers(AppError):  # noqa: N818 - it says what happened
    """The new database did not hold what was written to it, and is as it was before."""

    def __init__(self, tables: Sequence[Compared]) -> None:
        self.tables = tables
        names = ", ".join(one.table for one in tables if not one.is_same)
        super().__init__("conflict", f"the copy differs in {names}; it was taken back, nothing was stored")


async def copy_database(source: str, target: str, progress: Progress) -> Copy:
    """Copies everything; gives the comparison of every table.

    An SQLite file must not be in use meanwhile. A server may work on a PostgreSQL database: the copy is of
    one moment. `AppError` if the old one has another schema or the new one is not empty: nothing was stored.
    Whoever is cancelled has nothing stored either.
    """
    if _place(source) == _place(target):
        raise invalid(f"{shown_address(source)}: a database can't be copied into itself")
    await asyncio.to_thread(read_alone, source, _check_source)
    made = None if is_postgres(target) or sqlite_path(target).exists() else sqlite_path(target)
    stopped = threading.Event()

    def tell(stage: str, done: int, of: int) -> None:
        if stopped.is_set():
            raise AppError("unavailable", "stopped; nothing was stored")
        progress(stage, done, of)

    def work(connection: Connection) -> Copy:
        return read_alone(source, lambda old: _copy(old, connection, tell))

    database = open_database(target)
    try:
        await database.open()
        return await database.write_schema(work)
    except BaseException:
        stopped.set()
        await database.close()
        if made is not None:
            _delete(made)
        raise
    finally:
        await database.close()


def _delete(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{path}{ending}").unlink()


def _place(url: str) -> str:
    return url if is_postgres(url) else str(sqlite_path(url).resolve())


def _check_source(connection: Connection) -> None:
    revision = find_revision(connection)
    if revision is None:
        raise invalid("the database to copy from holds nothing of this program")
    if revision != HEAD:
        raise conflict(
            f"the database to copy from has schema {revision}, this program {HEAD}: bring it up to date "
            "first, by `checkin migrate --database FROM` (or update this program, if the database is newer)"
        )


def _copy(source: Connection, target: Connection, progress: Progress) -> Copy:
    _check_source(source)
    others = count_others(source)
    tables = list_tables()
    _prepare(target, tables)
    read = _load(source, target, tables, progress)
    found = _read_back(target, tables, progress)
    compared = tuple(
        Compared(
            table.name,
            (read[table.name].rows, found[table.name].rows),
            (read[table.name].digest, found[table.name].digest),
        )
        for table in tables
    )
    if not all(one.is_same for one in compared):
        raise CopyDiffers(compared)
    return Copy(compared, others)


def _prepare(target: Connection, tables: Sequence[Table]) -> None:
    """The newest schema, empty and held against other writers."""
    names = inspect(target).get_table_names()
    if names and find_revision(target) is None:
        raise conflict(
            f"the database to copy to holds tables of something else ({', '.join(sorted(names)[:5])})"
        )
    upgrade(target)
    lock_tables(target, tables)
    for table in tables:
        rows = count_rows(target, table)
        if rows:
            raise conflict(
                f"the database to copy to is not empty ({table.name}: {rows} row{'s' if rows > 1 else ''}); "
                "name an empty one"
            )


def _load(
    source: Connection, target: Connection, tables: Sequence[Table], progress: Progress
) -> dict[str, Tally]:
    of = sum(count_rows(source, table) for table in tables)
    tallies = {table.name: Tally() for table in tables}
    done = 0
    for table in tables:
        for rows in stream_rows(source, table):
            tallies[table.name].add(rows)
            load_rows(target, table, rows)
            done += len(rows)
            progress(COPYING, done, of)
        restart_numbering(target, table)
    return tallies


def _read_back(target: Connection, tables: Sequence[Table], progress: Progress) -> dict[str, Tally]:
    of = sum(count_rows(target, table) for table in tables)
    tallies = {table.name: Tally() for table in tables}
    done = 0
    for table in tables:
        for rows in stream_rows(target, table):
            tallies[table.name].add(rows)
            done += len(rows)
            progress(COMPARING, done, of)
    return tallies
