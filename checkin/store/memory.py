"""What is remembered of events between batches of scans.

Owns when it still holds. Must not read anything itself but through the statements it is given.
"""

from typing import Final

from checkin.domain.model import Agenda, EventId
from checkin.domain.standing import read_stored
from checkin.store.scan_rows import EventFacts, Judged, ScanRows, State

MOST_PEOPLE: Final = 20_000
"""So many attendees are remembered, of some two kilobytes each."""


class Memory:
    """What is remembered of events between batches, by the state of the event's row that it holds of.

    Whoever changes anything that a verdict depends on raises the event's version in the same transaction.
    What was true of a version is therefore true whenever the lock shows that version, whoever wrote since.
    The whole row is compared, so that the one who took over from a lost database is not taken for it.
    """

    def __init__(self) -> None:
        self._agendas: dict[EventId, tuple[int, Agenda]] = {}
        self._facts: dict[EventId, tuple[State, EventFacts]] = {}

    async def find_agenda(self, rows: ScanRows, event_id: EventId, version: int) -> Agenda:
        """The agenda of that version, read and checked only when it is another than before."""
        known = self._agendas.get(event_id)
        if known is None or known[0] != version:
            known = self._agendas[event_id] = (version, read_stored(*await rows.find_agenda(event_id)))
        return known[1]

    def take_facts(self, event_id: EventId, state: State) -> EventFacts | None:
        """The facts of that state, if known. They are remembered no more: the batch moves them along."""
        known = self._facts.pop(event_id, None)
        return known[1] if known is not None and known[0] == state else None

    def keep(self, event_id: EventId, judged: Judged) -> None:
        """Remembers the facts that a batch has stored; only when it is committed."""
        self._facts[event_id] = (judged.state, judged.facts)
        if sum(len(facts.people.persons) for _, facts in self._facts.values()) > MOST_PEOPLE:
            self._facts.clear()

    def forget(self) -> None:
        """After the database was lost: another may answer now, in which a version is another state."""
        self._agendas.clear()
        self._facts.clear()
