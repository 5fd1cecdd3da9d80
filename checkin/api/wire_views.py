"""The shapes of what is only looked at: the agenda as JSON, occupancy, an attendee's page, health.

Continues `wire`, with the same rules.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from checkin.api.wire import Answer, ItineraryItem, Request, RoomItem, ScannedText, Time

Clock = Annotated[str, Meta(pattern=r"^\d{2}:\d{2}(:\d{2})?$")]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


# ---- an event's file as JSON: what PUT takes and GET gives


class EventTable(Answer):
    """`[event]`: dates and times are local, as in the file."""

    slug: str
    name: str
    timezone: str
    date: Day
    venue: str = ""
    last_date: Day | UnsetType = UNSET
    doors_open: Clock | UnsetType = UNSET
    doors_close: Clock | UnsetType = UNSET
    registration: Literal["open", "staff", "closed"] = "staff"
    release_minutes: int = 10


class DisciplineTable(Answer):
    """`[[discipline]]`."""

    code: str
    name: str
    short: str
    colour: str


class RoomTable(Answer):
    """`[[room]]`."""

    code: str
    name: str
    posted_limit: int
    seats: int
    accessible: bool = True
    directions: str = ""


class SlotTable(Answer):
    """`[[slot]]`."""

    code: str
    name: str
    starts: Clock
    ends: Clock
    date: Day | UnsetType = UNSET


class SessionTable(Answer):
    """`[[session]]`."""

    code: str
    title: str
    slot: str
    room: str
    topic: str | UnsetType = UNSET
    disciplines: list[str] | UnsetType = UNSET
    kind: Literal["breakout", "plenary"] = "breakout"
    credit_minutes: int = 0


class CurriculumTable(Answer):
    """`[[curriculum]]`."""

    discipline: str
    topics: list[str]


class EventFile(Answer):
    """The whole event. What it lacks is removed."""

    event: EventTable
    discipline: list[DisciplineTable] | UnsetType = UNSET
    room: list[RoomTable] | UnsetType = UNSET
    slot: list[SlotTable] | UnsetType = UNSET
    session: list[SessionTable] | UnsetType = UNSET
    curriculum: list[CurriculumTable] | UnsetType = UNSET


# ---- occupancy


class SessionNow(Answer):
    """The session that is running in a room, or open."""

    code: str
    title: str
    starts_at: Time
    ends_at: Time


class RoomNow(Answer):
    """A room's counts; `expected` are the assigned, `headcount` those counted in.

    `counted_at`: of the usher's count that stands. `seats_free`: of `session` those not assigned (at a
    plenary: not used).
    """

    code: str
    name: str
    headcount: int
    adjustment: int
    seats: int
    posted_limit: int
    state: Literal["open", "amber", "full", "over", "closed"]
    session: SessionNow | None
    expected: int
    last_scan_at: Time | None
    counted_at: Time | None
    seats_free: int | None


AlertKindName = Literal["over", "closed", "full", "drift", "device", "amber"]


class AlertNow(Answer):
    """What wants attention and nobody has acknowledged. `text` says it; it names no person."""

    id: str
    kind: AlertKindName
    room: str | None
    device: str | None
    raised_at: Time
    text: str


class NextRoom(Answer):
    """A session of the next slot: its assigned (a plenary: all registered), and how many are on site."""

    code: str
    session: str
    title: str
    assigned: int
    checked_in: int


class NextSlot(Answer):
    """The next slot that has not started."""

    code: str
    name: str
    starts_at: Time
    rooms: list[NextRoom]


class Arrivals(Answer):
    """How many checked in for the first time in the five minutes from `at` on."""

    at: Time
    n: int


class DisciplineNow(Answer):
    """A discipline's counts; those with fewer than five registered are left out."""

    code: str
    registered: int
    checked_in: int


class Occupancy(Answer):
    """Who is where, in numbers. `version` rises with every change."""

    event: str
    at: Time
    version: int
    registered: int
    checked_in: int
    on_site: int
    rooms: list[RoomNow]
    disciplines: list[DisciplineNow]
    alerts: list[AlertNow]
    next_slot: NextSlot | None
    arrivals: list[Arrivals]


# ---- an attendee's page


class My(Request):
    """The credential, in any form a badge gives it."""

    credential: ScannedText
    badge: bool = False


class MyEvent(Answer):
    """The event a badge is for."""

    name: str
    venue: str
    date: str
    timezone: str


class MyPage(Answer):
    """What the holder of a badge may see; `badge_png` is base64."""

    number: str
    display_name: str
    discipline: str | None
    itinerary: list[ItineraryItem]
    room: RoomItem | None
    version: int
    event: MyEvent
    badge_png: str | UnsetType = UNSET


class Health(Answer):
    """All is well."""

    status: Literal["ok"]
