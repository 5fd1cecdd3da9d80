"""What one attendee adds to the event's counters.

A counter changes only by the difference between an attendee's contribution before and after a change, so that
no two use cases count in different ways; `verify` adds all contributions up again.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from checkin.domain.assignments import Assignment
from checkin.domain.instants import MINUTE, Instant
from checkin.domain.model import Person
from checkin.domain.presence import Presence

TallyKey = tuple[str, str]
"""(what, key): what is counted, and of which discipline, local day, session or room ("" for all)."""

REGISTERED = "registered"
CHECKED_IN = "checked_in"
ON_SITE = "on_site"
ARRIVED = "arrived"
ASSIGNED = "assigned"
COMING = "coming"
"""Of those assigned to a session who is on site."""

INSIDE = "inside"
COUNTED_IN = "counted_in"
COUNTED_OUT = "counted_out"
"""Entries to and exits from a room since its usher's count; empty where none stands."""

ARRIVALS_SPAN = 5 * MINUTE
"""First check-ins are counted by so wide spans."""


def contribution(
    person: Person, presence: Presence, assignments: Iterable[Assignment], zone: ZoneInfo
) -> dict[TallyKey, int]:
    """The counters that this attendee stands in, with 1 each.

    A cancelled registration is neither registered nor checked in; whoever is on site counts as on site all
    the same. On site, and with it who is coming to a session, is counted by local day, so that midnight needs
    no recount.
    """
    day = presence.on_site_day(zone)
    stands = dict.fromkeys([*_first_keys(person, presence), *_day_keys(presence, day)], 1)
    if not person.is_cancelled:
        for group in _groups(person):
            stands[REGISTERED, group] = 1
    for item in assignments:
        for key in seat_keys(item.session, day):
            stands[key] = stands.get(key, 0) + 1
    return stands


def moved(
    person: Person, before: Presence, after: Presence, assignments: Iterable[Assignment], zone: ZoneInfo
) -> dict[TallyKey, int]:
    """The difference that a step of this attendee makes, their seats being the same before and after it."""
    old_day, new_day = before.on_site_day(zone), after.on_site_day(zone)
    old, new = _day_keys(before, old_day), _day_keys(after, new_day)
    if before.first_at != after.first_at:
        old += _first_keys(person, before)
        new += _first_keys(person, after)
    changed = {key: 1 for key in new if key not in old} | {key: -1 for key in old if key not in new}
    if old_day != new_day:
        for item in assignments:
            for day, step in ((old_day, -1), (new_day, 1)):
                if item.session is not None and day is not None:
                    key = COMING, coming_key(item.session, day)
                    changed[key] = changed.get(key, 0) + step
    return changed


def _first_keys(person: Person, presence: Presence) -> list[TallyKey]:
    """The counters of a first check-in."""
    if presence.first_at is None:
        return []
    groups = () if person.is_cancelled else _groups(person)
    return [(ARRIVED, arrived_key(presence.first_at)), *[(CHECKED_IN, group) for group in groups]]


def _day_keys(presence: Presence, day: date | None) -> list[TallyKey]:
    """The counters of whoever counts as on site on a day."""
    if day is None:
        return []
    if presence.room is None:
        return [(ON_SITE, day.isoformat())]
    return [(ON_SITE, day.isoformat()), (INSIDE, inside_key(presence.room, day))]


def _groups(person: Person) -> tuple[str, ...]:
    return ("", *person.disciplines[:1])


def seat_keys(session: str | None, on_site_day: date | None) -> list[TallyKey]:
    """The counters of one assignment, by the day on which whoever holds it counts as on site."""
    if session is None:
        return []
    if on_site_day is None:
        return [(ASSIGNED, session)]
    return [(ASSIGNED, session), (COMING, coming_key(session, on_site_day))]


def arrived_key(first_at: Instant) -> str:
    """The counter of the first check-ins of a span, named by its start."""
    return str(first_at // ARRIVALS_SPAN * ARRIVALS_SPAN)


@lru_cache(maxsize=4096)
def coming_key(session: str, day: date) -> str:
    """The counter of a session's assigned who are on site on a local day."""
    return f"{day.isoformat()} {session}"


@lru_cache(maxsize=4096)
def inside_key(room: str, day: date) -> str:
    """The counter of a room's presences on a local day, which end with it."""
    return f"{day.isoformat()} {room}"


def difference(old: Mapping[TallyKey, int], new: Mapping[TallyKey, int]) -> dict[TallyKey, int]:
    """What to add to each counter to come from `old` to `new`; no zeros."""
    changed = {key: n - old.get(key, 0) for key, n in new.items() if n != old.get(key, 0)}
    return changed | {key: -n for key, n in old.items() if n and key not in new}
