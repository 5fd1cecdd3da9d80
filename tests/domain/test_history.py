"""A replay tells of every moment what the fold tells of it, and carries ushers' counts on."""

from hypothesis import given, settings
from hypothesis import strategies as st

from checkin.domain.alerts import UsherCount
from checkin.domain.crossings import RoomCount
from checkin.domain.history import Replay, Steps, replay
from checkin.domain.instants import MINUTE, Instant, next_midnight
from checkin.domain.model import AttendeeId, DeviceId
from checkin.domain.presence import ABSENT, Effect, End, Ends, Sighting, advance, after_ends, no_ends
from tests.domain.conference import DENVER, NEXT_DAY, at

ANA, BEN = AttendeeId(1), AttendeeId(2)
NOW = at(9, day=NEXT_DAY)

moments = st.integers(0, 26 * 60).map(lambda minute: Instant(at(8) + minute * MINUTE))
effects = st.sampled_from(list(Effect))
sightings = st.lists(
    st.tuples(moments, effects, st.sampled_from(["a101", "b204"]), st.booleans()), max_size=12
)


def seen(moment: Instant, effect: Effect, room: str | None = None, is_repeat: bool = False) -> Sighting:
    """A sighting, named by its moment."""
    in_room = room if effect in (Effect.ENTERED, Effect.EXITED) else None
    session = None if in_room is None else f"session-{in_room}"
    name = moment.to_bytes(16, "big")
    return Sighting(moment, name, effect, DeviceId(1), in_room, session, is_repeat)


def played(*of_each: list[Sighting], ends: Ends = no_ends, counts: tuple[UsherCount, ...] = ()) -> Replay:
    """The replay of attendees 1, 2 … of whom only the first is registered for law."""
    everybody = [(AttendeeId(n), one) for n, one in enumerate(of_each, 1)]
    return replay(everybody, {}, ends, {ANA: ("", "law"), BEN: ("",)}, counts, DENVER, NOW)


def ends_at_noon(session: str) -> End | None:
    """The session in B204 ends at noon, the other does not."""
    return End(at(12)) if session == "session-b204" else None


@settings(deadline=None, max_examples=300)
@given(rows=sightings, moment=moments)
def test_any_moment_is_what_the_fold_up_to_it_says(
    rows: list[tuple[Instant, Effect, str, bool]], moment: Instant
) -> None:
    unique = {row[0]: seen(*row) for row in rows}
    mine = list(unique.values())
    found = played(mine, ends=ends_at_noon)
    state = ABSENT
    for sighting in sorted(mine, key=lambda one: one.happened_at):
        if sighting.happened_at <= moment:
            state = advance(state, sighting, DENVER, ends_at_noon)
    state = after_ends(state, ends_at_noon, moment)
    assert found.on_site.at(moment) == state.is_on_site(moment, DENVER)
    assert found.is_on_site(ANA, moment) == state.is_on_site(moment, DENVER)
    assert found.checked_in.get("law", Steps()).at(moment) == state.has_checked_in
    for room in ("a101", "b204"):
        assert found.presences_at(room, moment) == (state.room_at(moment, DENVER) == room)
        assert found.headcount_at(room, moment).headcount == found.presences_at(room, moment)


def test_a_count_is_carried_on_until_it_ends() -> None:
    count = UsherCount("b204", RoomCount(10, at(10), at(11)), 1)
    ana = [seen(at(9), Effect.ENTERED, "b204"), seen(at(10, 20), Effect.EXITED, "b204")]
    ben = [seen(at(10, 10), Effect.ENTERED, "b204"), seen(at(10, 30), Effect.LEFT)]
    found = played(ana, ben, counts=(count,))
    expected = [
        (Instant(at(10) - 1), 1, 0),
        (at(10), 10, 9),
        (at(10, 10), 11, 9),
        (at(10, 20), 10, 9),
        (at(10, 30), 9, 9),
        (Instant(at(11) - 1), 9, 9),
        (at(11), 0, 0),
    ]
    for moment, headcount, adjustment in expected:
        load = found.headcount_at("b204", moment)
        assert (load.headcount, load.adjustment) == (headcount, adjustment)


def test_an_exit_of_somebody_unknown_takes_from_a_count_but_never_below_zero() -> None:
    count = UsherCount("b204", RoomCount(1, at(10), at(11)), 0)
    ways = [[seen(at(10, minute), Effect.EXITED, "b204")] for minute in (1, 2)]
    found = played(*ways, counts=(count,))
    assert [found.headcount_at("b204", at(10, minute)).headcount for minute in (0, 1, 2)] == [1, 0, 0]
    assert found.presences_at("b204", at(10, 2)) == 0


def test_a_repeated_exit_takes_nobody_off_a_count() -> None:
    count = UsherCount("b204", RoomCount(5, at(10), at(11)), 0)
    found = played([seen(at(10, 1), Effect.EXITED, "b204", is_repeat=True)], counts=(count,))
    assert found.headcount_at("b204", at(10, 2)).headcount == 5


def test_the_latest_count_stands_and_an_older_one_never_comes_back() -> None:
    counts = (
        UsherCount("b204", RoomCount(50, at(9), next_midnight(at(9), DENVER)), 50),
        UsherCount("b204", RoomCount(40, at(10), at(11)), 50),
    )
    found = played([], counts=counts)
    assert [found.headcount_at("b204", at(hour)).headcount for hour in (8, 9, 10, 11)] == [0, 50, 40, 0]


def test_arrivals_are_first_check_ins_by_their_span() -> None:
    ana = [seen(at(8, 1), Effect.ARRIVED), seen(at(9), Effect.LEFT), seen(at(9, 30), Effect.ARRIVED)]
    ben = [seen(at(8, 4, 59), Effect.ENTERED, "b204")]
    found = played(ana, ben)
    assert found.arrivals(at(8), at(9, 45), 5 * MINUTE) == {at(8): 2}
    assert found.arrivals(at(8), at(8, 1), 5 * MINUTE) == {at(8): 1}
    assert found.arrivals(at(8, 5), at(9, 45), 5 * MINUTE) == {}
    assert found.checked_in[""].at(at(8, 2)) == 1
    assert found.checked_in[""].at(at(9)) == 2


def test_a_cancelled_registration_is_on_site_but_not_checked_in() -> None:
    nobody: list[Sighting] = []
    found = played(nobody, nobody, [seen(at(8), Effect.ARRIVED)])
    assert found.on_site.at(at(9)) == 1
    assert found.checked_in == {}
