"""Presences and counts are the same whatever order sightings, ends, reversals and counts arrived in.

A walk through the day, written apart from the fold (`day_walk`), tells the same as it does. Folds with a
deliberate bug stand beside the true one: the walk finds each of them out.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec import structs

from checkin.domain.assignments import Assignment, Cause, Why
from checkin.domain.crossings import Counts, Crossing, RoomCount, carried, trace
from checkin.domain.door import session_of_scan
from checkin.domain.headcount import Headcount, headcount
from checkin.domain.instants import MINUTE, Instant, local_date, next_midnight
from checkin.domain.ledger import counted
from checkin.domain.model import AttendeeId, DeviceId
from checkin.domain.presence import Effect, End, Ends, Presence, Sighting, advance, after_ends, fold
from checkin.domain.session_ends import SessionEnds
from checkin.domain.tallies import TallyKey, contribution
from tests.domain.conference import DENVER, at, person
from tests.domain.day_walk import ENDS_AT, people_in, walk
from tests.domain.doors import AGENDA

ROOMS = ("hall", "a", "b")
WHO = tuple(person(n) for n in range(1, 4))


@dataclass(frozen=True)
class Fact:
    """One thing that arrives: a sighting, a session's end, a reversal of a sighting, or an usher's count."""

    sighting: Sighting | None = None
    who: AttendeeId = WHO[0].id
    ended: str = ""
    reverses: bytes = b""
    room: str = ""
    count: RoomCount | None = None


@dataclass(frozen=True)
class Folding:
    """How facts become states; each part can be replaced by one with a bug."""

    place: Callable[[list[Sighting], Ends], Presence] = lambda seen, ends: fold(seen, DENVER, ends)
    walk: Callable[[list[Sighting], Ends], list[Crossing]] = lambda seen, ends: trace(seen, DENVER, ends)[1]
    hears_ends: bool = True
    hears_reversals: bool = True
    latest: Callable[[RoomCount, RoomCount], RoomCount] = lambda one, other: max(
        one, other, key=lambda count: count.counted_at
    )
    keeps: Callable[[Sighting], bool] = lambda _sighting: True


TRUE = Folding()
Result = tuple[dict[AttendeeId, Presence], dict[str, Headcount]]


def state_of(facts: Iterable[Fact], now: Instant, folding: Folding = TRUE) -> Result:
    """Every presence and headcount that these facts make, taken up one after the other."""
    seen: dict[AttendeeId, list[Sighting]] = {one.id: [] for one in WHO}
    ended: dict[str, Instant] = {}
    taken_back: set[bytes] = set()
    counts: dict[str, RoomCount] = {}
    for fact in facts:
        if fact.sighting is not None and folding.keeps(fact.sighting):
            seen[fact.who].append(fact.sighting)
        elif fact.ended and folding.hears_ends:
            ended[fact.ended] = AGENDA.slot[AGENDA.session[fact.ended].slot].ends_at
        elif fact.reverses and folding.hears_reversals:
            taken_back.add(fact.reverses)
        elif fact.count is not None:
            known = counts.get(fact.room)
            counts[fact.room] = fact.count if known is None else folding.latest(known, fact.count)
    ends = SessionEnds(AGENDA, ended)
    tallies: Counter[TallyKey] = Counter()
    presences: dict[AttendeeId, Presence] = {}
    for one in WHO:
        left = [sighting for sighting in seen[one.id] if sighting.scan_id not in taken_back]
        own = ends.of(HELD)
        presences[one.id] = folding.place(left, own)
        tallies += contribution(one, presences[one.id], (), DENVER)
        tallies += counted(folding.walk(left, own), counts)
    return presences, {room: headcount(tallies, counts, room, now, DENVER) for room in ROOMS}


HELD = {
    "s1": Assignment("s1", "law-1", Why(Cause.PLAN)),
    "s2": Assignment("s2", "law-2", Why(Cause.PLAN)),
}
# Often while much goes on: where nothing happens between a count and now, many bugs would not show.
moments = st.one_of(st.integers(-30, 150), st.integers(-30, 26 * 60)).map(
    lambda minutes: Instant(at(9) + minutes * MINUTE)
)
sightings = st.builds(
    lambda name, moment, effect, room, session, repeats: Sighting(
        moment,
        name.to_bytes(16, "big"),
        effect,
        DeviceId(1),
        room if effect in (Effect.ENTERED, Effect.EXITED) else None,
        session if effect is Effect.ENTERED and room in ("a", "b") else None,
        repeats,
    ),
    st.integers(1, 10**6),
    moments,
    st.sampled_from([Effect.ARRIVED, Effect.LEFT, Effect.ENTERED, Effect.ENTERED, Effect.EXITED]),
    st.sampled_from(ROOMS),
    st.sampled_from(["law-1", "law-2", None]),
    st.booleans(),
)


def _day(now: Instant) -> date:
    return local_date(now, DENVER)


def _count(counted_: int, moment: Instant) -> RoomCount:
    slots = [slot for slot in AGENDA.slots if slot.starts_at <= moment < slot.ends_at]
    return RoomCount(counted_, moment, slots[0].ends_at if slots else next_midnight(moment, DENVER))


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Facts with no two sightings of one name and no two counts of one room at one moment."""
    seen = draw(st.lists(sightings, max_size=14, unique_by=lambda one: one.scan_id))
    facts = [Fact(one, draw(st.sampled_from(WHO)).id) for one in seen]
    facts += [Fact(ended=code) for code in draw(st.sets(st.sampled_from(["law-1", "law-2", "med-1"])))]
    if seen:
        facts += [Fact(reverses=one.scan_id) for one in draw(st.sets(st.sampled_from(seen), max_size=3))]
    keys = draw(st.sets(st.tuples(st.sampled_from(ROOMS), moments), max_size=3))
    return facts + [Fact(room=room, count=_count(draw(st.integers(0, 9)), when)) for room, when in keys]


@settings(max_examples=400, deadline=None)
@given(histories(), st.data())
def test_any_order_of_arrival_gives_the_same_state(facts: list[Fact], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(facts))
    now = data.draw(moments)
    assert state_of(shuffled, now) == state_of(facts, now)


@settings(max_examples=100, deadline=None)
@given(histories(), moments)
def test_ends_reversals_and_counts_told_twice_change_nothing(facts: list[Fact], now: Instant) -> None:
    """Sightings aside: the log has each once, by its scan_id."""
    again = [fact for fact in facts if fact.sighting is None]
    assert state_of([*facts, *again], now) == state_of(facts, now)


@settings(max_examples=200, deadline=None)
@given(histories(), moments)
def test_one_place_each_and_no_negative_count(facts: list[Fact], now: Instant) -> None:
    presences, rooms = state_of(facts, now)
    for one in presences.values():
        if one.room is not None:
            assert one.entered_at is not None
            assert one.first_at is not None
            assert one.left_at is None
        assert (one.entered_at is None) == (one.room is None)
    assert all(load.headcount >= 0 for load in rooms.values())
    for room, load in rooms.items():
        inside = [p for p in presences.values() if p.room == room and p.on_site_day(DENVER) == _day(now)]
        assert load.presences == len(inside)


@settings(max_examples=200, deadline=None)
@given(histories())
def test_stays_and_crossings_tell_the_same_story(facts: list[Fact]) -> None:
    seen = [fact.sighting for fact in facts if fact.sighting is not None]
    ends = SessionEnds(AGENDA, {f.ended: at(10) for f in facts if f.ended}).of(HELD)
    stays, crossings = trace(seen, DENVER, ends)
    for before, after in pairwise(stays):
        assert before.until is not None
        assert before.since <= before.until <= after.since
    for room in ROOMS:
        ins = sum(1 for one in crossings if (one.room, one.step) == (room, 1))
        spans = [stay for stay in stays if stay.room == room]
        assert ins <= len(spans)
    open_ones = [stay for stay in stays if stay.until is None]
    state = fold(seen, DENVER, ends)
    assert [stay.room for stay in open_ones] == ([] if state.room is None else [state.room])


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Fact], Instant]:
    """Facts that a day up to `now` can leave: of the session that is in the room, and nothing from later."""
    now = draw(moments)
    facts = [_as_at_the_door(fact) for fact in draw(histories()) if _known_at(fact) <= now]
    return facts, now


def _as_at_the_door(fact: Fact) -> Fact:
    one = fact.sighting
    if one is None or one.room is None:
        return fact
    found = session_of_scan(AGENDA, one.room, HELD, one.happened_at)
    return replace(fact, sighting=structs.replace(one, session=None if found is None else found.code))


def _known_at(fact: Fact) -> Instant:
    if fact.sighting is not None:
        return fact.sighting.happened_at
    if fact.count is not None:
        return fact.count.counted_at
    return ENDS_AT.get(fact.ended, Instant(0))


def check_by_walking(facts: list[Fact], now: Instant, folding: Folding = TRUE) -> None:
    """Fails where the fold says something else than going through the day, one thing after the other."""
    presences, rooms = state_of(facts, now, folding)
    back = {fact.reverses for fact in facts}
    ended = {fact.ended for fact in facts if fact.ended}
    walkers = {}
    for one in WHO:
        own = [fact.sighting for fact in facts if fact.sighting is not None and fact.who == one.id]
        walker = walk([sighting for sighting in own if sighting.scan_id not in back], ended, now)
        walkers[one.id], state = walker, presences[one.id]
        assert state.first_at == walker.first_at
        assert state.is_on_site(now, DENVER) == (walker.arrived_at is not None)
        assert (state.room_at(now, DENVER), state.session_at(now, DENVER)) == (walker.room, walker.session)
    counts = {}
    for fact in sorted((one for one in facts if one.count is not None), key=_known_at):
        if fact.count is not None:
            counts[fact.room] = fact.count
    for room, load in rooms.items():
        assert load.headcount == people_in(room, list(walkers.values()), counts, now)


@settings(max_examples=6000, deadline=None)
@given(days())
def test_the_fold_tells_what_a_walk_through_the_day_does(day: tuple[list[Fact], Instant]) -> None:
    facts, now = day
    check_by_walking(facts, now)


def test_only_crossings_after_a_count_and_before_its_end_carry_it_on() -> None:
    counts: Counts = {"a": RoomCount(5, at(9, 10), at(10))}
    steps = [
        Crossing(moment, "a", step)
        for moment, step in [
            (at(9, 10), 1),
            (Instant(at(9, 10) + 1), 1),
            (Instant(at(10) - 1), -1),
            (at(10), -1),
        ]
    ]
    assert carried([*steps, Crossing(at(9, 30), "b", 1)], counts) == {("a", 1): 1, ("a", -1): 1}


# ---- folds with a bug


def _by_arrival(seen: list[Sighting], ends: Ends) -> Presence:
    state = Presence()
    for sighting in seen:
        state = advance(state, sighting, DENVER, ends)
    return after_ends(state, ends)


def _keeping_rooms(seen: list[Sighting], ends: Ends) -> Presence:
    """Who goes into another room stays in the first, and comes back to it."""
    state = fold(seen, DENVER, ends)
    rooms = [one for one in sorted(seen, key=lambda s: s.happened_at) if one.effect is Effect.ENTERED]
    return structs.replace(state, room=rooms[0].room) if state.room is not None else state


def _counting_repeats(seen: list[Sighting], ends: Ends) -> list[Crossing]:
    return trace([structs.replace(one, is_repeat=False) for one in seen], DENVER, ends)[1]


BUGS = {
    "folds in the order of arrival": Folding(place=_by_arrival),
    "an exit overwrites the arrival": Folding(
        place=lambda seen, ends: (
            structs.replace(state, first_at=state.exited_at)
            if (state := fold(seen, DENVER, ends)).exited_at is not None
            else state
        )
    ),
    "ends are not heard of": Folding(hears_ends=False),
    "ends let nobody stay for the next session": Folding(
        place=lambda seen, ends: fold(seen, DENVER, _without_onward(ends))
    ),
    "reversals are not heard of": Folding(hears_reversals=False),
    "counts are added up": Folding(
        latest=lambda one, other: replace(
            max(one, other, key=lambda count: count.counted_at), counted=one.counted + other.counted
        )
    ),
    "the count that arrives last holds": Folding(latest=lambda _one, other: other),
    "a repeat leaves no sighting": Folding(keeps=lambda sighting: not sighting.is_repeat),
    "an exit said twice counts twice": Folding(walk=_counting_repeats),
    "a count forgets who came and went": Folding(walk=lambda _seen, _ends: []),
    "people are in two rooms": Folding(place=_keeping_rooms),
}


def _without_onward(ends: Ends) -> Ends:
    def find(code: str) -> End | None:
        end = ends(code)
        return None if end is None else structs.replace(end, onward=None)

    return find


@pytest.mark.parametrize("name", BUGS)
def test_a_fold_with_a_bug_is_caught(name: str) -> None:
    @settings(max_examples=6000, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(days(), st.data())
    def hunt(day: tuple[list[Fact], Instant], data: st.DataObject) -> None:
        facts, now = day
        check_by_walking(data.draw(st.permutations(facts)), now, BUGS[name])

    with pytest.raises(AssertionError):
        hunt()
