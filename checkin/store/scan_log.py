"""Recording scans and taking them back, whatever the engine: what is read, in which order, what is written.

Owns the way of a batch between the rows and the rules; decides nothing (that is `judge`'s) and holds no SQL
(that is each engine's `ScanRows`). On SQLite the rows come without waiting, so that a whole batch is one
function on one thread (`run_at_once`); on PostgreSQL they are awaited.
"""

from collections import ChainMap
from collections.abc import Collection, Coroutine, MutableMapping, Sequence
from typing import Any, TypeVar

from checkin.domain.crossings import trace
from checkin.domain.errors import AppError, conflict, not_found
from checkin.domain.guessing import HeldBack, hold_back, is_guess
from checkin.domain.ledger import counted
from checkin.domain.model import AttendeeId, EventId
from checkin.domain.presence import Sighting, fold
from checkin.domain.scanning import judge
from checkin.domain.scans import (
    Digest,
    Holder,
    Number,
    Outcome,
    Scan,
    Situation,
)
from checkin.domain.session_ends import SessionEnds
from checkin.domain.tallies import contribution, difference
from checkin.store.memory import Memory
from checkin.store.scan_rows import EventFacts, Found, Judged, Named, People, Reversal, ScanRows, State
from checkin.store.scans import (
    Batch,
    Undone,
    read_people,
    shown_name,
    spelling,
    too_many_guesses,
)

T = TypeVar("T")


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
    known = memory.take_facts(batch.event_id, state)
    named = _named(batch.scans, People() if known is None else known.people)
    found = await rows.find_named(batch.event_id, named, with_facts=known is None)
    facts = known or found.facts
    if facts is None:
        raise RuntimeError("the event's facts were asked for")
    # The clock is read under the lock: the scans before these have all been recorded.
    now = batch.now()
    situation = Situation(agenda, state.last_recorded_at)
    await _fill(situation, rows, batch, found, facts)
    guessers = {scan.device for scan in batch.scans if is_guess(scan)}
    held = HeldBack({}, {})
    if guessers:
        held = hold_back(situation, batch.scans, await rows.find_guesses(guessers), now)
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
    documents = None
    if batch.known_agendas is not None and any(one != state.agenda_version for one in batch.known_agendas):
        documents = await rows.find_agenda(batch.event_id)
    return Judged(agenda, outcomes, state, facts, documents)


async def _lock(rows: ScanRows, event_id: EventId) -> State:
    state = await rows.lock_state(event_id)
    if state is None:
        raise not_found("there is no such event")
    return state


def _named(scans: Sequence[Scan], known: People) -> Named:
    subjects = [scan.subject for scan in scans]
    return Named(
        {scan.scan_id for scan in scans},
        {one.value for one in subjects if isinstance(one, Digest) and one.value not in known.holders},
        {one.number for one in subjects if isinstance(one, Number)},
        known.persons.keys(),
    )


async def _fill(situation: Situation, rows: ScanRows, batch: Batch, found: Found, facts: EventFacts) -> None:
    situation.devices, situation.tallies = facts.devices, facts.tallies
    situation.ended, situation.counts = facts.ended, facts.counts
    situation.recorded = {scan.scan_id: scan for scan in found.recorded}
    people = facts.people
    situation.persons, situation.presences = people.persons, people.presences
    situation.assignments = people.assignments
    situation.holders = _holders(batch, found, people)
    situation.numbers = {row[0]: (row[1], spelling(shown_name(row[2:]).last)) for row in found.numbers}
    _take_people(situation, found.people)
    late = {_attendee(situation, scan) for scan in batch.scans if scan.is_late} - {None}
    if late:
        situation.sightings = await _read_sightings(rows, {one for one in late if one is not None})


def _holders(batch: Batch, found: Found, people: People) -> MutableMapping[bytes, Holder]:
    others: dict[bytes, Holder] = {}
    for digest, attendee, event, replaced_at, uuid in found.holders:
        if batch.is_genuine(uuid, batch.credentials[digest]):
            is_other = event != batch.event_id
            holder = Holder(attendee, is_other_event=is_other, is_replaced=replaced_at is not None)
            # This event's row does not tell what becomes of another's.
            (others if is_other else people.holders)[digest] = holder
    return ChainMap(others, people.holders) if others else people.holders


def _take_people(situation: Situation, people: str) -> None:
    for person, presence, assignments in read_people(people):
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
    _take_people(situation, await rows.find_people(event_id, {attendee}))
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
