"""Scans that one process records for several servers: whose answer is whose, and what is done without it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from badges.credential import tag_check
from checkin.cli import recorder_process
from checkin.domain.errors import AppError
from checkin.domain.instants import SECOND
from checkin.domain.scans import Reason
from checkin.service.recorder import Recorder
from checkin.service.scans import Answer, present
from checkin.store import scan_log_shared
from checkin.store.scan_asker import RecordingError
from checkin.store.scan_log_shared import SharedScanLog
from checkin.store.scan_passage import Done, Task, read_task, written
from checkin.store.scan_rows import Stored
from checkin.store.scans import Batch
from tests.domain.conference import CONFERENCE, at
from tests.faults.town import until
from tests.service.recording import Recording, recording
from tests.service.venue import (
    DOOR,
    EVENT,
    KEYS,
    KIOSK,
    PEOPLE,
    Venue,
    open_venue,
    reading,
    reasons,
    scan_id,
)

T = TypeVar("T")

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@dataclass
class Machine:
    """Three servers on one database, and what records their scans."""

    first: Venue
    second: Venue
    third: Venue
    recorded: Recording

    async def record_together(self, *scans: Coroutine[Any, Any, T]) -> list[T]:
        """The results of what two servers ask for while the third one's scan keeps all waiting."""
        self.recorded.log.gate.clear()
        ahead = asyncio.create_task(self.third.scan_one(reading(99, PEOPLE)))
        await until(lambda: self.recorded.waiting == 1)
        sent = [asyncio.create_task(scan) for scan in scans]
        await until(lambda: self.recorded.waiting == 1 + len(scans))
        self.recorded.log.gate.set()
        assert (await ahead).recorded.reason is Reason.CHECKED_IN
        return await asyncio.gather(*sent)


@pytest.fixture
async def machine(venue_url: str) -> AsyncIterator[Machine]:
    async with AsyncExitStack() as stack:
        recorded = await stack.enter_async_context(recording(venue_url))
        first, second, third = [
            await stack.enter_async_context(open_venue(venue_url, shared=recorded.path)) for _ in range(3)
        ]
        yield Machine(first, second, third, recorded)
        assert await first.faults() == []


def line_is_open(venue: Venue) -> bool:
    assert isinstance(venue.log, SharedScanLog)
    return venue.log._line.is_open


async def until_connected(venue: Venue) -> None:
    await until(lambda: line_is_open(venue))


async def test_what_several_servers_wait_for_is_one_batch(machine: Machine) -> None:
    ours, theirs = await machine.record_together(
        machine.first.scan(reading(2, 2), reading(3, 3)), machine.second.scan(reading(4, 4))
    )
    assert machine.recorded.log.sizes == [1, 3]
    assert [answer.recorded.scan_id for answer in ours if isinstance(answer, Answer)] == [
        scan_id(2),
        scan_id(3),
    ]
    assert [answer.recorded.scan_id for answer in theirs if isinstance(answer, Answer)] == [scan_id(4)]


async def test_every_server_gets_its_own_answers(machine: Machine) -> None:
    first, second, recorded = machine.first, machine.second, machine.recorded
    scans = 120
    answers: Sequence[Answer] = await asyncio.gather(
        *((first, second)[n % 2].scan_one(reading(n, 1 + n % PEOPLE)) for n in range(1, scans + 1))
    )
    assert [answer.recorded.scan_id for answer in answers] == [scan_id(n) for n in range(1, scans + 1)]
    assert reasons(answers) == {"checked_in": PEOPLE, "already_checked_in": scans - PEOPLE}
    assert sum(recorded.log.sizes) == scans
    assert len(recorded.log.sizes) < scans
    again = await second.scan_one(reading(1, 2))
    assert again.outcome.is_replay
    assert again.recorded == answers[0].recorded
    assert await first.rows("SELECT count(*) FROM scan") == [(scans,)]


async def test_a_bug_is_only_the_answer_to_the_scan_that_has_it(machine: Machine) -> None:
    await machine.first.execute("CREATE UNIQUE INDEX once_only ON scan (attendee_id) WHERE attendee_id = 5")
    await machine.first.scan_one(reading(1, 5))
    (failed, fine), (other,) = await machine.record_together(
        machine.first.scan(reading(3, 5), reading(4, 6)), machine.second.scan(reading(5, 7))
    )
    assert isinstance(failed, RecordingError)
    assert "UniqueViolationError" in str(failed)
    assert isinstance(fine, Answer)
    assert isinstance(other, Answer)
    await machine.first.execute("DROP INDEX once_only")


async def test_an_event_that_is_gone_is_nobodys_bug(machine: Machine) -> None:
    with pytest.raises(AppError, match="no such event") as refused:
        await machine.first.desk.record_one(EVENT + 8, KIOSK, reading(99, 1))  # type: ignore[arg-type]
    assert refused.value.code == "not_found"
    assert line_is_open(machine.first)


async def test_each_server_is_given_the_agenda_that_it_does_not_know(machine: Machine) -> None:
    first, second = machine.first, machine.second
    known = await first.scan_one(reading(1, 8))
    assert known.agenda == CONFERENCE
    await first.rename("Another name")
    told = await asyncio.gather(first.scan_one(reading(2, 8)), second.scan_one(reading(3, 8)))
    assert [answer.agenda.name for answer in told] == ["Another name"] * 2
    again = await asyncio.gather(first.scan_one(reading(4, 8)), second.scan_one(reading(5, 8)))
    assert [answer.agenda is before.agenda for answer, before in zip(again, told, strict=True)] == [True] * 2


async def test_somebodys_day_is_read_once_for_as_long_as_it_is_the_same(machine: Machine) -> None:
    first = machine.first
    came = await first.scan_one(reading(1, 8))
    again = await first.scan_one(reading(2, 8))
    assert came.outcome.itinerary is again.outcome.itinerary
    assert came.outcome.person is again.outcome.person
    await first.execute("UPDATE attendee SET first_name = 'Another' WHERE id = 8")
    await first.execute("UPDATE event_state SET version = version + 1")
    renamed = (await first.scan_one(reading(3, 8))).outcome.person
    assert renamed is not None
    assert renamed.name.first == "Another"


async def test_one_that_does_not_answer_is_done_without_and_found_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second, recorded = machine.first, machine.second, machine.recorded
    await first.scan_one(reading(1, 3))
    monkeypatch.setattr(scan_log_shared, "CALL_SECONDS", 0.05)
    monkeypatch.setattr(scan_log_shared, "SILENT_SECONDS", 0.3)
    monkeypatch.setattr(scan_log_shared, "START_SECONDS", 0.3)
    with monkeypatch.context() as mute:
        mute.setattr(recorder_process._Visit, "_say", lambda *_: None)
        answers = await asyncio.gather(*(first.scan_one(reading(name, name)) for name in range(4, 12)))
        assert reasons(answers) == {"checked_in": 8}
        await asyncio.sleep(1)
        assert not line_is_open(first)
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert told.count("scan_process_lost") == 3, "each of three servers says so, once"
    await until_connected(first)
    before = sum(recorded.log.sizes)
    assert (await first.scan_one(reading(20, 20))).recorded.reason is Reason.CHECKED_IN
    assert sum(recorded.log.sizes) == before + 1
    assert (await second.scan_one(reading(4, 4))).outcome.is_replay
    assert await first.rows("SELECT count(*), count(DISTINCT scan_id) FROM scan") == [(10, 10)]


async def test_one_that_takes_its_time_is_waited_for(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_log_shared, "CALL_SECONDS", 0.02)
    monkeypatch.setattr(scan_log_shared, "SILENT_SECONDS", 0.2)
    await asyncio.sleep(scan_log_shared.CALL_SECONDS)
    machine.recorded.log.gate.clear()
    waiting = asyncio.create_task(machine.first.scan_one(reading(1, 3)))
    await asyncio.sleep(0.6)
    assert not waiting.done()
    assert line_is_open(machine.first)
    machine.recorded.log.gate.set()
    assert (await waiting).recorded.reason is Reason.CHECKED_IN
    assert machine.recorded.log.sizes == [1]


async def test_it_is_in_doubt_whether_a_scan_is_stored_where_nobody_can_tell_any_more(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = machine.first.log
    assert isinstance(log, SharedScanLog)

    async def refuse(_batch: Batch) -> Stored:
        raise AppError("unavailable", "the database is away; nothing was stored")

    monkeypatch.setattr(log._here, "record", refuse)
    machine.recorded.log.gate.clear()
    waiting = asyncio.create_task(machine.first.scan_one(reading(1, 3)))
    await until(lambda: machine.recorded.waiting == 1)
    log._line.close()
    with pytest.raises(AppError, match="it may be stored all the same") as refused:
        await waiting
    assert refused.value.code == "unavailable"
    monkeypatch.undo()
    machine.recorded.log.gate.set()
    await until_connected(machine.first)
    await until(lambda: machine.recorded.waiting == 0)
    assert (await machine.first.scan_one(reading(1, 3))).outcome.is_replay, "this time it was"


async def test_a_server_starts_without_it_and_finds_it_later(
    venue_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_venue(venue_url, shared=tmp_path / "nothing") as venue:
        assert (await venue.scan_one(reading(1, 3))).recorded.reason is Reason.CHECKED_IN
        assert not line_is_open(venue)
        async with recording(venue_url) as recorded:
            assert isinstance(venue.log, SharedScanLog)
            monkeypatch.setattr(venue.log, "_path", recorded.path)
            await until_connected(venue)
            await venue.scan_one(reading(2, 4))
            assert recorded.log.sizes == [1]
            await venue.desk.close()


async def test_one_of_another_version_is_not_spoken_to(
    venue_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scan_log_shared, "layout", lambda: b"another")
    async with recording(venue_url) as recorded, open_venue(venue_url, shared=recorded.path) as venue:
        assert (await venue.scan_one(reading(1, 3))).recorded.reason is Reason.CHECKED_IN
        assert recorded.log.sizes == []
    (record,) = caplog.records
    assert record.getMessage() == "scan_process_refuses"
    assert record.args == {"how": "this program is another one than its servers' by now"}


async def test_what_others_write_between_batches_counts_in_the_next(machine: Machine) -> None:
    first, second = machine.first, machine.second
    await first.scan_one(reading(1, 8))
    await second.desk.undo(scan_id(1), None, "organizer")
    assert (await first.scan_one(reading(2, 8))).recorded.reason is Reason.CHECKED_IN
    await second.execute("UPDATE device SET revoked_at = 1 WHERE id = 1")
    await second.execute("UPDATE event_state SET version = version + 1")
    with pytest.raises(AppError, match="not paired"):
        await first.scan_one(reading(3, 9))


async def test_everything_that_an_answer_shows_comes_back(machine: Machine, venue_url: str) -> None:
    first, second = machine.first, machine.second
    await first.scan(reading(1, 7), reading(2, 6))
    await second.scan(reading(3, 6), device=DOOR)
    told = [*await second.scan(reading(1, 7), reading(2, 6)), *await first.scan(reading(3, 6), device=DOOR)]
    async with open_venue(venue_url) as here:
        expected = [
            *await here.scan(reading(1, 7), reading(2, 6)),
            *await here.scan(reading(3, 6), device=DOOR),
        ]
    assert told == expected
    assert all(isinstance(answer, Answer) and answer.outcome.is_replay for answer in told)


async def test_a_caller_that_goes_away_takes_nobody_elses_answer(machine: Machine) -> None:
    first = machine.first
    going = asyncio.create_task(first.scan_one(reading(1, 3)))
    await asyncio.sleep(0)
    going.cancel()
    answers = await asyncio.gather(*(first.scan_one(reading(name, name)) for name in range(4, 9)))
    assert [answer.recorded.scan_id for answer in answers] == [scan_id(name) for name in range(4, 9)]


async def test_the_time_of_a_scan_is_its_servers_when_its_turn_has_come(venue_url: str) -> None:
    """A rehearsal's clock is not the machine's, and goes on while a batch waits."""
    moments = iter([100.0, 102.5])
    asked: list[Batch] = []

    class Log:
        at_once = 1

        async def record(self, batch: Batch) -> Stored:
            asked.append(batch)
            assert batch.now() == at(8) + 2.5 * SECOND
            raise AppError("unavailable", "enough is known")

    recorder = Recorder(Log(), tag_check(KEYS), clock=lambda: next(moments))  # type: ignore[arg-type]
    item = present(KIOSK, reading(1, 3))
    assert item.credential is not None
    task = Task(EVENT, [item.scan], {item.credential.digest: item.credential.raw}, at(8), None)
    reply = await recorder.answer(written(task))
    assert not isinstance(reply, Done)
    assert [batch.scans for batch in asked] == [read_task(written(task)).scans]
