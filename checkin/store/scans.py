"""What the engines' scan batches share: the types they take and give, and how columns become values.

The way of a batch stands in `scan_log`; its statements are hand-written per engine (`scans_sqlite`,
`scans_postgres`).
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.json import Decoder, decode
from msgspec.structs import astuple

from checkin.domain.assignments import Assignment
from checkin.domain.errors import AppError, too_many_requests
from checkin.domain.instants import SECOND, Instant
from checkin.domain.model import EventId, Person, PersonName, Role
from checkin.domain.presence import Effect, Presence, Sighting
from checkin.domain.scans import DeviceFacts, Reason, Recorded, Scan, Verdict
from checkin.store.folding import fold

_people = Decoder(list[tuple[Person, Presence, list[Assignment]]])

IsGenuine = Callable[[bytes, bytes], bool]
"""(event's UUID, a credential's bytes) -> whether it carries our tag for that event."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Scans of one event in the order they came, and what their judgement needs from outside the database.

    `credentials`: by digest, the bytes behind it. `now` is asked for once the event is locked: moments rise
    with the log. `known_agendas`: the versions of the agenda that those who ask know, so that any
    other is given to them; None: to nobody.
    """

    event_id: EventId
    scans: Sequence[Scan]
    credentials: Mapping[bytes, bytes] = field(repr=False)
    now: Callable[[], Instant]
    is_genuine: IsGenuine
    known_agendas: Collection[int | None] | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """A reversal; `is_new` is false when the scan had been undone before."""

    event_id: EventId
    undone_at: Instant
    is_new: bool


def spelling(name: str) -> str:
    """A last name as typed and stored ones are compared: no case, accents, spaces, hyphens or apostrophes."""
    return "".join(letter for letter in fold(name) if letter.isalnum())


def too_many_guesses(retry_at: Instant, now: Instant) -> AppError:
    """Numbers were typed wrong too often at this device."""
    seconds = max(1, -(-(retry_at - now) // SECOND))
    return too_many_requests("Too many wrong numbers", seconds)


PRESENCE_COLUMNS = (
    "p.first_at, p.first_device, p.arrived_at, p.left_at, p.room, p.session, p.entered_at, "
    "p.exited_room, p.exited_at, p.passed_from"
)
SCAN_COLUMNS = (
    "s.scan_id, s.device_id, s.fingerprint, s.verdict, s.reason, s.happened_at, s.recorded_at, s.scanned_at, "
    "s.attendee_id, s.effect, s.room, s.session, s.is_late, s.detail"
)
SIGHTING_COLUMNS = "s.happened_at, s.scan_id, s.effect, s.device_id, s.room, s.session, s.verdict"


def shown_name(row: Sequence[Any]) -> PersonName:
    """Of (is_confidential, first, last, alias first, alias last) the name that may be shown."""
    is_confidential, first, last, alias_first, alias_last = row
    return PersonName(alias_first, alias_last) if is_confidential else PersonName(first, last)


def read_people(document: str | bytes) -> list[tuple[Person, Presence, list[Assignment]]]:
    """Attendees in a JSON array, each with presence and assignments: all as arrays of the types' fields.

    The name is the one that may be shown; a presence of nothing but nulls is `ABSENT`.
    """
    return _people.decode(document)


def read_device(row: Sequence[Any]) -> DeviceFacts:
    """The device in a row of (id, name, role, room, is_revoked, paired_at)."""
    return DeviceFacts(row[0], row[1], Role(row[2]), row[3], bool(row[4]), row[5])


def read_recorded(row: Sequence[Any]) -> Recorded:
    """The scan in a row of `SCAN_COLUMNS`."""
    return Recorded(
        scan_id=row[0],
        device=row[1],
        fingerprint=row[2],
        verdict=Verdict(row[3]),
        reason=Reason(row[4]),
        happened_at=row[5],
        recorded_at=row[6],
        scanned_at=row[7],
        attendee=row[8],
        effect=None if row[9] is None else Effect(row[9]),
        room=row[10],
        session=row[11],
        is_late=bool(row[12]),
        detail=None if row[13] is None else decode(row[13]),
    )


def write_recorded(scan: Recorded) -> tuple[Any, ...]:
    """The values of `SCAN_COLUMNS`."""
    return (
        scan.scan_id,
        scan.device,
        scan.fingerprint,
        scan.verdict.value,
        scan.reason.value,
        scan.happened_at,
        scan.recorded_at,
        scan.scanned_at,
        scan.attendee,
        None if scan.effect is None else scan.effect.value,
        scan.room,
        scan.session,
        scan.is_late,
        None if scan.detail is None else json.dumps(scan.detail),
    )


def read_sighting(row: Sequence[Any]) -> Sighting:
    """The sighting in a row of `SIGHTING_COLUMNS`."""
    happened_at, scan_id, effect, device, room, session, verdict = row
    is_repeat = verdict == Verdict.REPEAT.value
    return Sighting(happened_at, scan_id, Effect(effect), device, room, session, is_repeat)


def write_presence(presence: Presence) -> tuple[Any, ...]:
    """The values of `PRESENCE_COLUMNS`."""
    return astuple(presence)
