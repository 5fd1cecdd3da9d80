"""A venue of its own for each test, on each engine; whatever a test did there, the database must add up."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.databases import Engine, FilesApart, ServedShared, Template
from tests.postgres import Server
from tests.service.recording import recording
from tests.service.venue import PEOPLE, Venue, open_venue


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template[None]:
    """The venue that every test gets a copy of."""

    async def lay_out(url: str, _folder: Path) -> None:
        async with open_venue(url, PEOPLE):
            pass

    return Template(tmp_path_factory.mktemp("venue"), lay_out)


@pytest.fixture
def venue_url(engine: Engine, template: Template[None], tmp_path: Path) -> Iterator[str]:
    """The address of a laid-out database of the test's own."""
    with template.copied(engine, tmp_path) as (url, _):
        yield url


@pytest.fixture
async def venue(venue_url: str, engine: Engine) -> AsyncIterator[Venue]:
    async with AsyncExitStack() as stack:
        shared = None
        if isinstance(engine, ServedShared):
            shared = (await stack.enter_async_context(recording(venue_url))).path
        is_apart = isinstance(engine, FilesApart)
        opened = await stack.enter_async_context(open_venue(venue_url, is_apart=is_apart, shared=shared))
        yield opened
        assert await opened.faults() == []


@pytest.fixture(params=["sqlite", "postgresql"])
def target_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where to copy to: nothing is there yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'target.db'}"
        return
    server: Server = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def bare_postgres(postgres: Server) -> Iterator[str]:
    """An empty PostgreSQL database, without any schema."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database that is not there yet."""
    return f"sqlite:///{tmp_path / 'checkin.db'}"
