"""Events' agendas: read once a version, kept for those in use, never needed by a look that comes again."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection
from sqlalchemy.event import listen, remove

from checkin.domain.agenda_file import write_document
from checkin.domain.model import Agenda
from checkin.domain.standing import read_stored
from checkin.service import events
from checkin.service.gauges import read_gauges
from checkin.service.services import Services
from checkin.service.timekeeping import Timekeeper, find_versions
from checkin.store import events as store
from checkin.store.events import insert_event
from tests.clockwork import look_once
from tests.conftest import StandingClock
from tests.domain.conference import CONFERENCE, at
from tests.store.people import SLUG


def _add_events(connection: Connection, count: int) -> None:
    document = write_document(CONFERENCE)
    for n in range(count):
        assert insert_event(connection, n.to_bytes(16, "big"), f"event-{n}", document, at(8)) is not None


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The documents that are read as agendas from here on; none is kept yet."""
    found: list[object] = []

    def noting(document: Mapping[str, Any], standing: Mapping[str, Any]) -> Agenda:
        found.append(document)
        return read_stored(document, standing)

    monkeypatch.setattr(store, "read_stored", noting)
    monkeypatch.setattr(store, "_agendas", store._Agendas())
    return found


async def test_an_agenda_is_read_once_however_many_events_there_are(
    services: Services, parsed: list[object]
) -> None:
    await services.db.write(partial(_add_events, count=70))
    for _ in range(3):
        assert len(await events.list_events(services)) == 70
    assert len(parsed) == 70


async def test_looks_that_come_again_and_again_take_no_agendas(
    services: Services, clock: StandingClock, parsed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_CACHED", 2)
    await services.db.write(partial(_add_events, count=5))
    assert len(await find_versions(services.db, clock)) == await events.count_events(services) == 5
    assert parsed == []
    keeper = Timekeeper(services.db, clock)
    await look_once(keeper)
    before = len(parsed)
    await look_once(keeper)
    assert len(parsed) == before
    clock.set(at(8, day=CONFERENCE.last_day + timedelta(days=3)))
    assert await read_gauges(services.db, clock) == []
    before = len(parsed)
    assert await read_gauges(services.db, clock) == []
    assert len(parsed) == before


async def test_only_the_agendas_used_last_are_kept(
    services: Services, parsed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_CACHED", 2)
    await services.db.write(partial(_add_events, count=3))
    for slug in ("event-0", "event-1", "event-0", "event-2", "event-0"):
        await events.show_event(services, slug)
    assert len(parsed) == 3
    await events.show_event(services, "event-1")
    assert len(parsed) == 4


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_change_between_two_statements_is_seen_whole(
    services: Services, event: Agenda, parsed: list[object]
) -> None:
    newer = write_document(replace(event, name="Newer"))

    changes: list[str] = []

    def change(*_given: object) -> None:
        if changes:
            return
        changes.append("one")
        with psycopg.connect(services.db.url) as other:
            other.execute("UPDATE event SET document = %s", [json.dumps(newer)])
            other.execute("UPDATE event_state SET agenda_version = agenda_version + 1")

    def work(connection: Connection) -> list[tuple[int, str]]:
        listen(connection, "after_cursor_execute", change)
        found = [store.get_event(connection, SLUG) for _ in range(2)]
        remove(connection, "after_cursor_execute", change)
        return [(one.agenda_version, one.agenda.name) for one in found]

    assert await services.db.write(work) == [(2, "Newer"), (2, "Newer")]
    assert len(parsed) == 1
