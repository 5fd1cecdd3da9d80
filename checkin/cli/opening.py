"""Opening what commands work on, and the words for what is not there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from checkin.app import open_services
from checkin.config import Settings
from checkin.domain.errors import AppError
from checkin.service.services import Services
from checkin.store.database_sqlite import sqlite_path
from checkin.store.engines import is_postgres


@asynccontextmanager
async def existing(settings: Settings) -> AsyncIterator[Services]:
    """The services of a database that must be there: a mistyped name makes no new one."""
    path = None if is_postgres(settings.database) else sqlite_path(settings.database)
    if path is not None and not path.exists():
        raise AppError("not_found", f"there is no database {path}; name it by --database or CHECKIN_DATABASE")
    async with open_services(settings) as services:
        yield services


def columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Lines whose columns stand below each other."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))] if rows else []
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
