"""How many people are in a room: those scanned in, or an usher's count carried on by entries and exits."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from checkin.domain.crossings import Counts
from checkin.domain.instants import Instant, local_date
from checkin.domain.tallies import COUNTED_IN, COUNTED_OUT, INSIDE, TallyKey, inside_key


@dataclass(frozen=True, slots=True)
class Headcount:
    """A room's headcount, never below 0, and the presences that it comes from."""

    headcount: int
    presences: int

    @property
    def adjustment(self) -> int:
        """What an usher's count adds (or takes)."""
        return self.headcount - self.presences


def headcount(
    tallies: Mapping[TallyKey, int], counts: Counts, room: str, now: Instant, zone: ZoneInfo
) -> Headcount:
    """How many are in a room at `now`."""
    presences = tallies.get((INSIDE, inside_key(room, local_date(now, zone))), 0)
    count = counts.get(room)
    if count is None or not count.is_valid(now):
        return Headcount(presences, presences)
    carried = tallies.get((COUNTED_IN, room), 0) - tallies.get((COUNTED_OUT, room), 0)
    return Headcount(max(0, count.counted + carried), presences)
