"""How full the event was at any moment of the past, by the whole log.

Owns the `Replay`: everybody's stays and visits as steps up and down, summed up once, so that a moment is a
look-up. It tells the same as the fold of presence and the counters do for now; late scans and undone ones are
in it as they are known today.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from zoneinfo import ZoneInfo

from checkin.domain.alerts import UsherCount
from checkin.domain.crossings import trace
from checkin.domain.headcount import Headcount
from checkin.domain.instants import Instant, next_midnight
from checkin.domain.model import AttendeeId
from checkin.domain.presence import Effect, Ends, Sighting

Span = tuple[Instant, Instant | None]
"""From when to when; None: still."""

_ARRIVING = frozenset({Effect.ARRIVED, Effect.ENTERED})


class Steps:
    """A number that goes up and down: its value at any moment. Kept in arrays, which pass from process to
    process in no time.
    """

    def __init__(self, steps: Iterable[tuple[Instant, int]] = ()) -> None:
        ordered = sorted(steps)
        self._moments = array("q", (at for at, _ in ordered))
        self._sums = array("q", accumulate((step for _, step in ordered), initial=0))

    def at(self, moment: Instant) -> int:
        """The value after everything that happened up to `moment`, and at it."""
        return self._sums[bisect_right(self._moments, moment)]


_NONE = Steps()


@dataclass(frozen=True, slots=True)
class Replay:
    """The event's whole log. `checked_in`: by discipline, "" for all; cancelled registrations are in no such.

    `visits`: everybody's spans at the venue; `first_ats`: everybody's first check-in, by time.
    """

    inside: Mapping[str, Steps]
    crossed: Mapping[str, Steps]
    counts: Mapping[str, Sequence[UsherCount]]
    on_site: Steps
    checked_in: Mapping[str, Steps]
    visits: Mapping[AttendeeId, Sequence[Span]]
    first_ats: Sequence[Instant]

    def count_at(self, room: str, moment: Instant) -> UsherCount | None:
        """The usher's count that stood then: the latest before, unless it had run out."""
        before = [one for one in self.counts.get(room, ()) if one.count.counted_at <= moment]
        return before[-1] if before and before[-1].count.is_valid(moment) else None

    def carried_at(self, room: str, moment: Instant, since: Instant) -> int:
        """Entries less exits after `since`, up to `moment`."""
        steps = self.crossed.get(room, _NONE)
        return steps.at(moment) - steps.at(since)

    def presences_at(self, room: str, moment: Instant) -> int:
        """How many were known to be in a room."""
        return self.inside.get(room, _NONE).at(moment)

    def headcount_at(self, room: str, moment: Instant) -> Headcount:
        """A room's headcount, with an usher's count carried on where one stood."""
        presences, usher = self.presences_at(room, moment), self.count_at(room, moment)
        if usher is None:
            return Headcount(presences, presences)
        carried = self.carried_at(room, moment, usher.count.counted_at)
        return Headcount(max(0, usher.count.counted + carried), presences)

    def is_on_site(self, attendee: AttendeeId, moment: Instant) -> bool:
        """Whether somebody was at the venue."""
        return any(
            since <= moment and (until is None or moment < until)
            for since, until in self.visits.get(attendee, ())
        )

    def arrivals(self, since: Instant, until: Instant, width: int) -> dict[Instant, int]:
        """First check-ins from `since` to `until` (with it), by the start of their span of `width`."""
        found: dict[Instant, int] = {}
        first, last = bisect_right(self.first_ats, since - 1), bisect_right(self.first_ats, until)
        for at in self.first_ats[first:last]:
            start = Instant(at // width * width)
            found[start] = found.get(start, 0) + 1
        return found


EMPTY = Replay({}, {}, {}, Steps(), {}, {}, ())
"""Of a log without any scan."""


@dataclass(slots=True)
class _Sums:
    inside: dict[str, list[tuple[Instant, int]]] = field(default_factory=dict)
    crossed: dict[str, list[tuple[Instant, int]]] = field(default_factory=dict)
    on_site: list[tuple[Instant, int]] = field(default_factory=list)
    checked_in: dict[str, list[tuple[Instant, int]]] = field(default_factory=dict)


def replay(
    sightings: Iterable[tuple[AttendeeId, Sequence[Sighting]]],
    ends_of: Mapping[AttendeeId, Ends],
    any_ends: Ends,
    groups: Mapping[AttendeeId, Sequence[str]],
    counts: Iterable[UsherCount],
    zone: ZoneInfo,
    now: Instant,
) -> Replay:
    """Folds the log of everybody. `ends_of`: sessions' ends as they concern some, `any_ends` all others.

    `groups`: by attendee where their check-in counts ("" and their discipline); cancelled ones are absent.
    """
    sums = _Sums()
    visits: dict[AttendeeId, Sequence[Span]] = {}
    first_ats: list[Instant] = []
    for attendee, seen in sightings:
        stays, crossings = trace(seen, zone, ends_of.get(attendee, any_ends), now)
        for stay in stays:
            _add_span(sums.inside.setdefault(stay.room, []), (stay.since, stay.until))
        for one in crossings:
            sums.crossed.setdefault(one.room, []).append((one.at, one.step))
        spans = visits[attendee] = visits_of(seen, zone, now)
        for span in spans:
            _add_span(sums.on_site, span)
        if spans:
            first_ats.append(spans[0][0])
            for group in groups.get(attendee, ()):
                sums.checked_in.setdefault(group, []).append((spans[0][0], 1))
    by_room: dict[str, list[UsherCount]] = {}
    for count in sorted(counts, key=lambda one: one.count.counted_at):
        by_room.setdefault(count.room, []).append(count)
    return Replay(
        inside={room: Steps(steps) for room, steps in sums.inside.items()},
        crossed={room: Steps(steps) for room, steps in sums.crossed.items()},
        counts=by_room,
        on_site=Steps(sums.on_site),
        checked_in={group: Steps(steps) for group, steps in sums.checked_in.items()},
        visits=visits,
        first_ats=sorted(first_ats),
    )


def _add_span(steps: list[tuple[Instant, int]], span: Span) -> None:
    since, until = span
    steps.append((since, 1))
    if until is not None:
        steps.append((until, -1))


def visits_of(sightings: Iterable[Sighting], zone: ZoneInfo, now: Instant) -> list[Span]:
    """Somebody's spans at the venue, which their leaving ends, or a midnight up to `now`."""
    spans: list[Span] = []
    since: Instant | None = None
    midnight = Instant(0)
    for sighting in sorted(sightings, key=lambda one: (one.happened_at, one.scan_id)):
        at = sighting.happened_at
        if since is not None and at >= midnight:
            spans.append((since, midnight))
            since = None
        if since is None and sighting.effect in _ARRIVING:
            since, midnight = at, next_midnight(at, zone)
        elif since is not None and sighting.effect is Effect.LEFT:
            spans.append((since, at))
            since = None
    if since is not None:
        spans.append((since, midnight if now >= midnight else None))
    return spans
