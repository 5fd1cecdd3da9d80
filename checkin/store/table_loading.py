"""Rows into empty tables, as each engine takes them fastest, and what has to follow.

A row that an engine can't hold is named by its key and column, never by what stands in it.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, select, text

from checkin.domain.errors import AppError, FieldProblem, invalid
from checkin.store.failures import cause_of
from checkin.store.table_rows import Row, key_of

# Names of tables and columns are the schema's own: nothing from outside gets into a statement's text.
# ruff: noqa: S608


def load_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Inserts rows as `table_rows` gives them. `AppError invalid` names one that the engine refuses."""
    if connection.dialect.name == "postgresql":
        _load_postgres(connection, table, rows)
    else:
        places = ", ".join("?" * len(table.columns))
        statement = (
            f"INSERT INTO {_name(connection, table)} ({_columns(connection, table)}) VALUES ({places})"
        )
        connection.exec_driver_sql(statement, list(rows))


def lock_tables(connection: Connection, tables: Sequence[Table]) -> None:
    """Keeps everybody else from writing to them until the transaction ends; they may read."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyhow
        names = ", ".join(_name(connection, table) for table in tables)
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def restart_numbering(connection: Connection, table: Table) -> None:
    """Lets the engine number new rows after those that were loaded; SQLite does by itself."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        query = select(func.pg_get_serial_sequence(_name(connection, table), column.name))
        sequence = connection.execute(query).scalar()
        if sequence is not None:
            last = connection.execute(select(func.max(column))).scalar() or 0
            # Unlike setval() it is taken back where the transaction is.
            connection.execute(text(f"ALTER SEQUENCE {sequence} RESTART WITH {last + 1}"))


def _load_postgres(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    from psycopg import Error

    _refuse_nul(table, rows)
    statement = f"COPY {_name(connection, table)} ({_columns(connection, table)}) FROM STDIN"
    raw: Any = connection.connection.driver_connection
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except Error as problem:
        if (problem.sqlstate or "")[:2] not in ("22", "23"):  # neither data nor constraint
            raise AppError("unavailable", f"the database: {cause_of(problem)}") from problem
        raise _refused(table, rows, problem.diag.context, cause_of(problem)) from None


def _refuse_nul(table: Table, rows: Sequence[Row]) -> None:
    for row in rows:
        names = [
            column.name
            for column, value in zip(table.columns, row, strict=True)
            if isinstance(value, str) and "\0" in value
        ]
        if names:
            raise invalid(
                f"{table.name} {_words(table, row)}: {', '.join(names)} holds a NUL character, which "
                "PostgreSQL can't; write it anew where you copy from, and copy again",
                [FieldProblem("in SQLite", _cure(table, row, names))],
            )


def _cure(table: Table, row: Row, columns: Sequence[str]) -> str:
    changes = ", ".join(f"\"{name}\" = 'NEW TEXT'" for name in columns)
    where = " AND ".join(f'"{name}" = {_literal(value)}' for name, value in key_of(table, row).items())
    return f'UPDATE "{table.name}" SET {changes} WHERE {where}'


def _literal(value: object) -> str:
    if isinstance(value, str):
        return f"CAST({_literal(value.encode())} AS TEXT)"
    return f"x'{value.hex()}'" if isinstance(value, bytes) else str(value)


def _refused(table: Table, rows: Sequence[Row], context: str | None, why: str) -> AppError:
    """The row that the server complained of: `COPY attendee, line 3, column county: …`."""
    found = re.match(r"COPY \S+, line (\d+)(?:, column (\w+))?", context or "")
    row = rows[int(found[1]) - 1] if found and int(found[1]) <= len(rows) else None
    where = f" {_words(table, row)}" if row is not None else ""
    column = f", {found[2]}" if found and found[2] else ""
    return invalid(f"{table.name}{where}{column}: {why}; mend it where you copy from, and copy again")


def _words(table: Table, row: Row) -> str:
    def shown(value: object) -> object:
        return value.hex() if isinstance(value, bytes) else ascii(value) if isinstance(value, str) else value

    return ", ".join(f"{name} {shown(value)}" for name, value in key_of(table, row).items())


def _name(connection: Connection, table: Table) -> str:
    return connection.dialect.identifier_preparer.quote(table.name)


def _columns(connection: Connection, table: Table) -> str:
    return ", ".join(connection.dialect.identifier_preparer.quote(one.name) for one in table.columns)
