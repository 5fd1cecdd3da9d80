"""What a change of persons means for assignments and counters.

Every use case that changes what the rules know of attendees comes through `update_people`: assignments that
are impossible from then on are taken back, who is on site is placed again, the counters follow by difference.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from checkin.domain.assignments import Assignment, Cause
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, AttendeeId, Person
from checkin.domain.presence import ABSENT, Presence
from checkin.domain.routing.eligibility import is_accessible, is_eligible
from checkin.domain.routing.placement import place
from checkin.domain.tallies import ASSIGNED, TallyKey, contribution, difference, seat_keys
from checkin.service.rooms import refold
from checkin.store import tallies
from checkin.store.assignments import Held, delete_assignments, find_assignments, put_assignments
from checkin.store.events import EventRow
from checkin.store.presences import find_presences


def impossible(agenda: Agenda, person: Person, held: Mapping[str, Assignment]) -> dict[Assignment, str]:
    """The assignments that this person can't have by this agenda, each with the reason as a few words."""
    found: dict[Assignment, str] = {}
    topics: set[str] = set()
    for slot in sorted(held, key=lambda code: _starts_at(agenda, code)):
        item = held[slot]
        reason = _objection(agenda, person, item, topics)
        if reason is not None:
            found[item] = reason
        elif item.session is not None:
            topics.add(agenda.session[item.session].topic)
    return found


def _starts_at(agenda: Agenda, slot: str) -> tuple[int, str]:
    known = agenda.slot.get(slot)
    return (0 if known is None else known.starts_at, slot)


def _objection(agenda: Agenda, person: Person, item: Assignment, topics: set[str]) -> str | None:
    if person.is_cancelled:
        return "the registration is cancelled"
    if person.is_welcome_everywhere:
        return "who is welcome in all rooms has no assignments"
    if item.slot not in agenda.slot:
        return "there is no such slot"
    if item.session is None:
        return None
    session = agenda.session.get(item.session)
    if session is None:
        return "there is no such session"
    if session.slot != item.slot:
        return "the session is in another slot"
    if session.is_plenary:
        return "a plenary needs no assignment"
    if not is_eligible(person, session):
        return "not eligible"
    if not (is_accessible(agenda, person, session) or item.why.cause is Cause.DOOR):  # they are in it already
        return "the room is not accessible"
    return "the topic is assigned twice" if session.topic in topics else None


def update_people(
    connection: Connection, event: EventRow, changed: Sequence[tuple[Person, Person]], now: Instant
) -> None:
    """Lets assignments and counters follow persons from how they were to how they are. Under the lock."""
    if not changed:
        return
    ids: list[AttendeeId] | None = [new.id for _, new in changed]
    if len(changed) > 500:
        ids = None
    presences = find_presences(connection, event.id, ids)
    holdings = find_assignments(connection, event.id, ids)
    counts = Counter(tallies.find_tallies(connection, event.id))
    sums: Counter[TallyKey] = Counter()
    dropped: dict[AttendeeId, list[Assignment]] = {}
    placed: dict[AttendeeId, list[Assignment]] = {}
    for old, new in changed:
        presence = presences.get(new.id, ABSENT)
        before = holdings.get(new.id, {})
        after = _reseated(event.agenda, old, new, presence, before, counts, now)
        dropped[new.id] = [item for item in before.values() if after.get(item.slot) != item]
        placed[new.id] = [item for item in after.values() if before.get(item.slot) != item]
        step = difference(
            contribution(old, presence, before.values(), event.agenda.zone),
            contribution(new, presence, after.values(), event.agenda.zone),
        )
        for key, n in step.items():
            counts[key] += n
            sums[key] += n
    delete_assignments(connection, {key: items for key, items in dropped.items() if items})
    put_assignments(connection, event.id, placed, now)
    tallies.apply(connection, event.id, sums)
    refold(connection, event.id, event.agenda, [key for key, items in dropped.items() if items])


def _reseated(
    agenda: Agenda,
    old: Person,
    new: Person,
    presence: Presence,
    held: Held,
    counts: Mapping[TallyKey, int],
    now: Instant,
) -> Held:
    """What the person holds after the change: without what became impossible, with seats if on site."""
    if _seating_view(old) == _seating_view(new):
        return held
    lost = impossible(agenda, new, held)
    kept = {slot: item for slot, item in held.items() if item not in lost}
    is_planned = agenda.standing.planned_at is not None
    if new.is_cancelled or not (is_planned or presence.is_on_site(now, agenda.zone)):
        return kept
    freed = Counter(item.session for item in lost if item.session is not None)
    fresh = place(agenda, new, kept, lambda code: counts.get((ASSIGNED, code), 0) - freed[code], now)
    return kept | {item.slot: item for item in fresh}


def _seating_view(person: Person) -> tuple[object, ...]:
    return (person.disciplines, person.accessibility, person.is_welcome_everywhere, person.is_cancelled)


def place_person(connection: Connection, event: EventRow, person: Person, now: Instant) -> Held:
    """Gives a new person, who holds nothing yet, the day that is left. Under the lock."""
    return place_all(connection, event, [person], {}, now)[person.id]


def place_all(
    connection: Connection,
    event: EventRow,
    persons: Iterable[Person],
    held: Mapping[AttendeeId, Held],
    now: Instant,
) -> dict[AttendeeId, Held]:
    """Gives these persons the day that is left beside what they hold, one after the other, and tells it."""
    persons = list(persons)
    presences = find_presences(connection, event.id, [person.id for person in persons])
    counts = Counter(tallies.find_tallies(connection, event.id))
    seats: Counter[TallyKey] = Counter()
    given: dict[AttendeeId, Held] = {}
    for person in persons:
        own = held.get(person.id, {})
        made = place(event.agenda, person, own, lambda code: counts[ASSIGNED, code], now)
        day = presences.get(person.id, ABSENT).on_site_day(event.agenda.zone)
        taken = Counter(key for item in made for key in seat_keys(item.session, day))
        counts.update(taken)
        seats.update(taken)
        given[person.id] = {item.slot: item for item in made}
    put_assignments(connection, event.id, {key: items.values() for key, items in given.items()}, now)
    tallies.apply(connection, event.id, seats)
    return given


def add_people(connection: Connection, event: EventRow, persons: Iterable[Person]) -> None:
    """Counts new persons, who hold nothing yet and were never seen."""
    sums: Counter[TallyKey] = Counter()
    for person in persons:
        sums.update(contribution(person, ABSENT, (), event.agenda.zone))
    tallies.apply(connection, event.id, sums)
