"""API tokens: programs' way in until accounts come, and after."""

import secrets

from sqlalchemy import Connection

from checkin.domain.errors import invalid_field
from checkin.service.services import Actor, ActorKind, Services
from checkin.store import tokens as store

ROLES = ("organizer", "staff")
PREFIX = "ck_"
_MAX_NAME = 100


async def create_token(services: Services, name: str, role: str = "organizer") -> str:
    """A new token, which is shown this once: only its digest is kept."""
    if not name.strip() or len(name) > _MAX_NAME:
        raise invalid_field("name", f"Give the token a name of at most {_MAX_NAME} characters.")
    if role not in ROLES:
        raise invalid_field("role", f"A token's role is one of {', '.join(ROLES)}.")
    token = PREFIX + secrets.token_urlsafe(32)
    now = services.clock.now()

    def work(connection: Connection) -> None:
        store.insert_token(connection, name.strip(), role, store.digest(token), now)

    await services.db.write(work)
    return token


async def authenticate_token(services: Services, token: str) -> Actor | None:
    """Who holds the token; None if it is not in force. One indexed read."""
    if not token.startswith(PREFIX):
        return None
    secret = store.digest(token)
    row = await services.db.read(lambda connection: store.find_token(connection, secret))
    return None if row is None else Actor(ActorKind.TOKEN, row.role, row.id, row.name)
