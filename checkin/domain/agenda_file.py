"""An event's file: from a TOML or JSON document to an `Agenda` and back, and what two of them differ in.

Owns the file's keys, their defaults and limits. Gives a whole, checked `Agenda` or an `AppError` that lists
every fault; it opens no file and stores nothing.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import time
from zoneinfo import ZoneInfo

from checkin.domain.agenda_checks import Hours, Parts, check_doors, check_parts, check_slot
from checkin.domain.agenda_fields import Faults, Table, unknown_keys
from checkin.domain.errors import AppError, FieldProblem, invalid
from checkin.domain.instants import local_instant
from checkin.domain.model import Agenda, Discipline, Registration, Room, Session, SessionKind, Slot
from checkin.domain.texts import shown

EVENT_KEYS = (
    "slug",
    "name",
    "venue",
    "timezone",
    "date",
    "last_date",
    "doors_open",
    "doors_close",
    "registration",
    "release_minutes",
)
LIST_KEYS: Mapping[str, tuple[str, ...]] = {
    "discipline": ("code", "name", "short", "colour"),
    "room": ("code", "name", "posted_limit", "seats", "accessible", "directions"),
    "slot": ("code", "name", "date", "starts", "ends"),
    "session": ("code", "topic", "title", "slot", "room", "disciplines", "kind", "credit_minutes"),
    "curriculum": ("discipline", "topics"),
}
LIMITS: Mapping[str, int] = {
    "discipline": 100,
    "room": 500,
    "slot": 500,
    "session": 2_000,
    "curriculum": 100,
}
MAX_DAYS = 31
MAX_DIRECTIONS = 300
MAX_SHORT = 20
MAX_PEOPLE = 100_000
MAX_MINUTES = 24 * 60
MAX_TOPICS = 500

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions of an event: `room`, `b204`, `updated`."""

    kind: str
    code: str
    change: str


def parse_toml(text: str) -> Mapping[str, object]:
    """The document in a TOML text; a text that is none is `invalid`, with its line."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise invalid("The file is no TOML: it is nested too deeply.") from None
    except ValueError as error:  # also a number with thousands of digits, which TOMLDecodeError doesn't cover
        last = text.rstrip().count("\n") + 1
        why = shown(str(error), 200).replace("at end of document", f"at line {last}, the end")
        raise invalid(f"The file is no TOML: {why}.") from None


def parse_json(data: bytes) -> Mapping[str, object]:
    """The document in a JSON text; anything but one object, each key once, is `invalid`."""
    try:
        document = json.loads(data, object_pairs_hook=_once_each)
    except RecursionError:
        raise invalid("The body is no JSON: it is nested too deeply.") from None
    except ValueError as error:
        raise invalid(f"The body is no JSON: {shown(str(error), 200)}.") from None
    if not isinstance(document, dict):
        raise invalid("The body must be a JSON object with the keys of an event's file.")
    return document


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key '{shown(twice)}' stands twice in one object")
    return values


def read_agenda(document: Mapping[str, object]) -> Agenda:
    """The checked agenda of a decoded file. Dates and times may be TOML's own or texts, as JSON has them.

    A wrong file is an `AppError` `invalid` whose `errors` name every fault by its key, counted from 1.
    """
    faults = Faults()
    unknown_keys(document, ("event", *LIST_KEYS), "", faults)
    event = Table(document.get("event", {}), "event", EVENT_KEYS, faults)
    slug = event.pattern("slug", _SLUG, "a slug (a-z, 0-9 and “-”, at most 63)")
    name = event.text("name")
    venue = event.text("venue", default="")
    hours = _hours(event, faults)
    registration = event.choice("registration", Registration, Registration.STAFF)
    release_minutes = event.number("release_minutes", least=0, most=MAX_MINUTES, default=10)
    parts = _parts(document, hours, faults)
    check_parts(parts, faults)
    zone, first_day, last_day = hours.zone, hours.first_day, hours.last_day
    if faults.found or zone is None or first_day is None or last_day is None:
        raise _wrong_file(faults.found)
    return Agenda(
        slug=slug,
        name=name,
        venue=venue,
        zone=zone,
        first_day=first_day,
        last_day=last_day,
        doors_open=hours.doors_open,
        doors_close=hours.doors_close,
        registration=registration,
        release_minutes=release_minutes,
        disciplines=tuple(parts.disciplines),
        rooms=tuple(parts.rooms),
        slots=tuple(sorted(parts.slots, key=lambda slot: slot.starts_at)),
        sessions=tuple(parts.sessions),
        curriculum=dict(parts.curriculum),
    )


def _wrong_file(found: Sequence[FieldProblem]) -> AppError:
    count = "a fault" if len(found) == 1 else f"{len(found)} faults"
    return invalid(f"The event's file has {count}; nothing was changed.", found)


def _hours(event: Table, faults: Faults) -> Hours:
    first_day = event.day("date")
    last_day = event.day("last_date") if event.has("last_date") else first_day
    if first_day is not None and last_day is not None:
        if last_day < first_day:
            event.fault("last_date", f"{last_day} is before date, {first_day}")
            last_day = None
        elif (last_day - first_day).days >= MAX_DAYS:
            event.fault("last_date", f"{last_day} is more than {MAX_DAYS} days from date, {first_day}")
            last_day = None
    doors: list[time | None] = []
    for key, other in (("doors_open", "doors_close"), ("doors_close", "doors_open")):
        doors.append(event.clock(key) if event.has(key) else None)
        if event.has(other) and not event.has(key):
            event.fault(key, f"missing; {other} is there, and both or none must be")
    hours = Hours(_zone(event), first_day, last_day, doors[0], doors[1])
    check_doors(hours, faults)
    return hours


def _zone(event: Table) -> ZoneInfo | None:
    key = event.text("timezone", limit=64)
    if not key:
        return None
    try:
        # right/ counts leap seconds, posix/ is a copy, and localtime is whatever this machine is set to.
        if key.startswith(("right/", "posix/")) or key == "localtime":
            raise ValueError(key)
        return ZoneInfo(key)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder in the time zone database
        event.fault("timezone", f"no time zone '{key}'; it is a name like America/Denver")
        return None


def _tables(document: Mapping[str, object], kind: str, faults: Faults) -> list[Table]:
    """The tables of one kind; too many of them are one fault, and the first so many are read."""
    values = document.get(kind)
    if values is None:
        return []
    if isinstance(values, str) or not isinstance(values, Sequence):
        faults.add(kind, f"must be a list of tables: [[{kind}]]")
        return []
    if len(values) > LIMITS[kind]:
        faults.add(kind, f"has {len(values)} entries, more than {LIMITS[kind]}")
    return [
        Table(value, f"{kind}[{place}]", LIST_KEYS[kind], faults)
        for place, value in enumerate(values[: LIMITS[kind]], start=1)
    ]


def _parts(document: Mapping[str, object], hours: Hours, faults: Faults) -> Parts:
    parts = Parts()
    parts.disciplines = [_discipline(table) for table in _tables(document, "discipline", faults)]
    parts.rooms = [_room(table) for table in _tables(document, "room", faults)]
    for table in _tables(document, "slot", faults):
        _add_slot(table, hours, parts, faults)
    parts.sessions = [_session(table) for table in _tables(document, "session", faults)]
    parts.curriculum = [
        (table.code("discipline"), table.codes("topics", limit=MAX_TOPICS, default=None))
        for table in _tables(document, "curriculum", faults)
    ]
    return parts


def _discipline(table: Table) -> Discipline:
    return Discipline(
        code=table.code("code"),
        name=table.text("name"),
        short=table.text("short", limit=MAX_SHORT),
        colour=table.pattern("colour", _COLOUR, "a colour like #0C4DA2"),
    )


def _room(table: Table) -> Room:
    room = Room(
        code=table.code("code"),
        name=table.text("name"),
        posted_limit=table.number("posted_limit", least=1, most=MAX_PEOPLE),
        seats=table.number("seats", least=0, most=MAX_PEOPLE),
        accessible=table.flag("accessible", default=True),
        directions=table.text("directions", limit=MAX_DIRECTIONS, default=""),
    )
    if room.posted_limit and room.seats > room.posted_limit:
        table.fault("seats", f"{room.seats} seats are more than the posted_limit of {room.posted_limit}")
    return room


def _add_slot(table: Table, hours: Hours, parts: Parts, faults: Faults) -> None:
    """Reads a slot; one whose times are not sound is known by its code alone."""
    code, name = table.code("code"), table.text("name")
    parts.slot_codes.append(code)
    day = table.day("date") if table.has("date") else hours.first_day
    starts, ends = table.clock("starts"), table.clock("ends")
    if day is None or starts is None or ends is None:
        return
    if check_slot(table.path, day, starts, ends, hours, faults) and hours.zone is not None:
        starts_at, ends_at = (local_instant(day, clock, hours.zone) for clock in (starts, ends))
        parts.slots.append(Slot(code, name, day, starts, ends, starts_at, ends_at))
        parts.spans.setdefault(code, (starts_at, ends_at))


def _session(table: Table) -> Session:
    code = table.code("code")
    return Session(
        code=code,
        topic=table.code("topic") if table.has("topic") else code,
        title=table.text("title"),
        slot=table.code("slot"),
        room=table.code("room"),
        disciplines=table.codes("disciplines", limit=LIMITS["discipline"]),
        kind=table.choice("kind", SessionKind, SessionKind.BREAKOUT),
        credit_minutes=table.number("credit_minutes", least=0, most=MAX_MINUTES, default=0),
    )


def write_document(agenda: Agenda) -> dict[str, object]:
    """The file's keys and values, ready for JSON; `read_agenda` of it gives an equal agenda."""
    event: dict[str, object] = {
        "slug": agenda.slug,
        "name": agenda.name,
        "venue": agenda.venue,
        "timezone": agenda.zone.key,
        "date": agenda.first_day.isoformat(),
        "last_date": agenda.last_day.isoformat(),
        "registration": agenda.registration.value,
        "release_minutes": agenda.release_minutes,
    }
    if agenda.doors_open is not None and agenda.doors_close is not None:
        event |= {"doors_open": agenda.doors_open.isoformat(), "doors_close": agenda.doors_close.isoformat()}
    return {
        "event": event,
        "discipline": [asdict(discipline) for discipline in agenda.disciplines],
        "room": [asdict(room) for room in agenda.rooms],
        "slot": [
            {
                "code": slot.code,
                "name": slot.name,
                "date": slot.day.isoformat(),
                "starts": slot.starts.isoformat(),
                "ends": slot.ends.isoformat(),
            }
            for slot in agenda.slots
        ],
        "session": [
            asdict(session) | {"disciplines": list(session.disciplines), "kind": session.kind.value}
            for session in agenda.sessions
        ],
        "curriculum": [
            {"discipline": code, "topics": list(topics)} for code, topics in agenda.curriculum.items()
        ],
    }


def changes(old: Agenda | None, new: Agenda) -> list[Change]:
    """What `new` creates, updates and removes; nothing exactly where both are equal.

    An order that changed without anything else is an update of the event.
    """
    if old is not None:  # how an event stands is no part of its file
        old = replace(old, standing=new.standing)
    if old is None:
        found = [Change("event", new.slug, "created")]
    elif _event_values(old) != _event_values(new):
        found = [Change("event", new.slug, "updated")]
    else:
        found = []
    before, after = ({} if old is None else _by_code(old)), _by_code(new)
    for kind, items in after.items():
        known = before.get(kind, {})
        for code, item in items.items():
            if code not in known:
                found.append(Change(kind, code, "created"))
            elif known[code] != item:
                found.append(Change(kind, code, "updated"))
        found += [Change(kind, code, "removed") for code in known if code not in items]
    if not found and old != new:
        found.append(Change("event", new.slug, "updated"))
    return found


def _event_values(agenda: Agenda) -> tuple[object, ...]:
    parts = ("disciplines", "rooms", "slots", "sessions", "curriculum")
    return tuple(getattr(agenda, one.name) for one in fields(agenda) if one.name not in parts)


def _by_code(agenda: Agenda) -> dict[str, Mapping[str, object]]:
    return {
        "discipline": agenda.discipline,
        "room": agenda.room,
        "slot": agenda.slot,
        "session": agenda.session,
        "curriculum": agenda.curriculum,
    }
