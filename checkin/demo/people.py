"""Invents the demo conference's attendees, as rows of an attendee table.

Owns who they are; does not know how they are stored. Every name, agency and address is made up: emails are
at the example domains, phones in the 555-01xx range. The same seed gives the same people, and fewer of them
are the first of more of them.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from random import Random
from typing import TypeVar

from checkin.demo.agencies import COUNTIES, PROFESSIONS
from checkin.demo.names import TRADITIONS

_T = TypeVar("_T")

EMAIL_DOMAINS = ("example.org", "example.net", "example.com")
_SPARE_TRADITIONS = ("hispanic", "english")  # aliases are names that nobody looks at twice
_SECOND_DISCIPLINE = {
    "law": "social",
    "medical": "counseling",
    "social": "counseling",
    "counseling": "social",
    "other": "social",
}


def invent_people(count: int, seed: int) -> list[dict[str, str]]:
    """`count` people as rows of an attendee table: every column, as in a CSV (yes or empty, lists by `;`)."""
    inventor = _Inventor(Random(seed))
    return [inventor.next_person() for _ in range(count)]


def _deal(random: Random, cards: Mapping[_T, int]) -> Iterator[_T]:
    """Deals shuffled decks for ever: each holds exactly its shares, so rare things do turn up."""
    deck = [card for card, copies in cards.items() for _ in range(copies)]
    while True:
        random.shuffle(deck)
        yield from deck


def _rarely(random: Random, times: int, of: int) -> Iterator[bool]:
    return _deal(random, {True: times, False: of - times})


class _Inventor:
    """Draws each trait from a random stream of its own: one trait's rules can change without the others."""

    def __init__(self, random: Random) -> None:
        def stream() -> Random:
            return Random(random.getrandbits(64))

        self.random = stream()
        self.traditions = _deal(stream(), {name: share for name, (share, _, _) in TRADITIONS.items()})
        self.counties = _deal(stream(), {name: share for name, (share, _) in COUNTIES.items()})
        self.disciplines = _deal(stream(), {code: row[0] for code, row in PROFESSIONS.items()})
        self.no_discipline = _rarely(stream(), 1, 300)
        self.two_disciplines = _rarely(stream(), 2, 100)
        self.wheelchairs = _rarely(stream(), 3, 200)
        self.confidential_law = _rarely(stream(), 2, 43)  # of everyone about 2 %
        self.all_rooms = _rarely(stream(), 1, 100)
        self.in_group = _rarely(stream(), 3, 100)
        self.group: dict[str, str] = {}
        self.group_left = 0
        self.groups = 0
        self.emails: set[str] = set()
        self.serial = 0

    def next_person(self) -> dict[str, str]:
        self.serial += 1
        first, last, handle = self._name(next(self.traditions))
        work = self._work()
        discipline = work["discipline"].partition(";")[0]
        is_confidential = discipline == "law" and next(self.confidential_law)
        return {
            "external_id": f"NM-{self.serial:04}",
            "first_name": first,
            "last_name": last,
            **work,
            "email": self._email(handle),
            "phone": f"{self.random.choice(('505', '575'))}-555-01{self.random.randrange(100):02}",
            "accessibility": "wheelchair" if next(self.wheelchairs) else "",
            "preferences": self._preferences(discipline),
            "confidential": "yes" if is_confidential else "",
            "alias": self._alias() if is_confidential else "",
            "all_rooms": "yes" if next(self.all_rooms) else "",
        }

    def _name(self, tradition: str) -> tuple[str, str, str]:
        """First name, last name and what stands for both in an email address."""
        _, given, family = TRADITIONS[tradition]
        first, _, latin_first = self.random.choice(given.split()).partition(":")
        last, _, latin_last = self.random.choice(family.split()).partition(":")
        return first, last, f"{_ascii(latin_first or first)}.{_ascii(latin_last or last)}"

    def _alias(self) -> str:
        first, last, _ = self._name(self.random.choice(_SPARE_TRADITIONS))
        return f"{first} {last}"

    def _email(self, handle: str) -> str:
        domain = self.random.choice(EMAIL_DOMAINS)
        email = f"{handle}@{domain}"
        if email in self.emails:
            email = f"{handle}{self.serial}@{domain}"
        self.emails.add(email)
        return email

    def _work(self) -> dict[str, str]:
        """Where someone works. Members of a group follow one another and share all of it but the title."""
        county, discipline = next(self.counties), next(self.disciplines)
        has_none, has_two = next(self.no_discipline), next(self.two_disciplines)
        starts_group = next(self.in_group)
        if self.group_left:
            self.group_left -= 1
            titles = PROFESSIONS[self.group["discipline"]][2]
            return self.group | {"title": self.random.choice(titles)}
        _, agencies, titles, _ = PROFESSIONS[discipline]
        place = self.random.choice(COUNTIES[county][1])
        codes = f"{discipline};{_SECOND_DISCIPLINE[discipline]}" if has_two else discipline
        work = {
            "discipline": "" if has_none else codes,
            "agency": f"{place} {self.random.choice(agencies)}",
            "county": county,
            "title": self.random.choice(titles),
            "group": "",
        }
        if starts_group and not has_none:
            self.groups += 1
            self.group_left = self.random.randint(1, 3)
            work |= {"discipline": discipline, "group": f"team-{self.groups}"}
            self.group = work
        return work

    def _preferences(self, discipline: str) -> str:
        """Two people in five name one to three topics of their profession, best first."""
        if not discipline or self.random.random() >= 0.4:
            return ""
        topics = PROFESSIONS[discipline][3]
        return ";".join(self.random.sample(topics, self.random.randint(1, 3)))


def _ascii(name: str) -> str:
    """A name's plain letters, for an address: `O'Brien` gives `obrien`, `Nguyễn` gives `nguyen`."""
    plain = unicodedata.normalize("NFKD", name.translate(str.maketrans("ĐđŁłØøı", "DdLlOoi")))
    return "".join(c for c in plain if c.isascii() and c.isalpha()).lower()
