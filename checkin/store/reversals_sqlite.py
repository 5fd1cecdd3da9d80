"""Taking a scan back on SQLite: a row in the log, and everything that follows from the log folded again.

Owns the SQL of undo; runs inside a transaction that `Database.write_raw` has opened with BEGIN IMMEDIATE.
"""

import sqlite3

from checkin.domain.crossings import trace
from checkin.domain.errors import AppError, conflict, not_found
from checkin.domain.instants import Instant
from checkin.domain.ledger import counted
from checkin.domain.model import AttendeeId, DeviceId, EventId
from checkin.domain.presence import Sighting, fold
from checkin.domain.scans import Situation
from checkin.domain.session_ends import SessionEnds
from checkin.domain.tallies import contribution, difference
from checkin.store.scans import Undone
from checkin.store.scans_sqlite import (
    AgendaCache,
    read_counts,
    read_people,
    read_sightings,
    read_state,
    write_presences,
    write_tallies,
)


def undo_scan(
    raw: sqlite3.Connection,
    scan_id: bytes,
    device: DeviceId | None,
    undone_by: str,
    now: Instant,
    agendas: AgendaCache,
) -> Undone:
    """Takes the sighting of a scan back; undone before: the same answer, and nothing changes.

    `device` is who asks, None for an organizer. `AppError`: not_found, forbidden (another device's scan),
    conflict (a refused scan left nothing to take back).
    """
    scan = raw.execute(
        "SELECT s.seq, s.event_id, s.device_id, s.attendee_id, s.effect, r.undone_at "
        "FROM scan s LEFT JOIN reversal r ON r.scan_seq = s.seq WHERE s.scan_id = ?",
        (scan_id,),
    ).fetchone()
    if scan is None:
        raise not_found("there is no such scan")
    seq, event_id, scanned_by, attendee, effect, undone_at = scan
    if device is not None and device != scanned_by:
        raise AppError("forbidden", "only the device that scanned, or an organizer, can undo a scan")
    if undone_at is not None:
        return Undone(event_id, undone_at, is_new=False)
    if effect is None:
        raise conflict("a refused scan left nothing to undo")
    before = read_sightings(raw, {attendee})[attendee]
    raw.execute("INSERT INTO reversal VALUES (?, ?, ?, ?)", (seq, event_id, undone_by, now))
    _fold_again(raw, event_id, attendee, before, agendas)
    raw.execute("UPDATE event_state SET version = version + 1 WHERE event_id = ?", (event_id,))
    return Undone(event_id, now, is_new=True)


def _fold_again(
    raw: sqlite3.Connection,
    event_id: EventId,
    attendee: AttendeeId,
    before: list[Sighting],
    agendas: AgendaCache,
) -> None:
    _, agenda = read_state(raw, event_id, agendas)
    situation = Situation(agenda, Instant(0), {})
    read_people(raw, event_id, {attendee}, situation)
    read_counts(raw, event_id, situation)
    person, held = situation.persons[attendee], situation.assignments[attendee]
    ends, zone = SessionEnds(agenda, situation.ended).of(held), agenda.zone
    after = read_sightings(raw, {attendee})[attendee]
    presence = fold(after, zone, ends)
    write_presences(raw, event_id, {attendee: presence})
    old = contribution(person, situation.presences[attendee], held.values(), zone)
    write_tallies(raw, event_id, difference(old, contribution(person, presence, held.values(), zone)))
    if situation.counts:
        was, is_now = trace(before, zone, ends)[1], trace(after, zone, ends)[1]
        steps = difference(counted(was, situation.counts), counted(is_now, situation.counts))
        write_tallies(raw, event_id, steps)
