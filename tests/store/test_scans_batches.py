"""A batch gives exactly the rows that its scans would give one by one, however they are cut."""

import asyncio
import sqlite3
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from badges.credential import Credential, is_genuine
from checkin.domain.errors import AppError
from checkin.domain.instants import HOUR, MINUTE, Instant
from checkin.domain.model import DeviceId
from checkin.domain.scans import DeviceFacts, Direction, Outcome, Override, Scan
from checkin.service.scans import Reading, present
from checkin.store.database import transaction
from checkin.store.reversals_sqlite import undo_scan
from checkin.store.scans import Batch
from checkin.store.scans_sqlite import AgendaCache, record_scans
from tests.domain.conference import NEXT_DAY, at
from tests.service.venue import (
    DOOR,
    EVENT,
    KEYS,
    KIOSK,
    OTHER_KIOSK,
    OTHER_UUID,
    find_faults,
    last_name,
    letters,
    number,
    open_venue,
    scan_id,
)

PEOPLE = 8
REVOKED = DeviceFacts(DeviceId(4), "Kiosk C", KIOSK.role)
OTHER_DOOR = DeviceFacts(DeviceId(5), "Door of A101", DOOR.role, "a101")
AFTERWARDS = at(11, 10)
"""The second slot has ended, with an usher's count in its room: late scans fall before and after both."""

ROWS = {
    "scan": "SELECT * FROM scan ORDER BY seq",
    "presence": "SELECT * FROM presence ORDER BY attendee_id",
    "assignment": "SELECT * FROM assignment ORDER BY attendee_id, slot",
    "tally": "SELECT * FROM tally WHERE n <> 0 ORDER BY event_id, what, key",
    "event_state": "SELECT event_id, agenda_version, last_recorded_at, ticked_at FROM event_state ORDER BY 1",
    "reversal": "SELECT * FROM reversal ORDER BY scan_seq",
    "backoff": "SELECT * FROM backoff ORDER BY key",
}


@dataclass(frozen=True)
class Sent:
    """One scan as it comes in, with what tells its credential's genuineness."""

    scan: Scan
    credential: Credential | None


def sent(device: DeviceFacts, reading: Reading) -> Sent:
    """A reading as the desk presents it."""
    presented = present(device, reading)
    return Sent(presented.scan, presented.credential)


badges = st.one_of(
    st.integers(1, PEOPLE).map(letters),
    st.sampled_from(
        [letters(PEOPLE + 1, OTHER_UUID), letters(1, generation=2), letters(3, OTHER_UUID), "smudge"]
    ),
)
typed = st.tuples(st.integers(1, PEOPLE), st.sampled_from(["right", "wrong"])).map(
    lambda t: {"number": number(t[0]), "last_name": last_name(t[0]) if t[1] == "right" else "Nobody"}
)
readings = st.builds(
    lambda name, who, direction, lateness, override: Reading(
        scan_id(name), direction=direction, lateness=lateness, scanned_at=at(8), override=override, **who
    ),
    st.integers(1, 12),  # few ids, so that some come again, with the same content or another
    st.one_of(
        badges.map(lambda text: {"credential": text}), badges.map(lambda text: {"credential": text}), typed
    ),
    st.sampled_from([Direction.AUTO, Direction.AUTO, Direction.IN, Direction.OUT]),
    st.sampled_from([None, None, None, 0, MINUTE, 40 * MINUTE, HOUR, 2 * HOUR, 90 * 24 * HOUR]),
    st.sampled_from([None, None, None, Override("speaker asked", "M. Ortiz")]),
)
devices = st.sampled_from([KIOSK, OTHER_KIOSK, DOOR, DOOR, DOOR, OTHER_DOOR, OTHER_DOOR, REVOKED])
scans = st.lists(st.builds(sent, devices, readings), max_size=24)
moments = st.sampled_from([at(8), at(9, 50), AFTERWARDS])


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with people, one cancelled, one badge replaced and one device revoked."""
    path = tmp_path_factory.mktemp("batches") / "template.db"

    async def make() -> None:
        async with open_venue(path, PEOPLE) as venue:
            await venue.execute("UPDATE credential SET replaced_at = 1 WHERE attendee_id = 2")
            await venue.execute(
                "INSERT INTO device VALUES (5, 1, 'Door of A101', 'door', 'a101', NULL, 1, 1, NULL)"
            )
            for session, ended_at in (
                ("opening", at(9, 30)),
                ("undercover-2", at(11)),
                ("injuries-2", at(11)),
            ):
                closing = "INSERT INTO closing (event_id, session, ended_at, recorded_at) VALUES (1, ?, ?, 1)"
                await venue.execute(closing, (session, ended_at))
            for room, counted_at in (("b204", at(9, 40)), ("a101", at(10, 30)), ("a101", at(11, 5))):
                counting = (
                    "INSERT INTO room_count (event_id, room, counted, counted_by, counted_at, until_at) "
                    "VALUES (1, ?, 2, 'usher', ?, ?)"
                )
                await venue.execute(counting, (room, counted_at, at(0, day=NEXT_DAY)))
            await venue.execute("INSERT INTO device VALUES (4, 1, 'Kiosk C', 'kiosk', NULL, NULL, 1, 1, 2)")
            # Reinstated or not, the counters must be those of a cancelled registration.
            await venue.execute("UPDATE attendee SET is_cancelled = 1 WHERE id = 4")
            await venue.execute("UPDATE tally SET n = n - 1 WHERE event_id = 1 AND (key = '' OR key = 'law')")

    asyncio.run(make())
    return path


class Bench:
    """A copy of the template in memory, where transactions and foreign keys are as on the writer."""

    def __init__(self, template: Path) -> None:
        self.raw = sqlite3.connect(":memory:", isolation_level=None)
        self.raw.execute("PRAGMA foreign_keys=ON")
        with sqlite3.connect(template) as source:
            source.backup(self.raw)
        source.close()
        self.agendas = AgendaCache()

    def record(self, batch: list[Sent], now: Instant) -> list[Outcome | AppError]:
        """Records one batch in one transaction."""
        credentials = {item.credential.digest: item.credential for item in batch if item.credential}
        work = Batch(
            EVENT,
            [item.scan for item in batch],
            now,
            lambda event, digest: is_genuine(KEYS, credentials[digest], event),
        )
        return transaction(self.raw, lambda: record_scans(self.raw, work, self.agendas)).outcomes

    def undo(self, name: int) -> str | None:
        """Undoes a scan as an organizer; the code of the error if it can't be."""
        try:
            transaction(self.raw, lambda: undo_scan(self.raw, scan_id(name), None, "x", at(13), self.agendas))
        except AppError as problem:
            return problem.code
        return None

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything that recording scans may change, the version aside."""
        return {table: self.raw.execute(query).fetchall() for table, query in ROWS.items()}

    def close(self) -> None:
        self.raw.close()


def answers(outcomes: list[Outcome | AppError]) -> list[object]:
    """Outcomes as they can be compared."""
    return [(o.code, o.message) if isinstance(o, AppError) else o for o in outcomes]


@settings(max_examples=300, deadline=None)
@given(scans, moments, st.data())
def test_any_scans_give_the_same_rows_however_they_are_cut(
    template: Path, every: list[Sent], now: Instant, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(every)), max_size=6), label="cuts") | {0, len(every)})
    partitions = {
        "one batch": [every],
        "one by one": [[item] for item in every],
        "cut at random": [every[a:b] for a, b in pairwise(cuts)],
    }
    found = {}
    for name, batches in partitions.items():
        bench = Bench(template)
        told = [answer for batch in batches for answer in answers(bench.record(batch, now))]
        found[name] = (told, bench.rows())
        bench.close()
    assert found["one batch"] == found["one by one"]
    assert found["one batch"] == found["cut at random"]


@settings(max_examples=100, deadline=None)
@given(scans, st.lists(st.integers(1, 12), max_size=4))
def test_rows_agree_with_the_log_after_any_scans_and_undos(
    template: Path, every: list[Sent], undone: list[int]
) -> None:
    bench = Bench(template)
    for number_, item in enumerate(every):
        bench.record([item], Instant(AFTERWARDS + number_ * MINUTE))
    assert {bench.undo(name) for name in undone} <= {None, "not_found", "conflict"}
    assert faults_of(bench) == []
    bench.close()


def faults_of(bench: Bench) -> list[str]:
    """`find_faults` through the ordinary queries, on the same connection."""
    engine = create_engine("sqlite://", creator=lambda: bench.raw, poolclass=StaticPool)
    with engine.connect() as connection:
        return find_faults(connection)


@settings(max_examples=60, deadline=None)
@given(scans)
def test_sending_everything_again_changes_nothing(template: Path, every: list[Sent]) -> None:
    bench = Bench(template)
    bench.record(every, at(8))
    before = bench.rows()
    known = {row[1] for row in before["scan"]}
    again = [item for item in every if item.scan.scan_id in known]
    versions = bench.raw.execute("SELECT version FROM event_state").fetchall()
    bench.record(again, at(9))
    assert bench.rows() == before
    assert bench.raw.execute("SELECT version FROM event_state").fetchall() == versions
    bench.close()


def test_an_empty_batch_changes_nothing(template: Path) -> None:
    bench = Bench(template)
    before = bench.rows()
    assert bench.record([], at(8)) == []
    assert bench.rows() == before
    bench.close()


def test_a_changed_agenda_is_judged_by_from_the_next_batch_on(template: Path) -> None:
    bench = Bench(template)
    first = sent(KIOSK, Reading(scan_id(1), credential=letters(1)))
    second = sent(KIOSK, Reading(scan_id(2), credential=letters(3)))
    bench.record([first], at(8))
    bench.raw.execute("UPDATE event SET document = json_set(document, '$.event.doors_open', '08:30:00')")
    bench.raw.execute("UPDATE event_state SET agenda_version = agenda_version + 1")
    (outcome,) = bench.record([second], at(8))
    assert isinstance(outcome, Outcome)
    assert outcome.recorded is not None
    assert outcome.recorded.reason == "closed"
    bench.close()
