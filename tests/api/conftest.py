"""A server or a terminal of its own for each test, on a copy of one furnished database, on each engine.

Tests of the form of requests and answers (`test_errors`, `test_openapi`) and of how commands read their words
run on SQLite alone: what they look at happens before any statement, and there are hundreds of them.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.api.hall import Furnished, Hall, People, furnish, furnished_on, open_hall
from tests.api.terminal import Terminal
from tests.databases import Engine, Template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template[People]:
    """The database that every test gets a copy of."""
    return Template(tmp_path_factory.mktemp("furnished"), furnish)


@pytest.fixture
def furnished(engine: Engine, template: Template[People], tmp_path: Path) -> Iterator[Furnished]:
    """A database with the conference and four people."""
    with furnished_on(engine, template, tmp_path) as copy:
        yield copy


@pytest_asyncio.fixture
async def hall(furnished: Furnished) -> AsyncIterator[Hall]:
    """A server at 07:45 of the conference's day; four people are registered."""
    async with open_hall(furnished) as opened:
        yield opened


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """An empty folder."""
    return Terminal(tmp_path)


@pytest.fixture
def furnished_terminal(tmp_path: Path, furnished: Furnished) -> Terminal:
    """A folder with the conference and four people."""
    return Terminal(tmp_path, furnished.settings.database)
