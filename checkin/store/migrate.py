"""Brings a database to the schema of this version, in one transaction: wholly or not at all.

Alembic costs a quarter of a second to import, so it is left alone where nothing is to be done.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from checkin.domain.errors import AppError
from checkin.store.database import Database

HEAD: Final = "0005"
"""The newest step in `migrations/versions`."""

_FOLDER: Final = Path(__file__).parent / "migrations"


async def migrate(database: Database) -> bool:
    """Whether anything had to be done. Safe to repeat, and for several processes at once.

    `AppError unavailable` if a newer version of the program made the database.
    """
    if await database.read(find_revision) == HEAD:
        return False
    return await database.write_schema(upgrade)


def find_revision(connection: Connection) -> str | None:
    """The step that the database stands at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def upgrade(connection: Connection) -> bool:
    """The same inside a transaction."""
    revision = find_revision(connection)
    if revision == HEAD:
        return False
    # The import costs a quarter of a second, which most starts need not pay.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        message = f"a newer version made the database (schema {revision}); update this program"
        raise AppError("unavailable", message)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True
