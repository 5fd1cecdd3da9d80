"""Attendees as rows: what is stored of a person, and what of it may be shown.

Everything that shows a person goes through `Profile.shown`, `Profile.public`, `AttendeeRow.person` or the
derived columns, so that a confidential attendee's names stay in here. Lists and searches are in
`checkin.store.attendee_lists`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from checkin.domain.attendee_columns import BY_NAME
from checkin.domain.attendee_draft import AttendeeDraft, person_key
from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, EventId, Person, PersonName
from checkin.domain.texts import folded
from checkin.store.folding import fold
from checkin.store.schema import attendee

# Databases take no endless lists of values: of more attendees than these all are read.
_MOST_NAMED = 1000

_LISTS = ("disciplines", "accessibility", "preferences")

# Characters of up to four bytes; PostgreSQL's indexes hold 2,704 bytes a row.
_MOST_IDENTITY = 600

# Below any character that a folded text has: an email's rows stand together in the index.
_END = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known of a person: the columns of the attendee table."""

    first_name: str
    last_name: str
    disciplines: tuple[str, ...] = ()
    email: str = ""
    phone: str = ""
    agency: str = ""
    county: str = ""
    title: str = ""
    external_id: str = ""
    accessibility: tuple[str, ...] = ()
    group_name: str = ""
    preferences: tuple[str, ...] = ()
    is_confidential: bool = False
    alias_first_name: str = ""
    alias_last_name: str = ""
    is_welcome_everywhere: bool = False

    @classmethod
    def of(cls, draft: AttendeeDraft) -> "Profile":
        """A new person's profile."""
        return cls(first_name=draft.first_name, last_name=draft.last_name).with_draft(draft)

    @property
    def shown(self) -> PersonName:
        """The name for everyone's eyes: the alias, if confidential."""
        if self.is_confidential:
            return PersonName(self.alias_first_name, self.alias_last_name)
        return PersonName(self.first_name, self.last_name)

    @property
    def public(self) -> "Profile":
        """The profile for everyone's eyes: of a confidential one the alias, and no email, phone or agency."""
        if not self.is_confidential:
            return self
        name = self.shown
        return replace(self, first_name=name.first, last_name=name.last, email="", phone="", agency="")

    def with_draft(self, draft: AttendeeDraft) -> "Profile":
        """The profile with the columns that the draft gives; the others stay."""
        values: dict[str, Any] = {}
        for name in draft.given:
            if name == "alias":
                alias = draft.alias or PersonName("", "")
                values |= {"alias_first_name": alias.first, "alias_last_name": alias.last}
            else:
                column = BY_NAME[name].field
                values["group_name" if column == "group" else column] = getattr(draft, column)
        return replace(self, **values)

    @property
    def has_alias(self) -> bool:
        """Whether a confidential attendee could be shown."""
        return bool(self.alias_first_name and self.alias_last_name)

    @property
    def identity(self) -> str:
        """What tells that two rows are one person: email and names; empty without an email."""
        return identity_of(self.email, self.first_name, self.last_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeRow:
    """One attendee. `generation` is that of the badge in force."""

    id: AttendeeId
    event_id: EventId
    uuid: bytes
    number: str
    generation: int
    is_cancelled: bool
    is_walk_in: bool
    created_at: Instant
    profile: Profile

    @property
    def person(self) -> Person:
        """What the rules and every screen see."""
        return Person(
            id=self.id,
            number=self.number,
            name=self.profile.shown,
            disciplines=self.profile.disciplines,
            accessibility=self.profile.accessibility,
            is_welcome_everywhere=self.profile.is_welcome_everywhere,
            is_cancelled=self.is_cancelled,
            preferences=self.profile.preferences,
            group=self.profile.group_name,
        )


@dataclass(frozen=True, kw_only=True)
class NewAttendee:
    """One to add; the database gives the id."""

    uuid: bytes
    number: str
    is_walk_in: bool
    profile: Profile

    @cached_property
    def columns(self) -> dict[str, Any]:
        """What is stored. Looking at it before the event is locked spares the others the waiting."""
        own = {"uuid": self.uuid, "number": self.number, "is_walk_in": self.is_walk_in}
        return _columns(self.profile, self.number) | own


def identity_of(email: str, first_name: str, last_name: str) -> str:
    """The folded identity of a person; empty without an email, which identifies nobody.

    Begins with the email. Names that would not fit into an index of PostgreSQL's stand in it as a digest.
    """
    whole = _END.join(person_key(email, first_name, last_name) or ())
    if len(whole) <= _MOST_IDENTITY:
        return whole
    folded_email, _, names = whole.partition(_END)
    return folded_email + _END + sha256(names.encode()).hexdigest()


_PROFILE = tuple(field.name for field in fields(Profile))


def _columns(profile: Profile, number: str) -> dict[str, Any]:
    """A profile as columns, with those derived from it."""
    values = {name: getattr(profile, name) for name in _PROFILE}
    values.update({name: list(values[name]) for name in _LISTS})
    shown = profile.shown
    parts = [shown.first, shown.last, number, number.replace("-", "")]
    if not profile.is_confidential:
        parts += [profile.agency, profile.email]
    values["search"] = "\n".join(fold(part) for part in parts if part)
    values["sort_last"] = fold(shown.last)
    values["sort_first"] = fold(shown.first)
    values["identity"] = profile.identity
    return values


def to_attendee(row: Row[Any]) -> AttendeeRow:
    """The attendee in a row of the table."""
    values = row._mapping
    profile = {name: values[name] for name in _PROFILE}
    profile.update({name: tuple(profile[name]) for name in _LISTS})
    return AttendeeRow(
        id=AttendeeId(values["id"]),
        event_id=EventId(values["event_id"]),
        uuid=values["uuid"],
        number=values["number"],
        generation=values["generation"],
        is_cancelled=values["is_cancelled"],
        is_walk_in=values["is_walk_in"],
        created_at=Instant(values["created_at"]),
        profile=Profile(**profile),
    )


def insert_attendees(
    connection: Connection, event_id: EventId, new: Sequence[NewAttendee], now: Instant
) -> dict[bytes, AttendeeId]:
    """Adds attendees and gives their ids by uuid. Their numbers must be free: the event is locked."""
    if not new:
        return {}
    common = {"event_id": event_id, "is_cancelled": False, "created_at": now, "updated_at": now}
    rows = [common | item.columns for item in new]
    latest = select(attendee.c.id).order_by(attendee.c.id.desc()).limit(1)
    before = connection.execute(latest).scalar() or 0
    connection.execute(insert(attendee), rows)
    added = select(attendee.c.uuid, attendee.c.id).where(
        attendee.c.id > before, attendee.c.event_id == event_id
    )
    return {uuid: AttendeeId(key) for uuid, key in connection.execute(added)}


def update_profiles(connection: Connection, changed: Iterable[AttendeeRow], now: Instant) -> None:
    """Stores the profiles of these attendees as they are given."""
    rows = [{"key": item.id, "updated_at": now, **_columns(item.profile, item.number)} for item in changed]
    if rows:
        names = [name for name in rows[0] if name != "key"]
        statement = update(attendee).where(attendee.c.id == bindparam("key"))
        connection.execute(statement.values({name: bindparam(name) for name in names}), rows)


def update_attendee(
    connection: Connection, attendee_id: AttendeeId, now: Instant, values: Mapping[str, Any]
) -> None:
    """Changes `is_cancelled` or `generation`."""
    changed = update(attendee).where(attendee.c.id == attendee_id)
    connection.execute(changed.values(**values, updated_at=now))


def find_attendee(connection: Connection, attendee_id: AttendeeId) -> AttendeeRow | None:
    """The attendee of an id."""
    row = connection.execute(select(attendee).where(attendee.c.id == attendee_id)).first()
    return None if row is None else to_attendee(row)


def find_attendees(
    connection: Connection, event_id: EventId, attendees: Iterable[AttendeeId]
) -> dict[AttendeeId, AttendeeRow]:
    """The attendees of these ids."""
    ids = set(attendees)
    query = select(attendee).where(attendee.c.event_id == event_id)
    if len(ids) <= _MOST_NAMED:
        query = query.where(attendee.c.id.in_(ids))
    return {AttendeeId(row.id): to_attendee(row) for row in connection.execute(query) if row.id in ids}


def find_by_number(connection: Connection, event_id: EventId, number: str) -> AttendeeRow | None:
    """The attendee of a number, however it is typed: `k7 214` and `K7-214` are the same."""
    query = select(attendee).where(attendee.c.event_id == event_id)
    row = connection.execute(query.where(attendee.c.number == written_number(number))).first()
    return None if row is None else to_attendee(row)


def written_number(text: str) -> str:
    """A typed number as it is stored; what can be none comes back as something no attendee has."""
    letters = "".join(char for char in text.upper() if char.isascii() and char.isalnum())
    return f"{letters[:2]}-{letters[2:]}"


def list_same_email(connection: Connection, event_id: EventId, email: str) -> list[str]:
    """The numbers of those who registered with this email, whatever the names."""
    start = folded(email) + _END
    query = select(attendee.c.number).where(
        attendee.c.event_id == event_id,
        attendee.c.identity >= start,
        attendee.c.identity < folded(email) + chr(ord(_END) + 1),
    )
    return list(connection.execute(query.order_by(attendee.c.number)).scalars())


def is_number_taken(connection: Connection, event_id: EventId, number: str) -> bool:
    """Whether an attendee of the event has this number."""
    query = select(attendee.c.id).where(attendee.c.event_id == event_id, attendee.c.number == number)
    return connection.execute(query).first() is not None
