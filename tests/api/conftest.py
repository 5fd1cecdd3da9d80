"""A server or a terminal of its own for each test, on a copy of one furnished database."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.api.hall import Hall, People, copy_of, furnish, open_hall
from tests.api.terminal import Terminal


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, People]:
    """The database that every test gets a copy of."""
    folder = tmp_path_factory.mktemp("furnished")
    return folder, asyncio.run(furnish(folder))


@pytest_asyncio.fixture
async def hall(furnished: tuple[Path, People], tmp_path: Path) -> AsyncIterator[Hall]:
    """A server at 07:45 of the conference's day; four people are registered."""
    folder, people = furnished
    copy_of(folder, tmp_path)
    async with open_hall(tmp_path, people) as opened:
        yield opened


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """An empty folder."""
    return Terminal(tmp_path)


@pytest.fixture
def furnished_terminal(tmp_path: Path, furnished: tuple[Path, People]) -> Terminal:
    """A folder with the conference and four people."""
    copy_of(furnished[0], tmp_path)
    return Terminal(tmp_path)
