"""Alerts: what of an event wants somebody's attention at a moment.

Owns which alerts hold. An alert is a frozen value with the facts that made it: as long as it holds it stays
equal, and where its facts change (another count, another limit) it is another alert. Must not know which were
raised before, or who has seen them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Any

from checkin.domain.crossings import RoomCount
from checkin.domain.day import are_doors_open
from checkin.domain.instants import MINUTE, Instant, local_date, local_instant
from checkin.domain.model import Agenda, DeviceId
from checkin.domain.room_state import RoomState, fullness, is_closed


class AlertKind(StrEnum):
    """What an alert is about, the gravest first."""

    OVER = "over"
    CLOSED = "closed"
    FULL = "full"
    DRIFT = "drift"
    DEVICE = "device"
    AMBER = "amber"


GRAVITY: Mapping[AlertKind, int] = {kind: place for place, kind in enumerate(AlertKind)}
"""By kind its place, 0 for the gravest."""

SILENT_AFTER = 5 * MINUTE
"""So long a device may go without a call or an open stream."""

DRIFT_PERCENT = 10
"""By more than this share of an usher's count the scans may not be off."""

_LEVELS = {
    RoomState.OVER: AlertKind.OVER,
    RoomState.FULL: AlertKind.FULL,
    RoomState.AMBER: AlertKind.AMBER,
}


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `subject`: the room's code, of a device its id.

    `room` and `device` (its name) say where to look. Of a level `posted_limit`; of a drift what the usher
    `counted` and what the scans made of it then; `at`: when that was, or when the device was last heard of.
    """

    kind: AlertKind
    subject: str
    room: str | None = None
    device: str | None = None
    posted_limit: int | None = None
    counted: int | None = None
    scanned: int | None = None
    at: Instant | None = None

    @property
    def key(self) -> tuple[AlertKind, str]:
        """What can be open only once at a time."""
        return self.kind, self.subject

    def write(self) -> dict[str, object]:
        """The facts as JSON for the store; what is not there is left out."""
        facts = {
            "room": self.room,
            "device": self.device,
            "posted_limit": self.posted_limit,
            "counted": self.counted,
            "scanned": self.scanned,
            "at": self.at,
        }
        return {name: value for name, value in facts.items() if value is not None}

    @classmethod
    def read(cls, kind: str, subject: str, detail: Mapping[str, Any]) -> "Alert":
        """The alert of which `write` made the detail."""
        return cls(AlertKind(kind), subject, **detail)


@dataclass(frozen=True, slots=True)
class UsherCount:
    """The latest usher's count of a room, and what the scans made of it at its moment."""

    room: str
    count: RoomCount
    scanned: int


@dataclass(frozen=True, slots=True)
class CalledDevice:
    """A paired device that has called, and when it was last heard of."""

    id: DeviceId
    name: str
    room: str | None
    last_seen_at: Instant


def find_alerts(
    agenda: Agenda,
    headcounts: Mapping[str, int],
    counts: Iterable[UsherCount],
    devices: Iterable[CalledDevice],
    now: Instant,
) -> list[Alert]:
    """The alerts that hold at `now`, the gravest first. `headcounts` by room; absent is nobody."""
    found = [
        *_rooms(agenda, headcounts, now),
        *(_drift(one) for one in counts if one.count.is_valid(now) and has_drifted(one)),
        *_devices(agenda, devices, now),
    ]
    return sorted(found, key=lambda one: (GRAVITY[one.kind], one.subject))


def _rooms(agenda: Agenda, headcounts: Mapping[str, int], now: Instant) -> Iterator[Alert]:
    for room in agenda.rooms:
        if is_closed(agenda, room.code, now):
            yield Alert(AlertKind.CLOSED, room.code, room=room.code)
        headcount = headcounts.get(room.code, 0)
        kind = _LEVELS.get(fullness(headcount, room.posted_limit))
        if kind is not None and headcount > 0:
            yield Alert(kind, room.code, room=room.code, posted_limit=room.posted_limit)


def has_drifted(one: UsherCount) -> bool:
    """Whether the scans were off by more than a tenth of what the usher counted, who is right."""
    counted = one.count.counted
    return abs(counted - one.scanned) * 100 > counted * DRIFT_PERCENT


def _drift(one: UsherCount) -> Alert:
    count = one.count
    return Alert(
        AlertKind.DRIFT,
        one.room,
        room=one.room,
        counted=count.counted,
        scanned=one.scanned,
        at=count.counted_at,
    )


def _devices(agenda: Agenda, devices: Iterable[CalledDevice], now: Instant) -> Iterator[Alert]:
    if not _is_open(agenda, now):
        return
    for device in devices:
        if silent_at(agenda, device, now) <= now:
            yield Alert(
                AlertKind.DEVICE,
                str(device.id),
                room=device.room,
                device=device.name,
                at=device.last_seen_at,
            )


def silent_at(agenda: Agenda, device: CalledDevice, now: Instant) -> Instant:
    """When a device will have been silent for too long; before the day's doors open nobody misses it."""
    opened = agenda.doors_open or time(0)
    return Instant(
        max(device.last_seen_at, local_instant(local_date(now, agenda.zone), opened, agenda.zone))
        + SILENT_AFTER
    )


def next_silence(agenda: Agenda, devices: Iterable[CalledDevice], now: Instant) -> Instant | None:
    """The next moment at which a device will have been silent for too long; None: they all are already."""
    moments = (silent_at(agenda, device, now) for device in devices)
    return min((moment for moment in moments if moment > now), default=None)


def _is_open(agenda: Agenda, now: Instant) -> bool:
    """Whether somebody should be at the doors: in their hours, on a day of the event."""
    is_event_day = agenda.first_day <= local_date(now, agenda.zone) <= agenda.last_day
    return is_event_day and are_doors_open(agenda, now)


def words(agenda: Agenda, alert: Alert) -> str:
    """The alert in a sentence, for whoever sees the board. Names rooms and devices, never a person."""
    room = agenda.room.get(alert.room or "")
    place = (alert.room or "A room") if room is None else room.name
    match alert.kind:
        case AlertKind.OVER:
            return f"{place} is over its limit of {alert.posted_limit}"
        case AlertKind.CLOSED:
            return f"{place} is closed"
        case AlertKind.FULL:
            return f"{place} is full: {alert.posted_limit} people"
        case AlertKind.DRIFT:
            return f"{place}: the usher counted {alert.counted}, the scans made it {alert.scanned}"
        case AlertKind.DEVICE:
            return f"{alert.device} has not been heard of for 5 minutes"
        case AlertKind.AMBER:
            return f"{place} is nearly full: 90 % or more of {alert.posted_limit}"
