"""Databases for tests on each engine: with the newest schema, or laid out once and copied for each test.

To migrate or to lay out a database takes longer than most tests, to copy one a twentieth of a second.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import pytest
from sqlalchemy import text

from checkin.store.engines import open_database
from checkin.store.migrate import migrate
from tests.postgres import Server, name_of

T = TypeVar("T")

ENGINES = ("sqlite", "postgresql")
APART = "apart"
"""SQLite where a process of its own records scans."""
SHARED = "shared"
"""PostgreSQL where one process records the scans of several servers."""

MIGRATED = "template"
"""The database on the tests' server that has the newest schema and nothing in it."""


class Engine(Protocol):
    """Makes databases; their addresses are what `--database` takes."""

    def blank(self, folder: Path) -> str:
        """A database that holds nothing, no schema either."""

    def create(self, folder: Path) -> str:
        """A database that holds nothing; it may still have to be migrated."""

    def copy(self, url: str, folder: Path) -> str:
        """A copy of a database that nobody has open."""

    def drop(self, url: str) -> None:
        """Deletes a database, whoever is still in it."""


class Files:
    """SQLite: a database is the file `checkin.db` of a folder, and goes with it."""

    def blank(self, folder: Path) -> str:
        return f"sqlite:///{folder / 'checkin.db'}"

    def create(self, folder: Path) -> str:
        return self.blank(folder)

    def copy(self, url: str, folder: Path) -> str:
        shutil.copy2(url.removeprefix("sqlite:///"), folder / "checkin.db")
        return self.create(folder)

    def drop(self, url: str) -> None:
        pass


class FilesApart(Files):
    """The same, of databases whose scans a process of its own records."""


@dataclass(frozen=True)
class Served:
    """PostgreSQL: databases of the tests' server."""

    server: Server

    def blank(self, folder: Path) -> str:
        return self.server.create()

    def create(self, folder: Path) -> str:
        return self.server.create(MIGRATED)

    def copy(self, url: str, folder: Path) -> str:
        return self.server.create(name_of(url))

    def drop(self, url: str) -> None:
        self.server.drop(url)


class ServedShared(Served):
    """The same, of databases whose scans one process records for several servers."""


def engine_of(request: pytest.FixtureRequest) -> Engine:
    """The engine that a fixture's parameter names."""
    return engine_named(request.param, request)


def engine_named(name: str, request: pytest.FixtureRequest) -> Engine:
    """The engine of a name; the first that needs the server starts it."""
    files = {"sqlite": Files, APART: FilesApart}.get(name)
    if files is not None:
        return files()
    kind = ServedShared if name == SHARED else Served
    return kind(request.getfixturevalue("postgres"))


@contextmanager
def created(engine: Engine) -> Iterator[str]:
    """An empty database for as long as the block runs, for tests that need many."""
    with tempfile.TemporaryDirectory() as folder:
        url = engine.create(Path(folder))
        try:
            yield url
        finally:
            engine.drop(url)


class Template(Generic[T]):
    """A database that is laid out once on each engine and copied for each test.

    `lay_out(url, folder)` fills it and gives what the tests are to know of it.
    """

    def __init__(self, folder: Path, lay_out: Callable[[str, Path], Coroutine[Any, Any, T]]) -> None:
        self._folder = folder
        self._lay_out = lay_out
        self._made: dict[type[Engine], tuple[str, T]] = {}

    def of(self, engine: Engine) -> tuple[str, T]:
        """The template itself, which nobody may change, and what is known of it."""
        kind = type(engine)
        if kind not in self._made:
            folder = self._folder / kind.__name__
            folder.mkdir()
            url = engine.create(folder)
            self._made[kind] = url, asyncio.run(self._lay_out(url, folder))
        return self._made[kind]

    @contextmanager
    def copied(self, engine: Engine, folder: Path) -> Iterator[tuple[str, T]]:
        """A copy for as long as the block runs, and what is known of it."""
        url, known = self.of(engine)
        copy = engine.copy(url, folder)
        try:
            yield copy, known
        finally:
            engine.drop(copy)


async def migrated(url: str) -> None:
    """Gives a database the newest schema."""
    database = open_database(url)
    await database.open()
    await migrate(database)
    await database.close()


async def execute(url: str, statement: str) -> None:
    """Changes a database behind everybody's back."""
    database = open_database(url)
    await database.open()
    await database.write(lambda connection: connection.execute(text(statement)))
    await database.close()
