"""Reroutes: a change of rooms, what it means for people, applied and taken back as one."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from checkin.domain.assignments import Assignment, Why
from checkin.domain.errors import conflict, not_found
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, AttendeeId, Person
from checkin.domain.presence import ABSENT
from checkin.domain.routing.ground import Move, Reroute
from checkin.domain.routing.room_changes import (
    RoomChange,
    change_agenda,
    inverse,
    read_change,
    write_change,
)
from checkin.domain.tallies import ASSIGNED, TallyKey, seat_keys
from checkin.service.ground import ATTEMPTS, Snapshot, apply_days, take_snapshot
from checkin.service.rooms import refold
from checkin.service.seating import impossible
from checkin.service.services import COMMAND, Actor, Services
from checkin.service.solver import solve
from checkin.store import tallies
from checkin.store.assignments import Held, delete_assignments, find_assignments, put_assignments
from checkin.store.attendee_lists import list_numbers
from checkin.store.attendees import find_attendees
from checkin.store.audit import insert_audit
from checkin.store.events import EventRow, bump, lock_event, update_agenda
from checkin.store.presences import find_presences
from checkin.store.reroutes import (
    RerouteRow,
    find_reroute,
    has_later,
    insert_reroute,
    update_undone,
)

PATIENCE = 2
"""So often a reroute regards who was told their room meanwhile: while many arrive, somebody always was."""


@dataclass(frozen=True, slots=True)
class NamedMove:
    """One person's change of session in one slot, by number. `new` says why."""

    number: str
    slot: str
    old: str | None
    new: Assignment


@dataclass(frozen=True, slots=True)
class Rerouted:
    """What a change of rooms came to. `reroute_id` None: a dry run. `agenda` is that after the change."""

    moves: tuple[NamedMove, ...]
    agenda: Agenda
    reroute_id: int | None


async def make_reroute(
    services: Services, slug: str, change: RoomChange, dry_run: bool = False, actor: Actor = COMMAND
) -> Rerouted:
    """Changes rooms and moves as few people as possible; the more stay placed, the better.

    `AppError`: not_found, invalid (with the field), conflict (arrivals kept changing the ground).
    """
    for attempt in range(ATTEMPTS):
        now = services.clock.now()
        snapshot = await services.db.read(lambda c, now=now: take_snapshot(c, slug, now))  # type: ignore[misc]
        agenda, cause = change_agenda(snapshot.event.agenda, change, now)
        found: Reroute = await solve("reroute", snapshot.ground, agenda, cause)
        moves = tuple(
            NamedMove(snapshot.numbers[move.attendee], move.slot, move.old, move.new) for move in found.moves
        )
        if dry_run:
            return Rerouted(moves, agenda, None)
        reroute_id = await _apply(services, snapshot, change, agenda, found, actor, attempt < PATIENCE)
        if reroute_id is not None:
            services.live.nudge(snapshot.event.id)
            return Rerouted(moves, agenda, reroute_id)
    raise conflict("Arrivals keep changing who would be moved. Nothing was changed; try again.")


async def _apply(
    services: Services,
    snapshot: Snapshot,
    change: RoomChange,
    agenda: Agenda,
    found: Reroute,
    actor: Actor,
    heeds_told: bool,
) -> int | None:
    now, event_id = services.clock.now(), snapshot.event.id
    days: dict[AttendeeId, tuple[Assignment, ...]] = {}
    for move in found.moves:
        days[move.attendee] = (*days.get(move.attendee, ()), move.new)
    written = [_written(move, snapshot) for move in found.moves]
    before = {"inverse": write_change(inverse(snapshot.event.agenda, change)), "moves": written}

    def work(connection: Connection) -> int | None:
        if not apply_days(connection, snapshot, days, agenda, now, found.overfull, heeds_told):
            return None
        told = [{"number": snapshot.numbers[one.attendee], "slot": one.slot} for one in found.moves]
        made = insert_reroute(
            connection, event_id, now, actor.label, write_change(change), told, found.overfull, before
        )
        detail = {"reroute": made, "change": write_change(change), "moves": len(found.moves)}
        insert_audit(connection, event_id, now, actor.label, "reroute", detail=detail)
        return made

    return await services.db.write(work)


def _written(move: Move, snapshot: Snapshot) -> dict[str, Any]:
    """What undo must know of a move: what the slot held before, and the session that it holds now."""
    seeker = next(one for one in snapshot.ground.seekers if one.person.id == move.attendee)
    old = seeker.held.get(move.slot)
    return {
        "attendee": move.attendee,
        "slot": move.slot,
        "old": None if old is None else {"session": old.session, "why": old.why.write()},
        "new": move.new.session,
    }


# ---- taking it back


async def undo_reroute(services: Services, slug: str, reroute_id: int, actor: Actor = COMMAND) -> Rerouted:
    """Takes a reroute back: the rooms are as before, and so is everybody whom nothing else has moved since.

    Who sits in the new session already, or whose old seat somebody else has got, keeps the new one. Undone
    again: nothing changes. `AppError`: not_found, conflict (a later reroute still stands).
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
        agenda, _ = change_agenda(event.agenda, read_change(row.before["inverse"]), now)
        moves = _restore(connection, event, agenda, row, now)
        update_agenda(connection, event.id, agenda)
        update_undone(connection, reroute_id, now)
        detail = {"reroute": reroute_id, "moves": len(moves)}
        insert_audit(connection, event.id, now, actor.label, "undo_reroute", detail=detail)
        bump(connection, event.id, agenda=True)
        return event, Rerouted(moves, agenda, reroute_id)

    event, undone = await services.db.write(work)
    services.live.nudge(event.id)
    return undone


def _restore(
    connection: Connection, event: EventRow, agenda: Agenda, row: RerouteRow, now: Instant
) -> tuple[NamedMove, ...]:
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
    refold(connection, event.id, agenda, people)
    numbers = list_numbers(connection, event.id, people)
    return tuple(
        NamedMove(numbers[one.attendee], one.current.slot, one.current.session, one.old or one.none)
        for one in returning
    )


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
        back = None if old is None else Assignment(slot, old["session"], Why.read(old["why"]))
        found.append(_Return(attendee, current, back, presence.on_site_day(event.agenda.zone)))
    return found


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
