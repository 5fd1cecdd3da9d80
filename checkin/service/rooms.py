"""What becomes of people in rooms when no scan says so: sessions end, assignments change, an usher counts.

Owns keeping presences and room counters equal to what the log makes them. Everything runs under the event's
lock, in the caller's transaction, but `count_room`, which has its own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from checkin.domain.crossings import Crossing, RoomCount
from checkin.domain.door import open_sessions
from checkin.domain.errors import invalid_field, not_found
from checkin.domain.headcount import Headcount, headcount
from checkin.domain.instants import Instant, next_midnight
from checkin.domain.ledger import counted
from checkin.domain.model import Agenda, AttendeeId, EventId
from checkin.domain.presence import ABSENT, Presence, fold, pass_end
from checkin.domain.session_ends import SessionEnds, sessions_due
from checkin.domain.tallies import COUNTED_IN, COUNTED_OUT, TallyKey, contribution, difference
from checkin.service.services import Actor, Services
from checkin.store import tallies
from checkin.store.assignments import find_assignments
from checkin.store.attendees import find_attendees
from checkin.store.audit import insert_audit
from checkin.store.closings import insert_closings, list_ended, list_insiders
from checkin.store.events import EventRow, bump, lock_event, take_instant
from checkin.store.presences import find_presences, list_sightings, update_presences
from checkin.store.room_counts import find_counts, insert_count

MOST_COUNTED = 100_000

MOST_ASKED = 1000
"""Of more attendees than these, those of the whole event are looked up: databases take no endless lists."""


def close_sessions(connection: Connection, event: EventRow, now: Instant) -> None:
    """Records the ends that have come, and lets out who was inside, or on to the next session there."""
    agenda = event.agenda
    ended = list_ended(connection, event.id)
    due = sessions_due(agenda, ended, now)
    if not due:
        return
    insert_closings(connection, event.id, due, now)
    ends = SessionEnds(agenda, {**ended, **due})
    insiders = list_insiders(connection, event.id)
    ids = insiders if len(insiders) <= MOST_ASKED else None
    inside = find_presences(connection, event.id, ids)
    held = find_assignments(connection, event.id, ids)
    changed: dict[AttendeeId, Presence] = {}
    crossings: list[Crossing] = []
    for attendee, presence in inside.items():
        state = presence
        while (passed := pass_end(state, ends.of(held.get(attendee, {})))) is not None:
            if passed[0].room is None and state.room is not None:
                crossings.append(Crossing(passed[1], state.room, -1))
            state = passed[0]
        if state != presence:
            changed[attendee] = state
    _store(connection, event.id, agenda, inside, changed)
    steps = counted(crossings, find_counts(connection, event.id, now))
    tallies.apply(connection, event.id, steps)


def refold(
    connection: Connection,
    event_id: EventId,
    agenda: Agenda,
    attendees: Iterable[AttendeeId] | None = None,
) -> None:
    """Folds the sightings of these attendees, or of all, again: the fold takes assignments as they are."""
    ids = None if attendees is None else list(attendees)
    if ids is not None and len(ids) > MOST_ASKED:
        ids = None
    elif ids == []:
        return
    before = find_presences(connection, event_id, ids)
    sightings = list_sightings(connection, event_id, ids)
    held = find_assignments(connection, event_id, ids)
    ends = SessionEnds(agenda, list_ended(connection, event_id))
    changed: dict[AttendeeId, Presence] = {}
    for attendee, seen in sightings.items():
        state = fold(seen, agenda.zone, ends.of(held.get(attendee, {})))
        if state != before.get(attendee, ABSENT):
            changed[attendee] = state
    _store(connection, event_id, agenda, before, changed)


def _store(
    connection: Connection,
    event_id: EventId,
    agenda: Agenda,
    before: Mapping[AttendeeId, Presence],
    changed: Mapping[AttendeeId, Presence],
) -> None:
    people = find_attendees(connection, event_id, changed)
    sums: Counter[TallyKey] = Counter()
    for attendee, presence in changed.items():
        person = people[attendee].person
        old = contribution(person, before.get(attendee, ABSENT), (), agenda.zone)
        sums.update(difference(old, contribution(person, presence, (), agenda.zone)))
    update_presences(connection, event_id, changed)
    tallies.apply(connection, event_id, {key: n for key, n in sums.items() if n})


# ---- an usher's count


@dataclass(frozen=True, slots=True)
class Counted:
    """A room after an usher's count."""

    room: str
    headcount: Headcount


async def count_room(services: Services, slug: str, room: str, counted_people: int, actor: Actor) -> Counted:
    """Takes an usher's count as true at this moment. `AppError`: not_found, invalid."""
    if not 0 <= counted_people <= MOST_COUNTED:
        raise invalid_field("counted", f"A count is a number from 0 to {MOST_COUNTED}.")

    def work(connection: Connection) -> tuple[EventRow, Counted]:
        event = lock_event(connection, slug)
        agenda = event.agenda
        if room not in agenda.room:
            raise not_found("There is no such room.")
        now = take_instant(connection, event.id, services.clock.now())
        sums = tallies.find_tallies(connection, event.id)
        counts = find_counts(connection, event.id, now)
        scanned = headcount(sums, counts, room, now, agenda.zone)
        count = RoomCount(counted_people, now, stands_until(agenda, room, now))
        insert_count(connection, event.id, room, count, actor.label, scanned.headcount)
        carried = {(what, room): -sums.get((what, room), 0) for what in (COUNTED_IN, COUNTED_OUT)}
        tallies.apply(connection, event.id, {key: n for key, n in carried.items() if n})
        detail = {"room": room, "counted": counted_people, "scanned": scanned.headcount}
        insert_audit(connection, event.id, now, actor.label, "count_room", detail=detail)
        bump(connection, event.id)
        return event, Counted(room, Headcount(counted_people, scanned.presences))

    event, made = await services.db.write(work)
    services.live.nudge(event.id)
    return made


def stands_until(agenda: Agenda, room: str, now: Instant) -> Instant:
    """Until when a count of this moment stands: the running session's end, else midnight."""
    running = [
        agenda.slot[session.slot]
        for session in open_sessions(agenda, room, now)
        if agenda.slot[session.slot].starts_at <= now
    ]
    return running[0].ends_at if running else next_midnight(now, agenda.zone)
