"""Failed guesses, kept for each guesser by a key such as `pairing:ADDRESS`."""

from sqlalchemy import Connection, select, update

from checkin.domain.guessing import Guesses
from checkin.domain.instants import Instant
from checkin.store.schema import backoff
from checkin.store.upsert import upsert


def lock_guesses(connection: Connection, key: str) -> Guesses:
    """The guesser's failures so far; whoever else guesses by this key waits until the transaction ends.

    Else many guesses at once, here and in other processes, would all be free.
    """
    none = {"failures": 0, "retry_at": 0}
    row = upsert(connection, backoff).values(key=key, **none)
    connection.execute(row.on_conflict_do_nothing(index_elements=[backoff.c.key]))
    columns = (backoff.c.failures, backoff.c.retry_at)
    found = connection.execute(select(*columns).where(backoff.c.key == key).with_for_update()).one()
    return Guesses(found.failures, Instant(found.retry_at))


def update_guesses(connection: Connection, key: str, guesses: Guesses) -> None:
    """Stores the failures of a guesser that `lock_guesses` has looked up."""
    values = {"failures": guesses.failures, "retry_at": guesses.retry_at}
    connection.execute(update(backoff).where(backoff.c.key == key).values(values))
