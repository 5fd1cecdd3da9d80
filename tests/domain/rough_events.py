"""Small random events in the middle of their day, and random changes of their rooms: all that can go wrong.

Owns the invention only. Everybody holds what the rules allow; some hold nothing, some have been told,
some sit inside.
"""

from dataclasses import replace
from datetime import time
from random import Random

from msgspec import structs

from checkin.domain.assignments import Assignment, Cause, Why
from checkin.domain.instants import MINUTE, Instant
from checkin.domain.model import Agenda, Closure, Discipline, Person, Room, Session, Standing
from checkin.domain.routing.eligibility import sessions_for
from checkin.domain.routing.ground import Ground, Seeker
from tests.domain.conference import CONFERENCE, at, person, slot

SLOTS = (
    slot("s1", time(9), time(10)),
    slot("s2", time(10, 15), time(11, 15)),
    slot("s3", time(11, 30), time(12, 30)),
)
TOPICS = "abcdef"
PLANNED = Standing(planned_at=at(7))


def rough_agenda(random: Random, slots: int) -> Agenda:
    """Rooms of few seats, sessions in most of them; an `annexe` that only moves and additions use."""
    rooms = [
        Room(f"r{number}", f"Room {number}", 9, random.randint(0, 4), accessible=random.random() < 0.8)
        for number in range(random.randint(2, 4))
    ]
    rooms.append(Room("annexe", "Annexe", 9, random.randint(0, 4), accessible=random.random() < 0.7))
    sessions = [
        Session(
            f"{room.code}-{one.code}",
            random.choice(TOPICS),
            "About it",
            one.code,
            room.code,
            _audience(random),
        )
        for one in SLOTS[:slots]
        for room in rooms[:-1]
        if room is rooms[0] or random.random() < 0.9
    ]
    return replace(
        CONFERENCE,
        disciplines=(Discipline("x", "X", "X", "#0C4DA2"), Discipline("y", "Y", "Y", "#7A1FA2")),
        rooms=tuple(rooms),
        slots=SLOTS[:slots],
        sessions=tuple(sessions),
        curriculum={"x": tuple(random.sample(TOPICS, 2)), "y": tuple(random.sample(TOPICS, 1))},
        standing=PLANNED,
    )


def rough_people(random: Random, count: int) -> list[Person]:
    """Of either discipline, both or none; with wishes or without; some need an accessible room."""
    return [
        structs.replace(
            person(number),
            disciplines=random.choice([("x",), ("x",), ("y",), ("x", "y"), ()]),
            accessibility=("wheelchair",) if random.random() < 0.15 else (),
            preferences=tuple(random.sample(TOPICS, 4)) if random.random() < 0.6 else (),
        )
        for number in range(1, count + 1)
    ]


def rough_ground(random: Random, agenda: Agenda, now: Instant, people: int) -> Ground:
    """Who holds what, at random within the rules; who sits inside is in a slot near."""
    taken: dict[str, int] = {}
    seekers = []
    for who in rough_people(random, people):
        held: dict[str, Assignment] = {}
        topics: set[str] = set()
        for one in agenda.slots:
            choice = [
                session
                for session in sessions_for(agenda, who, one)
                if session.topic not in topics and taken.get(session.code, 0) < agenda.seats(session)
            ]
            session = random.choice(choice) if choice and random.random() < 0.85 else None
            if session is not None:
                topics.add(session.topic)
                taken[session.code] = taken.get(session.code, 0) + 1
            code = session.code if session is not None else None
            held[one.code] = Assignment(one.code, code, Why(Cause.PLAN))
        seekers.append(
            Seeker(
                who,
                held,
                told=frozenset(one.code for one in agenda.slots if random.random() < 0.4),
                inside=_inside(random, agenda, held, now),
                waiting_since={one.code: Instant(random.randint(1, 10**9)) for one in agenda.slots},
            )
        )
    return Ground(agenda, tuple(seekers), now, b"seed")


def rough_change(random: Random, agenda: Agenda, now: Instant, slot: str) -> tuple[Agenda, Cause]:
    """A room closed, cut, enlarged; a session of the slot moved, cancelled, added."""
    session = random.choice(agenda.sessions_in[slot])
    match random.randrange(6):
        case 0:
            slot_code = random.choice([None, session.slot])
            closures = (*agenda.standing.closures, Closure(session.room, slot_code, now))
            return replace(agenda, standing=replace(PLANNED, closures=closures)), Cause.ROOM_CLOSED
        case 1:
            return with_seats(agenda, session.room, random.randint(0, 3)), Cause.SEATS_CHANGED
        case 2:
            return with_seats(agenda, session.room, agenda.seats(session) + 2), Cause.SEATS_CHANGED
        case 3:
            moved = tuple(replace(one, room="annexe") if one is session else one for one in agenda.sessions)
            return replace(agenda, sessions=moved), Cause.SESSION_MOVED
        case 4:
            rest = tuple(one for one in agenda.sessions if one is not session)
            return replace(agenda, sessions=rest), Cause.SESSION_CANCELLED
        case _:
            added = Session("added", random.choice(TOPICS), "More", session.slot, "annexe", _audience(random))
            return replace(agenda, sessions=(*agenda.sessions, added)), Cause.SESSION_ADDED


def with_seats(agenda: Agenda, room: str, seats: int) -> Agenda:
    """The same with another number of seats in a room."""
    rooms = tuple(replace(one, seats=seats) if one.code == room else one for one in agenda.rooms)
    return replace(agenda, rooms=rooms)


def _audience(random: Random) -> tuple[str, ...]:
    return random.choice([("x",), ("y",), ("x", "y"), ()])


def _inside(random: Random, agenda: Agenda, held: dict[str, Assignment], now: Instant) -> str | None:
    for one in agenda.slots:
        if one.starts_at - 20 * MINUTE <= now < one.ends_at and random.random() < 0.4:
            return held[one.code].session
    return None
