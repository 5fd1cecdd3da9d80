"""What the sessions of a day are to people of one profile, worked out once per agenda.

A profile is what decides where somebody may sit and what they should have: their disciplines and whether they
need accessible rooms. Wishes and free seats differ from person to person and scan to scan: they stay out.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from checkin.domain.model import Agenda, Person, Session
from checkin.domain.routing.costs import UNMET
from checkin.domain.routing.eligibility import sessions_for

MOST_PROFILES = 512
"""Beyond so many the oldest go: professions can be combined at will, memory can't."""


class Offer(NamedTuple):
    """One session: what it costs before wishes are looked at (its price, less what the curriculum gains)."""

    session: Session
    code: str
    topic: str
    seats: int
    cost: int


Offers: TypeAlias = Mapping[str, tuple[Offer, ...]]
"""By slot, in the file's order."""


def offers_for(agenda: Agenda, person: Person) -> Offers:
    """What this person may have in each slot that has no plenary, full or not."""
    profile = (frozenset(person.disciplines), person.needs_accessible_room)
    known: dict[object, Offers] = agenda.worked_out.setdefault("offers", {})
    found = known.get(profile)
    if found is None:
        found = _offers(agenda, person)
        known[profile] = found
        while len(known) > MOST_PROFILES:
            known.pop(next(iter(known)), None)
    return found


def _offers(agenda: Agenda, person: Person) -> Offers:
    prices, required = agenda.standing.prices, agenda.required_topics(person.disciplines)
    return {
        slot.code: tuple(
            Offer(
                session,
                session.code,
                session.topic,
                agenda.seats(session),
                prices.get(session.code, 0) - (UNMET if session.topic in required else 0),
            )
            for session in sessions_for(agenda, person, slot)
        )
        for slot in agenda.slots
    }
