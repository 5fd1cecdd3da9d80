"""The whole examination: every check, in the order in which people look for trouble."""

import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from checkin.config import Settings, find_unknown_variables
from checkin.doctor import contents, program, secret, sqlite, surroundings
from checkin.doctor.finding import Finding, Level, fault
from checkin.domain.errors import AppError
from checkin.domain.instants import Instant
from checkin.store.addresses import shown_address
from checkin.store.credentials import stream_badges
from checkin.store.database_sqlite import sqlite_path
from checkin.store.engines import is_postgres, read_once
from checkin.store.failures import cause_of, is_failure
from checkin.store.sqlite_readers import read_unchanged


def examine(settings: Settings, environment: Mapping[str, str]) -> list[Finding]:
    """Everything that was seen. Changes nothing: no file is made, no row written."""
    extras = ("postgres",) if is_postgres(settings.database) else ()
    found = program.check_packages(program.requirements(), extras)
    found += [program.check_pages(), program.check_fonts(), program.check_open_files()]
    found += surroundings.check_variables(find_unknown_variables(environment))
    found += [
        surroundings.check_public_url(settings.public_url, settings.host),
        surroundings.check_port(settings.host, settings.port),
        surroundings.check_zones(),
        surroundings.check_synchronised(surroundings.read_clock_state()),
        surroundings.check_space(settings.secret_file.parent, "the secret file"),
    ]
    if is_postgres(settings.database):
        return found + _examine_server(settings)
    return found + _examine_file(settings, sqlite_path(settings.database))


def _examine_file(settings: Settings, path: Path) -> list[Finding]:
    found = [sqlite.check_engine(), surroundings.check_space(path.parent, "the database")]
    on = surroundings.check_filesystem(path.parent, "the database")
    found += [] if on is None else [on]
    if not path.is_file():
        way_out = "name it by --database or CHECKIN_DATABASE; `checkin migrate` makes a new one"
        return [*found, fault("database", f"there is no database {path}", way_out)]
    found += sqlite.check_file(path)
    owner = secret.check_owner(settings.secret_file, path)
    found += [] if owner is None else [owner]

    def look(connection: Connection) -> list[Finding]:
        whole = sqlite.check_whole(connection)
        return [whole] if whole.level is Level.FAULT else [whole, *_look_inside(connection, settings)]

    try:
        return found + read_unchanged(path, look)
    except (AppError, SQLAlchemyError) as problem:
        way_out = "is it the right file? Else go back to your last copy"
        return [*found, fault("database", f"{path} can't be read: {_reason(problem)}", way_out)]


def _examine_server(settings: Settings) -> list[Finding]:
    url = settings.database
    if find_spec("psycopg") is None or find_spec("asyncpg") is None:
        return [fault("database", "PostgreSQL takes two more packages", "pip install 'checkin[postgres]'")]
    from checkin.doctor import postgres

    def look(connection: Connection) -> list[Finding]:
        facts = postgres.read_facts(connection)
        found = postgres.check_server(facts, url)
        rights = postgres.check_rights(connection, facts)
        is_closed = rights.level is Level.FAULT
        return [*found, rights] if is_closed else [*found, rights, *_look_inside(connection, settings)]

    try:
        return read_once(url, look)
    except (AppError, SQLAlchemyError) as problem:
        is_told = isinstance(problem, AppError) and problem.code == "invalid"  # with the way out
        way_out = "" if is_told else "does the server run, and are host, port, user and database right?"
        return [fault("database", f"{shown_address(url)} can't be used: {_reason(problem)}", way_out)]


def _look_inside(connection: Connection, settings: Settings) -> list[Finding]:
    schema = contents.check_schema(connection)
    if schema.level is not Level.OK:
        return [schema, secret.open_keys(settings.secret_file, schema.level is Level.FAULT)[1]]
    has_badges = next(iter(stream_badges(connection)), None) is not None
    keys, finding = secret.open_keys(settings.secret_file, has_badges)
    found = [schema, finding]
    if keys is not None:
        found.append(secret.check_badges(connection, keys))
    offset = contents.read_offset(connection)
    now = Instant(time.time_ns() // 1000 + (offset or 0))
    found += [contents.check_offset(offset), contents.check_newest(connection, now)]
    return found + contents.check_events(connection, now)


def _reason(problem: Exception) -> str:
    """The cause alone, without what drivers quote; of other problems what they say."""
    cause = problem if is_failure(problem) else problem.__cause__
    return " ".join((str(problem) if cause is None else cause_of(cause)).split())
