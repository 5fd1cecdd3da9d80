"""The secret file: is it there, for its owner alone, and the one that the badges were made with?"""

import os
from collections import Counter
from pathlib import Path

from sqlalchemy import Connection

from badges.credential import KeyRing, issue
from badges.keys import KeyFileError, KeyFileMissingError, load_keys
from checkin.doctor.finding import Finding, fault, ok, warning
from checkin.store.credentials import stream_badges


def open_keys(path: Path, has_badges: bool) -> tuple[KeyRing | None, Finding]:
    """The keys in the file, if they can be used."""
    try:
        keys = load_keys(path)
    except KeyFileMissingError:
        if has_badges:
            way_out = (
                "put it back from your copy, or name it by CHECKIN_SECRET_FILE; no badge can be read without"
            )
            return None, fault("secret file", f"there is no {path}", way_out)
        if not os.access(path.parent, os.W_OK):
            return None, fault("secret file", f"{path} can't be made", "name a folder that can be written to")
        return None, ok("secret file", f"there is no {path} yet; it is made with the first event")
    except KeyFileError as problem:
        says, _, way_out = str(problem).rpartition("; ")
        return None, fault("secret file", says, way_out)
    numbers = ", ".join(map(str, sorted(keys.pairs)))
    return keys, ok(
        "secret file", f"{path}: for its owner alone, with key{'s' * (len(keys.pairs) > 1)} {numbers}"
    )


def check_owner(path: Path, database: Path) -> Finding | None:
    """Whether both files belong to one user, as a server needs it. None if nothing is to be said."""
    if not (path.exists() and database.exists()):
        return None
    owners = path.stat().st_uid, database.stat().st_uid
    if owners[0] == owners[1]:
        return None
    says = f"{path} belongs to user {owners[0]}, {database} to user {owners[1]}"
    return warning("secret file", says, "give both to the user that the server runs as, by chown")


def check_badges(connection: Connection, keys: KeyRing) -> Finding:
    """Whether every badge in force was made with one of the keys."""
    rings = [
        KeyRing(number, keys.pairs) for number in sorted(keys.pairs, key=lambda one: one != keys.current)
    ]
    total, strangers = Counter[str](), Counter[str]()
    for slug, event, attendee, generation, digest in stream_badges(connection):
        total[slug] += 1
        if all(issue(ring, event, attendee, generation).digest != digest for ring in rings):
            strangers[slug] += 1
    if strangers:
        told = ", ".join(f"{n} of {total[slug]} of {slug}" for slug, n in strangers.items())
        way_out = "put the file back that belongs to this database; badges of lost keys must be issued anew"
        return fault("badges", f"badges were made with other keys: {told}", way_out)
    return ok("badges", f"all {total.total()} badges were made with the secret file's keys")
