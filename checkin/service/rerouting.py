"""Reroutes: a change of rooms, what it means for people, applied as one. Taking one back is `undoing`."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from checkin.domain.assignments import Assignment
from checkin.domain.errors import conflict
from checkin.domain.model import Agenda, AttendeeId
from checkin.domain.routing.ground import Move, Reroute
from checkin.domain.routing.room_changes import (
    RoomChange,
    change_agenda,
    inverse,
    write_change,
)
from checkin.service.ground import ATTEMPTS, Snapshot, apply_days, take_snapshot
from checkin.service.services import COMMAND, Actor, Services
from checkin.service.solver import solve
from checkin.store.audit import insert_audit
from checkin.store.reroutes import insert_reroute

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
        found: Reroute = await solve("reroute", snapshot.ground, agenda, cause, watch=services.watch)
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
    held = {seeker.person.id: seeker.held for seeker in snapshot.ground.seekers}
    written = [_written(move, held[move.attendee].get(move.slot)) for move in found.moves]
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


def _written(move: Move, old: Assignment | None) -> dict[str, Any]:
    """What undo must know of a move: what the slot held before, and the session that it holds now."""
    before = None if old is None else {"session": old.session, "why": old.why.write(), "made_at": old.made_at}
    return {"attendee": move.attendee, "slot": move.slot, "old": before, "new": move.new.session}
