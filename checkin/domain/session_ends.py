"""The ends of sessions as recorded facts: who passes over to the next session, and what is due."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checkin.domain.assignments import Assignment
from checkin.domain.instants import Instant
from checkin.domain.model import OPENS_BEFORE, Agenda, Session
from checkin.domain.presence import End, Ends

Ended = Mapping[str, Instant]
"""By session when it ended, of those whose end was recorded."""


def next_in_room(agenda: Agenda, session: Session, ended_at: Instant) -> Session | None:
    """The session of the same room that begins within 20 minutes of an end."""
    for slot in agenda.slots:
        if ended_at <= slot.starts_at <= ended_at + OPENS_BEFORE:
            for one in agenda.sessions_in[slot.code]:
                if one.room == session.room and one is not session:
                    return one
    return None


@dataclass(frozen=True, slots=True)
class SessionEnds:
    """The recorded ends of an event's sessions."""

    agenda: Agenda
    ended: Ended
    _onward: dict[str, Session | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, held: Mapping[str, Assignment]) -> Ends:
        """The ends as they concern somebody with these assignments (by slot)."""

        def find(code: str) -> End | None:
            ended_at = self.ended.get(code)
            if ended_at is None:
                return None
            onward = self._next(code, ended_at)
            if onward is None:
                return End(ended_at)
            item = held.get(onward.slot)
            is_theirs = onward.is_plenary or (
                item is not None and item.session == onward.code and item.made_at <= ended_at
            )
            return End(ended_at, onward.code if is_theirs else None)

        return find

    def _next(self, code: str, ended_at: Instant) -> Session | None:
        if code not in self._onward:  # asked again for each attendee
            session = self.agenda.session.get(code)
            self._onward[code] = None if session is None else next_in_room(self.agenda, session, ended_at)
        return self._onward[code]


def sessions_due(agenda: Agenda, ended: Ended, now: Instant) -> dict[str, Instant]:
    """The sessions whose end has come and is not recorded yet, with when it was, by their time."""
    due = {
        session.code: slot.ends_at
        for slot in agenda.slots
        for session in agenda.sessions_in[slot.code]
        if slot.ends_at <= now and session.code not in ended
    }
    return dict(sorted(due.items(), key=lambda one: one[1]))


def sessions_resumed(agenda: Agenda, ended: Ended) -> set[str]:
    """The sessions that go on by the agenda after an end that was recorded: they were made longer since."""
    return {
        session.code
        for slot in agenda.slots
        for session in agenda.sessions_in[slot.code]
        if slot.starts_at < ended.get(session.code, slot.starts_at) < slot.ends_at
    }
