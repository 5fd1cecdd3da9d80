"""What becomes of people in rooms when no scan says so: sessions end, assignments change, an usher counts.

Owns keeping presences and room counters equal to what the log makes them. Everything runs under the event's
lock, in the caller's transaction, but `count_room`, which has its own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from sqlalchemy import Connection

from checkin.domain.assignments import Assignment
from checkin.domain.crossings import Counts, Crossing, RoomCount, trace
from checkin.domain.errors import invalid_field, not_found
from checkin.domain.headcount import Headcount, headcount, stands_until, stands_until_now
from checkin.domain.instants import Instant
from checkin.domain.ledger import counted
from checkin.domain.model import Agenda, AttendeeId, EventId
from checkin.domain.presence import ABSENT, Presence, fold, pass_end
from checkin.domain.session_ends import SessionEnds, sessions_due, sessions_resumed
from checkin.domain.tallies import COUNTED_IN, COUNTED_OUT, TallyKey, contribution, difference
from checkin.service.services import Actor, Services
from checkin.store import tallies
from checkin.store.assignments import find_assignments
from checkin.store.attendees import find_attendees
from checkin.store.audit import insert_audit
from checkin.store.closings import delete_closings, insert_closings, list_ended, list_insiders
from checkin.store.events import EventRow, bump, lock_event, take_instant
from checkin.store.presences import find_presences, list_seen_since, list_sightings, update_presences
from checkin.store.room_counts import find_last_counts, insert_count, update_until

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
    before, after = SessionEnds(agenda, ended), SessionEnds(agenda, {**ended, **due})
    seen = list_seen_since(connection, event.id, min(due.values()))
    insiders = list_insiders(connection, event.id) - seen
    _let_out(connection, event, insiders, after)
    _fold_over(connection, event, seen, before, after)


def _let_out(connection: Connection, event: EventRow, insiders: Set[AttendeeId], ends: SessionEnds) -> None:
    """Takes these people, who were not seen since, over the ends."""
    agenda, ids = event.agenda, _asked(insiders)
    known = find_presences(connection, event.id, ids)
    inside = {attendee: known[attendee] for attendee in insiders}
    held = find_assignments(connection, event.id, ids)
    changed: dict[AttendeeId, Presence] = {}
    crossings: list[Crossing] = []
    for attendee, presence in inside.items():
        state = presence
        while (passed := pass_end(state, ends.of(held.get(attendee, {})))) is not None:
            if passed[0].room is None and (room := state.room_at(passed[1], agenda.zone)) is not None:
                crossings.append(Crossing(passed[1], room, -1))
            state = passed[0]
        if state != presence:
            changed[attendee] = state
    _store(connection, event.id, agenda, inside, changed, held)
    tallies.apply(connection, event.id, counted(crossings, find_last_counts(connection, event.id)))


def _fold_over(
    connection: Connection, event: EventRow, seen: Set[AttendeeId], before: SessionEnds, after: SessionEnds
) -> None:
    """The same for who was seen after an end and before it was recorded: as if it had not come, that was."""
    if not seen:
        return
    agenda, ids = event.agenda, _asked(seen)
    _fold(connection, event.id, agenda, ids, after)
    counts = find_last_counts(connection, event.id)
    if not counts:
        return
    held = find_assignments(connection, event.id, ids)
    old: Counter[TallyKey] = Counter()
    new: Counter[TallyKey] = Counter()
    for attendee, sightings in list_sightings(connection, event.id, ids).items():
        own = held.get(attendee, {})
        old += counted(trace(sightings, agenda.zone, before.of(own))[1], counts)
        new += counted(trace(sightings, agenda.zone, after.of(own))[1], counts)
    tallies.apply(connection, event.id, difference(old, new))


def follow_times(connection: Connection, event: EventRow, agenda: Agenda, now: Instant) -> None:
    """What a new agenda's times change: a session made longer after its end goes on, counts stand as long.

    The caller folds everybody again and closes what is due.
    """
    delete_closings(connection, event.id, sessions_resumed(agenda, list_ended(connection, event.id)))
    for room, count in find_last_counts(connection, event.id).items():
        until = stands_until_now(event.agenda, agenda, room, count)
        if until > count.until or count.is_valid(now):
            update_until(connection, event.id, room, count, until)


def refold(
    connection: Connection,
    event_id: EventId,
    agenda: Agenda,
    attendees: Iterable[AttendeeId] | None = None,
) -> None:
    """Folds the sightings of these attendees, or of all, again: the fold takes assignments as they are."""
    ids = None if attendees is None else _asked(set(attendees))
    if ids == []:
        return
    ends = SessionEnds(agenda, list_ended(connection, event_id))
    _fold(connection, event_id, agenda, ids, ends)
    counts = find_last_counts(connection, event_id)
    if counts:
        _count_again(connection, event_id, agenda, ends, counts)


def _count_again(
    connection: Connection, event_id: EventId, agenda: Agenda, ends: SessionEnds, counts: Counts
) -> None:
    """Entries and exits since ushers' counts, of everybody: what they were before is not known any more."""
    crossed = count_crossings(connection, event_id, agenda, ends, counts)
    stored = tallies.find_tallies(connection, event_id)
    before = {key: n for key, n in stored.items() if key[0] in (COUNTED_IN, COUNTED_OUT)}
    tallies.apply(connection, event_id, difference(before, crossed))


def count_crossings(
    connection: Connection, event_id: EventId, agenda: Agenda, ends: SessionEnds, counts: Counts
) -> Counter[TallyKey]:
    """The entries and exits since ushers' counts, by the log."""
    held = find_assignments(connection, event_id)
    found: Counter[TallyKey] = Counter()
    for attendee, seen in list_sightings(connection, event_id).items():
        found += counted(trace(seen, agenda.zone, ends.of(held.get(attendee, {})))[1], counts)
    return found


def _asked(attendees: Set[AttendeeId]) -> list[AttendeeId] | None:
    return list(attendees) if len(attendees) <= MOST_ASKED else None


def _fold(
    connection: Connection, event_id: EventId, agenda: Agenda, ids: list[AttendeeId] | None, ends: SessionEnds
) -> None:
    before = find_presences(connection, event_id, ids)
    held = find_assignments(connection, event_id, ids)
    changed: dict[AttendeeId, Presence] = {}
    for attendee, seen in list_sightings(connection, event_id, ids).items():
        state = fold(seen, agenda.zone, ends.of(held.get(attendee, {})))
        if state != before.get(attendee, ABSENT):
            changed[attendee] = state
    _store(connection, event_id, agenda, before, changed, held)


def _store(
    connection: Connection,
    event_id: EventId,
    agenda: Agenda,
    before: Mapping[AttendeeId, Presence],
    changed: Mapping[AttendeeId, Presence],
    held: Mapping[AttendeeId, Mapping[str, Assignment]],
) -> None:
    people = find_attendees(connection, event_id, changed)
    sums: Counter[TallyKey] = Counter()
    for attendee, presence in changed.items():
        person, items = people[attendee].person, held.get(attendee, {}).values()
        old = contribution(person, before.get(attendee, ABSENT), items, agenda.zone)
        sums.update(difference(old, contribution(person, presence, items, agenda.zone)))
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
        counts = find_last_counts(connection, event.id)
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
