"""What the parts of an event's file must be to each other: references, times, rooms, words, curriculum.

Owns the faults that no single key shows. It gets each part with its place in the file and only notes faults.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from checkin.domain.agenda_fields import Faults
from checkin.domain.instants import Instant, is_local_time
from checkin.domain.model import Discipline, Room, Session, Slot
from checkin.domain.texts import folded, shown


@dataclass(frozen=True)
class Hours:
    """When the event is: its days, its doors and its zone; None where that key is missing or faulty."""

    zone: ZoneInfo | None
    first_day: date | None
    last_day: date | None
    doors_open: time | None
    doors_close: time | None

    def days(self) -> Iterator[date]:
        """Every day of the event; none where one of its ends is not known."""
        if self.first_day is not None and self.last_day is not None:
            for number in range((self.last_day - self.first_day).days + 1):
                yield self.first_day + timedelta(days=number)


@dataclass
class Parts:
    """What was read, in the file's order, faulty parts too; `slots` are only those whose times are sound.

    `slot_codes`: of all slots. `spans`: of the sound ones, by code.
    """

    disciplines: list[Discipline] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    curriculum: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    slot_codes: list[str] = field(default_factory=list)
    spans: dict[str, tuple[Instant, Instant]] = field(default_factory=dict)

    def codes(self) -> dict[str, list[str]]:
        """The codes of each kind in the file's order, "" for a faulty one."""
        return {
            "discipline": [one.code for one in self.disciplines],
            "room": [one.code for one in self.rooms],
            "slot": self.slot_codes,
            "session": [one.code for one in self.sessions],
            "curriculum": [code for code, _ in self.curriculum],
        }


def check_doors(hours: Hours, faults: Faults) -> None:
    """Both times or none, in order, and each there on every day of the event."""
    opens, closes = hours.doors_open, hours.doors_close
    if opens is not None and closes is not None and closes <= opens:
        faults.add("event.doors_close", f"{closes} is not after doors_open, {opens}")
    for key, clock in (("doors_open", opens), ("doors_close", closes)):
        for day in hours.days():
            if clock and hours.zone and not is_local_time(day, clock, hours.zone):
                faults.add(f"event.{key}", f"there is no {clock} on {day} in {hours.zone.key}")


def check_slot(path: str, day: date, starts: time, ends: time, hours: Hours, faults: Faults) -> bool:
    """A slot lies on a day of the event, within the doors' hours, between times that exist: True if so."""
    before = len(faults.found)
    if hours.first_day and hours.last_day and not hours.first_day <= day <= hours.last_day:
        faults.add(f"{path}.date", f"{day} is not from {hours.first_day} to {hours.last_day}")
    if ends <= starts:
        faults.add(f"{path}.ends", f"{ends} is not after starts, {starts}")
    if hours.doors_open is not None and starts < hours.doors_open:
        faults.add(f"{path}.starts", f"{starts} is before the doors open at {hours.doors_open}")
    if hours.doors_close is not None and ends > hours.doors_close:
        faults.add(f"{path}.ends", f"{ends} is after the doors close at {hours.doors_close}")
    for key, clock in (("starts", starts), ("ends", ends)):
        if hours.zone is not None and not is_local_time(day, clock, hours.zone):
            faults.add(f"{path}.{key}", f"there is no {clock} on {day} in {hours.zone.key}")
    return len(faults.found) == before


def check_parts(parts: Parts, faults: Faults) -> None:
    """All that stands between disciplines, rooms, slots, sessions and curriculum."""
    _codes_once(parts, faults)
    _one_word_one_discipline(parts.disciplines, faults)
    _slots_apart(parts, faults)
    _references(parts, faults)
    _rooms_once_at_a_time(parts, faults)
    _plenaries_alone(parts.sessions, faults)
    _curriculum(parts, faults)


def _codes_once(parts: Parts, faults: Faults) -> None:
    for kind, codes in parts.codes().items():
        places: dict[str, int] = {}
        key = "discipline" if kind == "curriculum" else "code"
        for place, code in enumerate(codes, start=1):
            first = places.setdefault(code, place)
            if code and first != place:
                faults.add(f"{kind}[{place}].{key}", f"'{code}' is {kind}[{first}] already")


def _one_word_one_discipline(disciplines: Sequence[Discipline], faults: Faults) -> None:
    owners: dict[str, int] = {}
    for place, discipline in enumerate(disciplines, start=1):
        for key in ("code", "name", "short"):
            word: str = getattr(discipline, key)
            owner = owners.setdefault(folded(word), place) if word else place
            # Two equal codes are told of as codes already.
            if owner != place and not (key == "code" and disciplines[owner - 1].code == word):
                faults.add(f"discipline[{place}].{key}", f"'{word}' means discipline[{owner}] already")


def _slots_apart(parts: Parts, faults: Faults) -> None:
    spans = sorted(
        (span, parts.slot_codes.index(code) + 1, code) for code, span in parts.spans.items() if code
    )
    for later, earlier, code in _overlaps(spans):
        faults.add(f"slot[{later}].starts", f"overlaps slot[{earlier}] '{code}'")


def _overlaps(
    spans: Sequence[tuple[tuple[Instant, Instant], int, str]],
) -> Iterator[tuple[int, int, str]]:
    """For each span, sorted by start, that begins before an earlier one has ended: the place of the part that
    stands later in the file, the place and the code of the one before it."""
    latest: tuple[Instant, int, str] | None = None
    for (starts, ends), place, code in spans:
        if latest is not None and starts < latest[0]:
            earlier, later = sorted([(place, code), latest[1:]])
            yield later[0], earlier[0], earlier[1]
        if latest is None or ends > latest[0]:
            latest = (ends, place, code)


def _references(parts: Parts, faults: Faults) -> None:
    known = {kind: frozenset(codes) for kind, codes in parts.codes().items()}
    for place, session in enumerate(parts.sessions, start=1):
        for key, code in (("slot", session.slot), ("room", session.room)):
            if code and code not in known[key]:
                faults.add(f"session[{place}].{key}", f"no {key} '{code}'")
        for code in session.disciplines:
            if code not in known["discipline"]:
                faults.add(f"session[{place}].disciplines", f"no discipline '{code}'")
    for place, (code, _) in enumerate(parts.curriculum, start=1):
        if code and code not in known["discipline"]:
            faults.add(f"curriculum[{place}].discipline", f"no discipline '{code}'")


def _rooms_once_at_a_time(parts: Parts, faults: Faults) -> None:
    by_room: dict[str, list[tuple[tuple[Instant, Instant], int, str]]] = {}
    for place, session in enumerate(parts.sessions, start=1):
        if session.room and session.slot in parts.spans:
            by_room.setdefault(session.room, []).append((parts.spans[session.slot], place, session.code))
    for room, spans in by_room.items():
        for later, earlier, code in _overlaps(sorted(spans)):
            other = f"session[{earlier}] '{code}'"
            faults.add(f"session[{later}].room", f"room '{room}' has {other} at that time already")


def _plenaries_alone(sessions: Sequence[Session], faults: Faults) -> None:
    in_slot: dict[str, list[int]] = {}
    for place, session in enumerate(sessions, start=1):
        if session.slot:
            in_slot.setdefault(session.slot, []).append(place)
    for place, session in enumerate(sessions, start=1):
        if not session.is_plenary:
            continue
        if session.disciplines:
            faults.add(f"session[{place}].disciplines", "a plenary is for everyone and names no disciplines")
        others = [f"session[{other}]" for other in in_slot.get(session.slot, ()) if other != place]
        if others:
            beside = ", ".join(others[:5]) + (" …" if len(others) > 5 else "")
            faults.add(f"session[{place}].slot", f"a plenary is alone in its slot; there is also {beside}")


def _curriculum(parts: Parts, faults: Faults) -> None:
    audience: dict[str, set[str] | None] = {}  # by topic: disciplines; None is everyone
    for session in parts.sessions:
        among = audience.setdefault(session.topic, set())
        if among is not None and session.disciplines:
            among.update(session.disciplines)
        else:
            audience[session.topic] = None
    for place, (discipline, topics) in enumerate(parts.curriculum, start=1):
        path = f"curriculum[{place}]"
        for topic in topics:
            if topic not in audience:
                faults.add(f"{path}.topics", f"no session has the topic '{shown(topic)}'")
            elif discipline and (among := audience[topic]) is not None and discipline not in among:
                faults.add(f"{path}.topics", f"no session of the topic '{topic}' is for '{discipline}'")
