"""Invented events of any size, as routing sees them: the same arguments give the same event.

Owns what such events look like: professions of unequal size with curricula, topics that repeat, wishes that
run after the same few topics, groups, access needs. Knows nothing of how seats are given.
"""

from dataclasses import dataclass
from datetime import date, time
from random import Random
from zoneinfo import ZoneInfo

from checkin.domain.instants import HOUR, Instant, local_instant
from checkin.domain.model import (
    Agenda,
    AttendeeId,
    Discipline,
    Person,
    PersonName,
    Registration,
    Room,
    Session,
    Slot,
)
from checkin.domain.routing.ground import Ground, Seeker

ZONE = ZoneInfo("America/Denver")
DAY = date(2027, 1, 26)
SHARES = (35, 20, 15, 12, 8, 5, 3, 2)
"""How many attendees are of each discipline, if all occur: small events have the first three or four."""


@dataclass(frozen=True, slots=True)
class Mix:
    """What the people are like: shares from 0 to 1. `load`: attendees per seat of a slot."""

    load: float = 0.9
    with_wishes: float = 0.8
    in_groups: float = 0.08
    two_disciplines: float = 0.03
    no_discipline: float = 0.004
    wheelchair: float = 0.015
    open_sessions: float = 0.15


def large_ground(attendees: int, rooms: int, slots: int, seed: int, mix: Mix | None = None) -> Ground:
    """An event before its day: nobody holds a seat yet."""
    mix = mix or Mix()
    random = Random(f"{attendees} {rooms} {slots} {seed}")
    agenda = _agenda(random, attendees, rooms, slots, mix)
    people = _people(random, agenda, attendees, mix)
    now = Instant(agenda.slots[0].starts_at - 2 * HOUR)
    return Ground(agenda, tuple(Seeker(one) for one in people), now, seed.to_bytes(16, "big"))


def _agenda(random: Random, attendees: int, rooms: int, slots: int, mix: Mix) -> Agenda:
    shares = SHARES[: max(3, rooms // 3)]
    disciplines = tuple(
        Discipline(f"d{n}", f"Discipline {n}", f"D{n}", "#0C4DA2") for n in range(len(shares))
    )
    halls = _rooms(random, attendees, rooms, mix)
    spans = tuple(_slot(number) for number in range(slots))
    audience = _audiences(random, halls, shares, mix)
    sessions: list[Session] = []
    for position, slot in enumerate(spans):
        for number, room in enumerate(halls):
            # one room in four repeats one topic all day, two give each topic twice, the fourth never repeats
            turn = (0, position // 2, position // 2, position)[number % 4]
            topic = f"t{number}-{turn}"
            sessions.append(
                Session(
                    f"{topic}-{slot.code}", topic, f"About {topic}", slot.code, room.code, audience[number]
                )
            )
    curriculum = {
        one.code: tuple(
            dict.fromkeys(session.topic for session in sessions if one.code in session.disciplines)
        )[:3]
        for one in disciplines
    }
    return Agenda(
        slug="large-2027",
        name="Large Conference",
        venue="Albuquerque",
        zone=ZONE,
        first_day=DAY,
        last_day=DAY,
        doors_open=None,
        doors_close=None,
        registration=Registration.OPEN,
        release_minutes=10,
        disciplines=disciplines,
        rooms=halls,
        slots=spans,
        sessions=tuple(sessions),
        curriculum=curriculum,
    )


def _slot(number: int) -> Slot:
    starts, ends = time(8 + number), time(8 + number, 50)
    instants = local_instant(DAY, starts, ZONE), local_instant(DAY, ends, ZONE)
    return Slot(f"s{number}", f"Slot {number}", DAY, starts, ends, *instants)


def _rooms(random: Random, attendees: int, rooms: int, mix: Mix) -> tuple[Room, ...]:
    sizes = [random.choice((1.0, 1.0, 1.5, 2.5)) for _ in range(rooms)]
    scale = attendees / mix.load / sum(sizes)
    return tuple(
        Room(
            f"r{number}", f"Room {number}", posted_limit=int(size * scale) + 20, seats=int(size * scale) + 1,
            accessible=number % 8 != 5,
        )
        for number, size in enumerate(sizes)
    )  # fmt: skip


def _audiences(
    random: Random, rooms: tuple[Room, ...], shares: tuple[int, ...], mix: Mix
) -> list[tuple[str, ...]]:
    """By room, whom its sessions are for: each discipline gets about its share of the seats."""
    total = sum(room.seats for room in rooms)
    wanted = [share * total * (1 - mix.open_sessions) / sum(shares) for share in shares]
    audiences: list[tuple[str, ...]] = []
    opened = 0
    for room in rooms:
        if opened < mix.open_sessions * total and random.random() < 2 * mix.open_sessions:
            opened += room.seats
            audiences.append(())
            continue
        neediest = sorted(range(len(shares)), key=lambda n: -wanted[n])[: random.choice((1, 1, 2, 3))]
        for number in neediest:
            wanted[number] -= room.seats / len(neediest)
        audiences.append(tuple(f"d{number}" for number in sorted(neediest)))
    return audiences


def _people(random: Random, agenda: Agenda, attendees: int, mix: Mix) -> list[Person]:
    topics = {
        one.code: list(
            dict.fromkeys(s.topic for s in agenda.sessions if not s.disciplines or one.code in s.disciplines)
        )
        for one in agenda.disciplines
    }
    codes_of_all = [one.code for one in agenda.disciplines]
    group, home, left, people = "", "", 0, list[Person]()
    while len(people) < attendees:
        if not left and random.random() < mix.in_groups / 3.5:
            group, left, home = f"g{len(people)}", random.randint(2, 5), ""
        code = home or random.choices(codes_of_all, SHARES[: len(codes_of_all)])[0]
        home = code if left else ""
        codes: tuple[str, ...] = (code,)
        if random.random() < mix.two_disciplines:
            codes = tuple(dict.fromkeys((code, random.choice(agenda.disciplines).code)))
        elif random.random() < mix.no_discipline:
            codes = ()
        number = len(people) + 1
        people.append(
            Person(
                AttendeeId(number),
                f"K7-{number}",
                PersonName("Ana", "Romero"),
                codes,
                accessibility=("wheelchair",) if random.random() < mix.wheelchair else (),
                preferences=_wishes(random, topics[code]) if random.random() < mix.with_wishes else (),
                group=group if left else "",
            )
        )
        left = max(left - 1, 0)
    return people


def _wishes(random: Random, topics: list[str]) -> tuple[str, ...]:
    """Up to five topics; the first of the list are wished for most."""
    weights = [1 / (position + 2) for position in range(len(topics))]
    return tuple(dict.fromkeys(random.choices(topics, weights, k=random.randint(3, 7))))[:5] if topics else ()
