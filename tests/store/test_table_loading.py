"""Loading rows into PostgreSQL: what it refuses is told without what stands in it."""

import pytest
from sqlalchemy import text

from checkin.domain.errors import AppError
from checkin.store.database import Database
from checkin.store.table_loading import load_rows
from checkin.store.table_rows import list_tables

NAME = "Ana Ruiz <ana@example.org>"
TABLES = {table.name: table for table in list_tables()}
RAISING = """
    CREATE FUNCTION raising() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'at 10.0.0.1: %', NEW.value USING ERRCODE = '{}'; END $$;
    CREATE TRIGGER raising BEFORE INSERT ON setting FOR EACH ROW EXECUTE FUNCTION raising()
"""
pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


async def test_a_value_of_another_kind_is_not_quoted(database: Database) -> None:
    table = TABLES["scan"]
    row = tuple(NAME if column.name == "event_id" else None for column in table.columns)
    with pytest.raises(AppError) as refused:
        await database.write(lambda connection: load_rows(connection, table, [row]))
    assert refused.value.code == "invalid"
    assert "event_id: a value is not what it has to be (SQLSTATE 22P02); mend it" in refused.value.message
    assert "Ana" not in refused.value.message


@pytest.mark.parametrize(
    ("state", "code", "told"),
    [
        ("22003", "invalid", "a number is out of range (SQLSTATE 22003)"),
        ("23514", "invalid", "a rule of the schema is broken (SQLSTATE 23514)"),
        ("53100", "unavailable", "the database: the server's disk is full (SQLSTATE 53100)"),
        ("XX000", "unavailable", "the database: InternalError_ (SQLSTATE XX000)"),
    ],
)
async def test_what_a_server_says_of_a_row_is_told_in_our_words(
    database: Database, state: str, code: str, told: str
) -> None:
    await database.write(lambda connection: connection.execute(text(RAISING.format(state))))
    rows = [("key", NAME)]
    with pytest.raises(AppError) as refused:
        await database.write(lambda connection: load_rows(connection, TABLES["setting"], rows))
    assert refused.value.code == code
    assert told in refused.value.message
    assert "Ana" not in refused.value.message
    assert "10.0" not in refused.value.message
