"""Events: loaded whole from a file, shown, listed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import uuid4

from sqlalchemy import Connection

from checkin.domain.agenda_file import Change, changes, read_agenda, write_document
from checkin.domain.assignments import Assignment
from checkin.domain.errors import FieldProblem, conflict
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, AttendeeId, DeviceId, EventId
from checkin.domain.presence import ABSENT, Presence, fold
from checkin.domain.session_ends import SessionEnds
from checkin.domain.standing import with_standing_of
from checkin.domain.tallies import TallyKey, contribution, difference
from checkin.service.rooms import close_sessions, follow_times, refold
from checkin.service.seating import impossible, place_all
from checkin.service.services import COMMAND, Actor, Services
from checkin.service.waiting import fill_seats, release_seats
from checkin.store import tallies
from checkin.store.assignments import Held, delete_assignments, find_assignments, list_last_assigned
from checkin.store.attendee_lists import list_attendees
from checkin.store.attendees import AttendeeRow, update_profiles
from checkin.store.audit import insert_audit
from checkin.store.closings import list_ended
from checkin.store.devices import list_devices, update_revoked
from checkin.store.events import (
    EventRow,
    bump,
    get_event,
    insert_event,
    list_states,
    lock_event,
    update_agenda,
)
from checkin.store.events import list_events as list_rows
from checkin.store.presences import find_presences, list_sightings, update_presences


async def load_event(
    services: Services, agenda: Agenda, force: bool = False, actor: Actor = COMMAND
) -> list[Change]:
    """Makes the event as the agenda says and gives what changed; the same again changes nothing.

    `AppError conflict` if that would take away what people or devices hold, unless `force`: then their
    assignments are removed, their disciplines shortened, doors of removed rooms revoked.
    """
    now = services.clock.now()
    document = write_document(agenda)
    read_agenda(document)  # what is stored must be readable, wherever the agenda came from

    def work(connection: Connection) -> tuple[EventId | None, list[Change]]:
        if insert_event(connection, uuid4().bytes, agenda.slug, document, now) is not None:
            return None, changes(None, agenda)
        event = lock_event(connection, agenda.slug)
        found = changes(event.agenda, agenda)
        if not found:
            return None, found
        new = with_standing_of(agenda, event.agenda)
        consequences = _foresee(connection, event, new)
        if consequences.losses and not force:
            raise conflict(
                "This would take away what people or devices hold; load it with force to do so.",
                consequences.losses,
            )
        _carry_out(connection, event, new, consequences, now)
        if consequences.losses:
            detail = {"losses": [f"{one.field}: {one.problem}" for one in consequences.losses[:100]]}
            insert_audit(connection, event.id, now, actor.label, "force_event", detail=detail)
        update_agenda(connection, event.id, new)
        follow_times(connection, event, new, now)
        refold(connection, event.id, new)
        # The clock has passed over what begins or ends earlier now than it did.
        close_sessions(connection, replace(event, agenda=new), now)
        release_seats(connection, replace(event, agenda=new), now)
        fill_seats(connection, replace(event, agenda=new), new.slots, now)
        _place_again(connection, replace(event, agenda=new), consequences, now)
        bump(connection, event.id, agenda=True)
        return event.id, found

    event_id, found = await services.db.write(work)
    if event_id is not None:
        services.live.nudge(event_id)
    return found


async def show_event(services: Services, slug: str) -> Agenda:
    """The event's agenda. `AppError not_found`."""
    return await services.db.read(lambda connection: get_event(connection, slug).agenda)


async def find_event_row(services: Services, slug: str) -> EventRow:
    """The event with its id and version. `AppError not_found`."""
    return await services.db.read(lambda connection: get_event(connection, slug))


async def count_events(services: Services) -> int:
    """How many events there are: a small question, which takes no agenda."""
    return len(await services.db.read(list_states))


async def list_events(services: Services) -> list[EventRow]:
    """All events by slug."""
    return await services.db.read(list_rows)


@dataclass(slots=True)
class _Consequences:
    """What a new agenda does to what is stored. `losses` need force."""

    losses: list[FieldProblem] = field(default_factory=list)
    before: list[AttendeeRow] = field(default_factory=list)
    after: dict[AttendeeId, AttendeeRow] = field(default_factory=dict)
    held: Mapping[AttendeeId, Held] = field(default_factory=dict)
    dropped: dict[AttendeeId, list[Assignment]] = field(default_factory=dict)
    devices: list[DeviceId] = field(default_factory=list)


def _foresee(connection: Connection, event: EventRow, agenda: Agenda) -> _Consequences:
    found = _Consequences(before=list_attendees(connection, event.id))
    found.held = find_assignments(connection, event.id)
    _foresee_disciplines(agenda, found)
    _foresee_devices(connection, event, agenda, found)
    lost: Counter[tuple[str, str]] = Counter()
    for row in found.before:
        person = found.after.get(row.id, row).person
        for item, reason in impossible(agenda, person, found.held.get(row.id, {})).items():
            found.dropped.setdefault(row.id, []).append(item)
            if item.session is not None:
                lost[item.session, reason] += 1
    _foresee_seats(connection, event, agenda, found, lost)
    for (session, reason), n in sorted(lost.items()):
        found.losses.append(FieldProblem(f"session.{session}", f"{_people(n)} assigned: {reason}"))
    return found


def _people(n: int) -> str:
    return "1 attendee is" if n == 1 else f"{n} attendees are"


def _foresee_disciplines(agenda: Agenda, found: _Consequences) -> None:
    gone: Counter[str] = Counter()
    for row in found.before:
        left = tuple(code for code in row.profile.disciplines if code in agenda.discipline)
        if left != row.profile.disciplines:
            gone.update(set(row.profile.disciplines) - set(left))
            found.after[row.id] = replace(row, profile=replace(row.profile, disciplines=left))
    for code, n in sorted(gone.items()):
        found.losses.append(FieldProblem(f"discipline.{code}", f"{_people(n)} of this discipline"))


def _foresee_devices(connection: Connection, event: EventRow, agenda: Agenda, found: _Consequences) -> None:
    for device in list_devices(connection, event.id):
        if device.room is not None and device.revoked_at is None and device.room not in agenda.room:
            found.devices.append(device.id)
            found.losses.append(FieldProblem(f"room.{device.room}", f"the door “{device.name}” is there"))


def _foresee_seats(
    connection: Connection,
    event: EventRow,
    agenda: Agenda,
    found: _Consequences,
    lost: Counter[tuple[str, str]],
) -> None:
    """Where seats were cut below what is assigned, those who got theirs last lose it."""
    gone = {(key, item.session) for key, items in found.dropped.items() for item in items}
    staying = Counter(
        item.session
        for key, held in found.held.items()
        for item in held.values()
        if (key, item.session) not in gone
    )
    for session in agenda.sessions:
        over = staying[session.code] - agenda.seats(session)
        if over <= 0:
            continue
        latest = list_last_assigned(connection, event.id, session.code)
        losers = [key for key in latest if (key, session.code) not in gone][:over]
        for key in losers:
            found.dropped.setdefault(key, []).append(found.held[key][session.slot])
        lost[session.code, f"only {agenda.seats(session)} seats are left"] += over


def _carry_out(
    connection: Connection, event: EventRow, agenda: Agenda, found: _Consequences, now: Instant
) -> None:
    update_profiles(connection, found.after.values(), now)
    delete_assignments(connection, found.dropped)
    for device in found.devices:
        update_revoked(connection, device, now)
    old_zone, new_zone = event.agenda.zone, agenda.zone
    ends = SessionEnds(agenda, list_ended(connection, event.id))
    old_presences = find_presences(connection, event.id)
    presences: Mapping[AttendeeId, Presence] = old_presences
    if new_zone.key != old_zone.key:  # midnights are elsewhere now
        sightings = list_sightings(connection, event.id)
        presences = {
            key: fold(seen, new_zone, ends.of(found.held.get(key, {}))) for key, seen in sightings.items()
        }
        update_presences(connection, event.id, presences)
    sums: Counter[TallyKey] = Counter()
    for row in found.before:
        gone = found.dropped.get(row.id, [])
        held = found.held.get(row.id, {}).values()
        left = [item for item in held if item not in gone]
        old = contribution(row.person, old_presences.get(row.id, ABSENT), held, old_zone)
        person = found.after.get(row.id, row).person
        new = contribution(person, presences.get(row.id, ABSENT), left, new_zone)
        sums.update(difference(old, new))
    tallies.apply(connection, event.id, sums)


def _place_again(connection: Connection, event: EventRow, found: _Consequences, now: Instant) -> None:
    """Gives those who lost a seat another, or the reason, where there was a plan or they have come."""
    agenda = event.agenda
    rows = [found.after.get(row.id, row) for row in found.before if row.id in found.dropped]
    if agenda.standing.planned_at is None:
        presences = find_presences(connection, event.id)
        rows = [row for row in rows if presences.get(row.id, ABSENT).is_on_site(now, agenda.zone)]
    people = [row.person for row in rows if not row.is_cancelled]
    place_all(connection, event, people, find_assignments(connection, event.id), now)
