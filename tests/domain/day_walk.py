"""The day of rooms told a second time: one thing after the other, to hold the fold against.

Takes the facts as they are (sightings, ends, counts) and shares no rule with the fold: what ends when is
written down here by hand, for the rooms of `tests.domain.doors`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from checkin.domain.crossings import RoomCount
from checkin.domain.instants import Instant, to_datetime, to_instant
from checkin.domain.presence import Effect, Sighting
from tests.domain.conference import DENVER, at

ENDS_AT = {"law-1": at(10), "law-2": at(11), "med-1": at(10)}
STAYS_FOR = {"law-1": "law-2"}
"""Everybody here is assigned to both lessons of law, and to nothing in B."""


@dataclass
class Walker:
    """One person on the way through the day. `steps`: when, into (+1) or out of (-1) which room."""

    first_at: Instant | None = None
    arrived_at: Instant | None = None
    room: str | None = None
    session: str | None = None
    steps: list[tuple[Instant, str, int]] = field(default_factory=list)

    def go(self, room: str | None, session: str | None, now: Instant) -> None:
        """Into a room (None: out on the corridor)."""
        if self.room != room:
            self.steps += [] if self.room is None else [(now, self.room, -1)]
            self.steps += [] if room is None else [(now, room, 1)]
        self.room, self.session = room, session

    def come(self, now: Instant) -> None:
        """To the venue."""
        self.first_at = now if self.first_at is None else self.first_at
        self.arrived_at = now if self.arrived_at is None else self.arrived_at

    def leave(self, now: Instant) -> None:
        """The venue, and with it any room."""
        self.go(None, None, now)
        self.arrived_at = None

    def hear_end(self, session: str, now: Instant) -> None:
        """A lesson is over."""
        if self.session == session:
            onward = STAYS_FOR.get(session)
            self.go(self.room if onward else None, onward, now)

    def be_seen(self, one: Sighting) -> None:
        """By a kiosk or a door."""
        now = one.happened_at
        if one.effect is Effect.LEFT and self.arrived_at is not None:
            self.leave(now)
        if one.effect in (Effect.ARRIVED, Effect.ENTERED):
            self.come(now)
        if one.effect is Effect.ENTERED:
            self.go(one.room, one.session, now)
        if one.effect is Effect.EXITED and one.room is not None:
            if self.room == one.room:
                self.go(None, None, now)
            elif not one.is_repeat:
                self.steps.append((now, one.room, -1))


def walk(sightings: Iterable[Sighting], ended: Iterable[str], now: Instant) -> Walker:
    """Somebody as they stand at `now`. At one moment ends come first, then what was seen."""
    seen = list(sightings)
    happenings: list[tuple[Instant, int, bytes, str | Sighting | None]] = [
        (one.happened_at, 1, one.scan_id, one) for one in seen
    ]
    happenings += [(ENDS_AT[code], 0, b"", code) for code in ended]
    happenings += [(moment, 0, b"", None) for moment in midnights(seen, now)]
    walker = Walker()
    for moment, _, _, what in sorted(happenings, key=lambda one: one[:3]):
        if moment > now:
            break
        if what is None:
            walker.leave(moment)
        elif isinstance(what, str):
            walker.hear_end(what, moment)
        else:
            walker.be_seen(what)
    return walker


def midnights(seen: Iterable[Sighting], now: Instant) -> Iterable[Instant]:
    """Those after anybody was seen, up to `now`."""
    first = min((one.happened_at for one in seen), default=now)
    day = to_datetime(first, DENVER).replace(hour=0, minute=0, second=0, microsecond=0)
    while (moment := to_instant(day := day + timedelta(days=1))) <= now:
        yield moment


def people_in(room: str, walkers: Sequence[Walker], counts: Mapping[str, RoomCount], now: Instant) -> int:
    """A room's headcount: those in it, or the usher's count and what came after it."""
    count = counts.get(room)
    if count is None or now >= count.until:
        return sum(walker.room == room for walker in walkers)
    steps = [(when, step) for one in walkers for when, where, step in one.steps if where == room]
    return max(0, count.counted + sum(step for when, step in steps if when > count.counted_at))
