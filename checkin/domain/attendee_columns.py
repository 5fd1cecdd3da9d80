"""The columns of the attendee table: their names, kinds and limits, and the headers that other programs use.

Owns the words only; what a cell must hold is checked in `attendee_draft`, rows are read in `attendee_table`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from checkin.domain.texts import shown, tidy


class Kind(StrEnum):
    """What a cell of a column is: a line of text, an address, several words, yes or no …"""

    NAME = "name"
    LINE = "line"
    EMAIL = "email"
    DISCIPLINES = "disciplines"
    WORDS = "words"
    TOPICS = "topics"
    FLAG = "flag"
    ALIAS = "alias"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `limit` in characters (of a list: each entry's), `field`: its name in `AttendeeDraft`."""

    name: str
    field: str
    kind: Kind
    limit: int = 200

    @property
    def has_several(self) -> bool:
        """Whether a cell may hold several values, separated by `;`."""
        return self.kind in (Kind.DISCIPLINES, Kind.WORDS, Kind.TOPICS)


COLUMNS = (
    Column("first_name", "first_name", Kind.NAME),
    Column("last_name", "last_name", Kind.NAME),
    Column("discipline", "disciplines", Kind.DISCIPLINES),
    Column("email", "email", Kind.EMAIL, 320),
    Column("phone", "phone", Kind.LINE, 60),
    Column("agency", "agency", Kind.LINE),
    Column("county", "county", Kind.LINE),
    Column("title", "title", Kind.LINE),
    Column("external_id", "external_id", Kind.LINE),
    Column("accessibility", "accessibility", Kind.WORDS, 60),
    Column("group", "group", Kind.LINE),
    Column("preferences", "preferences", Kind.TOPICS),
    Column("confidential", "is_confidential", Kind.FLAG),
    Column("alias", "alias", Kind.ALIAS),
    Column("all_rooms", "is_welcome_everywhere", Kind.FLAG),
)
BY_NAME: Mapping[str, Column] = MappingProxyType({column.name: column for column in COLUMNS})

REQUIRED_COLUMNS = ("first_name", "last_name", "discipline")
"""Must stand in a table's header; a cell of the last may be empty."""

STAFF_COLUMNS = frozenset({"all_rooms", "external_id", "group"})
"""Not for people who register themselves."""

_Headers = Mapping[str, tuple[str, ...]]

# A file may have several headers for one column; the lowest rank is taken, and two of one rank are a fault.
# Rank 0: headers that say “attendee”: in exports of ticket shops the plain ones beside them are the buyer's;
# and Indico's position, beside which its title is Mr or Dr.
_ATTENDEE: _Headers = {
    "first_name": ("attendee first name", "attendee given name", "attendee name: given name"),
    "last_name": ("attendee last name", "attendee surname", "attendee name: family name"),
    "email": ("attendee email", "attendee e-mail", "attendee email address"),
    "phone": ("attendee phone", "attendee phone number"),
    "agency": ("attendee company",),
    "title": ("attendee job title", "job title", "position"),
    "external_id": ("attendee #", "attendee id", "attendee no.", "pseudonymization id"),
}
# Rank 1, beside the columns' own names: Eventbrite's surname, company, cell phone; Indico's email address,
# affiliation, phone number; pretix's given and family name.
_PLAIN: _Headers = {
    "first_name": ("given name", "firstname", "forename"),
    "last_name": ("family name", "lastname", "surname"),
    "discipline": ("disciplines", "profession"),
    "email": ("e-mail", "email address", "e-mail address"),
    "phone": ("phone number", "telephone", "telephone number", "cell phone", "mobile phone", "mobile"),
    "agency": ("company", "organization", "organisation", "affiliation", "institution", "employer"),
    "external_id": ("registration id", "ticket id", "ticket code"),
    "accessibility": ("accessibility needs", "accessibility requirements"),
    "preferences": ("preference", "topics"),
    "all_rooms": ("all rooms",),
}
# From rank 2 on, in this order: taken only where nothing better is there.
_SECOND_BEST: _Headers = {"phone": ("work phone", "home phone"), "external_id": ("barcode #", "barcode")}

_REPEATED_IN_EXPORTS = frozenset({"company"})
"""pretix writes the attendee's company and the invoice's under one header: the first is the attendee's."""


def header_key(header: str) -> str:
    """What is equal for two spellings of a header: case, spaces, underscores, hyphens, colons are alike."""
    return " ".join(re.sub(r"[^\w#]+|_+", " ", tidy(header).casefold()).split())


def _headers() -> dict[str, tuple[Column, int]]:
    found = {header_key(column.name): (column, 1) for column in COLUMNS}
    for first_rank, step, table in ((0, 0, _ATTENDEE), (1, 0, _PLAIN), (2, 1, _SECOND_BEST)):
        for name, headers in table.items():
            for place, header in enumerate(headers):
                found.setdefault(header_key(header), (BY_NAME[name], first_rank + step * place))
    return found


_HEADERS = _headers()


@dataclass(frozen=True, slots=True)
class Header:
    """A table's header, understood: where each column stands, what is ignored, what is wrong with it."""

    places: Mapping[int, Column]
    ignored: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]


def known_headers(cells: list[str]) -> int:
    """How many of the cells are headers of ours: how likely this is the header, rightly cut into cells."""
    return sum(header_key(cell) in _HEADERS for cell in cells)


def read_header(cells: list[str]) -> Header:
    """Which column each cell names; `problems` are (column, sentence)."""
    best: dict[Column, tuple[int, int]] = {}  # column: rank, place
    ignored: list[int] = []
    problems: list[tuple[str, str]] = []
    for place, cell in enumerate(cells):
        column, rank = _HEADERS.get(header_key(cell), (None, 0))
        if column is None:
            ignored.append(place)
        elif column not in best:
            best[column] = (rank, place)
        elif rank < best[column][0]:
            ignored.append(best[column][1])
            best[column] = (rank, place)
        elif rank > best[column][0] or _is_repeated(cell, cells[best[column][1]]):
            ignored.append(place)
        else:
            first = shown(tidy(cells[best[column][1]]))
            problems.append((column.name, f"Two columns give this: “{first}” and “{shown(tidy(cell))}”."))
    found = {column.name for column in best}
    problems += [(name, f"There is no column {name}.") for name in REQUIRED_COLUMNS if name not in found]
    return Header(
        places={place: column for column, (_, place) in best.items()},
        ignored=tuple(shown(tidy(cells[place])) for place in sorted(ignored) if tidy(cells[place])),
        problems=tuple(problems),
    )


def _is_repeated(cell: str, first: str) -> bool:
    return header_key(cell) == header_key(first) and header_key(cell) in _REPEATED_IN_EXPORTS
