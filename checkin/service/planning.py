"""The plan: everybody's assignments computed at once, and applied where the ground has not changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter

from msgspec import structs
from sqlalchemy import Connection

from checkin.domain.assignments import Assignment
from checkin.domain.errors import conflict
from checkin.domain.model import Agenda
from checkin.domain.routing.ground import Plan, Seeker, Shortage
from checkin.service.ground import ATTEMPTS, NewDays, Snapshot, apply_days, has_begun, take_snapshot
from checkin.service.services import COMMAND, Actor, Services
from checkin.service.solver import Tell, say_nothing, solve
from checkin.store.audit import insert_audit


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan came to. `unplaced`: by number, the assignments that have no session, with why."""

    plan: Plan
    unplaced: tuple[tuple[str, Assignment], ...]
    seconds: float
    agenda: Agenda

    @property
    def shortages(self) -> tuple[Shortage, ...]:
        """What will fail, and which seats would cure it."""
        return self.plan.shortages


async def make_plan(
    services: Services,
    slug: str,
    dry_run: bool = False,
    actor: Actor = COMMAND,
    tell: Tell = say_nothing,
) -> Planned:
    """Plans the slots that have not begun; who was told a room keeps it unless that is impossible.

    The same again, nothing having changed, moves nobody. `AppError`: not_found, conflict (arrivals kept
    changing the ground).
    """
    started = perf_counter()
    for _ in range(ATTEMPTS):
        now = services.clock.now()
        snapshot = await services.db.read(lambda c, now=now: take_snapshot(c, slug, now))  # type: ignore[misc]
        tell(f"{len(snapshot.ground.seekers)} attendees")
        plan: Plan = await solve("plan", snapshot.ground, tell=tell, watch=services.watch)
        days = new_days(snapshot, plan)
        planned = Planned(plan, _unplaced(snapshot, plan), perf_counter() - started, snapshot.event.agenda)
        if dry_run or await _apply(services, snapshot, plan, days, actor):
            return replace(planned, seconds=perf_counter() - started)
        tell("arrivals changed the ground, once more")
    raise conflict("Arrivals keep changing what the plan starts from. Nothing was changed; try again.")


async def _apply(services: Services, snapshot: Snapshot, plan: Plan, days: NewDays, actor: Actor) -> bool:
    agenda, event_id = snapshot.event.agenda, snapshot.event.id
    prices = {code: price for code, price in plan.prices.items() if price}
    is_new = agenda.standing.planned_at is None or prices != agenda.standing.prices
    if not days and not is_new:
        return True
    now = services.clock.now()
    standing = replace(agenda.standing, prices=prices, planned_at=now)
    after = replace(agenda, standing=standing)
    if has_begun(agenda, {item.slot for items in days.values() for item in items}, now):
        return False

    def work(connection: Connection) -> bool:
        if not apply_days(connection, snapshot, days, after, now, loads_of(plan)):
            return False
        detail = {"placed": plan.placed, "moved": plan.moved, "method": plan.method}
        insert_audit(connection, event_id, now, actor.label, "plan", detail=detail)
        return True

    is_applied = await services.db.write(work)
    if is_applied:
        services.live.nudge(event_id)
    return is_applied


def loads_of(plan: Plan) -> Mapping[str, int]:
    """How many the plan has in each session: told people may be more than a room has seats now."""
    loads: dict[str, int] = {}
    for items in plan.assignments.values():
        for item in items:
            if item.session is not None:
                loads[item.session] = loads.get(item.session, 0) + 1
    return loads


def new_days(snapshot: Snapshot, plan: Plan) -> NewDays:
    """What the plan changes: whoever keeps a session keeps the reason that they were given with it."""
    agenda = snapshot.event.agenda
    seekers = {seeker.person.id: seeker for seeker in snapshot.ground.seekers}
    days = {
        attendee: tuple(_changes(agenda, seekers[attendee], items))
        for attendee, items in plan.assignments.items()
    }
    return {attendee: items for attendee, items in days.items() if items}


def _changes(agenda: Agenda, seeker: Seeker, items: Iterable[Assignment]) -> Iterable[Assignment]:
    for item in items:
        old = seeker.held.get(item.slot)
        if old is not None and old.session == item.session and old.why.blocked == item.why.blocked:
            continue
        session = agenda.session.get((old.session or "") if old is not None else "")
        if session is not None and item.slot in seeker.told:
            item = structs.replace(item, why=structs.replace(item.why, moved_from=session.room))
        yield item


def _unplaced(snapshot: Snapshot, plan: Plan) -> tuple[tuple[str, Assignment], ...]:
    found = [
        (snapshot.numbers[attendee], item)
        for attendee, items in plan.assignments.items()
        for item in items
        if item.session is None
    ]
    slots = list(snapshot.event.agenda.slot)
    return tuple(sorted(found, key=lambda one: (slots.index(one[1].slot), one[0])))
