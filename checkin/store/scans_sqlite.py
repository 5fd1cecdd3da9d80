"""The scan batch on SQLite: one function on the writer's thread, from reading rows to writing them.

Owns the SQL of recording scans. The rules are `judge`'s; this module decides nothing. It runs inside a
transaction that `Database.write_raw` has opened with BEGIN IMMEDIATE, which is the lock of the event's row.
Lists go in as one parameter, a JSON array or (for blobs) the values packed one after the other, so that every
statement is prepared once.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from checkin.domain.assignments import Assignment
from checkin.domain.crossings import RoomCount
from checkin.domain.errors import AppError, not_found
from checkin.domain.guessing import Guesses, hold_back, is_guess
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, AttendeeId, DeviceId, EventId, Role
from checkin.domain.presence import Presence, Sighting
from checkin.domain.scanning import judge
from checkin.domain.scans import Changes, DeviceFacts, Digest, Holder, Number, Outcome, Scan, Situation
from checkin.domain.tallies import TallyKey
from checkin.store.events import read_stored
from checkin.store.scans import (
    PERSON_COLUMNS,
    PRESENCE_COLUMNS,
    SCAN_COLUMNS,
    SIGHTING_COLUMNS,
    Batch,
    IsGenuine,
    Judged,
    read_assignments,
    read_person,
    read_presence,
    read_recorded,
    read_sighting,
    shown_name,
    spelling,
    too_many_guesses,
    write_presence,
    write_recorded,
)

# Column lists are constants of this package: nothing from outside gets into a statement's text.
# ruff: noqa: S608

_PACKED = """
    WITH RECURSIVE wanted(at) AS (
        SELECT 1 WHERE length(:packed) > 0
        UNION ALL SELECT at + :size FROM wanted WHERE at + :size <= length(:packed))
"""
_STATE = "SELECT last_recorded_at, agenda_version FROM event_state WHERE event_id = ?"
_RECORDED = f"""{_PACKED} SELECT {SCAN_COLUMNS}
    FROM wanted CROSS JOIN scan s ON s.scan_id = substr(:packed, at, :size)
"""
_HOLDERS = f"""{_PACKED} SELECT c.digest, c.attendee_id, c.event_id, c.replaced_at, e.uuid
    FROM wanted CROSS JOIN credential c ON c.digest = substr(:packed, at, :size)
    JOIN event e ON e.id = c.event_id
"""
_NUMBERS = """
    SELECT a.number, a.id, a.is_confidential, a.first_name, a.last_name, a.alias_first_name, a.alias_last_name
    FROM json_each(:numbers) wanted CROSS JOIN attendee a ON a.event_id = :event AND a.number = wanted.value
"""
_PEOPLE = f"""
    SELECT {PERSON_COLUMNS}, {PRESENCE_COLUMNS},
        (SELECT json_group_array(json_array(m.slot, m.session, json(m.why), m.made_at))
         FROM assignment m WHERE m.attendee_id = a.id)
    FROM json_each(:ids) wanted CROSS JOIN attendee a ON a.id = wanted.value
    LEFT JOIN presence p ON p.attendee_id = a.id
    WHERE a.event_id = :event
"""
_TALLIES = """
    SELECT what, key, n FROM tally
    WHERE event_id = ? AND what IN ('assigned', 'inside', 'counted_in', 'counted_out')
"""
_ENDED = "SELECT session, ended_at FROM closing WHERE event_id = ?"
# The latest count of each room that had one; whether it still stands, `RoomCount` tells. Late scans are added
# to one that stands no more all the same.
_COUNTS = "SELECT room, counted, max(counted_at), until_at FROM room_count WHERE event_id = ? GROUP BY room"
_DEVICES = "SELECT id, name, role, room, revoked_at IS NOT NULL FROM device WHERE event_id = ?"
_SIGHTINGS = f"""
    SELECT s.attendee_id, {SIGHTING_COLUMNS}
    FROM json_each(:ids) wanted CROSS JOIN scan s ON s.attendee_id = wanted.value
    WHERE s.effect IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reversal r WHERE r.scan_seq = s.seq)
"""
_GUESSES = """
    SELECT wanted.value, b.failures, b.retry_at
    FROM json_each(:devices) wanted CROSS JOIN backoff b ON b.key = 'number:' || wanted.value
"""

_INSERT_SCAN = """
    INSERT INTO scan (event_id, scan_id, device_id, fingerprint, verdict, reason, happened_at, recorded_at,
        scanned_at, attendee_id, effect, room, session, is_late, detail)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_PUT_PRESENCE = """
    INSERT INTO presence (event_id, attendee_id, first_at, first_device, arrived_at, left_at, room, session,
        entered_at, exited_room, exited_at, passed_from)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (attendee_id) DO UPDATE SET
        first_at = excluded.first_at, first_device = excluded.first_device,
        arrived_at = excluded.arrived_at, left_at = excluded.left_at,
        room = excluded.room, session = excluded.session, entered_at = excluded.entered_at,
        exited_room = excluded.exited_room, exited_at = excluded.exited_at,
        passed_from = excluded.passed_from
"""
_PUT_ASSIGNMENT = """
    INSERT INTO assignment (event_id, attendee_id, slot, session, why, made_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (attendee_id, slot) DO UPDATE
    SET session = excluded.session, why = excluded.why, made_at = excluded.made_at
"""
# Two statements: an upsert would check the difference itself, which may be negative, against the constraint.
_START_TALLY = "INSERT OR IGNORE INTO tally (event_id, what, key, n) VALUES (?, ?, ?, 0)"
_ADD_TALLY = "UPDATE tally SET n = n + ? WHERE event_id = ? AND what = ? AND key = ?"
_PUT_GUESSES = """
    INSERT INTO backoff (key, failures, retry_at) VALUES ('number:' || ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, retry_at = excluded.retry_at
"""


class AgendaCache:
    """The agendas that batches were judged by last, one an event, by their version. For one thread."""

    def __init__(self) -> None:
        self._known: dict[EventId, tuple[int, Agenda]] = {}

    def find(self, raw: sqlite3.Connection, event_id: EventId, version: int) -> Agenda:
        """The agenda of that version, read and checked only when it is another than before."""
        known = self._known.get(event_id)
        if known is None or known[0] != version:
            row = raw.execute("SELECT document, standing FROM event WHERE id = ?", (event_id,)).fetchone()
            known = self._known[event_id] = (version, read_stored(*map(json.loads, row)))
        return known[1]


def record_scans(raw: sqlite3.Connection, batch: Batch, agendas: AgendaCache) -> Judged:
    """Judges the scans and writes what they change. Recording a scan again changes nothing.

    `AppError not_found` if there is no such event.
    """
    situation = _read_situation(raw, batch, agendas)
    held = hold_back(situation, batch.scans, _read_guesses(raw, batch.scans), batch.now)
    heard = [scan for position, scan in enumerate(batch.scans) if position not in held.until]
    changes = judge(situation, heard, batch.now)
    _write(raw, batch, changes)
    raw.executemany(_PUT_GUESSES, [(device, g.failures, g.retry_at) for device, g in held.guesses.items()])
    judged = iter(changes.outcomes)
    outcomes: list[Outcome | AppError] = [
        too_many_guesses(held.until[position], batch.now) if position in held.until else next(judged)
        for position in range(len(batch.scans))
    ]
    return Judged(situation.agenda, outcomes)


# ---- reading


def _read_situation(raw: sqlite3.Connection, batch: Batch, agendas: AgendaCache) -> Situation:
    event_id, scans = batch.event_id, batch.scans
    last_recorded_at, agenda = read_state(raw, event_id, agendas)
    situation = Situation(agenda, last_recorded_at, _read_devices(raw, event_id))
    packed = {"packed": b"".join({scan.scan_id for scan in scans}), "size": 16}
    recorded = [read_recorded(row) for row in raw.execute(_RECORDED, packed)]
    situation.recorded = {scan.scan_id: scan for scan in recorded}
    situation.holders = _read_holders(raw, event_id, scans, batch.is_genuine)
    situation.numbers = _read_numbers(raw, event_id, scans)
    people = {scan.attendee for scan in recorded if scan.attendee is not None}
    people |= {holder.attendee for holder in situation.holders.values() if not holder.is_other_event}
    people |= {attendee for attendee, _ in situation.numbers.values()}
    read_people(raw, event_id, people, situation)
    read_counts(raw, event_id, situation)
    late = {_attendee(situation, scan) for scan in scans if scan.is_late} - {None}
    if late:
        situation.sightings = read_sightings(raw, {attendee for attendee in late if attendee is not None})
    return situation


def read_state(raw: sqlite3.Connection, event_id: EventId, agendas: AgendaCache) -> tuple[Instant, Agenda]:
    """The last `recorded_at` and the agenda. `AppError not_found`."""
    state = raw.execute(_STATE, (event_id,)).fetchone()
    if state is None:
        raise not_found("there is no such event")
    last_recorded_at, agenda_version = state
    return last_recorded_at, agendas.find(raw, event_id, agenda_version)


def _read_devices(raw: sqlite3.Connection, event_id: EventId) -> dict[DeviceId, DeviceFacts]:
    rows = raw.execute(_DEVICES, (event_id,))
    return {row[0]: DeviceFacts(row[0], row[1], Role(row[2]), row[3], bool(row[4])) for row in rows}


def _read_holders(
    raw: sqlite3.Connection, event_id: EventId, scans: Iterable[Scan], is_genuine: IsGenuine
) -> dict[bytes, Holder]:
    digests = {scan.subject.value for scan in scans if isinstance(scan.subject, Digest)}
    if not digests:
        return {}
    rows = raw.execute(_HOLDERS, {"packed": b"".join(digests), "size": 32})
    return {
        digest: Holder(attendee, is_other_event=event != event_id, is_replaced=replaced_at is not None)
        for digest, attendee, event, replaced_at, uuid in rows
        if is_genuine(uuid, digest)
    }


def _read_numbers(
    raw: sqlite3.Connection, event_id: EventId, scans: Iterable[Scan]
) -> dict[str, tuple[AttendeeId, str]]:
    numbers = {scan.subject.number for scan in scans if isinstance(scan.subject, Number)}
    if not numbers:
        return {}
    rows = raw.execute(_NUMBERS, {"numbers": json.dumps(list(numbers)), "event": event_id})
    return {row[0]: (row[1], spelling(shown_name(row[2:]).last)) for row in rows}


def read_people(
    raw: sqlite3.Connection, event_id: EventId, ids: Collection[AttendeeId], situation: Situation
) -> None:
    """Adds these attendees to the situation: person, presence, assignments."""
    if not ids:
        return
    for row in raw.execute(_PEOPLE, {"ids": json.dumps(list(ids)), "event": event_id}):
        person = read_person(row[:13])
        situation.persons[person.id] = person
        situation.presences[person.id] = read_presence(row[13:23])
        situation.assignments[person.id] = read_assignments(row[23])


def _attendee(situation: Situation, scan: Scan) -> AttendeeId | None:
    match scan.subject:
        case Digest(value) if value in situation.holders and not situation.holders[value].is_other_event:
            return situation.holders[value].attendee
        case Number(number) if number in situation.numbers:
            return situation.numbers[number][0]
        case _:
            return None


def read_sightings(raw: sqlite3.Connection, ids: Collection[AttendeeId]) -> dict[AttendeeId, list[Sighting]]:
    """The sightings of these attendees, without those taken back."""
    sightings: dict[AttendeeId, list[Sighting]] = {attendee: [] for attendee in ids}
    for row in raw.execute(_SIGHTINGS, {"ids": json.dumps(list(ids))}):
        sightings[row[0]].append(read_sighting(row[1:]))
    return sightings


def read_counts(raw: sqlite3.Connection, event_id: EventId, situation: Situation) -> None:
    """Adds to the situation what is counted: tallies, ended sessions, each room's last usher's count."""
    situation.tallies = {(what, key): n for what, key, n in raw.execute(_TALLIES, (event_id,))}
    situation.ended = dict(raw.execute(_ENDED, (event_id,)))
    rows = raw.execute(_COUNTS, (event_id,))
    situation.counts = {room: RoomCount(counted, at, until) for room, counted, at, until in rows}


def _read_guesses(raw: sqlite3.Connection, scans: Iterable[Scan]) -> dict[DeviceId, Guesses]:
    devices = {scan.device for scan in scans if is_guess(scan)}
    if not devices:
        return {}
    rows = raw.execute(_GUESSES, {"devices": json.dumps(list(devices))})
    return {device: Guesses(failures, retry_at) for device, failures, retry_at in rows}


# ---- writing


def _write(raw: sqlite3.Connection, batch: Batch, changes: Changes) -> None:
    if not changes.scans:
        return
    event_id = batch.event_id
    raw.executemany(_INSERT_SCAN, [(event_id, *write_recorded(scan)) for scan in changes.scans])
    write_presences(raw, event_id, changes.presences)
    _write_assignments(raw, event_id, changes.assignments)
    write_tallies(raw, event_id, changes.tallies)
    raw.execute(
        "UPDATE event_state SET version = version + 1, last_recorded_at = ? WHERE event_id = ?",
        (changes.last_recorded_at, event_id),
    )


def write_presences(
    raw: sqlite3.Connection, event_id: EventId, presences: Mapping[AttendeeId, Presence]
) -> None:
    """Stores presences in place of those before."""
    rows = [(event_id, attendee, *write_presence(presence)) for attendee, presence in presences.items()]
    raw.executemany(_PUT_PRESENCE, rows)


def _write_assignments(
    raw: sqlite3.Connection,
    event_id: EventId,
    assignments: Mapping[AttendeeId, Sequence[Assignment]],
) -> None:
    rows: list[tuple[Any, ...]] = [
        (event_id, attendee, item.slot, item.session, json.dumps(item.why.write()), item.made_at)
        for attendee, items in assignments.items()
        for item in items
    ]
    raw.executemany(_PUT_ASSIGNMENT, rows)


def write_tallies(raw: sqlite3.Connection, event_id: EventId, added: Mapping[TallyKey, int]) -> None:
    """Adds to counters."""
    keys = [(event_id, what, key) for what, key in added]
    raw.executemany(_START_TALLY, keys)
    raw.executemany(_ADD_TALLY, [(n, event_id, *key) for key, n in added.items() if n])
