"""The situation as it moves along: what a sighting, and the seats that come with it, change.

Owns presences, seats, counters and crossings while a batch is judged. Must not decide a verdict.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

from checkin.domain import door
from checkin.domain.assignments import Assignment, Cause, Why
from checkin.domain.crossings import Counts, Crossing, carried, cross, trace
from checkin.domain.headcount import headcount
from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, DeviceId, Session
from checkin.domain.presence import (
    ABSENT,
    Ends,
    Presence,
    Sighting,
    advance,
    after_ends,
    fold,
)
from checkin.domain.routing.placement import place
from checkin.domain.routing.reasons import assign
from checkin.domain.scans import Changes, DeviceFacts, Holder, RoomLoad, Scan, Situation, Verdict
from checkin.domain.session_ends import SessionEnds
from checkin.domain.tallies import (
    ASSIGNED,
    COUNTED_IN,
    COUNTED_OUT,
    TallyKey,
    contribution,
    difference,
    moved,
)
from checkin.domain.verdicts import Row

_HERE = Why(cause=Cause.DOOR)


class Facts(Struct, frozen=True):
    """One scan with what was looked up for it. `door` None: at a kiosk, or nobody is known."""

    scan: Scan
    device: DeviceFacts
    holder: Holder | None
    attendee: AttendeeId | None
    at: Instant
    recorded_at: Instant
    presence: Presence
    door: door.DoorFacts | None

    @property
    def session(self) -> Session | None:
        """The session of the scan."""
        return None if self.door is None else self.door.session

    def sighting(self, row: Row) -> Sighting | None:
        """What the scan leaves behind by this line of the table; None: nothing."""
        if row.effect is None:
            return None
        session = None if self.session is None else self.session.code
        is_repeat = row.verdict is Verdict.REPEAT
        scan = self.scan
        return Sighting(self.at, scan.scan_id, row.effect, scan.device, self.device.room, session, is_repeat)


@dataclass(slots=True)
class Ledger:
    """A batch's situation, and the changes that it has come to so far."""

    situation: Situation
    changes: Changes
    ends: SessionEnds

    def assigned(self, session: str) -> int:
        """How many are assigned to a session."""
        return self.situation.tallies.get((ASSIGNED, session), 0)

    def load(self, code: str | None, now: Instant) -> RoomLoad | None:
        """How full a room is; None where there is none, such as at a kiosk."""
        room = self.situation.agenda.room.get(code or "")
        if room is None:
            return None
        situation, zone = self.situation, self.situation.agenda.zone
        count = headcount(situation.tallies, situation.counts, room.code, now, zone)
        return RoomLoad(room.code, count.headcount, room.posted_limit)

    def is_full(self, code: str | None, now: Instant) -> bool:
        """Whether as many are in a room as its posted limit allows."""
        load = self.load(code, now)
        return load is not None and load.headcount >= load.posted_limit

    def device_name(self, device: DeviceId | None) -> str | None:
        """What a device is called."""
        facts = self.situation.devices.get(device) if device is not None else None
        return None if facts is None else facts.name

    def held(self, attendee: AttendeeId) -> dict[str, Assignment]:
        """Somebody's assignments by slot."""
        return self.situation.assignments.setdefault(attendee, {})

    def presence_at(self, attendee: AttendeeId, at: Instant, is_late: bool) -> Presence:
        """Where somebody was when a scan took place."""
        if not is_late:
            return self.situation.presences.get(attendee, ABSENT)
        ends, zone, state = self._ends(attendee), self.situation.agenda.zone, ABSENT
        before = [s for s in self.situation.sightings.get(attendee, []) if s.happened_at <= at]
        for sighting in sorted(before, key=lambda s: (s.happened_at, s.scan_id)):
            state = advance(state, sighting, zone, ends)
        return after_ends(state, ends, at)

    def take(self, facts: Facts, attendee: AttendeeId, sighting: Sighting, row: Row) -> Presence:
        """Lets a sighting take effect, and gives where the attendee is after it."""
        situation, zone = self.situation, self.situation.agenda.zone
        person, held = situation.persons[attendee], self.held(attendee)
        before = situation.presences.get(attendee, ABSENT)
        placed = () if person.is_cancelled else self._seats(facts, attendee, row)
        presence = self._sight(facts, attendee, sighting)
        if placed:
            old = contribution(person, before, held.values(), zone)
            held.update({item.slot: item for item in placed})
            self.changes.assignments.setdefault(attendee, []).extend(placed)
            self._add(difference(old, contribution(person, presence, held.values(), zone)))
        elif presence is not before:
            self._add(moved(person, before, presence, held.values(), zone))
        return presence

    def _ends(self, attendee: AttendeeId) -> Ends:
        return self.ends.of(self.held(attendee))

    def _add(self, added: Mapping[TallyKey, int]) -> None:
        for key, n in added.items():
            self.situation.tallies[key] = self.situation.tallies.get(key, 0) + n
            self.changes.tallies[key] = self.changes.tallies.get(key, 0) + n

    # ---- presence

    def _sight(self, facts: Facts, attendee: AttendeeId, sighting: Sighting) -> Presence:
        situation, zone, ends = self.situation, self.situation.agenda.zone, self._ends(attendee)
        before = situation.presences.get(attendee, ABSENT)
        seen = situation.sightings.get(attendee)
        if facts.scan.is_late:
            earlier = list(seen or ())
            seen = situation.sightings[attendee] = [*earlier, sighting]
            after = fold(seen, zone, ends)
            if situation.counts:
                old, new = trace(earlier, zone, ends)[1], trace(seen, zone, ends)[1]
                self._add(difference(counted(old, situation.counts), counted(new, situation.counts)))
        else:
            if seen is not None:
                seen.append(sighting)
            if situation.counts:
                after, crossings = cross(before, sighting, zone, ends)
                self._add(counted(crossings, situation.counts))
            else:
                after = after_ends(advance(before, sighting, zone, ends), ends)
        if after == before:
            return before
        situation.presences[attendee] = self.changes.presences[attendee] = after
        return after

    # ---- seats

    def _seats(self, facts: Facts, attendee: AttendeeId, row: Row) -> tuple[Assignment, ...]:
        """The seats that come with an arrival, or with being let in at a door."""
        if row.line not in (8, 14):
            return ()
        session, held = facts.session, dict(self.held(attendee))
        made: list[Assignment] = []
        if session is not None and self._takes_seat(facts, attendee, session):
            made.append(self._seat(attendee, session, held))
        known = self.situation.presences.get(attendee, ABSENT)
        if row.line == 8 or not (known.has_checked_in or facts.scan.override is not None):
            if session is not None:  # the other slots only: in this one they are where they are
                own = made[0] if made else held.get(session.slot)
                if own is None or own.session is None:
                    own = Assignment(session.slot, session.code, _HERE)
                held[session.slot] = own
            taken = {item.session for item in made}
            made += place(
                self.situation.agenda,
                self.situation.persons[attendee],
                held,
                lambda code: self.assigned(code) + (code in taken),
                facts.recorded_at,
                begun_at=facts.recorded_at if facts.scan.is_late else None,
            )
        return tuple([replace(item, made_at=facts.recorded_at) for item in made])

    def _takes_seat(self, facts: Facts, attendee: AttendeeId, session: Session) -> bool:
        agenda, at_door = self.situation.agenda, facts.door
        if at_door is None or at_door.is_assigned or at_door.is_elsewhere or at_door.is_closed:
            return False
        if facts.scan.override is not None or session.is_plenary:
            return False
        if self.situation.persons[attendee].is_welcome_everywhere or not at_door.is_eligible:
            return False
        if facts.scan.is_late and agenda.slot[session.slot].starts_at <= facts.recorded_at:
            return False
        is_free = self.assigned(session.code) < agenda.seats(session)
        return is_free and not door.takes_topic_twice(agenda, session, self.held(attendee))

    def _seat(self, attendee: AttendeeId, session: Session, held: Mapping[str, Assignment]) -> Assignment:
        agenda = self.situation.agenda
        return assign(
            agenda,
            self.situation.persons[attendee],
            agenda.slot[session.slot],
            session,
            Cause.DOOR,
            {slot: item.session for slot, item in held.items()} | {session.slot: session.code},
            lambda code: self.assigned(code) + (code == session.code),
        )


def counted(crossings: Iterable[Crossing], counts: Counts) -> Counter[TallyKey]:
    """The entries and exits since ushers' counts, as counters."""
    steps = carried(crossings, counts)
    return Counter({(COUNTED_IN if step > 0 else COUNTED_OUT, room): n for (room, step), n in steps.items()})
