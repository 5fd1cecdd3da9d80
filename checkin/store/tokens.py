"""API tokens: only their digests are kept."""

import hashlib
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from checkin.domain.instants import Instant
from checkin.store.schema import token


class TokenRow(NamedTuple):
    """One token that is in force."""

    id: int
    name: str
    role: str


def digest(secret: str) -> bytes:
    """What is kept of a token or a pairing code. They are long and random: no slow hash is needed."""
    # What a header or a JSON text brings may hold lone surrogates; they are no secret of ours.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def insert_token(connection: Connection, name: str, role: str, token_digest: bytes, now: Instant) -> None:
    """Adds a token in force."""
    connection.execute(insert(token).values(name=name, role=role, digest=token_digest, created_at=now))


def find_token(connection: Connection, token_digest: bytes) -> TokenRow | None:
    """The token of a digest, if it is in force."""
    row = connection.execute(
        select(token.c.id, token.c.name, token.c.role).where(
            token.c.digest == token_digest, token.c.revoked_at.is_(None)
        )
    ).first()
    return None if row is None else TokenRow(row.id, row.name, row.role)
