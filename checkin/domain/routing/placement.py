"""Placement: one attendee gets the day's remaining sessions, now.

The rule: slot by slot in the order of time, among the eligible, accessible sessions with a free seat whose
topic the attendee does not have yet, curriculum topics first, then the largest free share of seats, then the
file's order.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from checkin.domain.assignments import Assignment, Blocked, Cause, Why
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, Person, Session, Slot
from checkin.domain.routing.eligibility import is_accessible, is_eligible
from checkin.domain.routing.reasons import Assigned


def place(
    agenda: Agenda,
    person: Person,
    held: Mapping[str, Assignment],
    assigned: Assigned,
    from_at: Instant,
    begun_at: Instant | None = None,
) -> tuple[Assignment, ...]:
    """New assignments for the slots that end after `from_at` and where `held` (by slot) has no session.

    With `begun_at` (a late scan) only slots that start after it. A slot where nothing can be had gives an
    assignment without a session that says why. People who are welcome everywhere get none. Nothing is counted
    here: the caller adds the new assignments to its tallies.
    """
    if person.is_welcome_everywhere:
        return ()
    topics = {agenda.session[a.session].topic for a in held.values() if a.session is not None}
    required = {topic for code in person.disciplines for topic in agenda.curriculum.get(code, ())}
    chooser = _Chooser(agenda, person, assigned, required)
    placed: list[Assignment] = []
    for slot in agenda.slots:
        has_seat = slot.code in held and held[slot.code].session is not None
        is_open = slot.ends_at > from_at and (begun_at is None or slot.starts_at > begun_at)
        if has_seat or not is_open or slot.code in agenda.plenary_in or not agenda.sessions_in[slot.code]:
            continue
        choice = chooser.choose(slot, topics)
        if choice.session is not None:
            topics.add(agenda.session[choice.session].topic)
        if choice != held.get(slot.code):
            placed.append(choice)
    return tuple(placed)


@dataclass(frozen=True, slots=True)
class _Chooser:
    agenda: Agenda
    person: Person
    assigned: Assigned
    required: set[str]

    def choose(self, slot: Slot, topics: set[str]) -> Assignment:
        sessions = [s for s in self.agenda.sessions_in[slot.code] if is_eligible(self.person, s)]
        if not sessions:
            return self._none(slot, Blocked.NOTHING_ELIGIBLE)
        sessions = [s for s in sessions if is_accessible(self.agenda, self.person, s)]
        if not sessions:
            return self._none(slot, Blocked.NOT_ACCESSIBLE)
        sessions = [s for s in sessions if s.topic not in topics]
        if not sessions:
            return self._none(slot, Blocked.TOPICS_DONE)
        sessions = [s for s in sessions if self.assigned(s.code) < self.agenda.seats(s)]
        if not sessions:
            return self._none(slot, Blocked.FULL)
        return self._take(slot, max(sessions, key=self._rank))

    def _rank(self, session: Session) -> tuple[bool, float]:
        seats = self.agenda.seats(session)
        return session.topic in self.required, (seats - self.assigned(session.code)) / seats

    def _take(self, slot: Slot, session: Session) -> Assignment:
        matched = next((code for code in self.person.disciplines if code in session.disciplines), None)
        return Assignment(
            slot.code,
            session.code,
            Why(
                cause=Cause.ARRIVAL,
                discipline=matched,
                is_required=session.topic in self.required,
                seat=self.assigned(session.code) + 1,
                seats=self.agenda.seats(session),
            ),
        )

    def _none(self, slot: Slot, blocked: Blocked) -> Assignment:
        return Assignment(slot.code, None, Why(cause=Cause.ARRIVAL, blocked=blocked))
