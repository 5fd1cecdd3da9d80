"""What a step adds to the counters: the difference between what somebody contributed before and after it."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from checkin.domain.assignments import Assignment, Cause, Why
from checkin.domain.model import Person
from checkin.domain.presence import ABSENT, Presence
from checkin.domain.tallies import contribution, difference, moved
from tests.domain.conference import DENVER, NEXT_DAY, at, person

moments = st.sampled_from([None, at(8), at(8, 2), at(9), at(8, day=NEXT_DAY)])
presences = st.one_of(
    st.just(ABSENT),
    st.builds(
        Presence,
        first_at=moments,
        arrived_at=moments,
        left_at=st.sampled_from([None, None, at(10)]),
        room=st.sampled_from([None, "a101", "b204"]),
    ),
)
people = st.builds(
    lambda disciplines, is_cancelled: replace(person(1), disciplines=disciplines, is_cancelled=is_cancelled),
    st.sampled_from([(), ("law",), ("medical", "law")]),
    st.booleans(),
)
assignments = st.lists(
    st.builds(
        lambda slot, session: Assignment(slot, session, Why(Cause.PLAN)),
        st.sampled_from(["s2", "s3"]),
        st.sampled_from([None, "law-1", "law-2"]),
    ),
    max_size=3,
)


@given(people, presences, presences, assignments)
def test_a_step_with_the_same_seats_is_the_difference_of_two_contributions(
    one: Person, before: Presence, after: Presence, seats: list[Assignment]
) -> None:
    old = contribution(one, before, seats, DENVER)
    new = contribution(one, after, seats, DENVER)
    assert moved(one, before, after, seats, DENVER) == difference(old, new)
