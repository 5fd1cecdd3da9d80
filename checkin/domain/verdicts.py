"""The contract's table of verdicts, in its order: what is asked of a scan, and the first line that fits.

Owns the order of the lines and who passes which. Must not know how the questions are answered (`scanning`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from msgspec import Struct

from checkin.domain.presence import Effect
from checkin.domain.scans import Reason, Verdict


class Case(Struct, frozen=True):
    """One scan against the situation, as plain answers to the table's questions.

    `is_in`: the volunteer chose so (a late `auto` counts as it). `is_inside`: in this door's room;
    `is_fresh`: their entry is less than 60 s old; `is_just_out`: their exit here is. `is_elsewhere`: assigned
    to another session of this slot; `has_seat`: assigned here, or a seat is free, or none is needed.
    """

    is_door: bool
    is_known: bool
    is_other_event: bool
    is_out: bool
    is_in: bool
    is_replaced: bool
    is_cancelled: bool
    is_on_site: bool
    has_checked_in: bool
    are_doors_open: bool
    is_late: bool
    is_overridden: bool = False
    is_inside: bool = False
    is_fresh: bool = False
    is_just_out: bool = False
    is_room_closed: bool = False
    is_elsewhere: bool = False
    is_eligible: bool = True
    is_room_full: bool = False
    has_seat: bool = True
    is_welcome_everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: when, and what then.

    `stays`: neither a late scan nor an override passes it. `gives_way`: an override passes it.
    """

    line: int
    applies: Callable[[Case], bool]
    verdict: Verdict
    reason: Reason
    effect: Effect | None = None
    stays: bool = False
    gives_way: bool = False


class Decision(Struct, frozen=True):
    """The row that decided, and the refusals that were passed on the way: being late, or by an override."""

    row: Row
    conflicts: tuple[Reason, ...] = ()
    overridden: tuple[Reason, ...] = ()


def _is_second_check_in(case: Case) -> bool:
    return not case.is_door and (case.has_checked_in if case.is_late else case.is_on_site)


def _turns_out(case: Case) -> bool:
    return case.is_door and case.is_inside and not case.is_in and not case.is_fresh


ADMITTED, REPEAT, REFUSED = Verdict.ADMITTED, Verdict.REPEAT, Verdict.REFUSED

TABLE = (
    Row(1, lambda c: not c.is_known, REFUSED, Reason.UNKNOWN_BADGE, stays=True),
    Row(2, lambda c: c.is_other_event, REFUSED, Reason.OTHER_EVENT, stays=True),
    Row(3, lambda c: c.is_out and not c.is_door and c.is_on_site, ADMITTED, Reason.LEFT_VENUE, Effect.LEFT),
    Row(3, lambda c: c.is_out and c.is_door and c.is_inside, ADMITTED, Reason.EXITED, Effect.EXITED),
    Row(3, lambda c: c.is_out and c.is_door, ADMITTED, Reason.EXITED_UNMATCHED, Effect.EXITED),
    Row(3, lambda c: c.is_out, ADMITTED, Reason.EXITED_UNMATCHED, Effect.LEFT),
    Row(4, lambda c: c.is_replaced, REFUSED, Reason.BADGE_REPLACED, stays=True),
    Row(5, lambda c: c.is_cancelled, REFUSED, Reason.REGISTRATION_CANCELLED),
    Row(6, _is_second_check_in, REPEAT, Reason.ALREADY_CHECKED_IN, Effect.ARRIVED),
    Row(6, _turns_out, ADMITTED, Reason.EXITED, Effect.EXITED),
    Row(6, lambda c: c.is_door and c.is_inside, REPEAT, Reason.ALREADY_INSIDE, Effect.ENTERED),
    Row(
        6,
        lambda c: c.is_door and c.is_just_out and not c.is_in,
        REPEAT,
        Reason.ALREADY_OUTSIDE,
        Effect.EXITED,
    ),
    Row(7, lambda c: not c.are_doors_open, REFUSED, Reason.CLOSED, gives_way=True),
    Row(8, lambda c: not c.is_door and not c.has_checked_in, ADMITTED, Reason.CHECKED_IN, Effect.ARRIVED),
    Row(8, lambda c: not c.is_door, ADMITTED, Reason.RETURNED, Effect.ARRIVED),
    Row(9, lambda c: c.is_room_closed, REFUSED, Reason.ROOM_CLOSED, gives_way=True),
    Row(
        10,
        lambda c: c.is_elsewhere and not c.is_welcome_everywhere,
        REFUSED,
        Reason.WRONG_ROOM,
        gives_way=True,
    ),
    Row(
        11,
        lambda c: not c.is_eligible and not c.is_welcome_everywhere,
        REFUSED,
        Reason.NOT_ELIGIBLE,
        gives_way=True,
    ),
    Row(12, lambda c: c.is_room_full, REFUSED, Reason.ROOM_FULL, gives_way=True),
    Row(
        13,
        lambda c: not c.has_seat and not c.is_welcome_everywhere,
        REFUSED,
        Reason.SESSION_FULL,
        gives_way=True,
    ),
    Row(14, lambda c: True, ADMITTED, Reason.ENTERED, Effect.ENTERED),
)

ANONYMOUS = frozenset({Reason.UNKNOWN_BADGE, Reason.OTHER_EVENT, Reason.BADGE_REPLACED})
"""Reasons whose answers show no attendee and no itinerary."""


@lru_cache(maxsize=1024)
def decide(case: Case) -> Decision:
    """The first row that matches; remembered, since few cases make up a day.

    A late scan passes the refusals that it can't undo any more, an override those that it was made against;
    both are told.
    """
    conflicts: list[Reason] = []
    overridden: list[Reason] = []
    for row in TABLE:
        if not row.applies(case):
            continue
        if row.verdict is Verdict.REFUSED and not row.stays:
            if case.is_overridden and row.gives_way:
                overridden.append(row.reason)
                continue
            if case.is_late:
                conflicts.append(row.reason)
                continue
        if case.is_late and row.reason is Reason.ALREADY_CHECKED_IN:
            conflicts.append(row.reason)
        return Decision(row, tuple(conflicts), tuple(overridden))
    raise AssertionError("the table's last row matches everything")
