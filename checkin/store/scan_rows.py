"""What the log of scans asks of an engine.

Owns the protocols (`ScanRows`: the statements; `ScanLog`: what a service calls) and the values that go
through them. Knows neither SQL nor the order in which a batch reads and writes (that is `scan_log`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from checkin.domain.assignments import Assignment
from checkin.domain.crossings import RoomCount
from checkin.domain.errors import AppError
from checkin.domain.guessing import Guesses
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, AttendeeId, DeviceId, EventId, Person
from checkin.domain.presence import Presence, Sighting
from checkin.domain.scans import Changes, DeviceFacts, Holder, Outcome, Recorded
from checkin.domain.tallies import TallyKey
from checkin.store.scans import Batch, Undone

Row = Sequence[Any]
Documents = tuple[Any, Any]


class State(NamedTuple):
    """An event's row: when its last scan was recorded, and the versions of its agenda and of all of it."""

    last_recorded_at: Instant
    agenda_version: int
    version: int


@dataclass(frozen=True, slots=True)
class People:
    """Who of an event was named so far, by what credentials, where they are and what they are assigned to."""

    holders: dict[bytes, Holder] = field(default_factory=dict)
    persons: dict[AttendeeId, Person] = field(default_factory=dict)
    presences: dict[AttendeeId, Presence] = field(default_factory=dict)
    assignments: dict[AttendeeId, dict[str, Assignment]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What a batch reads of its event; of each room `counts` has the last usher's count.

    `tallies` and `people` are moved along by a batch, as it will have stored them.
    """

    devices: dict[DeviceId, DeviceFacts]
    tallies: dict[TallyKey, int]
    ended: dict[str, Instant]
    counts: dict[str, RoomCount]
    people: People = field(default_factory=People)


class Named(NamedTuple):
    """What the scans of a batch name: themselves, credentials by their digests, typed numbers.

    `known`: attendees who need not be read, whoever names them.
    """

    scan_ids: Collection[bytes]
    digests: Collection[bytes]
    numbers: Collection[str]
    known: Collection[AttendeeId] = ()


class Found(NamedTuple):
    """What there is of it.

    `recorded`: those of the scans that are in the log. `holders`: (digest, attendee, event, replaced_at,
    event's UUID). `numbers`: (number, attendee, is_confidential, first, last, alias first, alias last).
    `people`: who of the event is named by these and not known, as `read_people` takes them. `facts` None: not
    asked for.
    """

    recorded: list[Recorded]
    holders: Iterable[Row]
    numbers: Iterable[Row]
    people: str
    facts: EventFacts | None


@dataclass(frozen=True, slots=True)
class Judged:
    """The answers in the order of the scans, with the agenda that they were judged by.

    `AppError` too_many_requests in place of an outcome: numbers were typed wrong too often, nothing was
    recorded. `facts` are those of `state`, once this is committed. `documents`: the event's (file, standing)
    where whoever asks knows another agenda.
    """

    agenda: Agenda
    outcomes: list[Outcome | AppError]
    state: State
    facts: EventFacts
    documents: Documents | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A batch on disk: its answers as `Judged` has them, and how long the commit alone took."""

    agenda: Agenda
    outcomes: list[Outcome | AppError]
    commit_seconds: float
    agenda_version: int
    documents: Documents | None = None


def stored(judged: Judged, commit_seconds: float) -> Stored:
    """A batch that is on disk now."""
    version = judged.state.agenda_version
    return Stored(judged.agenda, judged.outcomes, commit_seconds, version, judged.documents)


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

    async def find_agenda(self, event_id: EventId) -> Documents:
        """(document, standing) of the event, decoded."""

    async def find_facts(self, event_id: EventId) -> EventFacts:
        """What is counted and known of the event."""

    async def find_named(self, event_id: EventId, named: Named, with_facts: bool) -> Found:
        """What the database has of all that a batch names, in as few journeys as it takes."""

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
    """The log of scans on one engine; each call is one transaction, and is on disk when it returns.

    `at_once`: so many batches of an event may be given to it before the first is done.
    """

    at_once: int

    async def record(self, batch: Batch) -> Stored:
        """`record_scans` in a transaction. `AppError`: not_found, unavailable (nothing was stored)."""

    async def undo(self, reversal: "Reversal") -> Undone:
        """`undo_scan` in a transaction. `AppError`: those of `undo_scan`, unavailable."""

    async def close(self) -> None:
        """Lets go of what the log alone has. Safe to repeat."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """Who asks that a scan be undone; `device` None: an organizer. `now` is asked for under the lock."""

    scan_id: bytes
    device: DeviceId | None
    undone_by: str
    now: Callable[[], Instant]
