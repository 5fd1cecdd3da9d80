"""Presence is a fold over sightings: one place at a time, whatever order they arrived in."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from checkin.domain.instants import MINUTE, Instant, next_midnight
from checkin.domain.model import DeviceId
from checkin.domain.presence import ABSENT, Effect, Sighting, advance, fold
from tests.domain.conference import DAY, DENVER, NEXT_DAY, at


def sighting(moment: Instant, effect: Effect, room: str | None = None, name: int = 0) -> Sighting:
    """A sighting by device 1, named by its moment unless told otherwise."""
    return Sighting(moment, (name or moment).to_bytes(16, "big"), effect, DeviceId(1), room)


def test_nobody_seen_is_nowhere() -> None:
    assert fold([], DENVER) == ABSENT
    assert not ABSENT.is_on_site(at(9), DENVER)


def test_arrival_is_on_site_until_midnight() -> None:
    state = fold([sighting(at(8), Effect.ARRIVED)], DENVER)
    midnight = next_midnight(at(8), DENVER)
    assert state.is_on_site(Instant(midnight - 1), DENVER)
    assert not state.is_on_site(midnight, DENVER)
    assert state.on_site_day(DENVER) == DAY


def test_repeat_neither_moves_the_first_arrival_nor_ends_anything() -> None:
    once = fold([sighting(at(8), Effect.ARRIVED)], DENVER)
    twice = fold([sighting(at(8), Effect.ARRIVED), sighting(at(9), Effect.ARRIVED)], DENVER)
    assert once == twice


def test_late_sighting_moves_the_first_arrival_back() -> None:
    seen = [sighting(at(9), Effect.ARRIVED), sighting(at(8), Effect.ARRIVED)]
    assert fold(seen, DENVER).first_at == at(8)


def test_entering_another_room_ends_the_first() -> None:
    seen = [sighting(at(9), Effect.ENTERED, "a101"), sighting(at(10), Effect.ENTERED, "b204")]
    state = fold(seen, DENVER)
    assert (state.room, state.entered_at) == ("b204", at(10))
    assert state.first_at == at(9)


def test_exit_from_a_room_they_are_not_in_changes_nothing() -> None:
    seen = [sighting(at(9), Effect.ENTERED, "a101"), sighting(at(10), Effect.EXITED, "b204")]
    assert fold(seen, DENVER).room == "a101"


def test_leaving_the_venue_leaves_the_room() -> None:
    seen = [sighting(at(9), Effect.ENTERED, "a101"), sighting(at(10), Effect.LEFT)]
    state = fold(seen, DENVER)
    assert state.room is None
    assert state.left_at == at(10)


def test_arrival_on_the_next_day_begins_a_new_stay() -> None:
    seen = [sighting(at(9), Effect.ENTERED, "a101"), sighting(at(8, day=NEXT_DAY), Effect.ARRIVED)]
    state = fold(seen, DENVER)
    assert (state.first_at, state.arrived_at, state.room) == (at(9), at(8, day=NEXT_DAY), None)
    assert state.on_site_day(DENVER) == DAY + timedelta(days=1)


SIGHTINGS = st.lists(
    st.builds(
        lambda minutes, effect, room, name: sighting(
            Instant(at(7) + minutes * MINUTE),
            effect,
            room if effect in (Effect.ENTERED, Effect.EXITED) else None,
            name,
        ),
        st.integers(0, 40 * 60),
        st.sampled_from(list(Effect)),
        st.sampled_from(["a101", "b204"]),
        st.integers(1, 10**6),
    ),
    max_size=12,
    unique_by=lambda s: s.scan_id,
)


@given(SIGHTINGS)
def test_order_of_arrival_does_not_matter(seen: list[Sighting]) -> None:
    shuffled = sorted(seen, key=lambda s: s.scan_id[::-1])
    assert fold(seen, DENVER) == fold(shuffled, DENVER)


@given(SIGHTINGS)
def test_a_step_at_a_time_gives_the_fold(seen: list[Sighting]) -> None:
    state = ABSENT
    for one in sorted(seen, key=lambda s: (s.happened_at, s.scan_id)):
        state = advance(state, one, DENVER)
    assert state == fold(seen, DENVER)


@given(SIGHTINGS)
def test_who_is_in_a_room_is_on_site_and_was_seen(seen: list[Sighting]) -> None:
    state = fold(seen, DENVER)
    came = [s.happened_at for s in seen if s.effect in (Effect.ARRIVED, Effect.ENTERED)]
    assert state.first_at == (min(came) if came else None)
    if state.room is not None:
        assert state.left_at is None
        assert state.entered_at is not None
        assert state.is_on_site(state.entered_at, DENVER)
    else:
        assert structs.replace(state, session=None, entered_at=None) == state
