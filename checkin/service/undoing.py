"""Taking a reroute back: the rooms are as they were, and so is everybody whom nothing else has moved since.

Owns who goes back where. Whom the rooms leave without what they got since, `stranded` finds something for.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from checkin.domain.assignments import Assignment, Cause, Why
from checkin.domain.errors import AppError, conflict, not_found
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, AttendeeId, Person
from checkin.domain.presence import ABSENT
from checkin.domain.routing.room_changes import change_agenda, read_change, still_holds
from checkin.domain.tallies import ASSIGNED, TallyKey, seat_keys
from checkin.service.rerouting import NamedMove, Rerouted
from checkin.service.rooms import refold
from checkin.service.seating import impossible
from checkin.service.services import COMMAND, Actor, Services
from checkin.service.stranded import reseat_stranded
from checkin.service.waiting import fill_seats
from checkin.store import tallies
from checkin.store.assignments import Held, delete_assignments, find_assignments, put_assignments
from checkin.store.attendee_lists import list_numbers
from checkin.store.attendees import find_attendees
from checkin.store.audit import insert_audit
from checkin.store.events import EventRow, bump, lock_event, update_agenda
from checkin.store.presences import find_presences
from checkin.store.reroutes import RerouteRow, find_reroute, has_later, list_overfull, update_undone


@dataclass(frozen=True, slots=True)
class _Return:
    """Somebody's way back in one slot; `old` None: it held nothing. `on_site_day`: as they count on site."""

    attendee: AttendeeId
    current: Assignment
    old: Assignment | None
    on_site_day: date | None

    @property
    def none(self) -> Assignment:
        """What the slot holds when there was nothing."""
        return Assignment(self.current.slot, None, self.current.why)


async def undo_reroute(services: Services, slug: str, reroute_id: int, actor: Actor = COMMAND) -> Rerouted:
    """Takes a reroute back: the rooms are as before, and so is everybody whom nothing else has moved since.

    Who sits in the new session already, or whose old seat somebody else has got, keeps the new one; who got a
    seat since that there is no more gets another. Undone again: nothing changes. `AppError`: not_found,
    conflict (a later reroute still stands, or the event's file has changed what it did).
    """
    now = services.clock.now()

    def work(connection: Connection) -> tuple[EventRow, Rerouted]:
        event = lock_event(connection, slug)
        row = find_reroute(connection, event.id, reroute_id)
        if row is None:
            raise not_found("There is no such reroute.")
        if row.undone_at is not None:
            return event, Rerouted((), event.agenda, reroute_id)
        if has_later(connection, event.id, reroute_id):
            raise conflict("A later reroute still stands: undo that one first.")
        agenda, cause = _agenda_before(event.agenda, row, now)
        moves = _take_back(connection, event, agenda, row, cause, now)
        detail = {"reroute": reroute_id, "moves": len(moves)}
        insert_audit(connection, event.id, now, actor.label, "undo_reroute", detail=detail)
        bump(connection, event.id, agenda=True)
        return event, Rerouted(moves, agenda, reroute_id)

    event, undone = await services.db.write(work)
    services.live.nudge(event.id)
    return undone


def _agenda_before(agenda: Agenda, row: RerouteRow, now: Instant) -> tuple[Agenda, Cause]:
    """The agenda without the change, and what to call that. `AppError conflict` if the file overtook it."""
    if not still_holds(agenda, read_change(row.change)):
        raise conflict("The event's file has changed since what this reroute did: there is nothing to undo.")
    try:
        return change_agenda(agenda, read_change(row.before["inverse"]), now)
    except AppError as problem:
        raise conflict(
            "The event's file has changed since, so that this can't be undone any more.", problem.errors
        ) from problem


def _take_back(
    connection: Connection, event: EventRow, agenda: Agenda, row: RerouteRow, cause: Cause, now: Instant
) -> tuple[NamedMove, ...]:
    returning = _restore(connection, event, agenda, row, now)
    update_agenda(connection, event.id, agenda)
    allowed = list_overfull(connection, event.id, but=row.id)
    stranded, overfull = reseat_stranded(connection, event, agenda, allowed, cause, now)
    update_undone(connection, row.id, now, overfull)
    people = {AttendeeId(one["attendee"]) for one in row.before["moves"]} | {one.attendee for one in stranded}
    refold(connection, event.id, agenda, people)
    changed = {one.current.slot for one in returning} | {one.slot for one in stranded}
    slots = [slot for slot in agenda.slots if slot.code in changed]
    given = fill_seats(connection, replace(event, agenda=agenda), slots, now)
    numbers = list_numbers(connection, event.id, people | given.keys())
    back = [
        NamedMove(numbers[one.attendee], one.current.slot, one.current.session, one.old or one.none)
        for one in returning
    ]
    moved = [NamedMove(numbers[one.attendee], one.slot, one.old, one.new) for one in stranded]
    seated = [
        NamedMove(numbers[key], item.slot, None, item) for key, items in given.items() for item in items
    ]
    return (*back, *moved, *seated)


def _restore(
    connection: Connection, event: EventRow, agenda: Agenda, row: RerouteRow, now: Instant
) -> list[_Return]:
    """Brings everybody back who can go back, and tells who did."""
    people = {AttendeeId(one["attendee"]) for one in row.before["moves"]}
    returning = _returning(connection, event, agenda, row, now)
    counts = tallies.find_tallies(connection, event.id)
    loads = {key: n for (what, key), n in counts.items() if what == ASSIGNED}
    held = find_assignments(connection, event.id, people)
    persons = {key: one.person for key, one in find_attendees(connection, event.id, people).items()}
    while True:
        fitting = _seated(agenda, loads, row.overfull, _fitting(agenda, persons, held, returning))
        if len(fitting) == len(returning):
            break
        returning = fitting
    delete_assignments(connection, _days((one.attendee, one.current) for one in returning if not one.old))
    put_assignments(connection, event.id, _days((one.attendee, one.old) for one in returning), now)
    tallies.apply(connection, event.id, _change(returning))
    return returning


def _returning(
    connection: Connection, event: EventRow, agenda: Agenda, row: RerouteRow, now: Instant
) -> list[_Return]:
    """Those who still are where the reroute sent them, and can go back."""
    people = {AttendeeId(one["attendee"]) for one in row.before["moves"]}
    held = find_assignments(connection, event.id, people)
    presences = find_presences(connection, event.id, people)
    found: list[_Return] = []
    for one in row.before["moves"]:
        attendee, slot = AttendeeId(one["attendee"]), one["slot"]
        current = held.get(attendee, {}).get(slot)
        presence = presences.get(attendee, ABSENT)
        is_inside = one["new"] is not None and presence.session_at(now, agenda.zone) == one["new"]
        is_over = slot not in agenda.slot or agenda.slot[slot].ends_at <= now
        if current is None or current.session != one["new"] or is_inside or is_over:
            continue
        old = one["old"]
        back = None if old is None else _held_before(slot, old)
        found.append(_Return(attendee, current, back, presence.on_site_day(event.agenda.zone)))
    return found


def _held_before(slot: str, old: Mapping[str, Any]) -> Assignment:
    """What a slot held; who waited has waited since then, a seat is had from now on."""
    since = old.get("made_at", 0) if old["session"] is None else 0
    return Assignment(slot, old["session"], Why.read(old["why"]), Instant(since))


def _fitting(
    agenda: Agenda,
    persons: Mapping[AttendeeId, Person],
    held: Mapping[AttendeeId, Held],
    returning: list[_Return],
) -> list[_Return]:
    """Those whose whole day keeps its rules: what was planned since may have their old topic elsewhere."""
    days = {key: dict(held.get(key, {})) for key in persons}
    for one in returning:
        days[one.attendee][one.current.slot] = one.old or one.none
    broken = {key for key, day in days.items() if impossible(agenda, persons[key], day)}
    return [one for one in returning if one.attendee not in broken]


def _change(returning: Iterable[_Return]) -> dict[TallyKey, int]:
    change: Counter[TallyKey] = Counter()
    for one in returning:
        change.subtract(seat_keys(one.current.session, one.on_site_day))
        change.update(seat_keys(None if one.old is None else one.old.session, one.on_site_day))
    return {key: n for key, n in change.items() if n}


def _seated(
    agenda: Agenda, loads: Mapping[str, int], overfull: Mapping[str, int], returning: list[_Return]
) -> list[_Return]:
    """Those for whom there is a seat to go back to: where others took seats meanwhile, the last stay away."""
    while True:
        change = _change(returning)
        for code, session in agenda.session.items():
            load = loads.get(code, 0)
            most = max(agenda.seats(session), overfull.get(code, 0), load)
            over = load + change.get((ASSIGNED, code), 0) - most
            if over > 0:
                theirs = [one for one in returning if one.old is not None and one.old.session == code]
                returning = [one for one in returning if one not in theirs[-over:]]
                break
        else:
            return returning


def _days(items: Iterable[tuple[AttendeeId, Assignment | None]]) -> dict[AttendeeId, list[Assignment]]:
    found: dict[AttendeeId, list[Assignment]] = {}
    for attendee, item in items:
        if item is not None:
            found.setdefault(attendee, []).append(item)
    return found
