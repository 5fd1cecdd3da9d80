"""The shapes of plan, reroute and waiting list. Continues `wire`, with the same rules."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from checkin.api.wire import Answer, Request, Text, Time


class PlanRequest(Request):
    """What to plan: always everything that has not begun."""

    dry_run: bool = False


class SeatlessItem(Answer):
    """Somebody without a session in a slot, and why."""

    number: str
    slot: str
    why: str


class ShortageItem(Answer):
    """What will fail, in words, and what would cure it. `discipline` null: people without one."""

    slot: str
    discipline: str | None
    people: int
    session: str | None
    extra_seats: int
    problem: str


class PlanAnswer(Answer):
    """A plan's summary. `placed` counts assignments; `preference_score` adds 20 - cost of each.

    `placed_bound` and `bound` (of `preference_score`) are proven: no plan has more.
    """

    placed: int
    unplaced: list[SeatlessItem]
    required_met: int
    preference_score: int
    bound: int
    method: str
    moved: int
    seconds: float
    placed_bound: int
    groups_met: int
    shortages: list[ShortageItem]


class RerouteRequest(Request):
    """One change: `room` with `closed` (and `slot`) or with `seats`; `session` with `room` or with
    `cancelled`; or `add`, a session as an event's file has it.
    """

    room: Text | UnsetType = UNSET
    closed: bool | UnsetType = UNSET
    slot: Text | UnsetType = UNSET
    seats: Annotated[int, Meta(ge=0, le=1_000_000)] | UnsetType = UNSET
    session: Text | UnsetType = UNSET
    cancelled: bool | UnsetType = UNSET
    add: dict[str, Any] | UnsetType = UNSET
    dry_run: bool = False


class MoveItem(Answer, rename={"origin": "from", "target": "to"}):
    """One person's new session in one slot; `from` null: they had none."""

    number: str
    slot: str
    origin: str | None
    target: str | None
    why: str


class RerouteAnswer(Answer):
    """What a change of rooms means, or meant, for people. Applied, it has an id to undo it by."""

    moves: list[MoveItem]
    unplaced: list[SeatlessItem]
    reroute_id: str | UnsetType = UNSET


class WaitingItem(Answer):
    """Who waits for a seat; `place` in the slot's order counts from 1."""

    slot: str
    place: int
    number: str
    display_name: str
    discipline: str | None
    on_site: bool
    since: Time
    why: str


class WaitingList(Answer):
    """Everybody who waits for a seat in a slot that has not ended."""

    items: list[WaitingItem]
    next: str | None
