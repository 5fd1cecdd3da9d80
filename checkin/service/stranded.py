"""Who holds a seat that there is no more: they get another of their slot, or are told why they have none.

Owns what becomes of those whose seats the rooms lack, where nobody works out the best moves. Runs under the
event's lock, in the caller's transaction.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace
from sqlalchemy import Connection

from checkin.domain.assignments import Assignment, Cause
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, AttendeeId, Session
from checkin.domain.presence import ABSENT
from checkin.domain.routing.eligibility import is_accessible
from checkin.domain.routing.placement import place
from checkin.domain.tallies import ASSIGNED, TallyKey, seat_keys
from checkin.service.ground import has_begun
from checkin.store import tallies
from checkin.store.assignments import (
    delete_assignments,
    find_assignments,
    list_last_assigned,
    put_assignments,
)
from checkin.store.attendees import find_attendees
from checkin.store.events import EventRow
from checkin.store.presences import find_presences


@dataclass(frozen=True, slots=True)
class Stranded:
    """Somebody who can't keep a session, and what their slot holds instead."""

    attendee: AttendeeId
    slot: str
    old: str
    new: Assignment


def reseat_stranded(
    connection: Connection,
    event: EventRow,
    agenda: Agenda,
    allowed: Mapping[str, int],
    cause: Cause,
    now: Instant,
) -> tuple[list[Stranded], Mapping[str, int]]:
    """Finds something else for those who can't keep their session when `event.agenda` becomes `agenda`.

    Nobody moves who is inside: of a room with fewer seats, or of any once the slot has begun and the session
    is not gone. `allowed`: by session how many may stay beyond its seats anyhow. Who was assigned last goes
    first. The second value is by session how many stay beyond its seats.
    """
    stranded: dict[AttendeeId, list[Session]] = {}
    overfull: dict[str, int] = {}
    for session in _worse(event.agenda, agenda, now):
        holders = list_last_assigned(connection, event.id, session.code)
        leaving = list(_leaving(connection, event, agenda, session, holders, allowed, now))
        for attendee in leaving:
            stranded.setdefault(attendee, []).append(session)
        if session.code in agenda.session and len(holders) - len(leaving) > agenda.seats(session):
            overfull[session.code] = len(holders) - len(leaving)
    return _reseat(connection, event, agenda, stranded, cause, now), overfull


def _worse(old: Agenda, new: Agenda, now: Instant) -> Iterator[Session]:
    """The sessions that somebody may have to leave, as they are in `new` where they are not gone."""
    for session in old.sessions:
        if session.is_plenary or session.slot not in new.slot or new.slot[session.slot].ends_at <= now:
            continue
        after = new.session.get(session.code, session)
        is_gone = session.code not in new.session
        is_closed = new.is_closed(after.room, after.slot) and not old.is_closed(session.room, session.slot)
        if is_gone or is_closed or after.room != session.room or new.seats(after) < old.seats(session):
            yield after


def _leaving(
    connection: Connection,
    event: EventRow,
    agenda: Agenda,
    session: Session,
    holders: list[AttendeeId],
    allowed: Mapping[str, int],
    now: Instant,
) -> Iterator[AttendeeId]:
    """Those of the holders, the last assigned first, who can't stay."""
    if session.code not in agenda.session:
        yield from holders
        return
    presences = find_presences(connection, event.id, holders)
    persons = find_attendees(connection, event.id, holders)
    is_begun = has_begun(agenda, (session.slot,), now)
    is_here = event.agenda.session[session.code].room == session.room
    is_closed = agenda.is_closed(session.room, session.slot)
    most = max(agenda.seats(session), allowed.get(session.code, 0))
    excess = len(holders) - most
    for attendee in holders:
        inside = presences.get(attendee, ABSENT).session_at(now, agenda.zone) == session.code
        if inside and (is_begun or (is_here and not is_closed)):
            continue
        if is_closed or excess > 0 or not is_accessible(agenda, persons[attendee].person, session):
            excess -= 1
            yield attendee


def _reseat(
    connection: Connection,
    event: EventRow,
    agenda: Agenda,
    stranded: Mapping[AttendeeId, list[Session]],
    cause: Cause,
    now: Instant,
) -> list[Stranded]:
    held = find_assignments(connection, event.id, stranded)
    persons = find_attendees(connection, event.id, stranded)
    counts: Counter[TallyKey] = Counter(tallies.find_tallies(connection, event.id))
    presences = find_presences(connection, event.id, stranded)
    days = {key: presences.get(key, ABSENT).on_site_day(event.agenda.zone) for key in stranded}
    change: Counter[TallyKey] = Counter()
    for attendee, sessions in stranded.items():
        for one in sessions:
            change.subtract(seat_keys(one.code, days[attendee]))

    def assigned(code: str) -> int:
        return counts[ASSIGNED, code] + change[ASSIGNED, code]

    found: list[Stranded] = []
    for attendee in sorted(stranded):
        old = {one.slot: event.agenda.session[one.code] for one in stranded[attendee]}
        kept = {slot: item for slot, item in held[attendee].items() if slot not in old}
        made = place(agenda, persons[attendee].person, kept, assigned, now, cause=cause)
        for item in made:
            if item.slot in old:  # where they wait elsewhere, others may come before them
                why = replace(item.why, moved_from=old[item.slot].room)
                found.append(Stranded(attendee, item.slot, old[item.slot].code, replace(item, why=why)))
                change.update(seat_keys(item.session, days[attendee]))
        bare = [held[attendee][slot] for slot in old if slot not in {item.slot for item in made}]
        delete_assignments(connection, {attendee: bare})  # nothing at all is left in their slots
    put_assignments(connection, event.id, _by_attendee(found), now)
    tallies.apply(connection, event.id, {key: n for key, n in change.items() if n})
    return found


def _by_attendee(found: list[Stranded]) -> dict[AttendeeId, list[Assignment]]:
    days: dict[AttendeeId, list[Assignment]] = {}
    for one in found:
        days.setdefault(one.attendee, []).append(one.new)
    return days
