"""Any moment of the event again: the frame as it was, and headcounts minute by minute.

Owns folding the log for it: away from the loop that answers scans (a long one in a process of its own, since
a thread would hold the loop up), once for all who ask meanwhile, and not more often than the machine can
bear. What a moment was like follows from scans, ends, reversals and counts; assignments are taken as they
are now.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from checkin.domain.errors import invalid_field
from checkin.domain.history import EMPTY, Replay, replay
from checkin.domain.instants import HOUR, MINUTE, Instant, local_date
from checkin.domain.model import Agenda
from checkin.domain.room_state import next_slot
from checkin.domain.session_ends import SessionEnds, next_in_room
from checkin.domain.tallies import (
    ARRIVALS_SPAN,
    ARRIVED,
    ASSIGNED,
    CHECKED_IN,
    COMING,
    COUNTED_IN,
    COUNTED_OUT,
    INSIDE,
    ON_SITE,
    REGISTERED,
    TallyKey,
    arrived_key,
    coming_key,
    inside_key,
)
from checkin.service.occupancy import Figures, arrivals_since, frame
from checkin.service.services import Services
from checkin.service.solver import solve
from checkin.store.alerts import list_alerts_at
from checkin.store.database import Database
from checkin.store.engines import read_once
from checkin.store.events import EventRow, get_event
from checkin.store.latest_scans import find_last_scans
from checkin.store.logs import count_scans, find_holders, read_log
from checkin.store.tallies import find_tallies

SHOWN: Final = 60 * MINUTE
MOST_SHOWN: Final = 24 * HOUR

LONG_LOG: Final = 2000
"""From so many scans on, a log is folded in another process: a thread would be at it for a tenth of a
second."""

MANY_PEOPLE: Final = 2000
REST: Final = 5
"""A fold of so many people's log is good for so many times as long as it took: boards which ask for it cost a
sixth of a core at most. A history then ends where it was made."""


@dataclass(frozen=True, slots=True)
class History:
    """Numbers at each of some moments: whole minutes, and the last one asked for."""

    agenda: Agenda
    since: Instant
    until: Instant
    moments: Sequence[Instant]
    headcounts: dict[str, list[int]]
    checked_in: list[int]
    on_site: list[int]


_NEVER: Final = Instant(0)


@dataclass(slots=True)
class _Kept:
    """The last fold of an event: of which version, when, how long; and whose turn it is to make the next."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    event: EventRow | None = None
    replay: Replay = EMPTY
    folded_at: Instant = _NEVER
    made_at: float = 0.0
    seconds: float = 0.0

    def is_fresh(self, version: int, now: Instant) -> bool:
        """Whether nothing can have changed since: neither the log nor the day."""
        if self.event is None or self.event.version < version:
            return False
        zone = self.event.agenda.zone
        return local_date(self.folded_at, zone) == local_date(now, zone)

    def is_resting(self) -> bool:
        """Whether it is so large that it must do for a while."""
        is_large = len(self.replay.visits) > MANY_PEOPLE
        return is_large and monotonic() - self.made_at < self.seconds * REST


_kept: WeakKeyDictionary[Database, dict[str, _Kept]] = WeakKeyDictionary()


async def history(
    services: Services, slug: str, since: Instant | None = None, until: Instant | None = None
) -> History:
    """Headcounts from `since` to `until`, by default the last hour. `AppError`: not_found, invalid."""
    now = services.clock.now()
    until = now if until is None else min(until, now)
    since = Instant(until - SHOWN) if since is None else since
    if since > until:
        raise invalid_field("from", "must not be later than `to`, or than now")
    if until - since > MOST_SHOWN:
        raise invalid_field("from", "must be at most 24 hours before `to`")
    event, found, known_at = await _replay(services, slug, now, may_be_older=True)
    until = max(since, min(until, known_at))
    moments = [Instant(at) for at in range(-(-since // MINUTE) * MINUTE, until + 1, MINUTE)]
    if not moments or moments[-1] != until:
        moments.append(until)
    checked_in = found.checked_in.get("")
    return History(
        agenda=event.agenda,
        since=since,
        until=until,
        moments=moments,
        headcounts={
            room.code: [found.headcount_at(room.code, at).headcount for at in moments]
            for room in event.agenda.rooms
        },
        checked_in=[0 if checked_in is None else checked_in.at(at) for at in moments],
        on_site=[found.on_site.at(at) for at in moments],
    )


async def occupancy_at(services: Services, slug: str, at: Instant) -> dict[str, Any]:
    """The frame as it was at a moment. `AppError`: not_found, invalid (it lies in the future)."""
    now = services.clock.now()
    if at > now:
        raise invalid_field("at", "must not lie in the future")
    event, found, _ = await _replay(services, slug, now, may_be_older=False)

    def work(connection: Connection) -> dict[str, Any]:
        return frame(event, _figures(connection, event, found, at), at)

    return await services.db.read(work)


def _figures(connection: Connection, event: EventRow, found: Replay, at: Instant) -> Figures:
    agenda = event.agenda
    usher = {room: found.count_at(room, at) for room in agenda.room}
    return Figures(
        tallies=_tallies(connection, event, found, at),
        counts={room: one for room, one in usher.items() if one is not None},
        last_scans=find_last_scans(connection, event.id, list(agenda.room), at),
        alerts=list_alerts_at(connection, event.id, at),
    )


def _tallies(connection: Connection, event: EventRow, found: Replay, at: Instant) -> dict[TallyKey, int]:
    """The counters as they were; who is registered and assigned is taken as it is."""
    day = local_date(at, event.agenda.zone)
    now = find_tallies(connection, event.id)
    then = {key: n for key, n in now.items() if key[0] in (REGISTERED, ASSIGNED)}
    then[ON_SITE, day.isoformat()] = found.on_site.at(at)
    then |= {(CHECKED_IN, group): steps.at(at) for group, steps in found.checked_in.items()}
    for room in event.agenda.room:
        then[INSIDE, inside_key(room, day)] = found.presences_at(room, at)
        usher = found.count_at(room, at)
        if usher is not None:
            carried = found.carried_at(room, at, usher.count.counted_at)
            then[COUNTED_IN, room], then[COUNTED_OUT, room] = max(0, carried), max(0, -carried)
    arrivals = found.arrivals(arrivals_since(event.agenda, at), at, ARRIVALS_SPAN)
    then |= {(ARRIVED, arrived_key(start)): n for start, n in arrivals.items()}
    for session in _coming(connection, event, found, at):
        key = COMING, coming_key(session, day)
        then[key] = then.get(key, 0) + 1
    return then


def _coming(connection: Connection, event: EventRow, found: Replay, at: Instant) -> Iterator[str]:
    """The sessions of the next slot, once for each of their assigned who was on site."""
    slot = next_slot(event.agenda, at)
    sessions = () if slot is None else event.agenda.sessions_in[slot.code]
    holders = find_holders(connection, event.id, [one.code for one in sessions if not one.is_plenary])
    for attendee, held in holders.items():
        if found.is_on_site(attendee, at):
            yield from (item.session for item in held.values() if item.session is not None)


# ---- the fold


async def _replay(
    services: Services, slug: str, now: Instant, may_be_older: bool
) -> tuple[EventRow, Replay, Instant]:
    """The event, its log folded, and up to when that tells; `may_be_older`: a little while ago will do."""
    event = await services.db.read(lambda connection: get_event(connection, slug))
    kept = _kept.setdefault(services.db, {}).setdefault(slug, _Kept())
    async with kept.turn:
        if kept.event is not None and kept.is_fresh(event.version, now):
            return event, kept.replay, now
        if kept.event is not None and may_be_older and kept.is_resting():
            return event, kept.replay, kept.folded_at
        started = monotonic()
        event, found = await _fold_apart(services, event, now)
        kept.event, kept.replay, kept.folded_at = event, found, now
        kept.made_at, kept.seconds = monotonic(), monotonic() - started
        return event, found, now


async def _fold_apart(services: Services, event: EventRow, now: Instant) -> tuple[EventRow, Replay]:
    db = services.db
    if await db.read(partial(count_scans, event_id=event.id)) < LONG_LOG:
        return await db.read_apart(partial(_fold, slug=event.slug, now=now))
    folded: tuple[EventRow, Replay] = await solve("fold", db.url, event.slug, now, watch=services.watch)
    return folded


def fold_once(url: str, slug: str, now: Instant) -> tuple[EventRow, Replay]:
    """The event of a database and its log folded, as of `now`. `AppError not_found`."""
    return read_once(url, partial(_fold, slug=slug, now=now))


def _fold(connection: Connection, slug: str, now: Instant) -> tuple[EventRow, Replay]:
    event = get_event(connection, slug)
    agenda, log = event.agenda, read_log(connection, event.id)
    ends = SessionEnds(agenda, log.ended)
    onward = [
        next_in_room(agenda, agenda.session[code], ended_at)
        for code, ended_at in log.ended.items()
        if code in agenda.session
    ]
    # Others' assignments decide nothing: only who is assigned to what comes next in a room stays there.
    codes = {one.code for one in onward if one is not None and not one.is_plenary}
    held = find_holders(connection, event.id, codes)
    found = replay(
        log.sightings,
        {attendee: ends.of(items) for attendee, items in held.items()},
        ends.of({}),
        log.groups,
        log.counts,
        agenda.zone,
        now,
    )
    return event, found
