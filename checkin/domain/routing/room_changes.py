"""Changes of rooms on the day, as values: what each makes of the agenda, and the change that takes it back.

Owns what can be asked of a reroute. Must not know what it means for people (`reroute` finds that out).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checkin.domain.agenda_file import read_agenda, write_document
from checkin.domain.assignments import Cause
from checkin.domain.errors import conflict, invalid_field
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, Closure


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """A room can't be used: in one slot, or (`slot` None) from now until it is opened."""

    room: str
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """A room can be used again: in one slot that it was closed for, or (`slot` None) altogether."""

    room: str
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class SetClosures:
    """A room's closures are these: what takes a closing or an opening back."""

    room: str
    closures: tuple[Closure, ...]


@dataclass(frozen=True, slots=True)
class SetSeats:
    """A room has another number of seats."""

    room: str
    seats: int


@dataclass(frozen=True, slots=True)
class MoveSession:
    """A session takes place in another room."""

    session: str
    room: str


@dataclass(frozen=True, slots=True)
class CancelSession:
    """A session does not take place."""

    session: str


@dataclass(frozen=True, slots=True)
class AddSession:
    """A session more; `table` is a session of an event's file, `curriculum` its tables where they change.

    `position`: how many sessions the file has before it; None: it is the last.
    """

    table: Mapping[str, Any]
    curriculum: Sequence[Mapping[str, Any]] | None = None
    position: int | None = None


RoomChange = CloseRoom | OpenRoom | SetClosures | SetSeats | MoveSession | CancelSession | AddSession


def change_agenda(agenda: Agenda, change: RoomChange, now: Instant) -> tuple[Agenda, Cause]:
    """The agenda after a change, and what to call it. `AppError`: invalid (with the field), conflict."""
    match change:
        case CloseRoom() | OpenRoom() | SetClosures():
            return _with_closures(agenda, change, now)
        case SetSeats(code, seats):
            room = _room(agenda, code)
            rooms = tuple(replace(one, seats=seats) if one is room else one for one in agenda.rooms)
            if not 0 <= seats <= room.posted_limit:
                raise invalid_field(
                    "seats", f"{room.name} may have 0 to {room.posted_limit} (its posted limit)."
                )
            return _checked(replace(agenda, rooms=rooms)), Cause.SEATS_CHANGED
        case MoveSession(code, room_code):
            session = _session(agenda, code)
            _room(agenda, room_code)
            moved = replace(session, room=room_code)
            sessions = tuple(moved if one is session else one for one in agenda.sessions)
            return _checked(replace(agenda, sessions=sessions)), Cause.SESSION_MOVED
        case CancelSession(code):
            session = _session(agenda, code)
            sessions = tuple(one for one in agenda.sessions if one is not session)
            return _checked(_without_lost_topics(agenda, sessions)), Cause.SESSION_CANCELLED
        case AddSession(table, curriculum, position):
            document: dict[str, Any] = write_document(agenda)
            tables = document.setdefault("session", [])
            tables.insert(len(tables) if position is None else position, dict(table))
            if curriculum is not None:
                document["curriculum"] = list(curriculum)
            return replace(read_agenda(document), standing=agenda.standing), Cause.SESSION_ADDED


def inverse(agenda: Agenda, change: RoomChange) -> RoomChange:
    """The change that takes `change` back, which was made to this agenda."""
    match change:
        case CloseRoom(room) | OpenRoom(room) | SetClosures(room):
            return SetClosures(room, tuple(one for one in agenda.standing.closures if one.room == room))
        case SetSeats(room):
            return SetSeats(room, agenda.room[room].seats)
        case MoveSession(session):
            return MoveSession(session, agenda.session[session].room)
        case CancelSession(session):
            document: dict[str, Any] = write_document(agenda)
            tables = document["session"]
            position = next(n for n, one in enumerate(tables) if one["code"] == session)
            return AddSession(tables[position], document.get("curriculum"), position)
        case AddSession(table):
            return CancelSession(str(table["code"]))


def still_holds(agenda: Agenda, change: RoomChange) -> bool:
    """Whether what `change` made of an earlier agenda is so in this one; if not, it can't be taken back."""
    match change:
        case CloseRoom(room) | OpenRoom(room) | SetClosures(room):
            return room in agenda.room
        case SetSeats(room, seats):
            return room in agenda.room and agenda.room[room].seats == seats
        case MoveSession(session, room):
            return session in agenda.session and agenda.session[session].room == room
        case CancelSession(session):
            return session not in agenda.session
        case AddSession(table):
            return table["code"] in agenda.session


def _room(agenda: Agenda, code: str) -> Any:
    if code not in agenda.room:
        raise invalid_field("room", f"There is no room '{code}'.")
    return agenda.room[code]


def _session(agenda: Agenda, code: str) -> Any:
    if code not in agenda.session:
        raise invalid_field("session", f"There is no session '{code}'.")
    return agenda.session[code]


def _checked(agenda: Agenda) -> Agenda:
    """The agenda, read again as a file: what a file must not say, a change must not make either."""
    return replace(read_agenda(write_document(agenda)), standing=agenda.standing)


def _without_lost_topics(agenda: Agenda, sessions: tuple[Any, ...]) -> Agenda:
    """With these sessions only; a topic that none of them has can't be asked for by a curriculum."""
    topics = {session.topic for session in sessions}
    curriculum = {
        code: tuple(topic for topic in wanted if topic in topics)
        for code, wanted in agenda.curriculum.items()
    }
    return replace(agenda, sessions=sessions, curriculum=curriculum)


def _with_closures(
    agenda: Agenda, change: CloseRoom | OpenRoom | SetClosures, now: Instant
) -> tuple[Agenda, Cause]:
    room = change.room
    _room(agenda, room)
    closures = agenda.standing.closures
    others = tuple(one for one in closures if one.room != room)
    own = tuple(one for one in closures if one.room == room)
    match change:
        case SetClosures(_, wanted):
            after = tuple(one for one in wanted if one.slot is None or one.slot in agenda.slot)
        case CloseRoom(_, slot) | OpenRoom(_, slot) if slot is not None and slot not in agenda.slot:
            raise invalid_field("slot", f"There is no slot '{slot}'.")
        case CloseRoom(_, None):
            after = (*own, Closure(room, None, now)) if all(one.slot for one in own) else own
        case CloseRoom(_, slot):
            is_closed = slot is not None and agenda.is_closed(room, slot)
            after = own if is_closed else (*own, Closure(room, slot, now))
        case OpenRoom(_, None):
            after = ()
        case OpenRoom(_, slot):
            after = tuple(one for one in own if one.slot != slot)
            if any(one.slot is None for one in own):
                raise conflict(f"{agenda.room[room].name} is closed altogether: open it without a slot.")
    cause = Cause.ROOM_CLOSED if len(after) > len(own) else Cause.ROOM_OPENED
    return replace(agenda, standing=replace(agenda.standing, closures=(*others, *after))), cause


def write_change(change: RoomChange) -> dict[str, Any]:
    """As JSON for the store; `read_change` gives the same value back."""
    document: dict[str, Any] = {"kind": type(change).__name__}
    for name in type(change).__dataclass_fields__:
        document[name] = getattr(change, name)
    if isinstance(change, SetClosures):
        document["closures"] = [[one.slot, one.since] for one in change.closures]
    if isinstance(change, AddSession):
        document["table"] = dict(change.table)
    return document


_KINDS: dict[str, type[RoomChange]] = {
    kind.__name__: kind
    for kind in (CloseRoom, OpenRoom, SetClosures, SetSeats, MoveSession, CancelSession, AddSession)
}


def read_change(document: Mapping[str, Any]) -> RoomChange:
    """The change that `write_change` made the document from."""
    values = dict(document)
    kind = _KINDS[values.pop("kind")]
    if kind is SetClosures:
        closures = values["closures"]
        values["closures"] = tuple(Closure(values["room"], slot, Instant(since)) for slot, since in closures)
    return kind(**values)
