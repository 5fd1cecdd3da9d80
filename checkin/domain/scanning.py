"""What a scan means: the contract's table of verdicts, in its order.

`judge` goes through a batch scan by scan with a `Situation` that moves along, so that a batch gives exactly
what its scans would give one by one. Of each scan it computes a flat `Case`; `decide` walks `TABLE` and takes
the first row that matches. The lines of room doors (door half of 6, 9 to 14) are not in the table yet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from checkin.domain.assignments import Assignment
from checkin.domain.day import are_doors_open, itinerary, next_stop
from checkin.domain.instants import Instant
from checkin.domain.model import AttendeeId, DeviceId, Role
from checkin.domain.presence import ABSENT, Effect, Presence, Sighting, advance, fold
from checkin.domain.routing.placement import place
from checkin.domain.scans import (
    Changes,
    DeviceFacts,
    Digest,
    Direction,
    Holder,
    Number,
    Outcome,
    Reason,
    Recorded,
    Scan,
    Situation,
    Subject,
    Verdict,
)
from checkin.domain.tallies import ASSIGNED, contribution, difference


@dataclass(frozen=True, slots=True)
class Case:
    """One scan against the situation, as plain answers to the table's questions."""

    role: Role
    is_known: bool
    is_other_event: bool
    is_out: bool
    is_replaced: bool
    is_cancelled: bool
    is_on_site: bool
    has_checked_in: bool
    are_doors_open: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: for whom, when, and what then. `stays`: a late scan does not pass it."""

    line: int
    applies: Callable[[Case], bool]
    verdict: Verdict
    reason: Reason
    effect: Effect | None = None
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The row that decided, and the refusals that a late scan passed on the way."""

    row: Row
    passed: tuple[Reason, ...] = ()


def _is_repeat(case: Case) -> bool:
    return case.has_checked_in if case.is_late else case.is_on_site


TABLE = (
    Row(1, lambda c: not c.is_known, Verdict.REFUSED, Reason.UNKNOWN_BADGE, stays=True),
    Row(2, lambda c: c.is_other_event, Verdict.REFUSED, Reason.OTHER_EVENT, stays=True),
    Row(3, lambda c: c.is_out and c.is_on_site, Verdict.ADMITTED, Reason.LEFT_VENUE, Effect.LEFT),
    Row(3, lambda c: c.is_out, Verdict.ADMITTED, Reason.EXITED_UNMATCHED, Effect.LEFT),
    Row(4, lambda c: c.is_replaced, Verdict.REFUSED, Reason.BADGE_REPLACED, stays=True),
    Row(5, lambda c: c.is_cancelled, Verdict.REFUSED, Reason.REGISTRATION_CANCELLED),
    Row(6, _is_repeat, Verdict.REPEAT, Reason.ALREADY_CHECKED_IN, Effect.ARRIVED),
    Row(7, lambda c: not c.are_doors_open, Verdict.REFUSED, Reason.CLOSED),
    Row(8, lambda c: not c.has_checked_in, Verdict.ADMITTED, Reason.CHECKED_IN, Effect.ARRIVED),
    Row(8, lambda c: True, Verdict.ADMITTED, Reason.RETURNED, Effect.ARRIVED),
)

ANONYMOUS = frozenset({Reason.UNKNOWN_BADGE, Reason.OTHER_EVENT, Reason.BADGE_REPLACED})
"""Reasons whose answers show no attendee and no itinerary."""


def decide(case: Case) -> Decision:
    """The first row that matches. A late scan passes refusals that it can't undo any more, and tells them."""
    passed: list[Reason] = []
    for row in TABLE:
        if not row.applies(case):
            continue
        if case.is_late and row.verdict is Verdict.REFUSED and not row.stays:
            passed.append(row.reason)
            continue
        if case.is_late and row.verdict is Verdict.REPEAT:
            passed.append(row.reason)
        return Decision(row, tuple(passed))
    raise AssertionError("the table's last row matches everything")


def judge(situation: Situation, scans: Sequence[Scan], now: Instant) -> Changes:
    """Answers the scans in order and gives the rows to write. The situation is moved along.

    `now` is the server's clock; each scan gets a `recorded_at` of its own, rising within the event.
    """
    bench = _Bench(situation, Changes(situation.last_recorded_at))
    for scan in scans:
        bench.changes.outcomes.append(bench.hear(scan, now))
    bench.changes.last_recorded_at = situation.last_recorded_at
    return bench.changes


@dataclass(slots=True)
class _Bench:
    situation: Situation
    changes: Changes

    def hear(self, scan: Scan, now: Instant) -> Outcome:
        device = self.situation.devices.get(scan.device)
        if device is None or device.is_revoked:
            return Outcome(None)
        earlier = self.situation.recorded.get(scan.scan_id)
        if earlier is not None:
            return self._replay(scan, earlier, now)
        recorded = self._record(scan, device, now)
        self.situation.recorded[scan.scan_id] = recorded
        self.changes.scans.append(recorded)
        return self._answer(recorded, recorded.recorded_at)

    def _replay(self, scan: Scan, earlier: Recorded, now: Instant) -> Outcome:
        if earlier.device != scan.device or earlier.fingerprint != scan.fingerprint:
            return Outcome(earlier, is_reused=True)
        answer = self._answer(earlier, now)
        return Outcome(earlier, True, False, answer.person, answer.itinerary, answer.stop)

    def _answer(self, recorded: Recorded, now: Instant) -> Outcome:
        person = self.situation.persons.get(recorded.attendee) if recorded.attendee is not None else None
        if person is None or recorded.reason in ANONYMOUS:
            return Outcome(recorded)
        agenda = self.situation.agenda
        if recorded.reason is Reason.REGISTRATION_CANCELLED:
            return Outcome(recorded, person=person, itinerary=())
        day = itinerary(agenda, self.situation.assignments.get(person.id, {}))
        return Outcome(recorded, person=person, itinerary=day, stop=next_stop(agenda, day, now))

    def _record(self, scan: Scan, device: DeviceFacts, now: Instant) -> Recorded:
        recorded_at = Instant(max(now, self.situation.last_recorded_at + 1))
        self.situation.last_recorded_at = recorded_at
        happened_at = self._happened_at(scan, recorded_at)
        holder = self._holder(scan.subject)
        attendee = None if holder is None or holder.is_other_event else holder.attendee
        case = self._case(scan, device, holder, happened_at)
        decision = decide(case)
        row = decision.row
        detail: dict[str, Any] = {"conflict": [str(r) for r in decision.passed]} if decision.passed else {}
        if attendee is not None and row.effect is not None:
            sighting = Sighting(happened_at, scan.scan_id, row.effect, scan.device)
            presence = self._sight(attendee, sighting, scan.is_late)
            self._apply(attendee, presence, row, recorded_at, scan.is_late)
            if row.verdict is Verdict.REPEAT:
                detail["first_at"] = presence.first_at
                detail["first_device"] = self._device_name(presence.first_device)
        return Recorded(
            scan_id=scan.scan_id,
            device=scan.device,
            fingerprint=scan.fingerprint,
            verdict=row.verdict,
            reason=row.reason,
            happened_at=happened_at,
            recorded_at=recorded_at,
            scanned_at=scan.scanned_at,
            attendee=attendee,
            effect=row.effect,
            is_late=scan.is_late,
            detail=detail or None,
        )

    def _happened_at(self, scan: Scan, recorded_at: Instant) -> Instant:
        """A late scan's age is a span of its own clock, so that a wrong clock does no harm."""
        if scan.lateness is None:
            return recorded_at
        taken_at = recorded_at - max(0, scan.lateness)
        return Instant(min(max(taken_at, self.situation.agenda.starts_at), recorded_at))

    def _holder(self, subject: Subject) -> Holder | None:
        match subject:
            case Digest(value):
                return self.situation.holders.get(value)
            case Number(number, last_name):
                found = self.situation.numbers.get(number)
                if found is None or (last_name is not None and last_name != found[1]):
                    return None
                return Holder(found[0])
            case None:
                return None

    def _case(self, scan: Scan, device: DeviceFacts, holder: Holder | None, at: Instant) -> Case:
        agenda = self.situation.agenda
        attendee = None if holder is None or holder.is_other_event else holder.attendee
        person = None if attendee is None else self.situation.persons[attendee]
        presence = ABSENT if attendee is None else self._presence_at(attendee, at, scan.is_late)
        known = ABSENT if attendee is None else self.situation.presences.get(attendee, ABSENT)
        return Case(
            role=device.role,
            is_known=holder is not None,
            is_other_event=holder is not None and holder.is_other_event,
            is_out=scan.direction is Direction.OUT,
            is_replaced=holder is not None and holder.is_replaced,
            is_cancelled=person is not None and person.is_cancelled,
            is_on_site=presence.is_on_site(at, agenda.zone),
            has_checked_in=known.has_checked_in,
            are_doors_open=are_doors_open(agenda, at),
            is_late=scan.is_late,
        )

    def _presence_at(self, attendee: AttendeeId, at: Instant, is_late: bool) -> Presence:
        if not is_late:
            return self.situation.presences.get(attendee, ABSENT)
        before = [s for s in self.situation.sightings.get(attendee, []) if s.happened_at <= at]
        return fold(before, self.situation.agenda.zone)

    def _sight(self, attendee: AttendeeId, sighting: Sighting, is_late: bool) -> Presence:
        zone = self.situation.agenda.zone
        if attendee in self.situation.sightings:
            self.situation.sightings[attendee].append(sighting)
        elif is_late:
            self.situation.sightings[attendee] = [sighting]
        if is_late:
            return fold(self.situation.sightings[attendee], zone)
        return advance(self.situation.presences.get(attendee, ABSENT), sighting, zone)

    def _apply(
        self, attendee: AttendeeId, presence: Presence, row: Row, recorded_at: Instant, is_late: bool
    ) -> None:
        situation, agenda = self.situation, self.situation.agenda
        person = situation.persons[attendee]
        old_presence = situation.presences.get(attendee, ABSENT)
        held = situation.assignments.setdefault(attendee, {})
        placed: tuple[Assignment, ...] = ()
        if row.line == 8 and not person.is_cancelled:
            placed = place(
                agenda,
                person,
                held,
                lambda code: situation.tallies.get((ASSIGNED, code), 0),
                recorded_at,
                begun_at=recorded_at if is_late else None,
            )
        if presence == old_presence and not placed:
            return
        old = contribution(person, old_presence, held.values(), agenda.zone)
        held.update({item.slot: item for item in placed})
        new = contribution(person, presence, held.values(), agenda.zone)
        for key, n in difference(old, new).items():
            situation.tallies[key] = situation.tallies.get(key, 0) + n
            self.changes.tallies[key] = self.changes.tallies.get(key, 0) + n
        situation.presences[attendee] = presence
        self.changes.presences[attendee] = presence
        if placed:
            self.changes.assignments.setdefault(attendee, []).extend(placed)

    def _device_name(self, device: DeviceId | None) -> str | None:
        facts = self.situation.devices.get(device) if device is not None else None
        return None if facts is None else facts.name
