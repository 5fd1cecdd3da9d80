"""The keys of a database: whoever opens it with others is refused, before any badge is read or made."""

from pathlib import Path

import pytest

from badges.credential import KeyPair, KeyRing
from checkin.domain.errors import AppError
from checkin.domain.model import Agenda
from checkin.service.key_check import KEYS_SETTING, check_keys
from checkin.service.services import Services
from checkin.store.settings import find_setting
from tests.store.people import register

SECRET = Path("/venue/checkin.secret")
OTHER = KeyPair(bytes(32), bytes(range(32)))
REFUSED = r"/venue/checkin\.secret is not the secret file of this database's badges"


async def check(services: Services, keys: KeyRing) -> None:
    """As a server does when it starts."""
    await check_keys(services.db, keys, SECRET)


async def test_the_first_keys_become_the_databases(services: Services, keys: KeyRing) -> None:
    await check(services, keys)
    await check(services, keys)
    with pytest.raises(AppError, match=REFUSED):
        await check(services, KeyRing(0, {0: OTHER}))


async def test_what_is_kept_tells_nothing_of_the_keys(services: Services, keys: KeyRing) -> None:
    await check(services, keys)
    kept = await services.db.read(lambda connection: find_setting(connection, KEYS_SETTING))
    assert kept is not None
    for pair in keys.pairs.values():
        for secret in (pair.id_key, pair.tag_key):
            assert secret[:4].hex() not in kept


async def test_a_further_key_is_taken_in_and_must_stay(services: Services, keys: KeyRing) -> None:
    await check(services, keys)
    more = KeyRing(1, {**keys.pairs, 1: OTHER})
    await check(services, more)
    with pytest.raises(AppError, match=REFUSED):
        await check(services, keys)
    await check(services, more)


async def test_badges_made_before_fingerprints_were_kept_tell_the_keys_too(
    services: Services, event: Agenda, keys: KeyRing
) -> None:
    await register(services)
    with pytest.raises(AppError, match=REFUSED):
        await check(services, KeyRing(0, {0: OTHER}))
    await check(services, keys)
