"""Whole tables as plain rows, alike on both engines: what is moved, and what is compared afterwards.

A row is a tuple of None, bool, int, str and bytes in the order of the table's columns; JSON is its text as it
is stored. Rows come in the order of their key, texts byte by byte, whatever an engine's collation says. A new
table needs nothing here.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from msgspec.msgpack import encode
from sqlalchemy import JSON, ColumnElement, Connection, Table, Text, cast, collate, func, select

from checkin.store import schema, schema_day  # noqa: F401 - they put the tables into the metadata
from checkin.store.schema_base import metadata

Row: TypeAlias = tuple[Any, ...]

CHUNK: Final = 5_000
"""So many rows are in memory at a time."""


def list_tables() -> Sequence[Table]:
    """Every table, those that others refer to first."""
    return metadata.sorted_tables


def count_rows(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def stream_rows(connection: Connection, table: Table) -> Iterator[list[Row]]:
    """All rows, in chunks."""
    query = select(*map(_plain, table.columns)).order_by(*(_by_bytes(connection, one) for one in _key(table)))
    result = connection.execute(query, execution_options={"yield_per": CHUNK})
    for part in result.partitions():
        yield [tuple(row) for row in part]


def key_of(table: Table, row: Row) -> dict[str, Any]:
    """The columns by which a row is found, with its values."""
    names = {column.name for column in _key(table)}
    return {
        column.name: value for column, value in zip(table.columns, row, strict=True) if column.name in names
    }


class Tally:
    """Counts rows and makes one digest (SHA-256) of them, which depends on their order."""

    def __init__(self) -> None:
        self.rows = 0
        self._digest = hashlib.sha256()

    def add(self, rows: Iterable[Row]) -> None:
        """Takes the next rows in."""
        for row in rows:
            self._digest.update(encode(row))
            self.rows += 1

    @property
    def digest(self) -> str:
        """64 hexadecimal digits."""
        return self._digest.hexdigest()


def _key(table: Table) -> list[Any]:
    return list(table.primary_key.columns)


def _plain(column: Any) -> ColumnElement[Any]:
    # Read as JSON it would be written anew, and no more be the text that was stored.
    return cast(column, Text) if isinstance(column.type, JSON) else column


def _by_bytes(connection: Connection, column: Any) -> ColumnElement[Any]:
    is_ordered_by_language = connection.dialect.name == "postgresql" and isinstance(column.type, Text)
    return collate(column, "C") if is_ordered_by_language else column
