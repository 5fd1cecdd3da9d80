"""Small random events in which all occurs that makes routing hard; the same number gives the same event.

Scarce seats, topics that repeat, several disciplines or none, access needs, curricula, wishes, groups, closed
rooms, slots that have begun, people who hold seats and people who were told.
"""

from dataclasses import replace
from datetime import date, time
from random import Random
from zoneinfo import ZoneInfo

from msgspec import structs

from checkin.domain.assignments import Assignment, Cause, Why
from checkin.domain.instants import MINUTE, Instant, local_instant
from checkin.domain.model import (
    Agenda,
    AttendeeId,
    Closure,
    Discipline,
    Person,
    PersonName,
    Registration,
    Room,
    Session,
    SessionKind,
    Slot,
    Standing,
)
from checkin.domain.routing.ground import Ground, Seeker

ZONE = ZoneInfo("America/Denver")
DAY = date(2027, 1, 26)
CODES = ("law", "med", "soc")
TOPICS = "abcdef"

EMPTY = Agenda(
    slug="small",
    name="Small",
    venue="Albuquerque",
    zone=ZONE,
    first_day=DAY,
    last_day=DAY,
    doors_open=None,
    doors_close=None,
    registration=Registration.OPEN,
    release_minutes=10,
    disciplines=(),
    rooms=(),
    slots=(),
    sessions=(),
)


def small_ground(number: int, most_people: int = 12) -> Ground:
    """Event `number`: one of endlessly many."""
    random = Random(number)
    agenda = _agenda(random)
    seekers = tuple(
        _seeker(random, agenda, AttendeeId(row + 1)) for row in range(random.randint(1, most_people))
    )
    now = Instant(agenda.slots[0].starts_at + random.choice((-30, -30, 10)) * MINUTE)
    return Ground(agenda, seekers, now, random.randbytes(16))


def tight_ground(number: int) -> Ground:
    """Rooms of one or two seats, topics all day long: people in parts may do better here than whole ones."""
    random = Random(number)
    codes = [f"d{n}" for n in range(6)]
    rooms = tuple(Room(f"r{n}", "", 9, random.choice((1, 1, 1, 2))) for n in range(random.randint(2, 4)))
    slots = tuple(_slot(n) for n in range(random.choice((3, 4))))
    sessions = tuple(
        Session(
            f"{slot.code}{room.code}",
            random.choice("abcde"),
            "",
            slot.code,
            room.code,
            tuple(code for code in codes if random.random() < 0.55),
        )
        for slot in slots
        for room in rooms
    )
    people = tuple(
        structs.replace(
            _seeker(random, EMPTY, AttendeeId(row + 1)).person,
            disciplines=(random.choice(codes),),
            accessibility=(),
        )
        for row in range(random.randint(3, 9))
    )
    agenda = replace(
        EMPTY,
        disciplines=tuple(Discipline(code, code, code, "#0C4DA2") for code in codes),
        rooms=rooms,
        slots=slots,
        sessions=sessions,
    )
    return Ground(agenda, tuple(Seeker(one) for one in people), Instant(0), bytes(16))


def with_more_seats(ground: Ground, number: int) -> Ground:
    """The same event with one room larger by one to three seats."""
    random = Random(number)
    rooms = list(ground.agenda.rooms)
    which = random.randrange(len(rooms))
    rooms[which] = replace(rooms[which], seats=rooms[which].seats + random.randint(1, 3))
    return replace(ground, agenda=replace(ground.agenda, rooms=tuple(rooms)))


def _agenda(random: Random) -> Agenda:
    topics = TOPICS[: random.randint(1, 6)]
    rooms = tuple(
        Room(f"r{n}", f"Room {n}", 90, random.choice((0, 1, 1, 2, 2, 3, 4, 6)), random.random() < 0.7)
        for n in range(random.randint(1, 4))
    )
    slots = tuple(_slot(n) for n in range(random.randint(1, 4)))
    sessions = []
    for slot in slots:
        if random.random() < 0.08:
            sessions.append(
                Session(f"p{slot.code}", "plenary", "All", slot.code, "r0", kind=SessionKind.PLENARY)
            )
            continue
        for room in rooms:
            if random.random() < 0.85:
                audience = tuple(code for code in CODES if random.random() < 0.4)
                topic = random.choice(topics)
                code = f"{topic}{slot.code}{room.code}"
                sessions.append(Session(code, topic, topic, slot.code, room.code, audience))
    closures = tuple(
        Closure(room.code, random.choice([None, *(slot.code for slot in slots)]), Instant(0))
        for room in rooms
        if random.random() < 0.1
    )
    return replace(
        EMPTY,
        disciplines=tuple(Discipline(code, code, code, "#0C4DA2") for code in CODES),
        rooms=rooms,
        slots=slots,
        sessions=tuple(sessions),
        curriculum={
            code: tuple(topic for topic in topics if random.random() < 0.4)
            for code in CODES
            if random.random() < 0.8
        },
        standing=Standing(closures),
    )


def _slot(number: int) -> Slot:
    starts, ends = time(9 + number), time(9 + number, 50)
    instants = local_instant(DAY, starts, ZONE), local_instant(DAY, ends, ZONE)
    return Slot(f"s{number}", f"Slot {number}", DAY, starts, ends, *instants)


def _seeker(random: Random, agenda: Agenda, ident: AttendeeId) -> Seeker:
    codes = random.choice(((), ("law",), ("law",), ("med",), ("soc",), ("law", "med"), ("soc", "med")))
    wishes = random.sample(TOPICS, random.choice((0, 0, 1, 3, 5, 6)))
    person = Person(
        ident,
        f"K7-{ident:03}",
        PersonName("Ana", "Romero"),
        codes,
        accessibility=("wheelchair",) if random.random() < 0.15 else (),
        preferences=tuple(wishes),
        group=random.choice(("", "", "", "red", "blue")),
    )
    held = {}
    if random.random() < 0.4:
        for slot in agenda.slots:
            sessions = [one.code for one in agenda.sessions_in[slot.code] if not one.is_plenary]
            if sessions and random.random() < 0.8:
                held[slot.code] = Assignment(slot.code, random.choice(sessions), Why(Cause.PLAN))
    told = frozenset(code for code in held if random.random() < 0.4)
    return Seeker(person, held, told)
