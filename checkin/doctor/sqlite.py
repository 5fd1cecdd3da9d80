"""An SQLite database: its file, its engine, and whether it is whole."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from checkin.doctor.finding import Finding, fault, ok, warning

OLDEST: Final = (3, 35)
"""The first SQLite that knows RETURNING."""


def check_engine(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Finding:
    """Whether Python's SQLite is new enough."""
    shown = ".".join(map(str, version))
    if version < OLDEST:
        return fault("SQLite", f"SQLite {shown} is too old", "use a Python with SQLite 3.35 or newer")
    return ok("SQLite", f"SQLite {shown}")


def check_file(path: Path) -> list[Finding]:
    """Whether the database can be written to, and by whom it can be read."""
    found = []
    for one in (path, path.parent):  # the log stands beside the file
        if not os.access(one, os.W_OK):
            way_out = "run as the user who owns it, or give it to the one who runs the server, by chown"
            found.append(fault("database", f"{one} can't be written to", way_out))
    mode = path.stat().st_mode & 0o777
    if mode & 0o007:
        says = f"everybody on this machine may read {path} (mode {mode:03o}), which holds names"
        found.append(warning("database", says, f"chmod o= {path}"))
    return found or [ok("database", f"{path} is there and can be written to")]


def check_whole(connection: Connection) -> Finding:
    """SQLite's own quick look at every page."""
    damage = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if damage != "ok":
        return fault(
            "database", f"the file is damaged: {damage}", "stop the server and go back to your last copy"
        )
    return ok("database", "the file is whole")
