"""Inserts beside others who may insert the same: each engine has a spelling of its own."""

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that has `on_conflict_do_nothing` and `on_conflict_do_update`, alike on both engines."""
    return (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(table)
