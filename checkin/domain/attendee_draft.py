"""What somebody says about an attendee, checked: the same rules for a cell of a table and a value in JSON.

Owns what each column may hold and the sentences that say what is wrong. It doesn't know who is registered.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from checkin.domain.attendee_columns import BY_NAME, COLUMNS, STAFF_COLUMNS, Column, Kind
from checkin.domain.errors import FieldProblem, invalid
from checkin.domain.model import ACCESS_NEEDS, Agenda, PersonName
from checkin.domain.texts import folded, forbidden_character, shown, tidy, trimmed, without_accents

Value = str | bool | Sequence[str]
"""A value in its column's kind: text, yes or no, several words; not yet checked."""

MAX_ENTRIES = 50
MAX_NAMED = 20
MAX_UNKNOWN = 20

_EMAIL = re.compile(
    r"[^\s@,;:<>()\[\]\\\"]{1,64}@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_](?:[\w-]*[^\W_])?", re.UNICODE
)
_FLAGS = {"": False, "yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
_ALIAS_FORM = "An alias is a first and a last name, like “Maria Lopez”."
ALIAS_NEEDED = "A confidential attendee needs an alias: a first and a last name to show instead."


@dataclass(frozen=True)
class AttendeeDraft:
    """One attendee's columns. `given` names those that were there (by the contract's names, as `discipline`).

    A column in `given` with an empty value clears; one that is not in `given` changes nothing.
    """

    given: frozenset[str] = frozenset()
    first_name: str = ""
    last_name: str = ""
    disciplines: tuple[str, ...] = ()
    email: str = ""
    phone: str = ""
    agency: str = ""
    county: str = ""
    title: str = ""
    external_id: str = ""
    accessibility: tuple[str, ...] = ()
    group: str = ""
    preferences: tuple[str, ...] = ()
    is_confidential: bool = False
    alias: PersonName | None = None
    is_welcome_everywhere: bool = False

    @property
    def person_key(self) -> tuple[str, str, str] | None:
        """Who this is where no external id says so: email, first and last name; None without an email."""
        return person_key(self.email, self.first_name, self.last_name)


def person_key(email: str, first_name: str, last_name: str) -> tuple[str, str, str] | None:
    """Equal for one person in two spellings of case and spaces; None without an email."""
    return (folded(email), folded(first_name), folded(last_name)) if email else None


class WrongValueError(ValueError):
    """A value that its column can't hold; the text is a sentence for a person."""


class DraftReader:
    """Reads values against one agenda; made once for a whole table, it remembers words that come again."""

    def __init__(self, agenda: Agenda) -> None:
        words = [(word, one.code) for one in agenda.disciplines for word in (one.code, one.name, one.short)]
        topics = {session.topic for session in agenda.sessions}
        titles = [(session.title, session.topic) for session in agenda.sessions]
        # What is spelt more exactly comes later and wins.
        self._disciplines = _meanings(words, without_accents) | _meanings(words, folded)
        self._topics = _meanings(titles, folded) | _meanings([(topic, topic) for topic in topics], folded)
        self._topics |= {topic: topic for topic in topics}
        names = [f"{one.name} ({one.code}, {one.short})" for one in agenda.disciplines[:MAX_NAMED]]
        more = ", …" if len(agenda.disciplines) > MAX_NAMED else ""
        self._known = f"There are: {', '.join(names)}{more}." if names else "This event has none."

    def read(
        self, values: Mapping[str, Value], *, is_update: bool = False
    ) -> tuple[AttendeeDraft, list[FieldProblem]]:
        """The draft of the columns given, and what is wrong with them; a faulty draft must not be used.

        An update may leave out the names, and the alias that a confidential attendee has already.
        """
        problems: list[FieldProblem] = []
        checked: dict[str, Any] = {}
        for name, value in values.items():
            column = BY_NAME[name]
            try:
                checked[column.field] = self._checked(column, value)
            except WrongValueError as wrong:
                problems.append(FieldProblem(name, str(wrong)))
        if not is_update:
            for name in ("first_name", "last_name"):
                if name not in values:
                    problems.append(FieldProblem(name, _name_needed(name)))
        is_alias_left = is_update and "alias" not in values
        is_alias_told = any(problem.field == "alias" for problem in problems)
        has_alias = checked.get("alias") is not None or is_alias_left or is_alias_told
        if checked.get("is_confidential") and not has_alias:
            problems.append(FieldProblem("alias", ALIAS_NEEDED))
        return AttendeeDraft(given=frozenset(values), **checked), problems

    def _checked(self, column: Column, value: Value) -> object:
        """The value as `AttendeeDraft` holds it, or `WrongValueError`."""
        if isinstance(value, bool):
            return value
        if not isinstance(value, str):
            return self._entries(column, value)
        line = _line(value, column.limit)
        if column.kind is Kind.NAME and not line:
            raise WrongValueError(_name_needed(column.name))
        if column.kind is Kind.EMAIL and line and _EMAIL.fullmatch(line) is None:
            raise WrongValueError(f"“{shown(line)}” is not an email address.")
        return _alias(line) if column.kind is Kind.ALIAS else line

    def _entries(self, column: Column, values: Sequence[str]) -> tuple[str, ...]:
        if len(values) > MAX_ENTRIES:
            raise WrongValueError(f"There are {len(values)} entries, more than {MAX_ENTRIES}.")
        words = (_line(word, column.limit) for value in values for word in value.split(";"))
        entries = [self._entry(column.kind, word) for word in words if word]
        if len(entries) > MAX_ENTRIES:
            raise WrongValueError(f"There are {len(entries)} entries, more than {MAX_ENTRIES}.")
        return tuple(dict.fromkeys(entries))

    def _entry(self, kind: Kind, word: str) -> str:
        if kind is Kind.DISCIPLINES:
            return self._discipline(word)
        if kind is Kind.TOPICS:
            topic = self._topics.get(word) or self._topics.get(folded(word))
            if topic is None:
                raise WrongValueError(f"There is no topic “{shown(word)}”.")
            return topic
        need = word.casefold()
        joined = need.replace(" ", "-").replace("_", "-")
        return joined if joined in ACCESS_NEEDS else need

    def _discipline(self, word: str) -> str:
        code = self._disciplines.get(folded(word)) or self._disciplines.get(without_accents(word))
        if code is None:
            raise WrongValueError(f"There is no discipline “{shown(word)}”. {self._known}")
        return code


def _meanings(words: Sequence[tuple[str, str]], spelt: Callable[[str], str]) -> dict[str, str]:
    """The code each word means, by a spelling; a word that means two things is left out."""
    meanings: dict[str, set[str]] = {}
    for word, code in words:
        meanings.setdefault(spelt(word), set()).add(code)
    return {word: codes.pop() for word, codes in meanings.items() if len(codes) == 1}


def _name_needed(name: str) -> str:
    return f"Please give a {name.replace('_', ' ')}."


def _line(text: str, limit: int) -> str:
    if not (text.isascii() and text.isprintable()) and (found := forbidden_character(trimmed(text))):
        raise WrongValueError(f"This has a character that can't be shown ({found}).")
    line = tidy(text)
    if len(line) > limit:
        raise WrongValueError(f"This is too long: {len(line)} characters, where {limit} are the most.")
    return line


def _alias(line: str) -> PersonName | None:
    """The first word is the first name, what follows the last name."""
    if not line:
        return None
    first, _, last = line.partition(" ")
    if not last:
        raise WrongValueError(_ALIAS_FORM)
    return PersonName(first, last)


def cell_value(column: Column, cell: str) -> Value:
    """A table's cell in its column's kind: lists are separated by `;`, yes and no are words."""
    if column.has_several:
        return cell.split(";")
    if column.kind is not Kind.FLAG:
        return cell
    word = folded(trimmed(cell))
    if word not in _FLAGS:
        raise WrongValueError(f"“{shown(cell)}” is neither yes nor no.")
    return _FLAGS[word]


def _json_value(column: Column, value: object) -> Value:
    if column.has_several:
        entries = [] if value is None else [value] if isinstance(value, str) else value
        if not isinstance(entries, list | tuple) or not all(isinstance(entry, str) for entry in entries):
            raise WrongValueError("This must be a list of texts.")
        return entries
    if column.kind is Kind.FLAG:
        if value is not None and not isinstance(value, bool):
            raise WrongValueError("This must be true or false.")
        return bool(value)
    if value is not None and not isinstance(value, str):
        raise WrongValueError("This must be a text.")
    return value or ""


def read_person(
    values: Mapping[str, object], agenda: Agenda, *, is_update: bool = False, is_public: bool = False
) -> AttendeeDraft:
    """The draft of a registration's or an update's JSON: the columns' names as keys, null clears.

    `is_update`: names may be left out. `is_public`: without `STAFF_COLUMNS`. All that is wrong is one
    `AppError` `invalid`, whose `errors` name the keys.
    """
    problems: list[FieldProblem] = []
    known: dict[str, Value] = {}
    strangers = [key for key in values if key not in BY_NAME]
    for key in strangers[:MAX_UNKNOWN]:
        near = get_close_matches(shown(key), BY_NAME, n=1)
        hint = f" Did you mean “{near[0]}”?" if near else ""
        problems.append(FieldProblem(shown(key), f"There is no such field.{hint}"))
    for column in COLUMNS:
        if column.name not in values:
            continue
        try:
            if is_public and column.name in STAFF_COLUMNS:
                raise WrongValueError("Only the organizers can set this.")
            known[column.name] = _json_value(column, values[column.name])
        except WrongValueError as wrong:
            problems.append(FieldProblem(column.name, str(wrong)))
    draft, more = DraftReader(agenda).read(known, is_update=is_update)
    told = {problem.field for problem in problems}
    problems += [problem for problem in more if problem.field not in told]
    if problems:
        raise invalid("; ".join(f"{one.field}: {one.problem}" for one in problems[:3]), problems)
    return draft


def cells(draft: AttendeeDraft) -> dict[str, str]:
    """The draft as a table's cells, by column: what reads back to the same values."""
    found: dict[str, str] = {}
    for column in COLUMNS:
        value = getattr(draft, column.field)
        if isinstance(value, PersonName):
            value = f"{value.first} {value.last}"
        elif isinstance(value, bool):
            value = "yes" if value else ""
        found[column.name] = value if isinstance(value, str) else ";".join(value or ())
    return found
