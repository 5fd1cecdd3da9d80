"""The shapes of requests and answers: what is decoded, encoded and described in OpenAPI.

Owns names and types on the wire and nothing else: no rule, no look-up. Requests refuse fields that are
not known, so that a mistyped one is never silently ignored. Answers may gain fields; none is ever renamed
or removed. Times are RFC 3339 with offset.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from checkin.api.problems import TableFault

MAX_BATCH = 500
MAX_CREDENTIAL = 512

Time = Annotated[datetime, Meta(tz=True)]
Text = Annotated[str, Meta(max_length=500)]
Texts = Annotated[list[Text], Meta(max_length=100)]
ScannedText = Annotated[str, Meta(max_length=MAX_CREDENTIAL)]
RoleName = Literal["kiosk", "door", "display"]
Status = Literal["registered", "checked_in", "left", "cancelled"]


class Request(Struct, forbid_unknown_fields=True):
    """What a caller sends."""


class Answer(Struct):
    """What a caller gets."""


# ---- an event and its agenda


class ChangeItem(Answer):
    """One difference between the stored event and the file."""

    kind: str
    code: str
    change: str


class EventChanges(Answer):
    """What loading an event's file changed; empty when it was the same already."""

    changes: list[ChangeItem]


class PublicDiscipline(Answer):
    """A profession that one can register with."""

    code: str
    name: str
    short: str
    colour: str


class Topic(Answer):
    """What a breakout session teaches."""

    code: str
    title: str


class PublicEvent(Answer):
    """What anybody may know of an event."""

    name: str
    venue: str
    date: str
    timezone: str
    registration: Literal["open", "staff", "closed"]
    disciplines: list[PublicDiscipline]
    topics: list[Topic]


# ---- attendees


class RoomItem(Answer):
    """A room and the way to it."""

    code: str
    name: str
    directions: str


class ItineraryItem(Answer):
    """One slot of an attendee's day; without a seat `session` is null and `why` says why."""

    slot: str
    session: str | None
    title: str | None
    starts_at: Time
    ends_at: Time
    room: RoomItem | None
    why: str


class PersonFields(Request):
    """The attendee table's columns. Absent: as it was, or empty for a new attendee; null clears."""

    first_name: Text | UnsetType | None = UNSET
    last_name: Text | UnsetType | None = UNSET
    discipline: Texts | UnsetType | None = UNSET
    email: Text | UnsetType | None = UNSET
    phone: Text | UnsetType | None = UNSET
    agency: Text | UnsetType | None = UNSET
    county: Text | UnsetType | None = UNSET
    title: Text | UnsetType | None = UNSET
    external_id: Text | UnsetType | None = UNSET
    accessibility: Texts | UnsetType | None = UNSET
    group: Text | UnsetType | None = UNSET
    preferences: Texts | UnsetType | None = UNSET
    confidential: bool | UnsetType | None = UNSET
    alias: Text | UnsetType | None = UNSET
    all_rooms: bool | UnsetType | None = UNSET


class Registration(PersonFields):
    """A new attendee. Without a token `all_rooms`, `external_id` and `group` are refused."""


class AttendeeChange(PersonFields):
    """New values for an attendee; `status` `registered` reinstates a cancelled one."""

    status: Literal["registered"] | UnsetType = UNSET


class Registered(Answer):
    """A new registration: its badge's credential and the address of its page."""

    number: str
    credential: str
    itinerary: list[ItineraryItem]
    page: str


class ImportSummary(Answer):
    """What an import did, or would do; with faults it is a problem instead."""

    created: int
    updated: int
    unchanged: int
    faults: list[TableFault] = msgspec.field(default_factory=list)
    ignored_columns: list[str] = msgspec.field(default_factory=list)


class SeatItem(Answer):
    """An attendee's session in one slot."""

    slot: str
    session: str | None
    why: str


class AttendeeItem(Answer):
    """An attendee as the list shows them: under the alias, if there is one."""

    number: str
    first_name: str
    last_name: str
    discipline: str | None
    disciplines: list[str]
    agency: str
    county: str
    email: str
    status: Status
    first_at: Time | None
    itinerary: list[SeatItem]


class AttendeeDetail(AttendeeItem):
    """All that is known of one attendee but what only a reveal gives."""

    phone: str
    title: str
    external_id: str
    accessibility: list[str]
    group: str
    preferences: list[str]
    all_rooms: bool
    is_walk_in: bool
    registered_at: Time


class AttendeeList(Answer):
    """One page of the list; `next` is the cursor of the following one, or null."""

    items: list[AttendeeItem]
    next: str | None


class Reissued(Answer):
    """The credential of the new badge; the old badge is refused from now on."""

    credential: str
    page: str


class Reveal(Request):
    """Why the names are needed; it is logged with who asked."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class Revealed(Answer):
    """The names behind an alias."""

    number: str
    first_name: str
    last_name: str


# ---- scans


class OverrideFields(Request):
    """Who lets somebody in against the rules, and why (doors only)."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    by: Annotated[str, Meta(min_length=1, max_length=100)]


class ScanFields(Request):
    """One reading of a badge: a `credential`, or a typed `number` (at a kiosk with `last_name`)."""

    scan_id: UUID
    credential: ScannedText | None = None
    number: Annotated[str, Meta(max_length=32)] | None = None
    last_name: Text | None = None
    direction: Literal["auto", "in", "out"] = "auto"
    scanned_at: Time | None = None
    offline: bool = False
    override: OverrideFields | None = None


class SingleScan(ScanFields):
    """A scan by itself; `sent_at` is needed with `offline`."""

    sent_at: Time | None = None


class ScanBatch(Request):
    """Up to 500 scans, each a `ScanFields`; `sent_at` is needed when one is `offline`."""

    scans: Annotated[list[msgspec.Raw], Meta(max_length=MAX_BATCH)]
    sent_at: Time | None = None


class Scanned(Answer):
    """Whose badge it was, as a screen may show it."""

    number: str
    first_name: str
    display_name: str
    discipline: str | None
    disciplines: list[str]


class ScanOccupancy(Answer):
    """How full a door's room is."""

    room: str
    headcount: int
    posted_limit: int


class AlternativeItem(Answer):
    """Another session, with free seats, for somebody whom a full room kept out."""

    session: str
    title: str
    starts_at: Time
    room: RoomItem | None
    seats_free: int


class ScanAnswer(Answer):
    """The verdict. When it arrives the scan is on disk; `room` is where to go now or next."""

    scan_id: str
    verdict: Literal["admitted", "repeat", "refused"]
    reason: str
    recorded_at: Time
    attendee: Scanned | None
    room: RoomItem | None
    itinerary: list[ItineraryItem] | UnsetType = UNSET
    first_at: Time | UnsetType = UNSET
    first_device: str | UnsetType = UNSET
    conflict: list[str] | UnsetType = UNSET
    overridden: list[str] | UnsetType = UNSET
    left_room: str | UnsetType = UNSET
    occupancy: ScanOccupancy | UnsetType = UNSET
    alternatives: list[AlternativeItem] | UnsetType = UNSET


class ScanProblem(Answer):
    """A scan of a batch that could not be taken; its neighbours are not harmed."""

    scan_id: str | None
    code: str
    problem: str


class BatchAnswer(Answer):
    """The answers in the order of the scans."""

    results: list[Any]


class Undone(Answer):
    """The scan's sighting was taken back."""

    scan_id: str
    undone_at: Time
