"""What holds for the whole installation, by name."""

from sqlalchemy import Connection, insert, select, update

from checkin.store.schema import setting


def find_setting(connection: Connection, key: str) -> str | None:
    """The stored text, None if there is none."""
    value: str | None = connection.execute(select(setting.c.value).where(setting.c.key == key)).scalar()
    return value


def update_setting(connection: Connection, key: str, value: str) -> None:
    """Stores the text, in place of an earlier one."""
    changed = connection.execute(update(setting).where(setting.c.key == key).values(value=value))
    if changed.rowcount == 0:
        connection.execute(insert(setting).values(key=key, value=value))
