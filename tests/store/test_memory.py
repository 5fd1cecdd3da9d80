"""What is remembered of an event between batches is what its database says, whatever happened since."""

import asyncio
import sqlite3
import tempfile
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings

from checkin.domain.model import EventId
from checkin.domain.scans import Holder
from checkin.store.scan_log import run_at_once
from checkin.store.scan_log_sqlite import SqliteScanLog
from checkin.store.scan_rows import EventFacts, People, State
from checkin.store.scans import read_people
from checkin.store.scans_sqlite import SqliteRows
from tests.store.test_invariants import Desk, play, steps

EVENT = EventId(1)
OF_VERDICTS = ("assigned", "inside", "counted_in", "counted_out")


class Remembering(Desk):
    """Looks into the memory after every step; after a scan there must be one."""

    has_scanned = False

    async def do(self, step: tuple[Any, ...]) -> None:
        await super().do(step)
        self.has_scanned = step[0] in ("scan", "out", "door") and bool(self.people)

    async def check(self) -> None:
        log = self.services.scans._log
        assert isinstance(log, SqliteScanLog)
        known = log._memory._facts.get(EVENT)
        people = People() if known is None else known[1].people
        state, facts, found = await log._database.write_raw(partial(_read, known=people))
        assert not self.has_scanned or (known is not None and known[0] == state and people.persons)
        if known is not None and known[0] == state:
            assert _of_verdicts(known[1]) == _of_verdicts(facts)
            assert people == found


def _read(raw: sqlite3.Connection, known: People) -> tuple[State, EventFacts, People]:
    rows = SqliteRows(raw)
    state = run_at_once(rows.lock_state(EVENT))
    assert state is not None
    found = People()
    if known.persons:
        for person, presence, items in read_people(run_at_once(rows.find_people(EVENT, known.persons))):
            found.persons[person.id] = person
            found.presences[person.id] = presence
            found.assignments[person.id] = {item.slot: item for item in items}
    query = "SELECT attendee_id, replaced_at IS NOT NULL FROM credential WHERE digest = ? AND event_id = ?"
    for digest in known.holders:
        attendee, is_replaced = raw.execute(query, (digest, EVENT)).fetchone()
        found.holders[digest] = Holder(attendee, is_replaced=bool(is_replaced))
    return state, run_at_once(rows.find_facts(EVENT)), found


def _of_verdicts(facts: EventFacts) -> tuple[Any, ...]:
    tallies = {key: n for key, n in facts.tallies.items() if n and key[0] in OF_VERDICTS}
    return facts.devices, tallies, facts.ended, facts.counts


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_what_is_remembered_is_what_the_database_says(script: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        checked = asyncio.run(play(f"sqlite:///{folder}/checkin.db", script, Remembering))
    assert checked == len(script)
