"""The statements of the scan batch on PostgreSQL.

Owns the SQL; decides nothing. The lock of the event's row is the first statement, so that every later one
sees what the batch before committed (READ COMMITTED reads again for each statement). Lists go in as arrays,
and the writes of a batch are one statement, so that a batch is a handful of journeys to the server.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from msgspec.json import decode

from checkin.domain.crossings import RoomCount
from checkin.domain.guessing import Guesses
from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, DeviceId, EventId
from checkin.domain.presence import Presence, Sighting
from checkin.domain.scans import Changes
from checkin.domain.tallies import TallyKey
from checkin.store.scan_rows import EventFacts, Found, LoggedScan, Named, State
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

_STATE = "SELECT last_recorded_at, agenda_version, version FROM event_state WHERE event_id = $1 FOR UPDATE"
_AGENDA = "SELECT document::text, standing::text FROM event WHERE id = $1"
_FACTS = """
        (SELECT json_agg(json_build_array(id, name, role, room, revoked_at IS NOT NULL, paired_at))
         FROM device WHERE event_id = $1)::text,
        (SELECT json_agg(json_build_array(what, key, n)) FROM tally
         WHERE event_id = $1 AND what IN ('assigned', 'inside', 'counted_in', 'counted_out'))::text,
        (SELECT json_agg(json_build_array(session, ended_at)) FROM closing WHERE event_id = $1)::text,
        (SELECT json_agg(json_build_array(room, counted, counted_at, until_at)) FROM (
            SELECT DISTINCT ON (room) room, counted, counted_at, until_at
            FROM room_count WHERE event_id = $1 ORDER BY room, counted_at DESC, id DESC) latest)::text
"""
_PEOPLE = f"""
    SELECT coalesce(json_agg(json_build_array(
        json_build_array(a.id, a.number,
            CASE WHEN a.is_confidential THEN json_build_array(a.alias_first_name, a.alias_last_name)
                 ELSE json_build_array(a.first_name, a.last_name) END,
            a.disciplines, a.accessibility, a.is_welcome_everywhere, a.is_cancelled, a.preferences,
            a.group_name),
        json_build_array({PRESENCE_COLUMNS}),
        (SELECT coalesce(json_agg(json_build_array(m.slot, m.session, m.why, m.made_at)), '[]')
         FROM assignment m WHERE m.attendee_id = a.id))), '[]')::text
    FROM attendee a LEFT JOIN presence p ON p.attendee_id = a.id
    WHERE a.event_id = $1 AND a.id = ANY({{}})
"""
_PEOPLE_OF = _PEOPLE.format("$2::bigint[]")
# One statement: while it is on its way, and while the processor has others to do, the event's row is locked.
_NAMED = f"""
    WITH recorded AS (SELECT {SCAN_COLUMNS} FROM scan s WHERE s.scan_id = ANY($2::bytea[])),
    holder AS (
        SELECT c.digest, c.attendee_id, c.event_id, c.replaced_at, e.uuid
        FROM credential c JOIN event e ON e.id = c.event_id WHERE c.digest = ANY($3::bytea[])),
    numbered AS (
        SELECT a.number, a.id, a.is_confidential, a.first_name, a.last_name, a.alias_first_name,
            a.alias_last_name
        FROM attendee a WHERE a.event_id = $1 AND a.number = ANY($4::text[])),
    named AS (
        SELECT attendee_id AS id FROM holder WHERE event_id = $1
        UNION SELECT attendee_id FROM recorded WHERE attendee_id IS NOT NULL UNION SELECT id FROM numbered)
    SELECT
        (SELECT array_agg(recorded) FROM recorded), (SELECT array_agg(holder) FROM holder),
        (SELECT array_agg(numbered) FROM numbered), ({_PEOPLE.format("ARRAY(SELECT id FROM named)")})
"""
_NAMED_WITH_FACTS = f"{_NAMED}, {_FACTS}"
_SIGHTINGS = f"""
    SELECT s.attendee_id, {SIGHTING_COLUMNS} FROM scan s
    WHERE s.attendee_id = ANY($1::bigint[]) AND s.effect IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM reversal r WHERE r.scan_seq = s.seq)
"""
_GUESSES = "SELECT key, failures, retry_at FROM backoff WHERE key = ANY($1::text[])"
_EVENT_OF = "SELECT event_id FROM scan WHERE scan_id = $1"
_LOGGED = """
    SELECT s.seq, s.event_id, s.device_id, s.attendee_id, s.effect, r.undone_at
    FROM scan s LEFT JOIN reversal r ON r.scan_seq = s.seq WHERE s.scan_id = $1
"""

_ADD_TALLIES = """
    added AS (SELECT * FROM unnest($2::text[], $3::text[], $4::bigint[]) AS t(what, key, n)),
    raised AS (
        UPDATE tally SET n = tally.n + added.n FROM added
        WHERE tally.event_id = $1 AND tally.what = added.what AND tally.key = added.key
        RETURNING tally.what, tally.key),
    begun AS (
        INSERT INTO tally (event_id, what, key, n)
        SELECT $1, added.what, added.key, added.n FROM added
        WHERE NOT EXISTS (SELECT 1 FROM raised WHERE raised.what = added.what AND raised.key = added.key))
"""
_PUT_PRESENCES = """
    seen AS (
        INSERT INTO presence (event_id, attendee_id, first_at, first_device, arrived_at, left_at, room,
            session, entered_at, exited_room, exited_at, passed_from)
        SELECT $1, p.* FROM unnest($5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
            $10::text[], $11::text[], $12::bigint[], $13::text[], $14::bigint[], $15::text[]) AS p
        ON CONFLICT (attendee_id) DO UPDATE SET
            first_at = excluded.first_at, first_device = excluded.first_device,
            arrived_at = excluded.arrived_at, left_at = excluded.left_at,
            room = excluded.room, session = excluded.session, entered_at = excluded.entered_at,
            exited_room = excluded.exited_room, exited_at = excluded.exited_at,
            passed_from = excluded.passed_from)
"""
_WRITE_FOLDED = f"WITH {_ADD_TALLIES}, {_PUT_PRESENCES} SELECT 1"
_WRITE = f"""
    WITH {_ADD_TALLIES}, {_PUT_PRESENCES},
    logged AS (
        INSERT INTO scan (event_id, scan_id, device_id, fingerprint, verdict, reason, happened_at,
            recorded_at, scanned_at, attendee_id, effect, room, session, is_late, detail)
        SELECT $1, s.scan_id, s.device, s.fingerprint, s.verdict, s.reason, s.happened_at, s.recorded_at,
            s.scanned_at, s.attendee, s.effect, s.room, s.session, s.is_late, s.detail::json
        FROM unnest($16::bytea[], $17::bigint[], $18::bytea[], $19::text[], $20::text[], $21::bigint[],
            $22::bigint[], $23::bigint[], $24::bigint[], $25::text[], $26::text[], $27::text[],
            $28::boolean[], $29::text[]) WITH ORDINALITY AS s(scan_id, device, fingerprint, verdict, reason,
            happened_at, recorded_at, scanned_at, attendee, effect, room, session, is_late, detail, place)
        ORDER BY s.place),
    placed AS (
        INSERT INTO assignment (event_id, attendee_id, slot, session, why, made_at)
        SELECT $1, m.attendee, m.slot, m.session, m.why::json, m.made_at
        FROM unnest($30::bigint[], $31::text[], $32::text[], $33::text[], $34::bigint[])
            AS m(attendee, slot, session, why, made_at)
        ON CONFLICT (attendee_id, slot) DO UPDATE
        SET session = excluded.session, why = excluded.why, made_at = excluded.made_at)
    UPDATE event_state SET version = version + 1, last_recorded_at = $35 WHERE event_id = $1
"""
_PUT_GUESSES = """
    INSERT INTO backoff (key, failures, retry_at)
    SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[])
    ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, retry_at = excluded.retry_at
"""
_PUT_REVERSAL = "INSERT INTO reversal (scan_seq, event_id, undone_by, undone_at) VALUES ($1, $2, $3, $4)"
_BUMP = "UPDATE event_state SET version = version + 1 WHERE event_id = $1"


class PostgresRows:
    """`ScanRows` on a connection of asyncpg, inside a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    # ---- reading

    async def lock_state(self, event_id: EventId) -> State | None:
        row = await self._connection.fetchrow(_STATE, event_id)
        return None if row is None else State(*row)

    async def find_agenda(self, event_id: EventId) -> tuple[Any, Any]:
        document, standing = await self._connection.fetchrow(_AGENDA, event_id)
        return json.loads(document), json.loads(standing)

    async def find_facts(self, event_id: EventId) -> EventFacts:
        return _facts(await self._connection.fetchrow(f"SELECT {_FACTS}", event_id))

    async def find_named(self, event_id: EventId, named: Named, with_facts: bool) -> Found:
        statement = _NAMED_WITH_FACTS if with_facts else _NAMED
        wanted = list(named.scan_ids), list(named.digests), list(named.numbers)
        row = await self._connection.fetchrow(statement, event_id, *wanted)
        scans, holders, numbers, people, *facts = row
        recorded = [read_recorded(one) for one in scans or ()]
        return Found(recorded, holders or (), numbers or (), people, _facts(facts) if with_facts else None)

    async def find_people(self, event_id: EventId, ids: Collection[AttendeeId]) -> str:
        people: str = await self._connection.fetchval(_PEOPLE_OF, event_id, list(ids))
        return people

    async def find_sightings(self, ids: Collection[AttendeeId]) -> Iterable[tuple[AttendeeId, Sighting]]:
        rows = await self._connection.fetch(_SIGHTINGS, list(ids))
        return [(row[0], read_sighting(row[1:])) for row in rows]

    async def find_guesses(self, devices: Collection[DeviceId]) -> dict[DeviceId, Guesses]:
        keys = {_guess_key(device): device for device in devices}
        rows = await self._connection.fetch(_GUESSES, list(keys))
        return {keys[key]: Guesses(failures, retry_at) for key, failures, retry_at in rows}

    async def find_logged(self, scan_id: bytes) -> LoggedScan | None:
        event_id = await self._connection.fetchval(_EVENT_OF, scan_id)
        if event_id is None:
            return None
        await self.lock_state(event_id)  # what is read from here on can't change any more
        row = await self._connection.fetchrow(_LOGGED, scan_id)
        return None if row is None else LoggedScan(*row)

    # ---- writing

    async def write(self, event_id: EventId, changes: Changes) -> None:
        scans = [write_recorded(scan) for scan in changes.scans]
        placed = [
            (attendee, item.slot, item.session, json.dumps(item.why.write()), item.made_at)
            for attendee, items in changes.assignments.items()
            for item in items
        ]
        await self._connection.execute(
            _WRITE,
            event_id,
            *_tallies(changes.tallies),
            *_presences(changes.presences),
            *_columns(scans, 14),
            *_columns(placed, 5),
            changes.last_recorded_at,
        )

    async def write_guesses(self, guesses: Mapping[DeviceId, Guesses]) -> None:
        rows = [(_guess_key(device), one.failures, one.retry_at) for device, one in guesses.items()]
        await self._connection.execute(_PUT_GUESSES, *_columns(rows, 3))

    async def write_reversal(self, scan: LoggedScan, undone_by: str, now: Instant) -> None:
        await self._connection.execute(_PUT_REVERSAL, scan.seq, scan.event_id, undone_by, now)
        await self._connection.execute(_BUMP, scan.event_id)

    async def write_folded(
        self, event_id: EventId, presences: Mapping[AttendeeId, Presence], added: Mapping[TallyKey, int]
    ) -> None:
        await self._connection.execute(_WRITE_FOLDED, event_id, *_tallies(added), *_presences(presences))


def _facts(columns: Sequence[Any]) -> EventFacts:
    devices, tallies, ended, counts = ([] if part is None else decode(part) for part in columns)
    return EventFacts(
        devices={one[0]: read_device(one) for one in devices},
        tallies={(what, key): n for what, key, n in tallies},
        ended=dict(ended),
        counts={room: RoomCount(counted, at, until) for room, counted, at, until in counts},
    )


def _guess_key(device: DeviceId) -> str:
    return f"number:{device}"


def _tallies(added: Mapping[TallyKey, int]) -> list[list[Any]]:
    return _columns([(what, key, n) for (what, key), n in added.items()], 3)


def _presences(presences: Mapping[AttendeeId, Presence]) -> list[list[Any]]:
    return _columns([(attendee, *write_presence(one)) for attendee, one in presences.items()], 11)


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """The columns of rows, as `unnest` takes them."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
