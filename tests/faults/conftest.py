"""A conference on PostgreSQL for each test that serves one by several processes."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.town import Town, copy_of, found_town
from tests.postgres import Server


@pytest.fixture(scope="session")
def first_town(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """The town that every test gets a copy of."""
    return asyncio.run(found_town(postgres.create("template"), tmp_path_factory.mktemp("town")))


@pytest.fixture
def town(postgres: Server, first_town: Town, tmp_path: Path) -> Iterator[Town]:
    """The demo's conference with people and devices; nobody serves it yet."""
    copied = copy_of(first_town, postgres, tmp_path)
    yield copied
    postgres.drop(copied.database)
