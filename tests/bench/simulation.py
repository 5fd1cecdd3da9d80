"""A day rehearsed: who comes is known only as they come. How near to hindsight do plan and placement stay?

Of the registered, who are planned, 15 % never come; 5 % more come unregistered; all in random order before
the first slot. Seats are demand / 0.9 in each slot, and demand is everybody registered or coming
unregistered. The value of a seat is 20 less what it costs its holder (`routing.costs`), summed over the
people who came.

`python -m tests.bench.simulation` prints, as shares of the plan of exactly those who came (hindsight):

- live: planned people keep their seats, others are placed by `place` with the plan's stored prices; ten
  minutes into each slot the seats of those who did not come go to the waiting, in the order of their coming;
- by prices: nobody is held a seat, everybody is placed at arrival with the plan's prices;
- without prices: the same with all prices 0;
- greedy: slot by slot, curriculum first, then the best wish, then the emptiest room;
- walk-ins known: as live, but all who come unregistered are placed at once and together, by a plan that
  leaves planned people their seats: what is lost against it, placement one by one loses;
- no-shows known: the same, and the seats of those who will not come are free from the first: what lies
  between the two is the price of holding seats for planned people until they are released.

Hindsight too meets the curriculum before wishes, so that a day which meets less of it may be worth more.
Nobody knows before a slot has begun whose seat will stay empty. What that costs grows with the competition
for the same rooms, so that there are two kinds of people: `USUAL`, where half state wishes and greedy
arrivals come to about 0.93, and `KEEN`, where four of five do. Nearly all of the cost is borne by those who
come unregistered and take what planned people left. Planned people can hardly ever make room for one of
them and have as good a day: a seat's price is what giving it up costs.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field, replace
from random import Random
from time import thread_time

from checkin.domain.assignments import Assignment, Cause, Why
from checkin.domain.instants import MINUTE, Instant
from checkin.domain.model import Agenda, AttendeeId, Person, Session, Slot, Standing
from checkin.domain.routing.costs import VALUE, cost_of
from checkin.domain.routing.eligibility import sessions_for
from checkin.domain.routing.ground import Ground, Plan, Seeker
from checkin.domain.routing.placement import place
from checkin.domain.routing.plan import plan
from tests.domain.large_events import Mix, large_ground

NO_SHOWS = 0.15
WALK_INS = 0.05
USUAL = Mix(load=0.9, with_wishes=0.5)
KEEN = Mix(load=0.9)
SEEDS = range(1, 11)


@dataclass(frozen=True, slots=True)
class Day:
    """Who is registered (the ground), and who comes, in the order of their coming."""

    ground: Ground
    came: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What one day is worth to those who came, by each way, and how many seats they have."""

    seed: int
    came: int
    hindsight: int
    live: int
    by_prices: int
    without_prices: int
    greedy: int
    walk_ins_known: int
    no_shows_known: int
    seats_in_hindsight: int
    seats_live: int

    def share(self, value: int) -> float:
        """Of hindsight."""
        return value / self.hindsight


@dataclass(slots=True)
class Hall:
    """The seats of an event while people come."""

    agenda: Agenda
    days: dict[AttendeeId, dict[str, Assignment]] = field(default_factory=dict)
    loads: Counter[str] = field(default_factory=Counter)

    def give(self, attendee: AttendeeId, seats: Iterable[Assignment]) -> None:
        """Counts new assignments."""
        day = self.days.setdefault(attendee, {})
        for one in seats:
            day[one.slot] = one
            if one.session is not None:
                self.loads[one.session] += 1

    def place(self, person: Person, at: Instant, cause: Cause = Cause.ARRIVAL) -> None:
        """Gives what the product gives."""
        held = self.days.get(person.id, {})
        self.give(person.id, place(self.agenda, person, held, self.loads.__getitem__, at, cause=cause))

    def release(self, attendee: AttendeeId, slot: str) -> None:
        """Frees the seat of somebody who did not come."""
        held = self.days.get(attendee, {}).pop(slot, None)
        if held is not None and held.session is not None:
            self.loads[held.session] -= 1

    def seats_of(self, people: Iterable[Person]) -> list[tuple[Person, Session]]:
        """Who of these people sits where."""
        return [
            (person, self.agenda.session[one.session])
            for person in people
            for one in self.days.get(person.id, {}).values()
            if one.session is not None
        ]

    def value(self, people: Iterable[Person]) -> int:
        """What their seats are worth."""
        return sum(VALUE - cost_of(who.preferences, session.topic) for who, session in self.seats_of(people))


def rehearse(attendees: int, rooms: int, slots: int, seed: int, mix: Mix = USUAL) -> Day:
    """A day of so many registered people; the same arguments give the same day."""
    everybody = large_ground(round(attendees * (1 + WALK_INS)), rooms, slots, seed, mix)
    random = Random(f"arrivals {seed}")
    registered, walk_ins = everybody.seekers[:attendees], everybody.seekers[attendees:]
    came = [one.person for one in registered if random.random() >= NO_SHOWS]
    came += [one.person for one in walk_ins]
    random.shuffle(came)
    return Day(replace(everybody, seekers=registered), tuple(came))


def simulate(day: Day, seed: int) -> Result:
    """One day in each of the ways."""
    agenda, came = day.ground.agenda, day.came
    planned = plan(day.ground)
    best = plan(replace(day.ground, seekers=tuple(Seeker(one) for one in came)))
    live = live_day(day, planned)
    return Result(
        seed=seed,
        came=len(came),
        hindsight=best.value,
        live=live.value(came),
        by_prices=_placed_at_arrival(day, planned.prices).value(came),
        without_prices=_placed_at_arrival(day, {}).value(came),
        greedy=greedy_day(agenda, came).value(came),
        walk_ins_known=_foreseen_day(day, planned).value(came),
        no_shows_known=_foreseen_day(day, planned, knows_no_shows=True).value(came),
        seats_in_hindsight=best.placed,
        seats_live=len(live.seats_of(came)),
    )


def live_day(day: Day, planned: Plan) -> Hall:
    """As the product does it."""
    hall = _priced(day, planned.prices)
    for attendee, seats in planned.assignments.items():
        hall.give(attendee, seats)
    for person in day.came:
        hall.place(person, day.ground.now)
    _release(hall, day)
    return hall


def _release(hall: Hall, day: Day) -> None:
    """In each slot the seats of those who did not come go to those without one, in their order."""
    came = {one.id for one in day.came}
    missing = [one.person.id for one in day.ground.seekers if one.person.id not in came]
    for slot in hall.agenda.slots:
        for attendee in missing:
            hall.release(attendee, slot.code)
        at = Instant(slot.starts_at + hall.agenda.release_minutes * MINUTE)
        for person in day.came:
            held = hall.days[person.id].get(slot.code)
            if held is not None and held.session is None:
                hall.place(person, at, Cause.FREED_SEAT)


def _foreseen_day(day: Day, planned: Plan, knows_no_shows: bool = False) -> Hall:
    """What could be done for all who come unregistered together, planned people keeping their seats."""
    came = {one.id for one in day.came}
    planned_people = [one.person for one in day.ground.seekers]
    seekers: list[Seeker] = []
    for person in planned_people:
        if person.id in came or not knows_no_shows:
            held = {one.slot: one for one in planned.assignments[person.id]}
            seekers.append(Seeker(person, held, told=frozenset(held)))
    known = {one.id for one in planned_people}
    seekers += [Seeker(one) for one in day.came if one.id not in known]
    hall = _priced(day, planned.prices)
    for attendee, seats in plan(replace(day.ground, seekers=tuple(seekers))).assignments.items():
        hall.give(attendee, seats)
    _release(hall, day)
    return hall


def greedy_day(agenda: Agenda, came: Iterable[Person]) -> Hall:
    """Each slot for itself."""
    hall = Hall(agenda)
    for person in came:
        had: set[str] = set()
        for slot in agenda.slots:
            session = _greedy_choice(hall, person, slot, had)
            if session is not None:
                had.add(session.topic)
                hall.give(person.id, [Assignment(slot.code, session.code, Why(Cause.ARRIVAL))])
    return hall


def _greedy_choice(hall: Hall, person: Person, slot: Slot, had: set[str]) -> Session | None:
    required = hall.agenda.required_topics(person.disciplines)

    def rank(session: Session) -> tuple[bool, int, float]:
        share = hall.loads[session.code] / hall.agenda.seats(session)
        return session.topic not in required, cost_of(person.preferences, session.topic), share

    free = [
        one
        for one in sessions_for(hall.agenda, person, slot)
        if one.topic not in had and hall.loads[one.code] < hall.agenda.seats(one)
    ]
    return min(free, key=rank, default=None)


def _priced(day: Day, prices: Mapping[str, int]) -> Hall:
    return Hall(replace(day.ground.agenda, standing=Standing(prices=prices)))


def _placed_at_arrival(day: Day, prices: Mapping[str, int]) -> Hall:
    hall = _priced(day, prices)
    for person in day.came:
        hall.place(person, day.ground.now)
    return hall


def milliseconds(day: Day, prices: Mapping[str, int]) -> list[float]:
    """CPU of each placement of a whole day, least first; nothing is held: the most an arrival can ask for.

    Of this thread only, and the collector rests: a solver's threads and this garbage are no server's.
    """
    hall, spent = _priced(day, prices), list[float]()
    gc.disable()
    for person in day.came:
        before = thread_time()
        given = place(hall.agenda, person, {}, hall.loads.__getitem__, day.ground.now)
        spent.append((thread_time() - before) * 1_000)
        hall.give(person.id, given)
    gc.enable()
    return sorted(spent)


def summed(results: Iterable[Result]) -> Result:
    """Several days as one."""
    rows = [astuple(one)[1:] for one in results]
    return Result(0, *map(sum, zip(*rows, strict=True)))


def main() -> None:
    """Prints the tables."""
    for title, mix in (("half state wishes", USUAL), ("four of five state wishes", KEEN)):
        print(f"600 people, 12 rooms, 4 slots; {title}")
        print(
            "seed   came  hindsight    live  by prices  without prices  greedy"
            "  walk-ins known  no-shows known   seats live / hindsight"
        )
        results = [simulate(rehearse(600, 12, 4, seed, mix), seed) for seed in SEEDS]
        for one in (*results, summed(results)):
            print(
                f"{one.seed or 'all':>4}  {one.came:5}  {one.hindsight:9}  {one.share(one.live):6.4f}"
                f"  {one.share(one.by_prices):9.4f}  {one.share(one.without_prices):14.4f}"
                f"  {one.share(one.greedy):6.4f}  {one.share(one.walk_ins_known):14.4f}"
                f"  {one.share(one.no_shows_known):14.4f}   {one.seats_live} / {one.seats_in_hindsight}",
                flush=True,
            )
    print("placement, milliseconds of CPU      mean    99 %     most")
    for size in ((600, 12, 4), (10_000, 40, 4)):
        day = rehearse(*size, seed=1)
        spent = milliseconds(day, plan(day.ground).prices)
        mean, most_of_them = sum(spent) / len(spent), spent[len(spent) * 99 // 100]
        print(f"{' / '.join(f'{n:,}' for n in size):31}  {mean:7.3f}  {most_of_them:6.3f}  {spent[-1]:7.3f}")


if __name__ == "__main__":
    main()
