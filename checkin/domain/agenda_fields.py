"""Reading one table of an event's file: each method takes a key, notes what is wrong with it, gives a value.

A faulty value comes back as the kind's empty one ("", 0, None, ()), so that reading goes on to the next
fault; whoever reads must ask for the faults before using anything. What the keys mean to each other is not
known here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from checkin.domain.errors import FieldProblem
from checkin.domain.texts import forbidden_character, shown, tidy, trimmed

MAX_CODE = 64
MAX_NAME = 200
MAX_UNKNOWN_KEYS = 20
"""So many unknown keys of one table are named; a file of a million of them is not worth as many answers."""

MAX_HINTS = 200
"""Behind so many faults nothing is guessed any more: comparing words is the only slow thing here."""

YEARS = range(1970, 2200)

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_CODE_FORM = "letters a-z, digits, “-”, “_” and “.”, beginning with a letter or digit"

_Choice = TypeVar("_Choice", bound=StrEnum)
_Value = TypeVar("_Value")
_MISSING = object()


@dataclass
class Faults:
    """The faults found so far, in the order of the file."""

    found: list[FieldProblem] = field(default_factory=list)

    def add(self, key: str, problem: str) -> None:
        """Notes a fault; `key` is counted from 1: `session[3].room`."""
        self.found.append(FieldProblem(key, problem))


def unknown_keys(keys: Iterable[object], known: Sequence[str], path: str, faults: Faults) -> None:
    """Notes each key that no table of this kind has, with the nearest one that it has."""
    strangers = [key for key in keys if key not in known]
    for key in strangers[:MAX_UNKNOWN_KEYS]:
        name = shown(str(key)) if isinstance(key, str) else "?"
        near = (
            get_close_matches(name.lower(), known, n=1, cutoff=0.5) if len(faults.found) < MAX_HINTS else []
        )
        hint = f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(known)}"
        faults.add(f"{path}.{name}" if path else name, f"unknown key{hint}")
    if len(strangers) > MAX_UNKNOWN_KEYS:
        faults.add(path or "file", f"{len(strangers) - MAX_UNKNOWN_KEYS} more unknown keys")


def _kind(value: object) -> str:
    """What a value is, in the words of the file's format."""
    if isinstance(value, bool):
        return "true or false"
    names: list[tuple[type, str]] = [
        (str, "a text"),
        (int, "a whole number"),
        (float, "a number with a fraction"),
        (datetime, "a date with a time"),
        (date, "a date"),
        (time, "a time"),
        (Mapping, "a table"),
        (Sequence, "a list"),
    ]
    return next((name for kind, name in names if isinstance(value, kind)), "nothing")


class Table:
    """One table (`[event]`, one `[[room]]`): its values by key, and where faults go."""

    def __init__(self, values: object, path: str, known: Sequence[str], faults: Faults) -> None:
        self.path = path
        self._faults = faults
        self._values: Mapping[object, object] = {}
        self.is_table = isinstance(values, Mapping)
        if isinstance(values, Mapping):
            self._values = {key: value for key, value in values.items() if value is not None}
            unknown_keys(values, known, path, faults)
        else:
            faults.add(path, f"must be a table, not {_kind(values)}")

    def fault(self, key: str, problem: str) -> None:
        """Notes a fault of one key of this table."""
        self._faults.add(f"{self.path}.{key}", problem)

    def has(self, key: str) -> bool:
        """Whether the key is there, whatever its value; JSON's null is as good as absent."""
        return key in self._values

    def text(self, key: str, *, limit: int = MAX_NAME, default: str | None = None) -> str:
        """A line of text, tidied; without a default it must be there and say something."""
        value = self._take(key, default)
        if not isinstance(value, str):
            return self._refuse(key, value, "a text", "")
        if found := forbidden_character(trimmed(value)):
            self.fault(key, f"has a character that can't be shown ({found})")
            return ""
        line = tidy(value)
        if len(line) > limit:
            self.fault(key, f"has {len(line)} characters, more than {limit}")
            return ""
        if not line and default is None:
            self.fault(key, "is empty")
        return line

    def pattern(self, key: str, form: re.Pattern[str], says: str) -> str:
        """A text of one form, taken to the letter."""
        value = self._take(key, None)
        if not isinstance(value, str):
            return self._refuse(key, value, "a text", "")
        if form.fullmatch(value) is None:
            self.fault(key, f"'{shown(value)}' is not {says}")
            return ""
        return value

    def code(self, key: str, default: str | None = None) -> str:
        """A code: the organizer's short word for a thing, unique among its kind."""
        value = self._take(key, default)
        if not isinstance(value, str):
            return self._refuse(key, value, "a text", "")
        return self._checked_code(key, value)

    def codes(self, key: str, *, limit: int, default: tuple[str, ...] | None = ()) -> tuple[str, ...]:
        """A list of codes, none twice; a faulty one is left out."""
        value = self._take(key, default)
        if isinstance(value, str) or not isinstance(value, Sequence):
            return self._refuse(key, value, "a list of texts", ())
        if len(value) > limit:
            self.fault(key, f"has {len(value)} entries, more than {limit}")
            return ()
        codes: list[str] = []
        for position, item in enumerate(value, start=1):
            place = f"{key}[{position}]"
            if not isinstance(item, str):
                self._refuse(place, item, "a text", "")
            elif item in codes:
                self.fault(place, f"'{shown(item)}' stands there twice")
            elif code := self._checked_code(place, item):
                codes.append(code)
        return tuple(codes)

    def number(self, key: str, *, least: int, most: int, default: int | None = None) -> int:
        """A whole number from `least` to `most`; true and 3.0 are none."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            return self._refuse(key, value, "a whole number", 0)
        if not least <= value <= most:
            self.fault(key, f"must be from {least} to {most}")
            return 0
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._take(key, default)
        return value if isinstance(value, bool) else self._refuse(key, value, "true or false", default)

    def choice(self, key: str, kinds: type[_Choice], default: _Choice) -> _Choice:
        """One of a few words."""
        value = self._take(key, default.value)
        words = [kind.value for kind in kinds]
        if isinstance(value, str) and value in words:
            return kinds(value)
        self._refuse(key, value, f"one of {', '.join(words)}", None)
        return default

    def day(self, key: str, default: date | None = None) -> date | None:
        """A date, as TOML's own kind or as the text `2027-01-26`."""
        value = self._take(key, default)
        if isinstance(value, str) and _DATE.fullmatch(value):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                self.fault(key, f"there is no day {value}")
                return None
        if isinstance(value, datetime) or not isinstance(value, date):
            return self._refuse(key, value, "a date like 2027-01-26", None)
        if value.year not in YEARS:
            self.fault(key, f"must be of the years {YEARS.start} to {YEARS.stop - 1}")
            return None
        return value

    def clock(self, key: str) -> time | None:
        """A local time in whole seconds, as TOML's own kind or as `07:30:00` or `07:30`."""
        value = self._take(key, None)
        if isinstance(value, str) and _TIME.fullmatch(value):
            try:
                value = time.fromisoformat(value)
            except ValueError:
                self.fault(key, f"there is no time {value}")
                return None
        if not isinstance(value, time) or value.tzinfo is not None or value.microsecond:
            return self._refuse(key, value, "a local time like 07:30:00", None)
        return value

    def _take(self, key: str, default: object) -> object:
        return self._values.get(key, _MISSING if default is None else default)

    def _checked_code(self, key: str, value: str) -> str:
        if len(value) > MAX_CODE:
            self.fault(key, f"has {len(value)} characters, more than {MAX_CODE}")
            return ""
        if _CODE.fullmatch(value) is None:
            self.fault(key, f"'{shown(value)}' is not a code ({_CODE_FORM})")
            return ""
        return value

    def _refuse(self, key: str, value: object, wanted: str, instead: _Value) -> _Value:
        if value is _MISSING:
            if self.is_table:
                self.fault(key, "missing")
        elif isinstance(value, str):
            self.fault(key, f"must be {wanted}, not '{shown(value)}'")
        else:
            self.fault(key, f"must be {wanted}, not {_kind(value)}")
        return instead
