"""How often a number may be typed wrong: each further failure makes the next attempt wait longer.

A number is short enough to be guessed, so a device (or whoever else guesses) has a few failures free,
forgiven one a minute; beyond them the pause doubles up to half a minute. Success forgives nothing, or one
known number would open the way to endless guesses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checkin.domain.instants import MINUTE, SECOND, Instant
from checkin.domain.model import DeviceId
from checkin.domain.scans import Number, Scan, Situation

BEGINNING = Instant(0)
FREE_FAILURES = 5
LONGEST_PAUSE = 30 * SECOND
FORGIVEN_AFTER = MINUTE


@dataclass(frozen=True, slots=True)
class Guesses:
    """The failures of one guesser that are not forgiven yet, and from when on they may try again."""

    failures: int = 0
    retry_at: Instant = BEGINNING

    def must_wait(self, now: Instant) -> bool:
        """Whether an attempt at `now` is turned away."""
        return now < self.retry_at

    def failed(self, now: Instant) -> "Guesses":
        """The state after one more failure at `now`."""
        forgiven = max(0, now - self.retry_at) // FORGIVEN_AFTER
        failures = max(0, self.failures - forgiven) + 1
        beyond = failures - FREE_FAILURES
        pause = 0 if beyond <= 0 else min(LONGEST_PAUSE, SECOND << min(beyond - 1, 10))
        return Guesses(failures, Instant(now + pause))


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Which scans of a batch (by position) must wait until when, and the guessers whose state has changed."""

    until: dict[int, Instant]
    guesses: dict[DeviceId, Guesses]


def is_guess(scan: Scan) -> bool:
    """Whether somebody typed whom the scan names."""
    return isinstance(scan.subject, Number)


def hold_back(
    situation: Situation, scans: Sequence[Scan], guesses: Mapping[DeviceId, Guesses], now: Instant
) -> HeldBack:
    """Goes through a batch before it is judged. A scan that is recorded already is no guess but a retry."""
    held = HeldBack({}, {})
    seen = set(situation.recorded)
    for position, scan in enumerate(scans):
        if scan.scan_id in seen or situation.sender(scan) is None:
            continue
        if is_guess(scan):
            state = held.guesses.get(scan.device) or guesses.get(scan.device, Guesses())
            if state.must_wait(now):
                held.until[position] = state.retry_at
                continue
            if not _is_right(situation, scan):
                held.guesses[scan.device] = state.failed(now)
        seen.add(scan.scan_id)
    return held


def _is_right(situation: Situation, scan: Scan) -> bool:
    subject = scan.subject
    found = situation.numbers.get(subject.number) if isinstance(subject, Number) else None
    return found is not None and isinstance(subject, Number) and subject.last_name in (None, found[1])
