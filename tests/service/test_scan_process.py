"""Scans that a process of its own records: what happens when it dies, and what goes to it and back."""

import asyncio
import os
import signal

import pytest
from msgspec import structs

from badges.credential import tag_check
from checkin.api.log import told
from checkin.domain.errors import AppError
from checkin.domain.scans import Direction, Override, Reason
from checkin.service.scans import Answer, present
from checkin.store import process_apart, scan_log_apart
from checkin.store.database_sqlite import sqlite_path
from checkin.store.scan_asker import RecordingError
from checkin.store.scan_log_apart import ApartScanLog
from checkin.store.scan_rows import Stored
from checkin.store.scans import Batch
from tests.databases import APART
from tests.domain.conference import CONFERENCE, at
from tests.processes import is_running
from tests.service.venue import (
    DOOR,
    EVENT,
    KEYS,
    KIOSK,
    PEOPLE,
    Venue,
    code_of,
    open_venue,
    reading,
    reasons,
    scan_id,
)

pytestmark = pytest.mark.parametrize("engine", [APART], indirect=True)

SCANS, AT_ONCE, KILLS = 240, 24, 4


def pid_of(venue: Venue) -> int | None:
    """The process that records this venue's scans, while there is one."""
    assert isinstance(venue.log, ApartScanLog)
    return venue.log.pid


async def test_it_is_killed_again_and_again_and_every_scan_is_recorded_once(venue: Venue) -> None:
    names, answers = iter(range(1, SCANS + 1)), list[Answer]()
    killed: set[int] = set()

    async def send() -> None:
        for name in names:
            answers.append(await venue.scan_one(reading(name, 1 + name % PEOPLE)))
            pid = pid_of(venue)
            if pid is not None and pid not in killed and len(answers) > len(killed) * SCANS // KILLS:
                killed.add(pid)
                os.kill(pid, signal.SIGKILL)

    await asyncio.gather(*(send() for _ in range(AT_ONCE)))
    assert len(killed) == KILLS
    assert reasons(answers) == {"checked_in": PEOPLE, "already_checked_in": SCANS - PEOPLE}
    assert {answer.recorded.scan_id for answer in answers} == {scan_id(n) for n in range(1, SCANS + 1)}
    assert await venue.rows("SELECT count(*), count(DISTINCT scan_id) FROM scan") == [(SCANS, SCANS)]


async def test_a_scan_that_kills_it_twice_is_refused_and_the_next_one_is_heard(
    venue: Venue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert isinstance(venue.log, ApartScanLog)
    ask = venue.log._ask

    async def ask_in_vain(batch: Batch) -> Stored:
        os.kill(pid_of(venue) or 0, signal.SIGKILL)
        return await ask(batch)

    monkeypatch.setattr(venue.log, "_ask", ask_in_vain)
    with pytest.raises(AppError, match="it may be stored all the same") as refused:
        await venue.scan_one(reading(1, 3))
    assert refused.value.code == "unavailable"
    (record,) = caplog.records
    assert record.getMessage() == "scan_process_ended"
    assert record.args == {"scans": 1, "how": "the process has ended"}
    monkeypatch.undo()
    assert (await venue.scan_one(reading(1, 3))).recorded.reason is Reason.CHECKED_IN
    assert await venue.tally("checked_in") == 1


async def test_where_it_cannot_be_started_scans_are_recorded_here(
    venue: Venue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert isinstance(venue.log, ApartScanLog)
    await venue.scan_one(reading(1, 3))
    monkeypatch.setattr(venue.log._process, "_module", "checkin.no_such_module")
    os.kill(pid_of(venue) or 0, signal.SIGKILL)
    answers = await asyncio.gather(*(venue.scan_one(reading(name, name)) for name in range(2, 30)))
    assert reasons(answers) == {"checked_in": 27, "already_checked_in": 1}
    assert (await venue.scan_one(reading(2, 2))).outcome.is_replay
    told = [record.getMessage() for record in caplog.records]
    assert told.count("scan_process_not_started") == 1, "no other is tried at once"
    assert pid_of(venue) is None
    monkeypatch.undo()
    monkeypatch.setattr(venue.log, "_next_start", 0.0)
    assert (await venue.scan_one(reading(30, 30))).recorded.reason is Reason.CHECKED_IN
    assert pid_of(venue) is not None


async def test_a_server_starts_without_it(
    venue_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scan_log_apart, "_MODULE", "checkin.no_such_module")
    async with open_venue(venue_url, is_apart=True) as venue:
        assert (await venue.scan_one(reading(1, 3))).recorded.reason is Reason.CHECKED_IN
    (record,) = caplog.records
    assert record.getMessage() == "scan_process_not_started"
    assert record.args == {"how": "the process has ended", "pause": scan_log_apart.PAUSE_SECONDS}


async def test_one_of_another_version_is_not_spoken_to(
    venue_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scan_log_apart, "layout", lambda: b"another")
    async with open_venue(venue_url, is_apart=True) as venue:
        assert (await venue.scan_one(reading(1, 3))).recorded.reason is Reason.CHECKED_IN
    (record,) = caplog.records
    assert isinstance(record.args, dict)
    assert record.args["how"] == "this program is another one than its server's by now"


async def test_one_that_is_silent_is_taken_for_dead(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    await venue.scan_one(reading(1, 3))
    silent = pid_of(venue)
    assert silent is not None
    monkeypatch.setattr(process_apart, "ANSWER_SECONDS", 0.5)
    os.kill(silent, signal.SIGSTOP)
    answers = await asyncio.gather(*(venue.scan_one(reading(name, name)) for name in range(2, 12)))
    assert len(answers) == 10
    assert pid_of(venue) not in (None, silent)
    assert not is_running(silent)


async def test_it_makes_no_database_where_there_is_none_any_more(venue: Venue, venue_url: str) -> None:
    await venue.scan_one(reading(1, 3))
    path = sqlite_path(venue_url)
    moved = path.with_name("moved.db")
    path.rename(moved)
    os.kill(pid_of(venue) or 0, signal.SIGKILL)
    await venue.scan_one(reading(2, 4))
    assert not path.exists()
    moved.rename(path)


async def test_it_ends_with_its_desk(venue_url: str) -> None:
    async with open_venue(venue_url, is_apart=True) as venue:
        await venue.scan_one(reading(1, 3))
        pid = pid_of(venue)
        assert pid is not None
        assert is_running(pid)
    assert not is_running(pid)


async def test_it_hears_no_signal_that_asks_to_stop(venue: Venue) -> None:
    pid = pid_of(venue)
    assert pid is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(pid, number)
    assert (await venue.scan_one(reading(1, 3))).recorded.reason is Reason.CHECKED_IN
    assert pid_of(venue) == pid


async def test_an_answer_goes_by_the_agenda_that_the_scan_was_judged_by(venue: Venue) -> None:
    first = await venue.scan_one(reading(1, 8))
    again = await venue.scan_one(reading(2, 8))
    assert again.agenda is first.agenda, "it travels once"
    assert first.agenda == CONFERENCE
    await venue.rename("Another name")
    assert (await venue.scan_one(reading(3, 8))).agenda.name == "Another name"


async def test_what_others_write_between_batches_counts_in_the_next(venue: Venue) -> None:
    await venue.scan_one(reading(1, 8))
    await venue.desk.undo(scan_id(1), None, "organizer")
    assert (await venue.scan_one(reading(2, 8))).recorded.reason is Reason.CHECKED_IN
    await venue.execute("UPDATE device SET revoked_at = 1 WHERE id = 1")
    await venue.execute("UPDATE event_state SET version = version + 1")
    assert await code_of(venue, reading(3, 9)) == "unauthorized"


async def test_writers_and_batches_take_turns(venue: Venue) -> None:
    async def write(number: int) -> None:
        await venue.execute("UPDATE attendee SET county = :county WHERE id = 1", county=f"County {number}")

    scans = [venue.scan_one(reading(name, 1 + name % PEOPLE)) for name in range(1, 121)]
    undone = [venue.scan_one(reading(name, 1 + name % PEOPLE)) for name in range(121, 161)]
    await asyncio.gather(*scans, *(write(number) for number in range(40)), *undone)
    await asyncio.gather(*(venue.desk.undo(scan_id(name), None, "organizer") for name in range(121, 161)))
    assert await venue.rows("SELECT count(*) FROM scan") == [(160,)]
    assert await venue.rows("SELECT count(*) FROM reversal") == [(40,)]


async def test_times_are_told_of_a_batch_and_of_its_commit(venue: Venue) -> None:
    await asyncio.gather(*(venue.scan_one(reading(name, name)) for name in range(1, 11)))
    ((seconds, commit_seconds),) = venue.heard.written
    assert 0 < commit_seconds < seconds
    with pytest.raises(AppError, match="no such event"):
        await venue.desk.record_one(EVENT + 8, KIOSK, reading(99, 1))  # type: ignore[arg-type]
    assert len(venue.heard.written) == 1


async def test_everything_that_an_answer_shows_comes_back(venue: Venue, venue_url: str) -> None:
    late = structs.replace(reading(2, 7), scanned_at=at(7), lateness=3600)
    let_in = structs.replace(reading(3, 6), direction=Direction.IN, override=Override("asked", "M. Ortiz"))
    await venue.scan(reading(1, 7), late)
    await venue.scan(let_in, reading(4, 7), device=DOOR)
    told = [
        *await venue.scan(reading(1, 7), late),
        *await venue.scan(let_in, reading(4, 7), device=DOOR),
    ]
    async with open_venue(venue_url) as here:
        expected = [
            *await here.scan(reading(1, 7), late),
            *await here.scan(let_in, reading(4, 7), device=DOOR),
        ]
    assert told == expected
    assert all(isinstance(answer, Answer) and answer.outcome.is_replay for answer in told)


async def test_a_mistake_in_it_is_told_with_its_place_and_without_a_value(venue: Venue) -> None:
    await venue.execute("ALTER TABLE presence RENAME TO elsewhere")
    (answer,) = await venue.scan(reading(1, 3))
    assert isinstance(answer, RecordingError | AppError)
    await venue.execute("ALTER TABLE elsewhere RENAME TO presence")
    await venue.execute("CREATE UNIQUE INDEX once_only ON scan (attendee_id) WHERE attendee_id = 5")
    await venue.scan_one(reading(2, 5))
    (answer,) = await venue.scan(reading(3, 5))
    assert isinstance(answer, RecordingError)
    assert "IntegrityError: UNIQUE constraint failed: scan.attendee_id at " in str(answer)
    assert "scans_sqlite.py:" in str(answer)
    assert told(answer) == str(answer)
    await venue.execute("DROP INDEX once_only")


async def test_a_caller_that_goes_away_takes_nobody_elses_answer(venue: Venue) -> None:
    going = asyncio.create_task(venue.scan_one(reading(1, 3)))
    await asyncio.sleep(0)
    going.cancel()
    answers = await asyncio.gather(*(venue.scan_one(reading(name, name)) for name in range(4, 9)))
    assert [answer.recorded.scan_id for answer in answers] == [scan_id(name) for name in range(4, 9)]


async def test_a_batch_that_is_given_up_is_not_taken_for_the_next_one(venue: Venue) -> None:
    assert isinstance(venue.log, ApartScanLog)
    presented = present(KIOSK, reading(1, 3))
    assert presented.credential is not None
    credentials = {presented.credential.digest: presented.credential.raw}
    batch = Batch(EVENT, [presented.scan], credentials, lambda: at(8), tag_check(KEYS))
    recording = asyncio.create_task(venue.log.record(batch))
    await asyncio.sleep(0.001)
    recording.cancel()
    with pytest.raises(asyncio.CancelledError):
        await recording
    answer = await venue.scan_one(reading(2, 4))
    assert answer.recorded.scan_id == scan_id(2)
