"""A PostgreSQL server: its version, its promises, its room for connections, and our rights on it."""

import time
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, text

from checkin.doctor.finding import Finding, fault, ok, warning
from checkin.store.addresses import POOLED, is_said_pooled
from checkin.store.batches_postgres import SCAN_CONNECTIONS
from checkin.store.database import READERS
from checkin.store.database_postgres import ASKERS, WRITERS
from checkin.store.table_rows import list_tables

OLDEST: Final = 130_000
MOST_APART_SECONDS: Final = 2.0

CONNECTIONS: Final = READERS + WRITERS + ASKERS + SCAN_CONNECTIONS
"""So many connections a server process keeps, beside those of its rare long works."""

_FACTS = """
    SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS shown,
        pg_is_in_recovery() AS is_standby,
        current_setting('default_transaction_read_only') = 'on' AS is_read_only,
        current_setting('fsync') AS fsync,
        current_setting('full_page_writes') AS full_page_writes,
        current_setting('synchronous_commit') AS synchronous_commit,
        current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int AS most,
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
        (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS role_limit,
        (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS database_limit,
        current_user AS who, current_schema() AS schema, pg_backend_pid() AS backend,
        current_schema() IS NOT NULL AND has_schema_privilege(current_schema(), 'CREATE') AS may_create,
        extract(epoch FROM clock_timestamp())::float8 AS clock
"""


def read_facts(connection: Connection) -> dict[str, Any]:
    """What the checks look at; `greeted`: the backend that the connection was promised, `ours`: our clock."""
    before = time.time()
    facts = dict(connection.execute(text(_FACTS)).mappings().one())
    raw: Any = connection.connection.driver_connection
    return facts | {"greeted": raw.info.backend_pid, "ours": (before + time.time()) / 2}


def check_server(facts: Mapping[str, Any], url: str) -> list[Finding]:
    """All checks of the server."""
    checks = (
        _check_version(facts),
        *_check_durability(facts),
        _check_writable(facts),
        _check_room(facts),
        _check_clock(facts),
        _check_pooler(facts, url),
    )
    return [one for one in checks if one is not None]


def check_rights(connection: Connection, facts: Mapping[str, Any]) -> Finding:
    """Whether we may make tables, and use those that are there."""
    who, schema = facts["who"], facts["schema"]
    if not facts["may_create"]:
        way_out = f"GRANT CREATE, USAGE ON SCHEMA {schema or 'public'} TO {who}"
        return fault("rights", f"{who} may not make tables in schema {schema or '(none)'}", way_out)
    lacking = [table.name for table in list_tables() if not _may_use(connection, table.name)]
    lacking += connection.execute(text(_FORBIDDEN_SEQUENCES)).scalars()
    if lacking:
        says = f"{who} may not read and write {', '.join(lacking[:5])}"
        grants = [f"GRANT ALL ON ALL {kind} IN SCHEMA {schema} TO {who}" for kind in ("TABLES", "SEQUENCES")]
        return fault("rights", says, "; ".join(grants))
    return ok("rights", f"{who} may make and use tables")


_FORBIDDEN_SEQUENCES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = to_regnamespace(current_schema()::text)
        AND CASE WHEN relkind = 'S' THEN NOT has_sequence_privilege(oid, 'USAGE') ELSE false END
    ORDER BY relname
"""


def _may_use(connection: Connection, table: str) -> bool:
    """Also of a table that is not there yet: it will be ours."""
    query = "SELECT has_table_privilege(to_regclass(:name), r) FROM unnest(CAST(:rights AS text[])) AS r"
    rights = {"name": f'"{table}"', "rights": ["SELECT", "INSERT", "UPDATE", "DELETE"]}
    return all(one is not False for one in connection.execute(text(query), rights).scalars())


def _check_version(facts: Mapping[str, Any]) -> Finding:
    if facts["version"] < OLDEST:
        return fault("PostgreSQL", f"PostgreSQL {facts['shown']} is too old", "PostgreSQL 13 or newer")
    return ok("PostgreSQL", f"PostgreSQL {facts['shown']}")


def _check_durability(facts: Mapping[str, Any]) -> list[Finding]:
    found = []
    if facts["fsync"] == "off":
        way_out = "ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf()"
        found.append(fault("durability", "fsync is off: a power cut destroys the database", way_out))
    if facts["full_page_writes"] == "off":
        says = "full_page_writes is off: a power cut may tear pages (unless the file system never does)"
        way_out = "ALTER SYSTEM SET full_page_writes = on; SELECT pg_reload_conf()"
        found.append(warning("durability", says, way_out))
    if facts["synchronous_commit"] == "off":
        says = "synchronous_commit is off: a power cut loses the last registrations and decisions"
        found.append(warning("durability", says, "set synchronous_commit = on for this database and user"))
    return found or [ok("durability", "commits wait for the disk")]


def _check_writable(facts: Mapping[str, Any]) -> Finding | None:
    if facts["is_standby"]:
        way_out = (
            "name the primary in --database; several hosts by comma, with ?target_session_attrs=read-write"
        )
        return fault("PostgreSQL", "the server is a standby, which takes no scans", way_out)
    if facts["is_read_only"]:
        way_out = "take default_transaction_read_only off this database and user"
        return fault("PostgreSQL", "transactions are read-only here", way_out)
    return None


def _check_room(facts: Mapping[str, Any]) -> Finding:
    limits = [facts["most"], *(facts[name] for name in ("role_limit", "database_limit") if facts[name] >= 0)]
    processes = min(limits) // CONNECTIONS
    says = f"{min(limits)} connections, {facts['used']} in use; a server process takes up to {CONNECTIONS}"
    way_out = "raise max_connections (or the CONNECTION LIMIT), or put PgBouncer in front"
    if processes == 0:
        return fault("connections", says, way_out)
    if facts["used"] + CONNECTIONS > min(limits):
        return warning("connections", f"{says}: no more fits", way_out)
    return ok("connections", says)


def _check_clock(facts: Mapping[str, Any]) -> Finding:
    apart = facts["clock"] - facts["ours"]
    if abs(apart) > MOST_APART_SECONDS:
        way = "ahead of" if apart > 0 else "behind"
        says = f"the database server's clock is {abs(apart):.0f} s {way} this machine's"
        return warning("clock", says, "synchronise both")
    return ok("clock", "the database server's clock and this machine's agree")


def _check_pooler(facts: Mapping[str, Any], url: str) -> Finding | None:
    # A pooler greets with a number of its own, since it lends another backend to each transaction.
    if facts["greeted"] == facts["backend"] or is_said_pooled(url):
        return None
    says = "a pooler stands before the server, and the address does not say so"
    return warning("PostgreSQL", says, f"add ?{POOLED}=true to it: a pooler may lose prepared statements")
