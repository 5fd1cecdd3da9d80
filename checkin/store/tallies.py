"""The counters of an event. They change only by differences, under the lock of the event's row."""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select, update

from checkin.domain.model import EventId
from checkin.domain.tallies import TallyKey
from checkin.store.schema_day import tally
from checkin.store.upsert import upsert


def apply(connection: Connection, event_id: EventId, changes: Mapping[TallyKey, int]) -> None:
    """Adds to each counter. A counter that would fall below 0 is a bug and undoes the transaction."""
    # Databases check n >= 0 on the row to insert before they find that it exists, hence the two ways.
    added = [(key, n) for key, n in sorted(changes.items()) if n > 0]
    taken = [(key, n) for key, n in sorted(changes.items()) if n < 0]
    if added:
        fresh = upsert(connection, tally)
        statement = fresh.on_conflict_do_update(
            index_elements=[tally.c.event_id, tally.c.what, tally.c.key],
            set_={"n": tally.c.n + fresh.excluded.n},
        )
        rows = [{"event_id": event_id, "what": key[0], "key": key[1], "n": n} for key, n in added]
        connection.execute(statement, rows)
    for (what, key), n in taken:
        changed = connection.execute(
            update(tally)
            .where(tally.c.event_id == event_id, tally.c.what == what, tally.c.key == key)
            .values(n=tally.c.n + bindparam("change", n))
        )
        if changed.rowcount != 1:
            raise RuntimeError(f"no counter {what} {key} to take {-n} from")


def find_tallies(connection: Connection, event_id: EventId) -> dict[TallyKey, int]:
    """All counters of the event; one that is absent is 0."""
    rows = connection.execute(
        select(tally.c.what, tally.c.key, tally.c.n).where(tally.c.event_id == event_id)
    )
    return {(what, key): n for what, key, n in rows}
