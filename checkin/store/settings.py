"""What holds for the whole installation, by name."""

from sqlalchemy import Connection, select

from checkin.store.schema import setting
from checkin.store.upsert import upsert


def find_setting(connection: Connection, key: str) -> str | None:
    """The stored text, None if there is none."""
    value: str | None = connection.execute(select(setting.c.value).where(setting.c.key == key)).scalar()
    return value


def update_setting(connection: Connection, key: str, value: str) -> None:
    """Stores the text, in place of an earlier one."""
    row = upsert(connection, setting).values(key=key, value=value)
    connection.execute(row.on_conflict_do_update(index_elements=[setting.c.key], set_={"value": value}))


def lock_setting(connection: Connection, key: str, default: str) -> str:
    """The stored text, made `default` if there was none; nobody else can change it until the end."""
    row = upsert(connection, setting).values(key=key, value=default)
    connection.execute(row.on_conflict_do_nothing(index_elements=[setting.c.key]))
    value: str = connection.execute(
        select(setting.c.value).where(setting.c.key == key).with_for_update()
    ).scalar_one()
    return value
