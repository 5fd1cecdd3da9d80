"""Where one attendee is: a fold over sightings by (time, scan id), whatever order they arrived in.

A sighting is what every scan but a refusal leaves behind; recorded ends of sessions and local midnights fall
between them. `advance` takes the state one sighting further and is the fold's step; it gives what `fold` does
as long as sightings come in the order of their time.
"""

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from checkin.domain.instants import Instant, local_date, next_midnight
from checkin.domain.model import DeviceId


class Effect(StrEnum):
    """What a sighting says: came to or left the venue, went into or out of a room."""

    ARRIVED = "arrived"
    LEFT = "left"
    ENTERED = "entered"
    EXITED = "exited"


class Sighting(Struct, frozen=True):
    """One recorded fact. `room` and `session` are those of the door, as found at its arrival.

    `is_repeat`: it said again what was known; an exit that repeats another takes nobody off a count.
    """

    happened_at: Instant
    scan_id: bytes
    effect: Effect
    device: DeviceId
    room: str | None = None
    session: str | None = None
    is_repeat: bool = False


class End(Struct, frozen=True):
    """A session's recorded end as it concerns one attendee.

    `onward`: the next session in the room that they are assigned to, which they stay for; else None.
    """

    ended_at: Instant
    onward: str | None = None


Ends = Callable[[str], End | None]
"""A session's end for one attendee, by its code; None while it has not been recorded."""


def no_ends(_session: str) -> End | None:
    """No session has ended yet."""
    return None


class Presence(Struct, frozen=True, array_like=True):
    """One attendee's state after some sightings.

    `first_at`, `first_device`: the earliest check-in of the event. `arrived_at`: when the present (or last)
    stay at the venue began, `left_at` its end if somebody saw it; a local midnight ends it too. `room`,
    `session`, `entered_at`: the room they are in; `passed_from`: the session that ended while they stayed
    for the next. `exited_room`, `exited_at`: the last matched exit.
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
    passed_from: str | None = None

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

    def room_at(self, now: Instant, zone: ZoneInfo) -> str | None:
        """The room they are in at `now`: none after a midnight."""
        return self.room if self.room is not None and self.is_on_site(now, zone) else None

    def session_at(self, now: Instant, zone: ZoneInfo) -> str | None:
        """The session that they are in a room for at `now`."""
        return None if self.room_at(now, zone) is None else self.session


ABSENT = Presence()


def advance(presence: Presence, sighting: Sighting, zone: ZoneInfo, ends: Ends = no_ends) -> Presence:
    """The state after one more sighting, not earlier than those before it."""
    now = sighting.happened_at
    state = after_midnights(after_ends(presence, ends, now), now, zone)
    match sighting.effect:
        case Effect.ARRIVED:
            return _arrive(state, sighting)
        case Effect.LEFT:
            return _leave(state, now)
        case Effect.ENTERED:
            inside = _arrive(state, sighting)
            if state.room == sighting.room:
                return replace(inside, session=sighting.session)
            return _placed(inside, sighting.room, sighting.session, now)
        case Effect.EXITED:
            if state.room is None or state.room != sighting.room:
                return state
            return replace(_outside(state), exited_room=sighting.room, exited_at=now)


def fold(sightings: Iterable[Sighting], zone: ZoneInfo, ends: Ends = no_ends) -> Presence:
    """The state that these sightings and all recorded ends make, in any order given."""
    state = ABSENT
    for sighting in sorted(sightings, key=lambda s: (s.happened_at, s.scan_id)):
        state = advance(state, sighting, zone, ends)
    return after_ends(state, ends)


def after_ends(state: Presence, ends: Ends, until: Instant | None = None) -> Presence:
    """The state after the recorded ends of its session, up to `until` (with it): out, or on to the next."""
    while (passed := pass_end(state, ends, until)) is not None:
        state = passed[0]
    return state


def pass_end(state: Presence, ends: Ends, until: Instant | None = None) -> tuple[Presence, Instant] | None:
    """The state after the next of these ends, and when that was; None: there is none."""
    end = None if state.room is None or state.session is None else ends(state.session)
    if end is None or (until is not None and end.ended_at > until):
        return None
    if state.entered_at is not None and end.ended_at <= state.entered_at:
        return None  # the session was put into a later slot after its end had been recorded
    if end.onward is None or end.onward == state.session:
        return _outside(state), end.ended_at
    return replace(state, session=end.onward, passed_from=state.session), end.ended_at


def after_midnights(state: Presence, now: Instant, zone: ZoneInfo) -> Presence:
    """Every presence ends at a local midnight: the stay is over without anybody having seen it."""
    if state.arrived_at is None or state.left_at is not None:
        return state
    midnight = next_midnight(state.arrived_at, zone)
    return state if now < midnight else replace(_outside(state), left_at=midnight)


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
    return _placed(state, None, None, None)


def _placed(state: Presence, room: str | None, session: str | None, entered_at: Instant | None) -> Presence:
    # Written out: `replace` takes three times as long, and a fold of a day does little else.
    return Presence(
        first_at=state.first_at,
        first_device=state.first_device,
        arrived_at=state.arrived_at,
        left_at=state.left_at,
        room=room,
        session=session,
        entered_at=entered_at,
        exited_room=state.exited_room,
        exited_at=state.exited_at,
    )
