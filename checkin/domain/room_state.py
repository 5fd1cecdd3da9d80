"""How a room stands at a moment: what is in it, whether it can be used, how full it is.

Owns the words for it (`RoomState`) and what is up next. Must not know how people are counted.
"""

from enum import StrEnum

from checkin.domain.instants import Instant
from checkin.domain.model import OPENS_BEFORE, Agenda, Session, Slot


class RoomState(StrEnum):
    """How full a room is, by its posted limit; or that it is closed."""

    OPEN = "open"
    AMBER = "amber"
    FULL = "full"
    OVER = "over"
    CLOSED = "closed"


AMBER_PERCENT = 90
"""From so much of the posted limit on, a room is watched."""


def fullness(headcount: int, posted_limit: int) -> RoomState:
    """How full a room is, whether it is closed or not."""
    if headcount > posted_limit:
        return RoomState.OVER
    if headcount == posted_limit:
        return RoomState.FULL
    return RoomState.AMBER if headcount * 100 >= posted_limit * AMBER_PERCENT else RoomState.OPEN


def session_in(agenda: Agenda, room: str, now: Instant) -> Session | None:
    """The session running in a room, else the open one."""
    coming: Session | None = None
    for slot in agenda.slots:
        if slot.ends_at <= now or slot.starts_at - OPENS_BEFORE > now:
            continue
        here = next((item for item in agenda.sessions_in[slot.code] if item.room == room), None)
        if here is not None and slot.starts_at <= now:
            return here
        coming = coming or here
    return coming


def is_closed(agenda: Agenda, room: str, now: Instant) -> bool:
    """Whether a room can't be used then: closed altogether, or in the slot of what would be in it."""
    session = session_in(agenda, room, now)
    return any(
        one.room == room
        and one.since <= now
        and (one.slot is None or (session is not None and one.slot == session.slot))
        for one in agenda.standing.closures
    )


def next_slot(agenda: Agenda, now: Instant) -> Slot | None:
    """The first slot that has not started."""
    return next((slot for slot in agenda.slots if slot.starts_at > now), None)
