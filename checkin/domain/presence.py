"""Where one attendee is: a fold over sightings by (time, scan id), whatever order they arrived in.

A sighting is what every scan but a refusal leaves behind. `advance` takes the state one sighting further and
is the fold's step; it gives what `fold` gives as long as sightings come in the order of their time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from checkin.domain.instants import Instant, local_date, next_midnight
from checkin.domain.model import DeviceId


class Effect(StrEnum):
    """What a sighting says: came to or left the venue, went into or out of a room."""

    ARRIVED = "arrived"
    LEFT = "left"
    ENTERED = "entered"
    EXITED = "exited"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One recorded fact. `room` and `session` are those of the door, as found at its arrival."""

    happened_at: Instant
    scan_id: bytes
    effect: Effect
    device: DeviceId
    room: str | None = None
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """One attendee's state after some sightings.

    `first_at`, `first_device`: the earliest check-in of the event. `arrived_at`: when the present (or last)
    stay at the venue began, `left_at` its end if somebody saw it; a local midnight ends it too. `room`,
    `session`, `entered_at`: the room they are in; `exited_room`, `exited_at`: the last matched exit.
    """

    first_at: Instant | None = None
    first_device: DeviceId | None = None
    arrived_at: Instant | None = None
    left_at: Instant | None = None
    room: str | None = None
    session: str | None = None
    entered_at: Instant | None = None
    exited_room: str | None = None
    exited_at: Instant | None = None

    @property
    def has_checked_in(self) -> bool:
        """Whether there is any check-in, of whatever day."""
        return self.first_at is not None

    def is_on_site(self, now: Instant, zone: ZoneInfo) -> bool:
        """Whether they are at the venue at `now`: arrived, not left, and no midnight since."""
        return (
            self.arrived_at is not None
            and self.left_at is None
            and now < next_midnight(self.arrived_at, zone)
        )

    def on_site_day(self, zone: ZoneInfo) -> date | None:
        """The local day on which they count as on site, None if they left (or never came)."""
        if self.arrived_at is None or self.left_at is not None:
            return None
        return local_date(self.arrived_at, zone)


ABSENT = Presence()


def advance(presence: Presence, sighting: Sighting, zone: ZoneInfo) -> Presence:
    """The state after one more sighting, not earlier than those before it."""
    now = sighting.happened_at
    state = _after_midnights(presence, now, zone)
    match sighting.effect:
        case Effect.ARRIVED:
            return _arrive(state, sighting)
        case Effect.LEFT:
            return _leave(state, now)
        case Effect.ENTERED:
            if state.room == sighting.room:
                return _arrive(state, sighting)
            inside = _arrive(state, sighting)
            return replace(inside, room=sighting.room, session=sighting.session, entered_at=now)
        case Effect.EXITED:
            if state.room is None or state.room != sighting.room:
                return state
            return replace(_outside(state), exited_room=sighting.room, exited_at=now)


def fold(sightings: Iterable[Sighting], zone: ZoneInfo) -> Presence:
    """The state that these sightings make, in any order given."""
    state = ABSENT
    for sighting in sorted(sightings, key=lambda s: (s.happened_at, s.scan_id)):
        state = advance(state, sighting, zone)
    return state


def _arrive(state: Presence, sighting: Sighting) -> Presence:
    if state.first_at is None:
        state = replace(state, first_at=sighting.happened_at, first_device=sighting.device)
    if state.arrived_at is None or state.left_at is not None:
        state = replace(state, arrived_at=sighting.happened_at, left_at=None)
    return state


def _leave(state: Presence, now: Instant) -> Presence:
    if state.arrived_at is None or state.left_at is not None:
        return state
    return replace(_outside(state), left_at=now)


def _outside(state: Presence) -> Presence:
    return replace(state, room=None, session=None, entered_at=None)


def _after_midnights(state: Presence, now: Instant, zone: ZoneInfo) -> Presence:
    """Every presence ends at a local midnight: the stay is over without anybody having seen it."""
    if state.arrived_at is None or state.left_at is not None:
        return state
    midnight = next_midnight(state.arrived_at, zone)
    return state if now < midnight else replace(_outside(state), left_at=midnight)
