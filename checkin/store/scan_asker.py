"""One who has another process record batches of scans: what a batch asks, and what its answer says.

Owns what is remembered of earlier answers, so that agendas and people's days are not read again and again.
Knows neither where the process is nor how it is spoken to.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from msgspec import Raw, Struct
from msgspec.msgpack import Decoder

from checkin.domain.assignments import Assignment, KeptDay
from checkin.domain.errors import AppError
from checkin.domain.model import Agenda, EventId, Person
from checkin.domain.scans import Alternative, Outcome, Recorded, RoomLoad
from checkin.domain.standing import read_stored
from checkin.store.failures import PlainError
from checkin.store.scan_passage import Done, Failed, Refused, Task, written
from checkin.store.scan_rows import Stored
from checkin.store.scans import Batch

T = TypeVar("T")

MOST_REMEMBERED: Final = 2_000
"""So many people and days are remembered, a day of some four kilobytes with what is made of it."""


class RecordingError(PlainError):
    """The process made a mistake: of what kind, and where."""


class Heard(Struct, frozen=True, array_like=True):
    """An `Outcome` as it comes: who it was and their day are as they were written, for most often both have
    been read before.
    """

    recorded: Recorded | None
    is_replay: bool
    is_reused: bool
    person: Raw
    itinerary: Raw
    stop: str | None
    occupancy: RoomLoad | None
    alternatives: tuple[Alternative, ...] | None


_read_reply: Final = Decoder(Done[Heard] | Refused | Failed).decode
_read_person: Final = Decoder(Person | None).decode
_read_items: Final = Decoder(tuple[Assignment, ...] | None).decode


class Remembered(Generic[T]):
    """What bytes say, read once for as long as it is remembered."""

    def __init__(self, read: Callable[[bytes], T]) -> None:
        self._read = read
        self._known: dict[bytes, T] = {}

    def __len__(self) -> int:
        return len(self._known)

    def clear(self) -> None:
        """Forgets all."""
        self._known.clear()

    def of(self, told: Raw) -> T:
        """What these say."""
        key = bytes(told)
        if key not in self._known:
            if len(self._known) >= MOST_REMEMBERED:
                self.clear()
            self._known[key] = self._read(key)
        return self._known[key]


def _read_day(told: bytes) -> KeptDay | None:
    items = _read_items(told)
    return None if items is None else KeptDay(items)


class Asker:
    """Asks for batches to be recorded. It remembers agendas by their versions, and days as they were told."""

    def __init__(self) -> None:
        self._agendas: dict[EventId, tuple[int, Agenda]] = {}
        self._persons: Remembered[Person | None] = Remembered(_read_person)
        self._days: Remembered[KeptDay | None] = Remembered(_read_day)

    async def ask(self, batch: Batch, send: Callable[[bytes], Awaitable[bytes]]) -> Stored:
        """The batch as the process has stored it, who is asked by `send`.

        `AppError` and `RecordingError`: nothing was stored. Raises what `send` raises.
        """
        version, agenda = self._agendas.get(batch.event_id, (None, None))
        task = Task(batch.event_id, batch.scans, batch.credentials, batch.now(), version)
        reply = _read_reply(await send(written(task)))
        if isinstance(reply, Refused):
            raise reply.refusal.error()
        if isinstance(reply, Failed):
            raise RecordingError(reply.words)
        if reply.documents is not None:
            agenda = read_stored(*reply.documents)
            self._agendas[batch.event_id] = reply.agenda_version, agenda
            self._days.clear()  # what was made of them holds the agenda before
        if agenda is None:
            raise RecordingError("no agenda came with the answer")
        return Stored(agenda, self._outcomes(reply), reply.commit_seconds, reply.agenda_version)

    def _outcomes(self, reply: Done[Heard]) -> list[Outcome | AppError]:
        return [
            reply.refused[position].error() if heard is None else self._outcome(heard)
            for position, heard in enumerate(reply.outcomes)
        ]

    def _outcome(self, heard: Heard) -> Outcome:
        return Outcome(
            heard.recorded,
            heard.is_replay,
            heard.is_reused,
            self._persons.of(heard.person),
            self._days.of(heard.itinerary),
            heard.stop,
            heard.occupancy,
            heard.alternatives,
        )
