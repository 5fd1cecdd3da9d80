"""What is told of a database's errors: enough to mend it, nothing of a row, a user or a password."""

import asyncio
import socket
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from checkin.domain.errors import AppError
from checkin.store.database import Database
from checkin.store.database_postgres import PostgresDatabase
from checkin.store.engines import open_database, read_once
from checkin.store.failures import cause_of, is_failure, unavailable
from tests.postgres import Server

NAME = "Ana Ruiz <ana@example.org>"
SECRET = "s3cret"
ON_POSTGRES = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


async def by_queries(database: Database, statement: str) -> None:
    """As ordinary use cases work, with the name for `:name`."""
    await database.write(lambda c: c.execute(text(statement), {"name": NAME}))


async def by_batches(database: Database, statement: str) -> None:
    """As scans are recorded, where that is another driver."""
    if not isinstance(database, PostgresDatabase):
        return await by_queries(database, statement)
    async with database.scan_transaction(10) as connection:
        await connection.execute(statement.replace(":name", f"'{NAME}'"))


Way = Callable[[Database, str], Awaitable[None]]
ways = pytest.mark.parametrize("way", [by_queries, by_batches])


async def caught(work: Awaitable[None]) -> Exception:
    """What was raised."""
    try:
        await work
    except Exception as problem:
        return problem
    pytest.fail("nothing was raised")


@ways
async def test_a_row_that_is_there_already_is_told_without_what_is_in_it(
    database: Database, way: Way
) -> None:
    await by_queries(database, "INSERT INTO setting VALUES (:name, 'x')")
    problem = await caught(way(database, "INSERT INTO setting VALUES (:name, 'x')"))
    assert NAME in str(problem) + str(getattr(problem, "orig", "")) + repr(getattr(problem, "params", "")), (
        "the driver's own words do quote it, or SQLAlchemy's"
    )
    assert is_failure(problem)
    told = cause_of(problem)
    assert NAME not in told
    assert "setting" in told, "which rule it is, is told"
    assert "\n" not in told


@ON_POSTGRES
@ways
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT CAST(:name AS bigint)", "(SQLSTATE 22P02)"),
        ("INSERT INTO setting (key) VALUES (:name)", "a rule of the schema is broken (SQLSTATE 23502)"),
        ("INSERT INTO tally VALUES (99, :name, '', 1)", "(SQLSTATE 23503, fk_tally_event_id)"),
        ("INSERT INTO tally VALUES (99, :name, '', -1)", "(SQLSTATE 23514, ck_tally_not_negative)"),
    ],
)
async def test_what_breaks_a_rule_is_told_by_the_rule_alone(
    database: Database, way: Way, statement: str, told: str
) -> None:
    problem = await caught(way(database, statement))
    assert cause_of(problem).endswith(told)
    assert NAME not in cause_of(problem)


@ON_POSTGRES
async def test_a_server_that_is_not_there_is_told_in_one_line(engine: object, postgres: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    addresses = {
        f"postgresql://ana:{SECRET}@127.0.0.1:{port}/checkin": "connection refused",
        f"postgresql://ana:{SECRET}@no.such.host.invalid/checkin": "there is no host of that name",
        f"postgresql://ana:{SECRET}@/checkin?host=/nowhere": "no server listens at that socket",
        f"{postgres.url('nowhere')}&password={SECRET}": "the server has no such database or user",
    }
    for address, told in addresses.items():
        database = open_database(address)
        problem = await caught(database.open())
        await database.close()
        check_told(problem, told)
        check_told(
            await caught(asyncio.to_thread(read_once, address, lambda c: c.execute(text("SELECT 1")))), told
        )


def check_told(problem: Exception, told: str) -> None:
    """One line with these words, and nothing of the address in it."""
    assert isinstance(problem, AppError)
    assert problem.code == "unavailable"
    assert problem.message.count("\n") == 0
    assert told in problem.message
    for word in (SECRET, "ana", "127.0.0.1", "nowhere", "example"):
        assert word not in problem.message


def test_an_unavailable_database_of_files_says_what_sqlite_says(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="unable to open database file"):
        read_once(f"sqlite:///{tmp_path}/no/such.db", lambda c: c.execute(text("SELECT 1")))


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_without_every_names_letters_is_refused(postgres: Server, encoding: str) -> None:
    name = f"narrow_{encoding.lower()}"
    postgres.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    database = open_database(postgres.url(name))
    with pytest.raises(AppError, match=f"encoding is {encoding}"):
        asyncio.run(opened_and_closed(database))
    postgres.drop(postgres.url(name))


async def opened_and_closed(database: Database) -> None:
    """Opens a database that may refuse it."""
    try:
        await database.open()
    finally:
        await database.close()


def test_a_text_that_is_no_utf8_is_not_quoted() -> None:
    raw = sqlite3.connect(":memory:")
    raw.execute("CREATE TABLE attendee (last_name TEXT)")
    raw.execute("INSERT INTO attendee VALUES (CAST(x'416e61ff' AS TEXT))")
    with pytest.raises(sqlite3.OperationalError, match="Ana") as quoting:
        raw.execute("SELECT last_name FROM attendee").fetchall()
    assert cause_of(quoting.value) == "a text in it is not UTF-8"


def test_what_is_lost_without_a_word_is_told_so() -> None:
    told = unavailable(DBAPIError("SELECT 1", {"name": NAME}, Exception(f"ssl: {NAME}"))).message
    assert told == "the database can't take this now, nothing was stored (the connection was lost)"
    assert cause_of(TimeoutError()) == "it took too long"
    assert cause_of(ConnectionResetError(104, NAME)) == "connection reset by peer"
    assert cause_of(ConnectionError(NAME)) == "the connection was lost"
    assert not is_failure(ValueError(NAME))
