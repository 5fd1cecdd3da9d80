"""Whether a load balancer may send work here."""

import asyncio

import pytest

from checkin.service import readiness
from checkin.store.database_sqlite import sqlite_path
from tests.api.hall import Answer, Hall

PATIENCE = 20


async def test_health_is_good_while_the_database_answers(hall: Hall) -> None:
    answer = await hall.call("GET", "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})


async def test_it_is_ready_until_a_stop_was_asked_for(hall: Hall) -> None:
    answer = await hall.call("GET", "/readyz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    hall.services.readiness.stop()
    answer = await hall.call("GET", "/readyz")
    assert (answer.status, answer.code) == (503, "unavailable")
    assert "stopping" in answer.json["detail"]
    assert (await hall.call("GET", "/healthz")).status == 200, "it is alive all the same"
    scan = await hall.scan("Ana")
    assert scan.status == 200, "what still comes is answered"
    assert scan.headers["Connection"] == "close", "and nothing more on the same connection"


async def test_it_is_not_ready_while_the_database_takes_nothing(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PAUSE_SECONDS", 0.01)
    file = sqlite_path(hall.services.db.url)
    folder, gone = file.parent, file.parent.with_name("gone")
    folder.rename(gone)
    try:
        answer = await became(hall, 503)
        assert answer.code == "unavailable"
    finally:
        gone.rename(folder)
    assert (await became(hall, 200)).json == {"status": "ok"}


async def became(hall: Hall, status: int) -> Answer:
    """The answer of /readyz once it has this status."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await hall.call("GET", "/readyz")
            if answer.status == status:
                return answer
            await asyncio.sleep(0.05)
