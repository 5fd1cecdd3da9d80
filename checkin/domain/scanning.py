"""What a scan means: every scan of a batch against a situation that moves along.

`judge` goes through a batch scan by scan, so that a batch gives exactly what its scans would give one by one.
Of each scan it computes a flat `Case`; the first line of `verdicts.TABLE` that fits decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checkin.domain import door
from checkin.domain.day import are_doors_open, itinerary, next_stop
from checkin.domain.instants import SECOND, Instant
from checkin.domain.ledger import Facts, Ledger
from checkin.domain.model import Role
from checkin.domain.presence import ABSENT
from checkin.domain.scans import (
    Changes,
    DeviceFacts,
    Digest,
    Direction,
    Holder,
    Outcome,
    Reason,
    Recorded,
    Scan,
    Situation,
    Subject,
)
from checkin.domain.session_ends import SessionEnds
from checkin.domain.verdicts import ANONYMOUS, Case, Decision, decide

FRESH = 60 * SECOND
"""So long after an entry or exit the same badge at the same door is a repeat, not the way back."""

_ELSEWHERE = frozenset({Reason.WRONG_ROOM, Reason.ROOM_CLOSED})
_FULL = frozenset({Reason.ROOM_FULL, Reason.SESSION_FULL})


def judge(situation: Situation, scans: Sequence[Scan], now: Instant) -> Changes:
    """Answers the scans in order and gives the rows to write. The situation is moved along.

    `now` is the server's clock; each scan gets a `recorded_at` of its own, rising within the event.
    """
    changes = Changes(situation.last_recorded_at)
    bench = _Bench(situation, Ledger(situation, changes, SessionEnds(situation.agenda, situation.ended)))
    for scan in scans:
        changes.outcomes.append(bench.hear(scan, now))
    changes.last_recorded_at = situation.last_recorded_at
    return changes


@dataclass(slots=True)
class _Bench:
    situation: Situation
    ledger: Ledger

    # ---- what is answered

    def hear(self, scan: Scan, now: Instant) -> Outcome:
        device = self.situation.sender(scan)
        if device is None:
            return Outcome(None)
        earlier = self.situation.recorded.get(scan.scan_id)
        if earlier is not None:
            if earlier.device != scan.device or earlier.fingerprint != scan.fingerprint:
                return Outcome(earlier, is_reused=True)
            return self._answer(earlier, device, now, is_replay=True)
        recorded = self._record(scan, device, now)
        self.situation.recorded[scan.scan_id] = recorded
        self.ledger.changes.scans.append(recorded)
        return self._answer(recorded, device, recorded.recorded_at)

    def _answer(
        self, recorded: Recorded, device: DeviceFacts, now: Instant, is_replay: bool = False
    ) -> Outcome:
        load, agenda = self.ledger.load(device.room, now), self.situation.agenda
        person = self.situation.persons.get(recorded.attendee) if recorded.attendee is not None else None
        if person is None or recorded.reason in ANONYMOUS:
            return Outcome(recorded, is_replay, occupancy=load)
        if recorded.reason is Reason.REGISTRATION_CANCELLED:
            return Outcome(recorded, is_replay, person=person, itinerary=(), occupancy=load)
        held = self.situation.assignments.get(person.id, {})
        day = itinerary(agenda, held)
        stop = next_stop(agenda, day, now)
        if recorded.reason in _ELSEWHERE and device.room is not None:
            stop = door.right_session(agenda, device.room, held, recorded.happened_at)
        alternatives = None
        if recorded.reason in _FULL:
            session = agenda.session.get(recorded.session or "")
            ledger = self.ledger
            alternatives = door.find_alternatives(
                agenda, person, session, held, ledger.assigned, lambda room: ledger.is_full(room, now)
            )
        return Outcome(
            recorded,
            is_replay,
            person=person,
            itinerary=day,
            stop=None if stop is None else stop.code,
            occupancy=load,
            alternatives=alternatives,
        )

    # ---- what is recorded

    def _record(self, scan: Scan, device: DeviceFacts, now: Instant) -> Recorded:
        recorded_at = Instant(max(now, self.situation.last_recorded_at + 1))
        self.situation.last_recorded_at = recorded_at
        facts = self._look_up(scan, device, recorded_at)
        decision = decide(self._case(facts))
        row = decision.row
        detail = _detail(scan, decision)
        sighting = facts.sighting(row)
        if facts.attendee is not None and sighting is not None:
            presence = self.ledger.take(facts, facts.attendee, sighting, row)
            if row.reason is Reason.ALREADY_CHECKED_IN:
                detail["first_at"] = presence.first_at
                detail["first_device"] = self.ledger.device_name(presence.first_device)
            elif row.reason is Reason.ENTERED:
                left = facts.presence.room_at(facts.at, self.situation.agenda.zone)
                if left is not None and left != device.room:
                    detail["left_room"] = left
        return Recorded(
            scan_id=scan.scan_id,
            device=scan.device,
            fingerprint=scan.fingerprint,
            verdict=row.verdict,
            reason=row.reason,
            happened_at=facts.at,
            recorded_at=recorded_at,
            scanned_at=scan.scanned_at,
            attendee=facts.attendee,
            effect=row.effect,
            room=device.room,
            session=None if facts.session is None else facts.session.code,
            is_late=scan.is_late,
            detail=detail or None,
        )

    def _look_up(self, scan: Scan, device: DeviceFacts, recorded_at: Instant) -> Facts:
        at = self._happened_at(scan, recorded_at)
        holder = self._holder(scan.subject)
        attendee = None if holder is None or holder.is_other_event else holder.attendee
        presence, facts = ABSENT, None
        if attendee is not None:
            presence = self.ledger.presence_at(attendee, at, scan.is_late)
            if device.room is not None:
                person, held = self.situation.persons[attendee], self.ledger.held(attendee)
                facts = door.look(self.situation.agenda, device.room, person, held, self.ledger.assigned, at)
        return Facts(scan, device, holder, attendee, at, recorded_at, presence, facts)

    def _happened_at(self, scan: Scan, recorded_at: Instant) -> Instant:
        """A late scan's age is a span of its own clock, so that a wrong clock does no harm."""
        if scan.lateness is None:
            return recorded_at
        taken_at = recorded_at - max(0, scan.lateness)
        return Instant(min(max(taken_at, self.situation.agenda.starts_at), recorded_at))

    def _holder(self, subject: Subject) -> Holder | None:
        if subject is None:
            return None
        if isinstance(subject, Digest):
            return self.situation.holders.get(subject.value)
        found = self.situation.numbers.get(subject.number)
        if found is None or subject.last_name not in (None, found[1]):
            return None
        return Holder(found[0])

    def _case(self, facts: Facts) -> Case:
        agenda, scan, room, at = self.situation.agenda, facts.scan, facts.device.room, facts.at
        holder, presence, at_door = facts.holder, facts.presence, facts.door
        known = person = None
        if facts.attendee is not None:
            person = self.situation.persons[facts.attendee]
            known = self.situation.presences.get(facts.attendee)
        is_on_site = presence.is_on_site(at, agenda.zone)
        return Case(
            is_door=facts.device.role is Role.DOOR,
            is_known=holder is not None,
            is_other_event=holder is not None and holder.is_other_event,
            is_out=scan.direction is Direction.OUT,
            is_in=scan.direction is Direction.IN or (scan.is_late and scan.direction is Direction.AUTO),
            is_replaced=holder is not None and holder.is_replaced,
            is_cancelled=person is not None and person.is_cancelled,
            is_on_site=is_on_site,
            has_checked_in=known is not None and known.has_checked_in,
            are_doors_open=are_doors_open(agenda, at),
            is_late=scan.is_late,
            is_overridden=scan.override is not None,
            is_inside=is_on_site and room is not None and presence.room == room,
            is_fresh=_is_within(presence.entered_at, at),
            is_just_out=presence.exited_room == room and _is_within(presence.exited_at, at),
            is_room_closed=at_door is not None and at_door.is_closed,
            is_elsewhere=at_door is not None and at_door.is_elsewhere,
            is_eligible=at_door is None or at_door.is_eligible,
            is_room_full=self.ledger.is_full(room, at),
            has_seat=at_door is None or at_door.has_seat,
            is_welcome_everywhere=person is not None and person.is_welcome_everywhere,
        )


def _is_within(moment: Instant | None, at: Instant) -> bool:
    return moment is not None and at - moment < FRESH


def _detail(scan: Scan, decision: Decision) -> dict[str, Any]:
    """What of the decision the log keeps beside verdict and reason."""
    detail: dict[str, Any] = {}
    if decision.conflicts:
        detail["conflict"] = [str(reason) for reason in decision.conflicts]
    if decision.overridden:
        detail["overridden"] = [str(reason) for reason in decision.overridden]
    if scan.override is not None:
        detail["override"] = {"reason": scan.override.reason, "by": scan.override.by}
    return detail
