"""Crossings of doors: what an usher's count is carried on by, and the spans that somebody spent in rooms.

Owns what entries and exits a list of sightings makes: those that were seen, those of somebody who went
elsewhere, and those that nobody saw (a session's end, midnight).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from checkin.domain.instants import Instant, next_midnight
from checkin.domain.presence import (
    ABSENT,
    Effect,
    Ends,
    Presence,
    Sighting,
    advance,
    after_ends,
    after_midnights,
    no_ends,
    pass_end,
)


class Close(StrEnum):
    """How a stay in a room ended."""

    EXIT = "exit"
    OTHER_ROOM = "other_room"
    LEFT_VENUE = "left_venue"
    SESSION_END = "session_end"
    PASSED_OVER = "passed_over"
    MIDNIGHT = "midnight"


@dataclass(frozen=True, slots=True)
class Stay:
    """A span in one room for one session (None: none then); `until` and `close` None: still there."""

    room: str
    session: str | None
    since: Instant
    until: Instant | None
    close: Close | None


class Crossing(Struct, frozen=True):
    """Somebody went in (+1) or out (-1) of a room."""

    at: Instant
    room: str
    step: int


@dataclass(slots=True)
class _Path:
    """One attendee's way, taken down as it goes."""

    stays: list[Stay]
    crossings: list[Crossing]
    state: Presence = ABSENT
    since: Instant | None = None

    def move(self, new: Presence, at: Instant, close: Close) -> None:
        old = self.state
        self.state = new
        if (old.room, old.session) == (new.room, new.session):
            return
        if old.room is not None and self.since is not None:
            self.stays.append(Stay(old.room, old.session, self.since, at, close))
        self.since = at if new.room is not None else None
        if old.room != new.room:
            if old.room is not None:
                self.crossings.append(Crossing(at, old.room, -1))
            if new.room is not None:
                self.crossings.append(Crossing(at, new.room, 1))

    def take(self, sighting: Sighting, zone: ZoneInfo, ends: Ends) -> None:
        before, at = self.state, sighting.happened_at
        self.move(advance(before, sighting, zone, ends), at, _CLOSES.get(sighting.effect, Close.EXIT))
        if is_unmatched(before, sighting) and sighting.room is not None:
            self.crossings.append(Crossing(at, sighting.room, -1))

    def pass_ends(self, ends: Ends, until: Instant | None, zone: ZoneInfo) -> None:
        while (passed := pass_end(self.state, ends, until)) is not None:
            new, ended_at = passed
            # a session that was put into a later slot after its end was recorded may be entered for again
            at = ended_at if self.since is None else max(ended_at, self.since)
            close = Close.SESSION_END if new.room is None else Close.PASSED_OVER
            arrived_at = self.state.arrived_at
            if arrived_at is not None and at >= (midnight := next_midnight(arrived_at, zone)):
                at, close = midnight, Close.MIDNIGHT
            self.move(new, at, close)


_CLOSES = {Effect.ENTERED: Close.OTHER_ROOM, Effect.EXITED: Close.EXIT, Effect.LEFT: Close.LEFT_VENUE}


def trace(
    sightings: Iterable[Sighting], zone: ZoneInfo, ends: Ends = no_ends, now: Instant | None = None
) -> tuple[list[Stay], list[Crossing]]:
    """The stays and crossings that these sightings make, by their time; midnights pass up to `now`."""
    path = _Path([], [])
    for sighting in sorted(sightings, key=lambda s: (s.happened_at, s.scan_id)):
        at = sighting.happened_at
        path.pass_ends(ends, at, zone)
        _pass_midnight(path, at, zone)
        path.take(sighting, zone, ends)
    path.pass_ends(ends, None, zone)
    if now is not None:
        _pass_midnight(path, now, zone)
    state = path.state
    if state.room is not None and path.since is not None:
        path.stays.append(Stay(state.room, state.session, path.since, None, None))
    return path.stays, path.crossings


def cross(
    before: Presence, sighting: Sighting, zone: ZoneInfo, ends: Ends
) -> tuple[Presence, list[Crossing]]:
    """The state after one more sighting, the latest, and the crossings that it makes.

    Ends of sessions and midnights before it have made theirs. One after it makes its own at once: another
    server's clock may have recorded an end that is ahead of this one's.
    """
    at = sighting.happened_at
    settled = after_midnights(after_ends(before, ends, at), at, zone)
    path = _Path([], [], settled, settled.entered_at)
    path.take(sighting, zone, ends)
    path.pass_ends(ends, None, zone)
    return path.state, path.crossings


def is_unmatched(before: Presence, sighting: Sighting) -> bool:
    """Whether somebody was seen leaving a room that they were not known to be in."""
    return sighting.effect is Effect.EXITED and before.room != sighting.room and not sighting.is_repeat


def _pass_midnight(path: _Path, at: Instant, zone: ZoneInfo) -> None:
    arrived_at = path.state.arrived_at
    if arrived_at is not None:
        path.move(after_midnights(path.state, at, zone), next_midnight(arrived_at, zone), Close.MIDNIGHT)


# ---- an usher's count


@dataclass(frozen=True, slots=True)
class RoomCount:
    """An usher's count of a room: true at its moment, carried on by crossings until `until`."""

    counted: int
    counted_at: Instant
    until: Instant

    def is_valid(self, now: Instant) -> bool:
        """Whether it still stands."""
        return now < self.until


Counts = Mapping[str, RoomCount]
"""By room the latest usher's count."""


def carried(crossings: Iterable[Crossing], counts: Counts) -> Counter[tuple[str, int]]:
    """By room and step (+1, -1), how many crossings came after the room's count and while it stood."""
    found: Counter[tuple[str, int]] = Counter()
    for one in crossings:
        count = counts.get(one.room)
        if count is not None and count.counted_at < one.at < count.until:
            found[one.room, one.step] += 1
    return found
