"""The demo conference planned: what its file promises to each profession, everybody gets."""

import pytest

from checkin.demo import invent_people, read_conference
from checkin.domain.agenda_file import parse_toml, read_agenda
from checkin.domain.attendee_table import read_table, write_table
from checkin.domain.instants import HOUR, Instant
from checkin.domain.model import AttendeeId, Person, PersonName
from checkin.domain.routing.ground import Ground, Seeker
from checkin.domain.routing.plan import plan
from tests.domain.plan_checks import check


def demo_ground(seed: int) -> Ground:
    """The conference two hours before its first slot, with its 600 people."""
    agenda = read_agenda(parse_toml(read_conference()))
    table = read_table(write_table(invent_people(600, seed)).encode(), agenda)
    assert not table.faults
    people = (
        Person(
            AttendeeId(line),
            f"K7-{line}",
            PersonName(draft.first_name, draft.last_name),
            draft.disciplines,
            draft.accessibility,
            draft.is_welcome_everywhere,
            preferences=draft.preferences,
            group=draft.group,
        )
        for line, draft in table.drafts
    )
    seekers = tuple(Seeker(one) for one in people if not one.is_welcome_everywhere)
    return Ground(agenda, seekers, Instant(agenda.slots[0].starts_at - 2 * HOUR), bytes(16))


@pytest.mark.parametrize("seed", [1, 2])
def test_everybody_of_law_enforcement_gets_all_four_topics(seed: int) -> None:
    ground = demo_ground(seed)
    made = plan(ground)
    check(ground, made)
    topics = set(ground.agenda.curriculum["law"])
    of_law = [one.person for one in ground.seekers if "law" in one.person.disciplines]
    assert len(of_law) > 200
    for person in of_law:
        sessions = [ground.agenda.session[one.session] for one in made.assignments[person.id] if one.session]
        assert topics <= {session.topic for session in sessions}


def test_everybody_has_a_seat_in_every_breakout() -> None:
    made = plan(demo_ground(1))
    assert made.shortages == ()
    assert made.placed == made.placed_bound == sum(len(day) for day in made.assignments.values())
