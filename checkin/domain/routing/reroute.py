"""Mends everybody's day when rooms or sessions have changed, with the fewest moves.

Slot by slot in the order of time, the changed ones only: who can't keep their seat is let into the slot's
seat graph, which is exactly optimal given everybody's other slots. For those still without a session topics
change places in their own days, then in others'. Last come those who had no session before, in the order of
their waiting: where the change took seats they get what needs no further move; where it took none, others
move up to make room. Slots that have ended are not touched; in one that has begun nobody moves who is inside.

Pure, and the same for people in any order. Runs in a process of its own.
"""

from collections.abc import Callable, Mapping

import numpy as np

from checkin.domain.assignments import Cause
from checkin.domain.model import Agenda, Slot
from checkin.domain.routing.crowd import NONE, Crowd
from checkin.domain.routing.ground import Ground, Move, Reroute
from checkin.domain.routing.others_days import OthersDays
from checkin.domain.routing.own_day import OwnDays
from checkin.domain.routing.reasons import assign
from checkin.domain.routing.seat_graph import BARRED, OUT, Bits, Ints


def reroute(before: Ground, agenda: Agenda, cause: Cause) -> Reroute:
    """What the change from `before.agenda` to `agenda` means for the people of `before`.

    A move with the same session before and after is for those who follow it into another room.
    """
    live = [number for number, slot in enumerate(agenda.slots) if slot.ends_at > before.now]
    changed = [number for number in live if _differs(before.agenda, agenda, agenda.slots[number])]
    crowd = Crowd(before, agenda)
    for slot in changed:
        _evict(crowd, slot)
    days = OwnDays(crowd)
    limits = {}
    for slot in changed:
        days.graphs.clear()  # rather than tell a graph of each that moved before
        limits[slot] = crowd.weights.patient if _settle(days, slot) else crowd.weights.eager
    days.graphs.clear()
    for slot in changed:
        _repair(days, slot, _lost)
    for slot, limit in limits.items():
        _admit(days, slot, limit)
    for slot, limit in limits.items():
        if limit == crowd.weights.eager:
            _repair(days, slot, _waiting)
    loads = crowd.loads()
    return Reroute(_moves(before, crowd, live, changed, loads, cause), _overfull(crowd, changed, loads))


def _differs(old: Agenda, new: Agenda, slot: Slot) -> bool:
    """Whether what can be had in a slot is not the same in two agendas."""
    return slot.code not in old.slot or _offer(old, slot) != _offer(new, slot)


def _offer(agenda: Agenda, slot: Slot) -> list[tuple[object, ...]]:
    return [
        (
            one.code,
            one.topic,
            one.disciplines,
            one.room,
            agenda.seats(one),
            agenda.room[one.room].accessible,
            one in agenda.offered_in[slot.code],
        )
        for one in agenda.sessions_in[slot.code]
    ]


def _evict(crowd: Crowd, slot: int) -> None:
    """Takes impossible seats away, so that their topics can be had at another time."""
    held = crowd.now[:, slot]
    is_offered = np.isin(held, crowd.offered[slot])
    stays = is_offered & crowd.may[crowd.pattern, held]
    crowd.now[~stays & ~crowd.fixed[:, slot], slot] = NONE


def _settle(days: OwnDays, slot: int) -> bool:
    """Seats for those who held one, the cheapest of all given their other slots; whether any had to move."""
    crowd, graph = days.crowd, days.graph(slot)
    seated = np.flatnonzero((graph.node != OUT) & (graph.node != graph.unplaced))
    for person in seated[graph.costs[seated, graph.node[seated]] >= BARRED].tolist():
        graph.put(person, OUT)  # their session teaches another topic now, which they have elsewhere
    days.keep(slot)
    lost = _lost(crowd, slot)
    for person in lost:
        graph.put(person, OUT)
    has_taken = bool(lost) or graph.is_overfull
    for person in lost:
        graph.enter(person, graph.best(person)[0], with_unplaced=True)
    graph.relieve()
    days.keep(slot)
    return has_taken


def _admit(days: OwnDays, slot: int, limit: int) -> None:
    """Seats for those who held none, where it costs others less than `limit`."""
    days.calm(slot)
    graph = days.graph(slot)
    for person in _waiting(days.crowd, slot):
        node, cost = graph.best(person)
        if cost < limit:
            graph.enter(person, node, with_unplaced=True)
    days.keep(slot)


def _repair(days: OwnDays, slot: int, who: Callable[[Crowd, int], list[int]]) -> None:
    """Seats for those whom only the days of people keep from one: their own, or others'."""
    for person in who(days.crowd, slot):
        days.place(person, slot)
    is_better = True
    while is_better:
        is_better = False
        others = OthersDays(days, slot)
        for person in who(days.crowd, slot):
            is_better |= (is_better and days.place(person, slot)) or others.place(person)


def _lost(crowd: Crowd, slot: int) -> list[int]:
    """Who held a session and has none, in the order among equals."""
    return [int(person) for person in np.flatnonzero(crowd.lost(slot))[::-1]]


def _waiting(crowd: Crowd, slot: int) -> list[int]:
    """Who held none and has none, who waited longest first."""
    code = crowd.agenda.slots[slot].code
    people = np.flatnonzero(crowd.waits[:, slot] & (crowd.now[:, slot] == NONE))[::-1]
    since = [(crowd.seekers[person].waiting_since.get(code, float("inf")), int(person)) for person in people]
    return [person for _, person in sorted(since, key=lambda one: one[0])]


def _overfull(crowd: Crowd, changed: list[int], loads: Ints) -> Mapping[str, int]:
    sessions = crowd.agenda.sessions
    codes = {crowd.agenda.slots[slot].code for slot in changed}
    return {
        sessions[number].code: int(loads[number]) - crowd.seats[number]
        for number in np.flatnonzero(loads > np.array(crowd.seats, dtype=np.int64))
        if sessions[number].slot in codes
    }


def _moves(
    before: Ground, crowd: Crowd, live: list[int], changed: list[int], loads: Ints, cause: Cause
) -> tuple[Move, ...]:
    """Who has another session than before or none, or has to follow theirs; by slot, then attendee.

    Who had not even the reason why they have none gets it now.
    """
    agenda, old = crowd.agenda, before.agenda
    number = {session.code: place for place, session in enumerate(agenda.sessions)}
    follows = _follows(old, agenda)
    moves: list[Move] = []
    for slot in live:
        code = agenda.slots[slot].code
        now, home = crowd.now[:, slot], crowd.home[:, slot]
        moved = (now != home) | (crowd.had[:, slot] & (home == NONE)) | follows[now]
        if slot in changed and len(crowd.offered[slot]):
            moved |= crowd.is_unlisted[:, slot]
        people = [int(person) for person in np.flatnonzero(moved)]
        for person in sorted(people, key=lambda one: crowd.seekers[one].person.id):
            seeker = crowd.seekers[person]
            held = seeker.held[code].session if code in seeker.held else None
            new = assign(
                agenda,
                seeker.person,
                agenda.slots[slot],
                agenda.sessions[now[person]] if now[person] != NONE else None,
                cause,
                crowd.day(person),
                lambda session: int(loads[number[session]]),
                old.session[held].room if held is not None and held in old.session else None,
            )
            moves.append(Move(seeker.person.id, code, held, new))
    return tuple(moves)


def _follows(old: Agenda, new: Agenda) -> Bits:
    """By number whether a session is in another room now; the last is for `NONE`."""
    return np.array(
        [
            session.code in old.session and old.session[session.code].room != session.room
            for session in new.sessions
        ]
        + [False]
    )
