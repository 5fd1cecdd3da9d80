"""When devices were last heard of, written down for as long as the server runs."""

import asyncio
import logging

import pytest

from checkin.domain.errors import AppError
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda
from checkin.service import last_calls
from checkin.service.last_calls import keep_calls
from checkin.service.services import Services
from checkin.store.database import Database
from tests.conftest import StandingClock
from tests.store.people import add_kiosk, rows

SEEN = "SELECT last_seen_at FROM device"


@pytest.mark.parametrize("problem", [RuntimeError("a bug"), AppError("unavailable", "the disk is full")])
async def test_calls_are_written_on_after_whatever_goes_wrong(
    services: Services,
    event: Agenda,
    clock: StandingClock,
    problem: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(last_calls, "PAUSE_SECONDS", 0.01)
    tries = 0

    class Failing(last_calls.LastCalls):
        async def flush(self, db: Database, now: Instant, is_all: bool = False) -> int:
            nonlocal tries
            tries += 1
            if tries <= 3:
                raise problem
            return await super().flush(db, now, is_all)

    kiosk = await add_kiosk(services)
    calls = Failing()
    calls.note(kiosk.facts.id, clock.now())
    with caplog.at_level(logging.ERROR):
        task = asyncio.create_task(keep_calls(calls, services.db, clock.now))
        async with asyncio.timeout(10):
            while await rows(services, SEEN) != [(clock.now(),)]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        task.cancel()
    (record,) = caplog.records
    assert record.getMessage() == "calls_must_wait", "once"
    assert (record.exc_info is None) is isinstance(problem, AppError)
