"""What holds of every plan, whatever the event: checked one by one against the agenda."""

from collections import Counter

from checkin.domain.routing.ground import Ground, Plan
from tests.domain.plan_oracle import had_topics, may_sit, stays_told


def check(ground: Ground, plan: Plan) -> None:
    """Fails where the plan breaks a rule."""
    agenda = ground.agenda
    slots = [
        slot.code
        for slot in agenda.slots
        if slot.starts_at > ground.now
        and any(not one.is_plenary for one in agenda.sessions_in[slot.code])
        and slot.code not in agenda.plenary_in
    ]
    loads = Counter[str]()
    assert set(plan.assignments) == {seeker.person.id for seeker in ground.seekers}
    for seeker in ground.seekers:
        day = plan.assignments[seeker.person.id]
        assert [one.slot for one in day] == slots
        sessions = [agenda.session[one.session] for one in day if one.session is not None]
        assert all(may_sit(ground, seeker.person, one) for one in sessions)
        topics = [one.topic for one in sessions]
        assert len(set(topics)) == len(topics)
        assert not had_topics(ground, seeker) & set(topics)
        assert all((one.session is None) == (one.why.blocked is not None) for one in day)
        loads.update(one.code for one in sessions)
    assert all(load <= agenda.seats(agenda.session[code]) for code, load in loads.items())
    assert plan.placed == loads.total() <= plan.placed_bound
    assert plan.value == 20 * plan.placed - plan.cost <= plan.value_bound
    seated = {(ident, one.session) for ident, day in plan.assignments.items() for one in day}
    assert stays_told(ground) <= seated
    offered = {one.code for code in slots for one in agenda.offered_in[code]}
    assert set(plan.prices) == offered
    assert all(0 <= price < 10_000 for price in plan.prices.values())
    assert sum(one.people for one in plan.shortages) == len(ground.seekers) * len(slots) - plan.placed
