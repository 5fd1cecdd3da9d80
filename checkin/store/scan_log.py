"""Recording scans and taking them back, whatever the engine: what is read, in which order, what is written.

Owns the way of a batch between the rows and the rules; decides nothing (that is `judge`'s) and holds no SQL
(that is each engine's `ScanRows`). On SQLite the rows come without waiting, so that a whole batch is one
function on the writer's thread (`run_at_once`); on PostgreSQL they are awaited.
"""

from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from checkin.domain.crossings import RoomCount, trace
from checkin.domain.errors import AppError, conflict, not_found
from checkin.domain.guessing import Guesses, hold_back, is_guess
from checkin.domain.instants import Instant
from checkin.domain.ledger import counted
from checkin.domain.model import Agenda, AttendeeId, DeviceId, EventId
from checkin.domain.presence import Presence, Sighting, fold
from checkin.domain.scanning import judge
from checkin.domain.scans import (
    Changes,
    DeviceFacts,
    Digest,
    Holder,
    Number,
    Outcome,
    Recorded,
    Scan,
    Situation,
)
from checkin.domain.session_ends import SessionEnds
from checkin.domain.tallies import TallyKey, contribution, difference
from checkin.store.events import read_stored
from checkin.store.scans import (
    Batch,
    IsGenuine,
    Undone,
    read_people,
    shown_name,
    spelling,
    too_many_guesses,
)

T = TypeVar("T")
Row = Sequence[Any]


class State(NamedTuple):
    """An event's row: when its last scan was recorded, and the versions of its agenda and of all of it."""

    last_recorded_at: Instant
    agenda_version: int
    version: int


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What a batch reads of its event; of each room `counts` has the last usher's count.

    `tallies` are moved along by a batch, as it will have stored them.
    """

    devices: dict[DeviceId, DeviceFacts]
    tallies: dict[TallyKey, int]
    ended: dict[str, Instant]
    counts: dict[str, RoomCount]


@dataclass(frozen=True, slots=True)
class Judged:
    """The answers in the order of the scans, with the agenda that they were judged by.

    `AppError` too_many_requests in place of an outcome: numbers were typed wrong too often, nothing was
    recorded. `facts` are those of `state`, once this is committed.
    """

    agenda: Agenda
    outcomes: list[Outcome | AppError]
    state: State
    facts: EventFacts


@dataclass(frozen=True, slots=True)
class LoggedScan:
    """What undo needs of a scan: whose it is, and whether it was undone."""

    seq: int
    event_id: EventId
    device: DeviceId
    attendee: AttendeeId | None
    effect: str | None
    undone_at: Instant | None


class ScanRows(Protocol):
    """The statements of a batch, in one transaction of an engine. Columns as `checkin.store.scans` names."""

    async def lock_state(self, event_id: EventId) -> State | None:
        """Locks the event's row; None if there is no event."""

    async def find_agenda(self, event_id: EventId) -> tuple[Any, Any]:
        """(document, standing) of the event, decoded."""

    async def find_facts(self, event_id: EventId) -> EventFacts:
        """What is counted and known of the event."""

    async def find_recorded(self, scan_ids: Collection[bytes]) -> list[Recorded]:
        """Those of these scans that are in the log."""

    async def find_holders(self, digests: Collection[bytes]) -> Iterable[Row]:
        """(digest, attendee, event, replaced_at, event's UUID)."""

    async def find_numbers(self, event_id: EventId, numbers: Collection[str]) -> Iterable[Row]:
        """(number, attendee, is_confidential, first, last, alias first, alias last)."""

    async def find_people(self, event_id: EventId, ids: Collection[AttendeeId]) -> str:
        """Those of these who are the event's, as `read_people` takes them."""

    async def find_sightings(self, ids: Collection[AttendeeId]) -> Iterable[tuple[AttendeeId, Sighting]]:
        """The sightings of these attendees, without those taken back."""

    async def find_guesses(self, devices: Collection[DeviceId]) -> dict[DeviceId, Guesses]:
        """How often these devices have guessed numbers wrong."""

    async def find_logged(self, scan_id: bytes) -> LoggedScan | None:
        """A scan of the log, its event's row locked."""

    async def write(self, event_id: EventId, changes: Changes) -> None:
        """Stores what a batch changes; the version rises."""

    async def write_guesses(self, guesses: Mapping[DeviceId, Guesses]) -> None:
        """Stores how often devices have guessed wrong."""

    async def write_reversal(
        self,
        scan: LoggedScan,
        undone_by: str,
        now: Instant,
    ) -> None:
        """Puts a reversal into the log; the version rises."""

    async def write_folded(
        self, event_id: EventId, presences: Mapping[AttendeeId, Presence], added: Mapping[TallyKey, int]
    ) -> None:
        """Stores presences and adds to counters."""


class ScanLog(Protocol):
    """The log of scans on one engine; each call is one transaction, and is on disk when it returns."""

    async def record(self, batch: Batch, before_commit: Callable[[], None]) -> Judged:
        """`record_scans` in a transaction. `AppError`: not_found, unavailable (nothing was stored)."""

    async def undo(self, reversal: "Reversal", before_commit: Callable[[], None]) -> Undone:
        """`undo_scan` in a transaction. `AppError`: those of `undo_scan`, unavailable."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """Who asks that a scan be undone; `device` None: an organizer. `now` is asked for under the lock."""

    scan_id: bytes
    device: DeviceId | None
    undone_by: str
    now: Callable[[], Instant]


class Memory:
    """What is remembered of events between batches, by the state of the event's row that it holds of.

    Whoever changes anything that a verdict depends on raises the event's version in the same transaction.
    What was true of a version is therefore true whenever the lock shows that version, whoever wrote since.
    The whole row is compared, so that the one who took over from a lost database is not taken for it.
    """

    def __init__(self) -> None:
        self._agendas: dict[EventId, tuple[int, Agenda]] = {}
        self._facts: dict[EventId, tuple[State, EventFacts]] = {}

    async def find_agenda(self, rows: ScanRows, event_id: EventId, version: int) -> Agenda:
        """The agenda of that version, read and checked only when it is another than before."""
        known = self._agendas.get(event_id)
        if known is None or known[0] != version:
            known = self._agendas[event_id] = (version, read_stored(*await rows.find_agenda(event_id)))
        return known[1]

    async def take_facts(self, rows: ScanRows, event_id: EventId, state: State) -> EventFacts:
        """The facts of that state. They are remembered no more: the batch moves them along."""
        known = self._facts.pop(event_id, None)
        return known[1] if known is not None and known[0] == state else await rows.find_facts(event_id)

    def keep(self, event_id: EventId, judged: Judged) -> None:
        """Remembers the facts that a batch has stored; only when it is committed."""
        self._facts[event_id] = (judged.state, judged.facts)

    def forget(self) -> None:
        """After the database was lost: another may answer now, in which a version is another state."""
        self._agendas.clear()
        self._facts.clear()


def run_at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("these rows had to be waited for")


async def record_scans(rows: ScanRows, batch: Batch, memory: Memory) -> Judged:
    """Judges the scans and writes what they change. Recording a scan again changes nothing.

    `AppError not_found` if there is no such event.
    """
    state = await _lock(rows, batch.event_id)
    agenda = await memory.find_agenda(rows, batch.event_id, state.agenda_version)
    facts = await memory.take_facts(rows, batch.event_id, state)
    # The clock is read under the lock: the scans before these have all been recorded.
    now = batch.now()
    situation = await _read_situation(rows, batch, Situation(agenda, state.last_recorded_at), facts)
    guessers = {scan.device for scan in batch.scans if is_guess(scan)}
    guesses = await rows.find_guesses(guessers) if guessers else {}
    held = hold_back(situation, batch.scans, guesses, now)
    heard = [scan for position, scan in enumerate(batch.scans) if position not in held.until]
    changes = judge(situation, heard, now)
    if changes.scans:
        await rows.write(batch.event_id, changes)
        state = State(changes.last_recorded_at, state.agenda_version, state.version + 1)
    if held.guesses:
        await rows.write_guesses(held.guesses)
    judged = iter(changes.outcomes)
    outcomes: list[Outcome | AppError] = [
        too_many_guesses(held.until[position], now) if position in held.until else next(judged)
        for position in range(len(batch.scans))
    ]
    return Judged(agenda, outcomes, state, facts)


async def _lock(rows: ScanRows, event_id: EventId) -> State:
    state = await rows.lock_state(event_id)
    if state is None:
        raise not_found("there is no such event")
    return state


async def _read_situation(rows: ScanRows, batch: Batch, situation: Situation, facts: EventFacts) -> Situation:
    event_id, scans = batch.event_id, batch.scans
    situation.devices, situation.tallies = facts.devices, facts.tallies
    situation.ended, situation.counts = facts.ended, facts.counts
    recorded = await rows.find_recorded({scan.scan_id for scan in scans})
    situation.recorded = {scan.scan_id: scan for scan in recorded}
    situation.holders = await _read_holders(rows, event_id, scans, batch.is_genuine)
    situation.numbers = await _read_numbers(rows, event_id, scans)
    people = {scan.attendee for scan in recorded if scan.attendee is not None}
    people |= {holder.attendee for holder in situation.holders.values() if not holder.is_other_event}
    people |= {attendee for attendee, _ in situation.numbers.values()}
    await _read_people(rows, event_id, people, situation)
    late = {_attendee(situation, scan) for scan in scans if scan.is_late} - {None}
    if late:
        situation.sightings = await _read_sightings(rows, {one for one in late if one is not None})
    return situation


async def _read_holders(
    rows: ScanRows, event_id: EventId, scans: Iterable[Scan], is_genuine: IsGenuine
) -> dict[bytes, Holder]:
    digests = {scan.subject.value for scan in scans if isinstance(scan.subject, Digest)}
    found = await rows.find_holders(digests) if digests else ()
    return {
        digest: Holder(attendee, is_other_event=event != event_id, is_replaced=replaced_at is not None)
        for digest, attendee, event, replaced_at, uuid in found
        if is_genuine(uuid, digest)
    }


async def _read_numbers(
    rows: ScanRows, event_id: EventId, scans: Iterable[Scan]
) -> dict[str, tuple[AttendeeId, str]]:
    numbers = {scan.subject.number for scan in scans if isinstance(scan.subject, Number)}
    found = await rows.find_numbers(event_id, numbers) if numbers else ()
    return {row[0]: (row[1], spelling(shown_name(row[2:]).last)) for row in found}


async def _read_people(
    rows: ScanRows, event_id: EventId, ids: Collection[AttendeeId], situation: Situation
) -> None:
    if not ids:
        return
    for person, presence, assignments in read_people(await rows.find_people(event_id, ids)):
        situation.persons[person.id] = person
        situation.presences[person.id] = presence
        situation.assignments[person.id] = {item.slot: item for item in assignments}


def _attendee(situation: Situation, scan: Scan) -> AttendeeId | None:
    match scan.subject:
        case Digest(value) if value in situation.holders and not situation.holders[value].is_other_event:
            return situation.holders[value].attendee
        case Number(number) if number in situation.numbers:
            return situation.numbers[number][0]
        case _:
            return None


async def _read_sightings(rows: ScanRows, ids: Collection[AttendeeId]) -> dict[AttendeeId, list[Sighting]]:
    sightings: dict[AttendeeId, list[Sighting]] = {attendee: [] for attendee in ids}
    for attendee, sighting in await rows.find_sightings(ids):
        sightings[attendee].append(sighting)
    return sightings


# ---- taking back


async def undo_scan(rows: ScanRows, reversal: Reversal, memory: Memory) -> Undone:
    """Takes the sighting of a scan back, and folds again what follows from the log.

    Undone before: the same answer, and nothing changes. `AppError`: not_found, forbidden (another device's
    scan), conflict (a refused scan left nothing to take back).
    """
    scan = await rows.find_logged(reversal.scan_id)
    if scan is None:
        raise not_found("there is no such scan")
    if reversal.device is not None and reversal.device != scan.device:
        raise AppError("forbidden", "only the device that scanned, or an organizer, can undo a scan")
    if scan.undone_at is not None:
        return Undone(scan.event_id, scan.undone_at, is_new=False)
    if scan.effect is None or scan.attendee is None:
        raise conflict("a refused scan left nothing to undo")
    now = reversal.now()
    before = (await _read_sightings(rows, {scan.attendee}))[scan.attendee]
    await rows.write_reversal(scan, reversal.undone_by, now)
    await _fold_again(rows, scan.event_id, scan.attendee, before, memory)
    return Undone(scan.event_id, now, is_new=True)


async def _fold_again(
    rows: ScanRows, event_id: EventId, attendee: AttendeeId, before: list[Sighting], memory: Memory
) -> None:
    state = await _lock(rows, event_id)
    agenda = await memory.find_agenda(rows, event_id, state.agenda_version)
    facts = await rows.find_facts(event_id)
    situation = Situation(agenda, state.last_recorded_at, facts.devices)
    await _read_people(rows, event_id, {attendee}, situation)
    person, held = situation.persons[attendee], situation.assignments[attendee]
    ends, zone = SessionEnds(agenda, facts.ended).of(held), agenda.zone
    after = (await _read_sightings(rows, {attendee}))[attendee]
    presence = fold(after, zone, ends)
    old = contribution(person, situation.presences[attendee], held.values(), zone)
    steps = difference(old, contribution(person, presence, held.values(), zone))
    await rows.write_folded(event_id, {attendee: presence}, steps)
    if facts.counts:
        was, is_now = trace(before, zone, ends)[1], trace(after, zone, ends)[1]
        steps = difference(counted(was, facts.counts), counted(is_now, facts.counts))
        await rows.write_folded(event_id, {}, steps)
