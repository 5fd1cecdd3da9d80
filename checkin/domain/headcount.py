"""How many people are in a room: those scanned in, or an usher's count carried on by entries and exits."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from msgspec import Struct

from checkin.domain.crossings import Counts, RoomCount
from checkin.domain.door import open_sessions
from checkin.domain.instants import Instant, local_date, next_midnight
from checkin.domain.model import Agenda, Session
from checkin.domain.tallies import COUNTED_IN, COUNTED_OUT, INSIDE, TallyKey, inside_key


class Headcount(Struct, frozen=True):
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


def stands_until(agenda: Agenda, room: str, counted_at: Instant) -> Instant:
    """Until when a count of this moment stands: the running session's end, else midnight."""
    session = _running(agenda, room, counted_at)
    return next_midnight(counted_at, agenda.zone) if session is None else agenda.slot[session.slot].ends_at


def stands_until_now(old: Agenda, new: Agenda, room: str, count: RoomCount) -> Instant:
    """The same of a count made by the `old` agenda, where the `new` one ends the session at another time."""
    session = _running(old, room, count.counted_at)
    if session is None or old.slot[session.slot].ends_at != count.until:
        return count.until
    now = new.session.get(session.code)
    is_same = now is not None and (now.room, now.slot) == (room, session.slot) and now.slot in new.slot
    return new.slot[session.slot].ends_at if is_same else count.until


def _running(agenda: Agenda, room: str, at: Instant) -> Session | None:
    return next(
        (one for one in open_sessions(agenda, room, at) if agenda.slot[one.slot].starts_at <= at), None
    )
