"""The statements of the scan batch on SQLite.

Owns the SQL; decides nothing. A batch runs inside a transaction opened with BEGIN IMMEDIATE, the lock of the
event's row. Nothing here waits: a batch is one function on one thread.
Lists of numbers go in as one parameter, a JSON array; rows by ones, twos, fours … so that few statements are
ever prepared.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final, TypeVar

from msgspec.json import decode

from checkin.domain.crossings import RoomCount
from checkin.domain.guessing import Guesses
from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, DeviceId, EventId
from checkin.domain.presence import Presence, Sighting
from checkin.domain.scans import Changes
from checkin.domain.tallies import TallyKey
from checkin.store.scan_rows import EventFacts, Found, LoggedScan, Named, Row, State
from checkin.store.scans import (
    PRESENCE_COLUMNS,
    SCAN_COLUMNS,
    SIGHTING_COLUMNS,
    read_device,
    read_recorded,
    read_sighting,
    write_presence,
    write_recorded,
)

# Column lists are constants of this package: nothing from outside gets into a statement's text.
# ruff: noqa: S608

T = TypeVar("T")

MOST_ROWS: Final = 64
"""So many rows go into the database by one statement."""


def _of(statement: str, values: Collection[T]) -> tuple[str, list[T]]:
    """A statement about a list of values, filled up to one of a few lengths: few are ever prepared."""
    filled = list(values)
    filled += filled[-1:] * ((1 << (len(filled) - 1).bit_length()) - len(filled))
    return _marked(statement, len(filled)), filled


@lru_cache
def _marked(statement: str, count: int) -> str:
    return statement.format(", ".join("?" * count))


@lru_cache
def _of_rows(statement: str, width: int, count: int) -> str:
    """A statement about `count` rows of so many values."""
    row = f"({', '.join('?' * width)})"
    return statement.format(", ".join([row] * count))


_STATE = "SELECT last_recorded_at, agenda_version, version FROM event_state WHERE event_id = ?"
_AGENDA = "SELECT document, standing FROM event WHERE id = ?"
_RECORDED = f"SELECT {SCAN_COLUMNS} FROM scan s WHERE s.scan_id IN ({{}})"
_HOLDERS = """
    SELECT json_group_array(json_array(hex(c.digest), c.attendee_id, c.event_id, c.replaced_at, hex(e.uuid)))
    FROM credential c JOIN event e ON e.id = c.event_id WHERE c.digest IN ({})
"""
_NUMBERS = """
    SELECT a.number, a.id, a.is_confidential, a.first_name, a.last_name, a.alias_first_name, a.alias_last_name
    FROM json_each(:numbers) wanted CROSS JOIN attendee a ON a.event_id = :event AND a.number = wanted.value
"""
# Put together as text: as JSON values each part would be parsed again by the one around it. The plus keeps
# the planner from going through all people of the event.
_PEOPLE = f"""
    SELECT '[' || coalesce(group_concat('['
        || json_array(a.id, a.number,
            json(CASE WHEN a.is_confidential THEN json_array(a.alias_first_name, a.alias_last_name)
                      ELSE json_array(a.first_name, a.last_name) END),
            json(a.disciplines), json(a.accessibility),
            json(iif(a.is_welcome_everywhere, 'true', 'false')), json(iif(a.is_cancelled, 'true', 'false')),
            json(a.preferences), a.group_name)
        || ',' || json_array({PRESENCE_COLUMNS}) || ','
        || (SELECT json_group_array(json_array(m.slot, m.session, json(m.why), m.made_at))
            FROM assignment m WHERE m.attendee_id = a.id) || ']'), '') || ']'
    FROM attendee a LEFT JOIN presence p ON p.attendee_id = a.id
    WHERE a.id IN ({{}}) AND +a.event_id = ?
"""
_TALLIES = """
    SELECT what, key, n FROM tally
    WHERE event_id = ? AND what IN ('assigned', 'inside', 'counted_in', 'counted_out')
"""
_ENDED = "SELECT session, ended_at FROM closing WHERE event_id = ?"
# The latest count of each room that had one; whether it still stands, `RoomCount` tells. Late scans are added
# to one that stands no more all the same.
_COUNTS = "SELECT room, counted, max(counted_at), until_at FROM room_count WHERE event_id = ? GROUP BY room"
_DEVICES = "SELECT id, name, role, room, revoked_at IS NOT NULL, paired_at FROM device WHERE event_id = ?"
_SIGHTINGS = f"""
    SELECT s.attendee_id, {SIGHTING_COLUMNS}
    FROM json_each(:ids) wanted CROSS JOIN scan s ON s.attendee_id = wanted.value
    WHERE s.effect IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reversal r WHERE r.scan_seq = s.seq)
"""
_GUESSES = """
    SELECT wanted.value, b.failures, b.retry_at
    FROM json_each(:devices) wanted CROSS JOIN backoff b ON b.key = 'number:' || wanted.value
"""

_LOGGED = """
    SELECT s.seq, s.event_id, s.device_id, s.attendee_id, s.effect, r.undone_at
    FROM scan s LEFT JOIN reversal r ON r.scan_seq = s.seq WHERE s.scan_id = ?
"""

_UPDATE_STATE = "UPDATE event_state SET version = version + 1, last_recorded_at = ? WHERE event_id = ?"
_BUMP = "UPDATE event_state SET version = version + 1 WHERE event_id = ?"
# Many rows a statement, each of which is one call, during which other threads run. Row by row, this thread
# would queue for the interpreter after every row.
_INSERT_SCANS = """
    INSERT INTO scan (event_id, scan_id, device_id, fingerprint, verdict, reason, happened_at, recorded_at,
        scanned_at, attendee_id, effect, room, session, is_late, detail) VALUES {}
"""
_PUT_PRESENCES = """
    INSERT INTO presence (event_id, attendee_id, first_at, first_device, arrived_at, left_at, room, session,
        entered_at, exited_room, exited_at, passed_from) VALUES {}
    ON CONFLICT (attendee_id) DO UPDATE SET
        first_at = excluded.first_at, first_device = excluded.first_device,
        arrived_at = excluded.arrived_at, left_at = excluded.left_at,
        room = excluded.room, session = excluded.session, entered_at = excluded.entered_at,
        exited_room = excluded.exited_room, exited_at = excluded.exited_at,
        passed_from = excluded.passed_from
"""
_PUT_ASSIGNMENTS = """
    INSERT INTO assignment (event_id, attendee_id, slot, session, why, made_at) VALUES {}
    ON CONFLICT (attendee_id, slot) DO UPDATE
    SET session = excluded.session, why = excluded.why, made_at = excluded.made_at
"""
# Two statements: an upsert would check the difference itself, which may be negative, against the constraint.
# Counter by counter: the planner would go through all of them for those few.
_ADD_TALLY = "UPDATE tally SET n = n + ? WHERE event_id = ? AND what = ? AND key = ?"
_START_TALLY = "INSERT INTO tally (n, event_id, what, key) VALUES (?, ?, ?, ?)"
_PUT_GUESSES = """
    INSERT INTO backoff (key, failures, retry_at) VALUES ('number:' || ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, retry_at = excluded.retry_at
"""


class SqliteRows:
    """`ScanRows` on the writing connection, inside a transaction."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    # ---- reading

    async def lock_state(self, event_id: EventId) -> State | None:
        row = self._raw.execute(_STATE, (event_id,)).fetchone()
        return None if row is None else State(*row)

    async def find_agenda(self, event_id: EventId) -> tuple[Any, Any]:
        document, standing = self._raw.execute(_AGENDA, (event_id,)).fetchone()
        return json.loads(document), json.loads(standing)

    async def find_facts(self, event_id: EventId) -> EventFacts:
        devices = self._raw.execute(_DEVICES, (event_id,))
        tallies = self._raw.execute(_TALLIES, (event_id,))
        counts = self._raw.execute(_COUNTS, (event_id,))
        return EventFacts(
            devices={row[0]: read_device(row) for row in devices},
            tallies={(what, key): n for what, key, n in tallies},
            ended=dict(self._raw.execute(_ENDED, (event_id,))),
            counts={room: RoomCount(counted, at, until) for room, counted, at, until in counts},
        )

    async def find_named(self, event_id: EventId, named: Named, with_facts: bool) -> Found:
        facts = await self.find_facts(event_id) if with_facts else None
        recorded = [read_recorded(row) for row in self._raw.execute(*_of(_RECORDED, named.scan_ids))]
        holders = self._find_holders(named.digests) if named.digests else []
        numbers = self._find_numbers(event_id, named.numbers) if named.numbers else []
        ids = {scan.attendee for scan in recorded if scan.attendee is not None}
        ids |= {attendee for _, attendee, event, *_ in holders if event == event_id}
        ids |= {row[1] for row in numbers}
        ids = {one for one in ids if one not in named.known}
        people = await self.find_people(event_id, ids) if ids else "[]"
        return Found(recorded, holders, numbers, people, facts)

    def _find_holders(self, digests: Collection[bytes]) -> list[Row]:
        (found,) = self._raw.execute(*_of(_HOLDERS, digests)).fetchone()
        return [
            (bytes.fromhex(digest), attendee, event, replaced_at, bytes.fromhex(uuid))
            for digest, attendee, event, replaced_at, uuid in decode(found)
        ]

    def _find_numbers(self, event_id: EventId, numbers: Collection[str]) -> list[Row]:
        wanted = {"numbers": json.dumps(list(numbers)), "event": event_id}
        return self._raw.execute(_NUMBERS, wanted).fetchall()

    async def find_people(self, event_id: EventId, ids: Collection[AttendeeId]) -> str:
        statement, wanted = _of(_PEOPLE, ids)
        (people,) = self._raw.execute(statement, (*wanted, event_id)).fetchone()
        return str(people)

    async def find_sightings(self, ids: Collection[AttendeeId]) -> Iterable[tuple[AttendeeId, Sighting]]:
        rows = self._raw.execute(_SIGHTINGS, {"ids": json.dumps(list(ids))})
        return [(row[0], read_sighting(row[1:])) for row in rows]

    async def find_guesses(self, devices: Collection[DeviceId]) -> dict[DeviceId, Guesses]:
        rows = self._raw.execute(_GUESSES, {"devices": json.dumps(list(devices))})
        return {device: Guesses(failures, retry_at) for device, failures, retry_at in rows}

    async def find_logged(self, scan_id: bytes) -> LoggedScan | None:
        row = self._raw.execute(_LOGGED, (scan_id,)).fetchone()
        return None if row is None else LoggedScan(*row)

    # ---- writing

    async def write(self, event_id: EventId, changes: Changes) -> None:
        self._put(_INSERT_SCANS, [(event_id, *write_recorded(scan)) for scan in changes.scans])
        placed = [
            (event_id, attendee, item.slot, item.session, json.dumps(item.why.write()), item.made_at)
            for attendee, items in changes.assignments.items()
            for item in items
        ]
        self._put(_PUT_ASSIGNMENTS, placed)
        await self.write_folded(event_id, changes.presences, changes.tallies)
        self._raw.execute(_UPDATE_STATE, (changes.last_recorded_at, event_id))

    async def write_guesses(self, guesses: Mapping[DeviceId, Guesses]) -> None:
        rows = [(device, one.failures, one.retry_at) for device, one in guesses.items()]
        self._raw.executemany(_PUT_GUESSES, rows)

    async def write_reversal(self, scan: LoggedScan, undone_by: str, now: Instant) -> None:
        values = (scan.seq, scan.event_id, undone_by, now)
        self._raw.execute("INSERT INTO reversal VALUES (?, ?, ?, ?)", values)
        self._raw.execute(_BUMP, (scan.event_id,))

    async def write_folded(
        self, event_id: EventId, presences: Mapping[AttendeeId, Presence], added: Mapping[TallyKey, int]
    ) -> None:
        seen = [(event_id, attendee, *write_presence(presence)) for attendee, presence in presences.items()]
        self._put(_PUT_PRESENCES, seen)
        for key, n in added.items():
            if self._raw.execute(_ADD_TALLY, (n, event_id, *key)).rowcount == 0:
                self._raw.execute(_START_TALLY, (n, event_id, *key))

    def _put(self, statement: str, rows: Sequence[Row]) -> None:
        first = 0
        while first < len(rows):
            count = min(MOST_ROWS, 1 << ((len(rows) - first).bit_length() - 1))
            some = rows[first : first + count]
            self._raw.execute(_of_rows(statement, len(some[0]), count), list(chain.from_iterable(some)))
            first += count
