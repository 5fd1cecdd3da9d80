"""What a room's door needs to know of one person at one moment: the session of the scan, seats, alternatives.

Pure look-ups for `scanning`; the verdict itself is `verdicts`' table.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from checkin.domain.assignments import Assignment
from checkin.domain.instants import Instant
from checkin.domain.model import OPENS_BEFORE, Agenda, Person, Session
from checkin.domain.routing.eligibility import is_eligible, sessions_for
from checkin.domain.scans import Alternative

Held = Mapping[str, Assignment]
Assigned = Callable[[str], int]

_Window = tuple[int, Instant, Session]


class DoorFacts(Struct, frozen=True):
    """One person before one door. `session` is the session of the scan; None: there is none now."""

    session: Session | None
    is_closed: bool
    is_elsewhere: bool
    is_eligible: bool
    is_assigned: bool
    has_seat: bool


def open_sessions(agenda: Agenda, room: str, at: Instant) -> list[Session]:
    """The sessions in a room that are running or open at `at`, by their start."""
    return [
        session for opens_at, ends_at, session in _windows(agenda).get(room, ()) if opens_at <= at < ends_at
    ]


def _windows(agenda: Agenda) -> Mapping[str, Sequence[_Window]]:
    """By room the windows of its sessions, by their start."""
    known: dict[str, list[_Window]] | None = agenda.worked_out.get("windows")
    if known is None:
        known = {room.code: [] for room in agenda.rooms}
        for slot in agenda.slots:
            for session in agenda.sessions_in[slot.code]:
                known[session.room].append((slot.starts_at - OPENS_BEFORE, slot.ends_at, session))
        agenda.worked_out["windows"] = known
    return known


def session_of_scan(agenda: Agenda, room: str, held: Held, at: Instant) -> Session | None:
    """Among the open ones the one they are assigned to (running first), else the running, else the next."""
    sessions = open_sessions(agenda, room, at)
    own = (session for session in sessions if _is_assigned(session, held))
    return next(own, sessions[0]) if sessions else None


def look(agenda: Agenda, room: str, person: Person, held: Held, assigned: Assigned, at: Instant) -> DoorFacts:
    """What holds of this person at this door now."""
    session = session_of_scan(agenda, room, held, at)
    closed = _is_closed(agenda, room, session, at)
    if session is None:
        return DoorFacts(None, closed, False, True, False, True)
    item = held.get(session.slot)
    is_own = _is_assigned(session, held)
    has_seat = is_own or session.is_plenary or assigned(session.code) < agenda.seats(session)
    is_elsewhere = not session.is_plenary and item is not None and item.session not in (None, session.code)
    return DoorFacts(
        session, closed, is_elsewhere, is_eligible(person, session), is_own, has_seat or is_elsewhere
    )


def right_session(agenda: Agenda, room: str, held: Held, at: Instant) -> Session | None:
    """Where somebody belongs who came to the wrong room, or to a closed one: in the slot of the scan."""
    sessions = open_sessions(agenda, room, at)
    slots = [one.slot for one in sessions] or [
        slot.code for slot in agenda.slots if slot.starts_at - OPENS_BEFORE <= at < slot.ends_at
    ]
    for slot in slots:
        code = agenda.plenary_in[slot].code if slot in agenda.plenary_in else None
        if code is None and slot in held:
            code = held[slot].session
        if (
            code is not None
            and code in agenda.session
            and not agenda.is_closed(agenda.session[code].room, slot)
        ):
            return agenda.session[code]
    return None


def takes_topic_twice(agenda: Agenda, session: Session, held: Held) -> bool:
    """Whether a seat in this session would give somebody a topic again."""
    return any(
        item.session in agenda.session and agenda.session[item.session].topic == session.topic
        for item in held.values()
        if item.session is not None
    )


def find_alternatives(
    agenda: Agenda,
    person: Person,
    session: Session | None,
    held: Held,
    assigned: Assigned,
    is_full: Callable[[str], bool],
) -> tuple[Alternative, ...]:
    """Other sessions of the same slot with free seats that this person may have, the emptiest first.

    `is_full` tells of a room's code whether as many are inside as its posted limit allows.
    """
    if session is None:
        return ()
    topics = {
        agenda.session[item.session].topic
        for item in held.values()
        if item.session is not None and item.session in agenda.session and item.slot != session.slot
    }
    free = [
        Alternative(one.code, agenda.seats(one) - assigned(one.code))
        for one in sessions_for(agenda, person, agenda.slot[session.slot])
        if one.code != session.code and one.topic not in topics and not is_full(one.room)
    ]
    return tuple(sorted((one for one in free if one.seats_free > 0), key=lambda one: -one.seats_free))


def _is_assigned(session: Session, held: Held) -> bool:
    item = held.get(session.slot)
    return session.is_plenary or (item is not None and item.session == session.code)


def _is_closed(agenda: Agenda, room: str, session: Session | None, at: Instant) -> bool:
    """Altogether, or for one slot: that of the scan's session; without one any slot whose window it is."""
    for closure in agenda.standing.closures:
        if closure.room != room:
            continue
        if closure.slot is None:
            if closure.since <= at:
                return True
        elif session is not None:
            if closure.slot == session.slot:
                return True
        else:
            slot = agenda.slot.get(closure.slot)
            if slot is not None and slot.starts_at - OPENS_BEFORE <= at < slot.ends_at:
                return True
    return False
