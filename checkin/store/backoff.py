"""Failed guesses, kept for each guesser by a key such as `pairing:ADDRESS`."""

from sqlalchemy import Connection, insert, select, update

from checkin.domain.guessing import Guesses
from checkin.domain.instants import Instant
from checkin.store.schema import backoff


def find_guesses(connection: Connection, key: str) -> Guesses:
    """The guesser's failures so far."""
    columns = (backoff.c.failures, backoff.c.retry_at)
    row = connection.execute(select(*columns).where(backoff.c.key == key)).first()
    return Guesses() if row is None else Guesses(row.failures, Instant(row.retry_at))


def update_guesses(connection: Connection, key: str, guesses: Guesses) -> None:
    """Stores the guesser's failures."""
    values = {"failures": guesses.failures, "retry_at": guesses.retry_at}
    changed = connection.execute(update(backoff).where(backoff.c.key == key).values(values))
    if changed.rowcount == 0:
        connection.execute(insert(backoff).values(key=key, **values))
