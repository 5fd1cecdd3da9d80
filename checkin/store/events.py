"""Events, their state row that changes lock, and the agenda, cached by its version.

An agenda is read from its document once a version. Nobody may look an event up after changing its document in
the same transaction: what a rollback takes back must not stay in the cache.
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from secrets import randbelow
from threading import Lock
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, insert, select, update

from checkin.domain.agenda_file import write_document
from checkin.domain.errors import not_found
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, EventId
from checkin.domain.standing import read_stored, write_standing
from checkin.store.schema import event, event_state
from checkin.store.upsert import upsert

_CACHED: Final = 1024
"""So many events' agendas are kept, of some twenty to forty kilobytes each: those that were used last."""

_STEPS: Final = 2**32


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as it stands: `version` rises with every change, `agenda_version` with the file's."""

    id: EventId
    uuid: bytes
    slug: str
    agenda: Agenda
    version: int
    agenda_version: int
    ticked_at: Instant


class EventState(NamedTuple):
    """What changes of an event, without its agenda."""

    id: EventId
    uuid: bytes
    version: int
    agenda_version: int
    ticked_at: Instant


class _Agendas:
    """The agendas in use, the newest of each event that was asked for. By the event's uuid: another database
    has other events. For any thread.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, tuple[int, Agenda]] = OrderedDict()
        self._changing = Lock()

    def find(self, uuid: bytes, version: int) -> Agenda | None:
        with self._changing:
            found = self._kept.get(uuid)
            if found is None or found[0] != version:
                return None
            self._kept.move_to_end(uuid)
            return found[1]

    def keep(self, uuid: bytes, version: int, agenda: Agenda) -> None:
        with self._changing:
            self._kept[uuid] = version, agenda
            self._kept.move_to_end(uuid)
            while len(self._kept) > _CACHED:
                self._kept.popitem(last=False)


_agendas = _Agendas()


def _events() -> Select[Any]:
    state = event_state.c
    return select(
        event.c.id, event.c.uuid, event.c.slug, state.version, state.agenda_version, state.ticked_at
    ).join(event_state, state.event_id == event.c.id)


def _to_event(connection: Connection, row: Row[Any]) -> EventRow:
    agenda = _agendas.find(row.uuid, row.agenda_version)
    if agenda is None:
        # Version and document in one statement: a second one might find a newer document.
        query = _events().add_columns(event.c.document, event.c.standing).where(event.c.id == row.id)
        row = connection.execute(query).one()
        agenda = read_stored(row.document, row.standing)
        _agendas.keep(row.uuid, row.agenda_version, agenda)
    return EventRow(
        EventId(row.id),
        row.uuid,
        row.slug,
        agenda,
        row.version,
        row.agenda_version,
        Instant(row.ticked_at),
    )


def find_event(connection: Connection, name: str | EventId) -> EventRow | None:
    """The event of a slug or an id."""
    is_it = event.c.slug == name if isinstance(name, str) else event.c.id == name
    row = connection.execute(_events().where(is_it)).first()
    return None if row is None else _to_event(connection, row)


def get_event(connection: Connection, name: str | EventId) -> EventRow:
    """The same; `AppError not_found` if there is none."""
    found = find_event(connection, name)
    if found is None:
        raise not_found(f"There is no event {name!r}.")
    return found


def lock_event(connection: Connection, name: str | EventId) -> EventRow:
    """The event, with its state row locked until the transaction ends. `AppError not_found` if absent."""
    is_it = event.c.slug == name if isinstance(name, str) else event.c.id == name
    of_event = select(event.c.id).where(is_it).scalar_subquery()
    # The lock comes first, in a statement of its own: what is read after it can't change any more.
    lock = select(event_state.c.event_id).where(event_state.c.event_id == of_event).with_for_update()
    connection.execute(lock).all()
    return get_event(connection, name)


def list_events(connection: Connection, ids: Collection[EventId] | None = None) -> list[EventRow]:
    """All events, or these, by slug. It takes every agenda: what is done again and again begins with
    `list_states`.
    """
    query = _events() if ids is None else _events().where(event.c.id.in_(ids))
    rows = connection.execute(query.order_by(event.c.slug)).all()
    return [_to_event(connection, row) for row in rows]


def list_states(connection: Connection) -> list[EventState]:
    """How each event stands, by id: one small query, however many events there are."""
    rows = connection.execute(_events().order_by(event.c.id)).all()
    return [
        EventState(EventId(row.id), row.uuid, row.version, row.agenda_version, Instant(row.ticked_at))
        for row in rows
    ]


def insert_event(
    connection: Connection, uuid: bytes, slug: str, document: Mapping[str, Any], now: Instant
) -> EventId | None:
    """Adds an event with its state row, at version 1; None if there is one of that slug."""
    row = {"uuid": uuid, "slug": slug, "document": dict(document), "created_at": now}
    fresh = upsert(connection, event).values(row).on_conflict_do_nothing(index_elements=[event.c.slug])
    event_id = connection.execute(fresh.returning(event.c.id)).scalar()
    if event_id is None:
        return None
    first = {"event_id": event_id, "version": 1, "agenda_version": 1, "ticked_at": now}
    connection.execute(insert(event_state).values(first))
    return EventId(event_id)


def update_agenda(connection: Connection, event_id: EventId, agenda: Agenda) -> None:
    """Replaces the event's file and how it stands; the caller bumps the agenda's version too."""
    documents = {"document": write_document(agenda), "standing": write_standing(agenda.standing)}
    connection.execute(update(event).where(event.c.id == event_id).values(documents))


def bump(connection: Connection, event_id: EventId, agenda: bool = False) -> int:
    """Raises the version, which every change does once, and the agenda's if asked; gives the new version."""
    values: dict[str, Any] = {"version": event_state.c.version + 1}
    if agenda:
        # A step that nobody takes again: what is cached by its version must not be taken for another change,
        # which a standby that never got this one, or a restored copy, would number the same.
        values["agenda_version"] = event_state.c.agenda_version + 1 + randbelow(_STEPS)
    changed = update(event_state).where(event_state.c.event_id == event_id).values(values)
    version: int = connection.execute(changed.returning(event_state.c.version)).scalar_one()
    return version


def take_instant(connection: Connection, event_id: EventId, now: Instant) -> Instant:
    """A moment of the event's own, as scans get them: after everything recorded, before all that follows."""
    state = event_state.c
    query = select(state.last_recorded_at).where(state.event_id == event_id)
    at = Instant(max(now, connection.execute(query).scalar_one() + 1))
    changed = update(event_state).where(state.event_id == event_id).values(last_recorded_at=at)
    connection.execute(changed)
    return at


def update_ticked_at(connection: Connection, event_id: EventId, now: Instant) -> None:
    """Remembers up to when openings and ends of sessions were counted as changes."""
    changed = update(event_state).where(event_state.c.event_id == event_id).values(ticked_at=now)
    connection.execute(changed)
