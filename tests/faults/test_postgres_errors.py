"""What a PostgreSQL server says when it can't: what passes is tried again, the rest is told at once.

The server is made to say it by a trigger of an administrator's, since a disk is not easily filled.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from badges.credential import KeyRing
from checkin.domain.errors import AppError
from checkin.domain.model import Agenda
from tests.conftest import StandingClock
from tests.faults.postgres_hall import Crowd, gather_crowd
from tests.postgres import Server
from tests.surroundings import services_on

_FAIL = """
    CREATE SEQUENCE failures;
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('failures') <= {times} THEN RAISE EXCEPTION 'it failed' USING ERRCODE = '{state}'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER fail BEFORE INSERT ON scan FOR EACH ROW EXECUTE FUNCTION fail()
"""


@dataclass(frozen=True)
class Failing:
    """A database whose server can be made to fail, and the crowd on it."""

    server: Server
    name: str
    crowd: Crowd

    def make_fail(self, state: str, times: int) -> None:
        """The next so many scans fail in the server with this SQLSTATE, and their transactions with them."""
        self.server.execute(_FAIL.format(state=state, times=times), self.name)

    def attempts(self) -> int:
        """How often a scan came to be written."""
        return int(self.server.execute("SELECT last_value FROM failures", self.name)[0][0])


@pytest.fixture
async def failing(
    postgres: Server, keys: KeyRing, clock: StandingClock, agenda: Agenda
) -> AsyncIterator[Failing]:
    """The small conference on a database of its own."""
    url = postgres.create("template")
    name = url.partition("?")[0].rpartition("/")[2]
    async with services_on(url, keys, clock) as services:
        yield Failing(postgres, name, await gather_crowd(services, agenda))
    postgres.drop(url)


@pytest.mark.parametrize("state", ["40001", "40P01", "57P01", "25P03", "55P03"])
async def test_what_passes_is_tried_again(failing: Failing, state: str) -> None:
    await asyncio.to_thread(failing.make_fail, state, times=2)
    await failing.crowd.scan(failing.crowd.reading(1))
    assert await asyncio.to_thread(failing.attempts) == 3
    await failing.crowd.check()


async def test_a_scan_id_that_another_event_takes_at_the_same_moment_is_looked_up_again(
    failing: Failing,
) -> None:
    await asyncio.to_thread(failing.make_fail, "23505", times=1)
    await failing.crowd.scan(failing.crowd.reading(1))
    assert await asyncio.to_thread(failing.attempts) == 2
    await failing.crowd.check()


@pytest.mark.parametrize("state", ["53100", "53200"])
async def test_a_full_disk_or_memory_is_told_at_once_and_over_when_there_is_room(
    failing: Failing, state: str
) -> None:
    await asyncio.to_thread(failing.make_fail, state, times=1)
    with pytest.raises(AppError) as refused:
        await failing.crowd.scan(failing.crowd.reading(1))
    assert refused.value.code == "unavailable"
    assert await asyncio.to_thread(failing.attempts) == 1
    await failing.crowd.scan(failing.crowd.reading(1))
    await failing.crowd.check()


@pytest.mark.parametrize("state", ["XX000", "22023", "23503"])
async def test_a_batch_with_a_scan_that_can_not_be_written_goes_one_by_one(
    failing: Failing, state: str
) -> None:
    await asyncio.to_thread(failing.make_fail, state, times=2)
    names = range(1, 9)
    told = await asyncio.gather(
        *(failing.crowd.scan(failing.crowd.reading(name)) for name in names), return_exceptions=True
    )
    assert len([one for one in told if isinstance(one, Exception)]) <= 1
    await failing.crowd.check()
