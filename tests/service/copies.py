"""Copying as tests do it: nobody watches, and why it was refused."""

import pytest
from sqlalchemy import (
    inspect,
)

from checkin.domain.errors import AppError
from checkin.service.copying import Copy, copy_database
from checkin.store.engines import read_once


async def copied(source: str, target: str) -> Copy:
    """A copy that nobody watches."""
    return await copy_database(source, target, lambda _stage, _done, _of: None)


async def refusal(source: str, target: str) -> str:
    """Why a copy was refused."""
    with pytest.raises(AppError) as caught:
        await copied(source, target)
    return " ".join([caught.value.message, *(one.problem for one in caught.value.errors)])


def tables_in(url: str) -> list[str]:
    """The tables that a database has."""
    return read_once(url, lambda connection: sorted(inspect(connection).get_table_names()))
