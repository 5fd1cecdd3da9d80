"""The attendee table: CSV text to drafts with every fault by line and column, and rows to CSV text.

Owns the format: encoding, separators, line numbers, cells that a spreadsheet would take for formulas. What a
cell may hold is `attendee_draft`'s; who is known already is the store's.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from checkin.domain.attendee_columns import COLUMNS, Column, known_headers, read_header
from checkin.domain.attendee_draft import AttendeeDraft, DraftReader, Value, WrongValueError, cell_value
from checkin.domain.model import Agenda
from checkin.domain.texts import shown

# Spreadsheets run what begins so. Apostrophes count, so that a cell that has one of its own keeps it.
_FORMULA = re.compile(r"'*\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_DELIMITERS = ",;\t"
_BLANK = _DELIMITERS + " "

COLUMN_NAMES = tuple(column.name for column in COLUMNS)


class _Strict(csv.excel):
    """A quote that is never closed is an error; else it would swallow the rows after it."""

    skipinitialspace = True
    strict = True


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a table: the line (the header's is 1), the column ("": the row) and a sentence."""

    line: int
    column: str
    problem: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read: the sound rows with their lines, every fault in the order of lines, and the
    headers that were ignored. With any fault nothing of it may be stored."""

    drafts: tuple[tuple[int, AttendeeDraft], ...] = ()
    faults: tuple[Fault, ...] = ()
    ignored_columns: tuple[str, ...] = ()


def read_table(data: bytes, agenda: Agenda) -> Table:
    """Reads CSV: UTF-8 with or without BOM; comma, semicolon or tab, whichever makes most of the header."""
    if data.startswith(b"PK\x03\x04"):
        return Table(faults=(Fault(1, "", "This is a workbook and no CSV: export the sheet as CSV UTF-8."),))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Table(faults=(Fault(line, "", "The file is not UTF-8: save it as “CSV UTF-8”."),))
    lines = _LINE.findall(text)
    rows, broken = _parsed(lines, _delimiter(lines))
    if broken is not None and not rows:
        return Table(faults=(broken,))
    table = read_rows(rows, agenda)
    return table if broken is None else replace(table, faults=(*table.faults, broken))


def _delimiter(lines: Sequence[str]) -> str:
    def score(delimiter: str) -> tuple[int, int]:
        try:
            rows = csv.reader(lines, _Strict, delimiter=delimiter)
            header = next((row for row in rows if any(cell.strip(_BLANK) for cell in row)), [])
        except csv.Error:
            return (0, 0)
        return (known_headers(header), len(header))

    return max(_DELIMITERS, key=score)


def _parsed(lines: Sequence[str], delimiter: str) -> tuple[list[tuple[int, list[str]]], Fault | None]:
    """The rows with the line each begins on, and what ended the reading before its time."""
    reader = csv.reader(lines, _Strict, delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    while True:
        line = reader.line_num + 1
        try:
            rows.append((line, next(reader)))
        except StopIteration:
            return rows, None
        except csv.Error as error:
            why = "a quote is opened and never closed" if "end of data" in str(error) else str(error)
            return rows, Fault(line, "", f"This row can't be read, nor what follows it: {why}.")


def read_rows(rows: Iterable[tuple[int, Sequence[str]]], agenda: Agenda) -> Table:
    """Reads a table from its cells, each row with its line; the first that isn't empty is the header."""
    filled = ((line, cells) for line, cells in rows if any(map(str.strip, cells)))
    first = next(filled, None)
    if first is None:
        return Table(faults=(Fault(1, "", "The file is empty: there is no header."),))
    header = read_header(list(first[1]))
    if header.problems:
        faults = tuple(Fault(first[0], column, problem) for column, problem in header.problems)
        return Table(faults=faults, ignored_columns=header.ignored)
    reading = _Reading(DraftReader(agenda), tuple(sorted(header.places.items())), len(first[1]))
    for line, cells in filled:
        reading.add(line, cells)
    return Table(tuple(reading.drafts), tuple(reading.faults), header.ignored)


class _Reading:
    """The rows below one header, as they come."""

    def __init__(self, reader: DraftReader, columns: Sequence[tuple[int, Column]], width: int) -> None:
        self.drafts: list[tuple[int, AttendeeDraft]] = []
        self.faults: list[Fault] = []
        self._reader = reader
        self._columns = columns
        self._width = width
        self._by_id: dict[str, int] = {}
        self._by_person: dict[tuple[str, str, str], int] = {}  # rows without an external id
        self._by_anyone: dict[tuple[str, str, str], int] = {}

    def add(self, line: int, cells: Sequence[str]) -> None:
        """Reads one row: to a draft, or to all of its faults."""
        before = len(self.faults)
        if any(map(str.strip, cells[self._width :])):
            self.faults.append(Fault(line, "", "This row has more cells than the header."))
        values: dict[str, Value] = {}
        for place, column in self._columns:
            cell = without_apostrophe(cells[place]) if place < len(cells) else ""
            try:
                values[column.name] = cell_value(column, cell)
            except WrongValueError as wrong:
                self.faults.append(Fault(line, column.name, str(wrong)))
        draft, problems = self._reader.read(values)
        self.faults += [Fault(line, problem.field, problem.problem) for problem in problems]
        self._check_once(line, draft)
        if len(self.faults) == before:
            self.drafts.append((line, draft))

    def _check_once(self, line: int, draft: AttendeeDraft) -> None:
        """One key twice is a fault: nobody could tell which row is to count."""
        person = draft.person_key if draft.first_name and draft.last_name else None
        if draft.external_id:
            first = self._by_id.setdefault(draft.external_id, line)
            if first != line:
                problem = f"“{shown(draft.external_id)}” is in line {first} already."
                self.faults.append(Fault(line, "external_id", problem))
        if person is None:
            return
        rivals = self._by_person if draft.external_id else self._by_anyone
        if person in rivals:
            problem = f"The same email and name are in line {rivals[person]} already."
            self.faults.append(Fault(line, "email", problem))
        self._by_anyone.setdefault(person, line)
        if not draft.external_id:
            self._by_person.setdefault(person, line)


def without_apostrophe(cell: str) -> str:
    """The cell as it was before `write_table` made it harmless."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell


def with_apostrophe(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


class _Pages(list[str]):
    """What a csv writer writes to."""

    def write(self, text: str) -> None:
        self.append(text)


def write_table(rows: Iterable[Mapping[str, str]], columns: Sequence[str] = COLUMN_NAMES) -> str:
    """CSV text with a header and CR LF; what a row lacks is empty, what else it has is left out."""
    pages = _Pages()
    writer = csv.writer(pages)
    writer.writerow(columns)
    writer.writerows([with_apostrophe(row.get(column, "")) for column in columns] for row in rows)
    return "".join(pages)
