"""A reroute against an integer program on hundreds of small random events: it can't be done better."""

from random import Random

import pytest

from checkin.domain.instants import MINUTE, Instant
from checkin.domain.model import Agenda
from checkin.domain.routing.ground import Ground, Reroute
from checkin.domain.routing.reroute import reroute
from tests.domain.reroute_oracle import Oracle, held_session, score
from tests.domain.rough_events import SLOTS, rough_agenda, rough_change, rough_ground


def days_after(before: Ground, result: Reroute) -> dict[tuple[int, str], str | None]:
    """Everybody's sessions when the moves are made."""
    days = {
        (seeker.person.id, slot.code): held_session(seeker, slot.code)
        for seeker in before.seekers
        for slot in before.agenda.slots
    }
    return days | {(int(one.attendee), one.slot): one.new.session for one in result.moves}


def differs(old: Agenda, new: Agenda, slot: str) -> bool:
    """Whether a slot's sessions, seats or closures have changed."""
    offers = [
        [(one, agenda.seats(one), one in agenda.offered_in[slot]) for one in agenda.sessions_in[slot]]
        for agenda in (old, new)
    ]
    return offers[0] != offers[1]


@pytest.mark.parametrize("seed", range(20))
def test_one_slot_is_mended_as_well_as_an_integer_program_does(seed: int) -> None:
    for number in range(20):
        random = Random(f"one {seed} {number}")
        agenda = rough_agenda(random, 2)
        # the first slot has ended: nothing in it can make up for the second
        now = Instant(SLOTS[1].starts_at + random.choice([-12, 10]) * MINUTE)
        before = rough_ground(random, agenda, now, random.randint(4, 14))
        after, cause = rough_change(random, agenda, now, "s2")
        result = reroute(before, after, cause)
        if not differs(agenda, after, "s2"):
            assert result == Reroute(())
            continue
        waiting = sorted(before.seekers, key=lambda one: one.waiting_since["s2"])
        best = Oracle(before, after, ["s2"]).best(
            [(one.person.id, "s2") for one in waiting if held_session(one, "s2") is None]
        )
        assert score(before, after, days_after(before, result), ["s2"]) == best, number


def test_of_all_slots_together_hardly_any_seat_is_lost_that_could_be_kept() -> None:
    lost = least = 0
    for number in range(80):
        random = Random(f"all {number}")
        agenda = rough_agenda(random, 3)
        now = Instant(SLOTS[0].starts_at - 60 * MINUTE)
        before = rough_ground(random, agenda, now, random.randint(6, 16))
        after, cause = rough_change(random, agenda, now, "s2")
        slots = [one.code for one in SLOTS]
        found = score(before, after, days_after(before, reroute(before, after, cause)), slots).lost
        best = Oracle(before, after, slots).best().lost
        assert found <= best + 1, number
        lost, least = lost + found, least + best
    assert least <= lost <= least * 1.03
