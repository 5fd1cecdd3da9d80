"""Whether this server has the keys that the database's badges are made with.

Servers that share a database need the same secret file: with another one a server would refuse everybody,
and issue badges that the others refuse. So the database keeps a fingerprint of each key, which tells nothing
of it.
"""

import json
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from badges.credential import KeyRing, issue
from badges.keys import fingerprints
from checkin.domain.errors import AppError, conflict
from checkin.store.credentials import find_issued
from checkin.store.database import Database
from checkin.store.settings import find_setting, lock_setting, update_setting

KEYS_SETTING: Final = "key_fingerprints"


async def check_keys(database: Database, keys: KeyRing, path: Path) -> None:
    """Makes sure that these keys, read from `path`, are the database's; the first ones become so.

    More keys than it knows are kept too. `AppError conflict` if one is another, or is not there any more.
    """
    own = {str(number): text for number, text in fingerprints(keys).items()}
    stored = await database.read(lambda connection: find_setting(connection, KEYS_SETTING))
    if stored is not None and json.loads(stored) == own:
        return

    def work(connection: Connection) -> None:
        known: dict[str, str] = json.loads(lock_setting(connection, KEYS_SETTING, "{}"))
        if not known and not _can_read_badges(connection, keys):
            raise _are_others(path)
        if any(own.get(number) != text for number, text in known.items()):
            raise _are_others(path)
        if own.keys() - known.keys():
            update_setting(connection, KEYS_SETTING, json.dumps(own, sort_keys=True))

    await database.write(work)


def _can_read_badges(connection: Connection, keys: KeyRing) -> bool:
    """Whether a badge that was issued before fingerprints were kept is one of these keys'."""
    badge = find_issued(connection)
    if badge is None:
        return True
    made = (
        issue(KeyRing(number, keys.pairs), badge.event, badge.attendee, badge.generation)
        for number in keys.pairs
    )
    return any(one.digest == badge.digest for one in made)


def _are_others(path: Path) -> AppError:
    return conflict(
        f"{path} is not the secret file of this database's badges. Every server of a database needs the same "
        "one: put it there (from the server that made it, or from your copy)"
    )
