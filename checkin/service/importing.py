"""The attendee table in and out: all rows or none, and nobody twice."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from sqlalchemy import Connection

from badges.credential import KeyRing, issue
from checkin.domain.attendee_columns import COLUMNS
from checkin.domain.attendee_draft import ALIAS_NEEDED, AttendeeDraft, cells
from checkin.domain.attendee_table import Fault, read_table, write_table
from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, Person
from checkin.domain.presence import ABSENT
from checkin.service.attendee_views import status_of
from checkin.service.numbers import draw_numbers
from checkin.service.seating import add_people, update_people
from checkin.service.services import COMMAND, Actor, Services
from checkin.store.attendee_lists import list_attendees, list_stored
from checkin.store.attendees import (
    AttendeeRow,
    NewAttendee,
    Profile,
    identity_of,
    insert_attendees,
    update_profiles,
)
from checkin.store.audit import insert_audit
from checkin.store.credentials import insert_credentials
from checkin.store.events import EventRow, bump, get_event, lock_event
from checkin.store.presences import find_presences

_HIDDEN = frozenset({"confidential", "alias"})
_OF_ALIAS = frozenset({"first_name", "last_name", "email", "phone", "agency"})
EXPORTED = ("number", *(column.name for column in COLUMNS if column.name not in _HIDDEN), "status")
"""The columns of an export; it shows aliases, and nothing that tells them from names."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or would do. With any fault nothing was stored, and the counts are 0."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: tuple[Fault, ...] = ()
    ignored_columns: tuple[str, ...] = ()


@dataclass(slots=True)
class _Plan:
    """What a table means for the attendees as they were; new ones have badges already."""

    new: list[tuple[NewAttendee, bytes]] = field(default_factory=list)
    changed: list[tuple[AttendeeRow, AttendeeRow]] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    ignored_columns: tuple[str, ...] = ()

    @property
    def has_work(self) -> bool:
        return not self.faults and bool(self.new or self.changed)

    @property
    def result(self) -> ImportResult:
        if self.faults:
            faults = tuple(sorted(self.faults, key=lambda fault: fault.line))
            return ImportResult(faults=faults, ignored_columns=self.ignored_columns)
        return ImportResult(
            len(self.new), len(self.changed), self.unchanged, ignored_columns=self.ignored_columns
        )


async def import_attendees(
    services: Services, slug: str, data: bytes, dry_run: bool = False, actor: Actor = COMMAND
) -> ImportResult:
    """Stores a CSV table: all rows or, with any fault or `dry_run`, none. The same again changes nothing."""
    now = services.clock.now()
    seen, stored, rows = await services.db.read(lambda connection: _read(connection, slug))
    # Worked out on a snapshot and another thread: scans wait only while rows are written.
    plan = await asyncio.to_thread(_plan, services.keys, seen, rows, data)
    if dry_run or not plan.has_work:
        return plan.result

    def work(connection: Connection) -> tuple[EventRow, ImportResult]:
        event = lock_event(connection, slug)
        current = plan
        if event.version != seen.version:
            # Every scan raises the version: only what the plan was made from makes it old.
            is_same_agenda = event.agenda_version == seen.agenda_version
            if not is_same_agenda or list_stored(connection, event.id) != stored:
                current = _plan(services.keys, event, list_attendees(connection, event.id), data)
        if current.has_work:
            _store(connection, event, current, now)
            bump(connection, event.id)
            detail = {"created": len(current.new), "updated": len(current.changed)}
            insert_audit(connection, event.id, now, actor.label, "import", detail=detail)
        return event, current.result

    event, result = await services.db.write(work)
    services.live.nudge(event.id)
    return result


async def export_attendees(services: Services, slug: str) -> str:
    """All attendees as CSV text, aliases in place of confidential names."""
    now = services.clock.now()

    def work(connection: Connection) -> str:
        event = get_event(connection, slug)
        presences = find_presences(connection, event.id)
        rows = [
            {
                **cells(_shown_draft(row.profile)),
                "number": row.number,
                "status": status_of(event.agenda, row, presences.get(row.id, ABSENT), now),
            }
            for row in list_attendees(connection, event.id)
        ]
        return write_table(rows, EXPORTED)

    return await services.db.read(work)


def _shown_draft(profile: Profile) -> AttendeeDraft:
    shown = profile.public
    values = {}
    for column in COLUMNS:
        if column.name not in _HIDDEN:
            values[column.field] = getattr(shown, "group_name" if column.field == "group" else column.field)
    return AttendeeDraft(**values)


# ---- what a table means


def _read(connection: Connection, slug: str) -> tuple[EventRow, list[tuple[object, ...]], list[AttendeeRow]]:
    event = get_event(connection, slug)
    return event, list_stored(connection, event.id), list_attendees(connection, event.id)


def _plan(keys: KeyRing, event: EventRow, rows: Sequence[AttendeeRow], data: bytes) -> _Plan:
    table = read_table(data, event.agenda)
    plan = _Plan(ignored_columns=table.ignored_columns, faults=list(table.faults))
    known = _Known(rows, table.drafts)
    fresh = [
        profile
        for line, draft in table.drafts
        if (profile := _plan_row(plan, known, line, draft)) is not None
    ]
    numbers = draw_numbers({row.number for row in rows}, len(fresh))
    for number, profile in zip(numbers, fresh, strict=True):
        new = NewAttendee(uuid=uuid4().bytes, number=number, is_walk_in=False, profile=profile)
        plan.new.append((new, issue(keys, event.uuid, new.uuid, 1).digest))
        _ = new.columns  # made here, not under the lock
    return plan


class _Known:
    """The attendees there are, by what a row can be known by, and which line has claimed which."""

    def __init__(self, rows: Sequence[AttendeeRow], drafts: Sequence[tuple[int, AttendeeDraft]]) -> None:
        self._by_external_id: dict[str, list[AttendeeRow]] = defaultdict(list)
        self._by_identity: dict[str, list[AttendeeRow]] = defaultdict(list)
        for row in rows:
            if row.profile.external_id:
                self._by_external_id[row.profile.external_id].append(row)
            if row.profile.identity:
                self._by_identity[row.profile.identity].append(row)
        self._named = {draft.external_id for _, draft in drafts} & self._by_external_id.keys()
        self.claimed: dict[int, int] = {}

    def find(self, draft: AttendeeDraft) -> tuple[str, list[AttendeeRow]]:
        """The column that a row is known by and whom it names; more than one is a fault."""
        if draft.external_id in self._named:
            return "external_id", self._by_external_id[draft.external_id]
        identity = identity_of(draft.email, draft.first_name, draft.last_name)
        found = self._by_identity.get(identity, []) if identity else []
        if draft.external_id:  # those whom another row names by their own id are other people
            found = [row for row in found if row.profile.external_id not in self._named]
        return "email", found


def _plan_row(plan: _Plan, known: _Known, line: int, draft: AttendeeDraft) -> Profile | None:
    """Plans one row; gives the profile of somebody new."""
    column, found = known.find(draft)
    if len(found) > 1:
        plan.faults.append(Fault(line, column, f"Several attendees match{_named(found, ': ')}."))
        return None
    if not found:
        return Profile.of(draft)
    old = found[0]
    first = known.claimed.setdefault(old.id, line)
    if first != line:
        named = _named(found, ", ")
        plan.faults.append(Fault(line, column, f"Line {first} means the same attendee{named}."))
        return None
    profile = old.profile.with_draft(_without_alias(old.profile, draft))
    if profile.is_confidential and not profile.has_alias:
        plan.faults.append(Fault(line, "alias", ALIAS_NEEDED))
    elif profile == old.profile:
        plan.unchanged += 1
    else:
        plan.changed.append((old, replace(old, profile=profile)))
    return None


def _named(found: Sequence[AttendeeRow], lead: str) -> str:
    """Whom a row means, by number; nothing where that would tell which alias belongs to the row's name."""
    if any(row.profile.is_confidential for row in found):
        return ""
    return lead + ", ".join(row.number for row in found)


def _without_alias(profile: Profile, draft: AttendeeDraft) -> AttendeeDraft:
    """A row that shows the alias came out of an export: it must not overwrite what the alias hides."""
    is_exported = (
        profile.is_confidential
        and not draft.given & _HIDDEN
        and (draft.first_name, draft.last_name) == (profile.shown.first, profile.shown.last)
    )
    return replace(draft, given=draft.given - _OF_ALIAS) if is_exported else draft


# ---- storing it


def _store(connection: Connection, event: EventRow, plan: _Plan, now: Instant) -> None:
    update_profiles(connection, [new for _, new in plan.changed], now)
    update_people(connection, event, [(old.person, new.person) for old, new in plan.changed], now)
    ids = insert_attendees(connection, event.id, [new for new, _ in plan.new], now)
    made = [(ids[new.uuid], digest) for new, digest in plan.new]
    insert_credentials(connection, event.id, 1, made, now)
    add_people(connection, event, [_person(ids[new.uuid], new) for new, _ in plan.new])


def _person(attendee: AttendeeId, new: NewAttendee) -> Person:
    profile = new.profile
    return Person(attendee, new.number, profile.shown, profile.disciplines, profile.accessibility)
