"""What goes into the judgement of scans and what comes out of it: scan, situation, outcome, changes.

Scans may be judged by another process than the one that answers them: they and outcomes travel as arrays.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from msgspec import Struct

from checkin.domain.assignments import Assignment
from checkin.domain.crossings import Counts
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, AttendeeId, DeviceId, Person, Role
from checkin.domain.presence import Effect, Presence, Sighting
from checkin.domain.tallies import TallyKey


class Verdict(StrEnum):
    """The answer to a scan."""

    ADMITTED = "admitted"
    REPEAT = "repeat"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why the answer is what it is; the contract's words."""

    UNKNOWN_BADGE = "unknown_badge"
    OTHER_EVENT = "other_event"
    LEFT_VENUE = "left_venue"
    EXITED_UNMATCHED = "exited_unmatched"
    BADGE_REPLACED = "badge_replaced"
    REGISTRATION_CANCELLED = "registration_cancelled"
    ALREADY_CHECKED_IN = "already_checked_in"
    CLOSED = "closed"
    CHECKED_IN = "checked_in"
    RETURNED = "returned"
    EXITED = "exited"
    ALREADY_INSIDE = "already_inside"
    ALREADY_OUTSIDE = "already_outside"
    ROOM_CLOSED = "room_closed"
    WRONG_ROOM = "wrong_room"
    NOT_ELIGIBLE = "not_eligible"
    ROOM_FULL = "room_full"
    SESSION_FULL = "session_full"
    ENTERED = "entered"


class Direction(StrEnum):
    """What the volunteer chose; `auto` is an arrival at a kiosk, and at a door what makes sense."""

    AUTO = "auto"
    IN = "in"
    OUT = "out"


class Override(Struct, frozen=True, array_like=True):
    """A decision at a door to let somebody in against the rules, with who and why."""

    reason: str
    by: str


class Digest(Struct, frozen=True, array_like=True, tag="digest"):
    """The digest of a well-formed credential."""

    value: bytes

    def __repr__(self) -> str:
        return "Digest()"


class Number(Struct, frozen=True, array_like=True, tag="number"):
    """A typed number; `last_name` (folded) is compared unless it is None."""

    number: str
    last_name: str | None = None

    def __repr__(self) -> str:
        return f"Number({self.number!r})"


Subject = Digest | Number | None
"""Whom a scan names; None: the text can't be a credential of ours."""


class Scan(Struct, frozen=True, array_like=True):
    """One reading of a badge.

    `lateness` (microseconds from scanned_at to sent_at) is given for scans made without a connection.
    `paired_at`: when the pairing began by which the device was known, if its token was looked up before.
    """

    scan_id: bytes
    device: DeviceId
    subject: Subject
    fingerprint: bytes
    direction: Direction = Direction.AUTO
    scanned_at: Instant | None = None
    lateness: int | None = None
    override: Override | None = None
    paired_at: Instant | None = None

    @property
    def is_late(self) -> bool:
        """Whether it was made without a connection: the person was let in already."""
        return self.lateness is not None


class DeviceFacts(Struct, frozen=True):
    """A device as it is known when the scan is judged."""

    id: DeviceId
    name: str
    role: Role
    room: str | None = None
    is_revoked: bool = False
    paired_at: Instant | None = None


class Holder(Struct, frozen=True):
    """Whom a genuine credential belongs to."""

    attendee: AttendeeId
    is_other_event: bool = False
    is_replaced: bool = False


class Recorded(Struct, frozen=True, array_like=True):
    """One row of the log.

    `detail` keeps what its answer says beside: first_at, first_device, conflict, overridden, left_room; of an
    override who and why (`override`).
    """

    scan_id: bytes
    device: DeviceId
    fingerprint: bytes
    verdict: Verdict
    reason: Reason
    happened_at: Instant
    recorded_at: Instant
    scanned_at: Instant | None = None
    attendee: AttendeeId | None = None
    effect: Effect | None = None
    room: str | None = None
    session: str | None = None
    is_late: bool = False
    detail: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Situation:
    """Everything that a batch's verdicts depend on; `judge` moves it along as it goes.

    `devices` are all of the event. `sightings` are needed for attendees of late scans only (reversed ones are
    not among them). `numbers` gives attendee and folded last name of a number. `ended`: sessions whose end
    was recorded; `counts`: by room the last usher's count.
    """

    agenda: Agenda
    last_recorded_at: Instant
    devices: dict[DeviceId, DeviceFacts] = field(default_factory=dict)
    recorded: dict[bytes, Recorded] = field(default_factory=dict)
    holders: MutableMapping[bytes, Holder] = field(default_factory=dict)
    numbers: dict[str, tuple[AttendeeId, str]] = field(default_factory=dict)
    persons: dict[AttendeeId, Person] = field(default_factory=dict)
    presences: dict[AttendeeId, Presence] = field(default_factory=dict)
    assignments: dict[AttendeeId, dict[str, Assignment]] = field(default_factory=dict)
    tallies: dict[TallyKey, int] = field(default_factory=dict)
    sightings: dict[AttendeeId, list[Sighting]] = field(default_factory=dict)
    ended: Mapping[str, Instant] = field(default_factory=dict)
    counts: Counts = field(default_factory=dict)

    def sender(self, scan: Scan) -> DeviceFacts | None:
        """The device that sent a scan; None if it is none of ours, revoked, or was paired anew since."""
        device = self.devices.get(scan.device)
        if device is None or device.is_revoked:
            return None
        return device if scan.paired_at in (None, device.paired_at) else None


class RoomLoad(Struct, frozen=True, array_like=True):
    """How full a door's room is."""

    room: str
    headcount: int
    posted_limit: int


class Alternative(Struct, frozen=True, array_like=True):
    """Another session, by its code, that somebody who was not let in could go to."""

    session: str
    seats_free: int


class Outcome(Struct, frozen=True, array_like=True):
    """The answer to one scan.

    `recorded` is None if the device may not scan any more: nothing was recorded. `is_reused`: the scan_id
    named another scan before. `person` None: the answer shows nobody. `stop`: the code of the session to go
    to now or next. Of doors: `occupancy` of the room, and `alternatives` with their free seats where it was
    full.
    """

    recorded: Recorded | None
    is_replay: bool = False
    is_reused: bool = False
    person: Person | None = None
    itinerary: tuple[Assignment, ...] | None = None
    stop: str | None = None
    occupancy: RoomLoad | None = None
    alternatives: tuple[Alternative, ...] | None = None


@dataclass(slots=True)
class Changes:
    """What a batch changes: the rows to write, and the outcomes in the order of the scans."""

    last_recorded_at: Instant
    scans: list[Recorded] = field(default_factory=list)
    presences: dict[AttendeeId, Presence] = field(default_factory=dict)
    assignments: dict[AttendeeId, list[Assignment]] = field(default_factory=dict)
    tallies: dict[TallyKey, int] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
