"""Recording and undoing scans: from what a device sent to an answer that is on disk.

Owns the way of a scan through its event's batcher and the writer. Must not decide anything about a scan (that
is `judge`'s) nor know how an answer looks on the wire. Nothing is answered or published before its commit.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from time import perf_counter
from typing import Final

from msgspec import Struct

from badges.credential import Credential, KeyRing, parse, tag_check
from checkin.domain.errors import AppError, invalid_field
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, DeviceId, EventId, Role
from checkin.domain.scans import DeviceFacts, Digest, Direction, Number, Outcome, Override, Recorded, Scan
from checkin.service.batcher import Batcher
from checkin.service.watch import Unwatched, Watch
from checkin.store.attendees import written_number
from checkin.store.scan_rows import Reversal, ScanLog, Stored
from checkin.store.scans import Batch, spelling

log = logging.getLogger("checkin.batch")

SLOW_SECONDS: Final = 1.0
"""A batch that takes longer is told in the log."""


def _nothing() -> None:
    return


class Reading(Struct, frozen=True):
    """What a device sent for one scan, its form checked: either `credential` or `number` is given.

    `lateness`: microseconds from `scanned_at` to `sent_at` by the device's clock, for a scan made offline.
    """

    scan_id: bytes
    credential: str | None = None
    number: str | None = None
    last_name: str | None = None
    direction: Direction = Direction.AUTO
    scanned_at: Instant | None = None
    lateness: int | None = None
    override: Override | None = None

    def __repr__(self) -> str:
        return f"Reading({self.scan_id.hex()})"  # nobody's credential or name


class Answer(Struct, frozen=True):
    """The outcome of a scan that is on disk, with the agenda that it was judged by."""

    recorded: Recorded
    outcome: Outcome
    agenda: Agenda


class _Presented(Struct, frozen=True):
    scan: Scan
    credential: Credential | None


class ScanDesk:
    """Where all scans of this process go, with one batcher an event so that events don't wait for each other.

    `nudge` is told of an event after something of it was committed, `watch` how batches go. `after_commit` is
    called once something is on disk, before anybody is told.
    """

    def __init__(
        self,
        log: ScanLog,
        keys: KeyRing,
        now: Callable[[], Instant],
        nudge: Callable[[EventId], None],
        after_commit: Callable[[], None] = _nothing,
        watch: Watch | None = None,
    ) -> None:
        self._log = log
        self._has_our_tag = tag_check(keys)
        self._now = now
        self._nudge = nudge
        self._after_commit = after_commit
        self._watch = watch or Unwatched()
        self._is_closed = False
        self._batchers: dict[EventId, Batcher[_Presented, Answer | AppError]] = {}

    async def record(
        self, event_id: EventId, device: DeviceFacts, readings: Sequence[Reading]
    ) -> list[Answer | Exception]:
        """Records scans of one device; the answers in their order, an exception in place of one that failed.

        The same scan again gives its first answer. `AppError`s: invalid, unauthorized (a revoked device),
        scan_id_reused, too_many_requests (typed numbers), not_found (the event is gone), unavailable (nothing
        was stored). Anything else is a bug, and no other scan's.
        """
        results: list[Answer | Exception | None] = [None] * len(readings)
        presented: list[tuple[int, _Presented]] = []
        for position, reading in enumerate(readings):
            try:
                presented.append((position, present(device, reading)))
            except AppError as problem:
                results[position] = problem
        answers = await self._batcher(event_id).submit([item for _, item in presented])
        for (position, _), answer in zip(presented, answers, strict=True):
            results[position] = answer
        return [result for result in results if result is not None]

    async def record_one(self, event_id: EventId, device: DeviceFacts, reading: Reading) -> Answer:
        """The same for one scan; its failure is raised."""
        batcher = self._batcher(event_id)
        (answer,) = await batcher.submit([present(device, reading)])
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def undo(self, scan_id: bytes, device: DeviceId | None, undone_by: str) -> Instant:
        """Takes a scan's sighting back and gives when; the same answer when it was undone before.

        `device` is the device that asks, None for an organizer; `undone_by` names them in the log.
        `AppError`: not_found, forbidden (another device's scan), conflict (a refused one).
        """

        reversal = Reversal(scan_id, device, undone_by, self._now)
        undone = await self._log.undo(reversal)
        self._after_commit()
        if undone.is_new:
            self._nudge(undone.event_id)
        return undone.undone_at

    @property
    def unanswered(self) -> int:
        """How many accepted scans are not answered yet."""
        return sum(batcher.unanswered for batcher in self._batchers.values())

    async def close(self) -> None:
        """Takes no more scans and finishes those accepted. Safe to repeat."""
        self._is_closed = True
        for batcher in self._batchers.values():
            await batcher.close()
        await self._log.close()

    def _batcher(self, event_id: EventId) -> Batcher[_Presented, Answer | AppError]:
        if self._is_closed:
            raise AppError("unavailable", "the server is stopping; nothing was stored")
        batcher = self._batchers.get(event_id)
        if batcher is None:

            async def run(items: list[_Presented]) -> list[Answer | AppError]:
                return await self._run(event_id, items)

            taken = self._watch.batch_taken
            batcher = self._batchers[event_id] = Batcher(
                run, is_shared=is_named, taken=taken, at_once=self._log.at_once
            )
        return batcher

    async def _run(self, event_id: EventId, items: list[_Presented]) -> list[Answer | AppError]:
        credentials = {
            item.scan.subject.value: item.credential.raw
            for item in items
            if item.credential is not None and isinstance(item.scan.subject, Digest)
        }
        scans = [item.scan for item in items]
        stored = await self._record(Batch(event_id, scans, credentials, self._now, self._has_our_tag))
        self._after_commit()
        answers = [_answer(outcome, stored.agenda) for outcome in stored.outcomes]
        self._nudge(event_id)
        return answers

    async def _record(self, batch: Batch) -> Stored:
        """The batch on disk, its time told."""
        started = perf_counter()
        stored = await self._log.record(batch)
        seconds = perf_counter() - started
        self._watch.batch_written(seconds, stored.commit_seconds)
        if seconds > SLOW_SECONDS:
            figures = {"ms": round(seconds * 1000), "commit_ms": round(stored.commit_seconds * 1000)}
            log.warning("slow_batch", {"event": batch.event_id, "scans": len(batch.scans), **figures})
        return stored


def present(device: DeviceFacts, reading: Reading) -> _Presented:
    """The scan that a reading is, with its credential if it has one. `AppError` if nobody is named."""
    credential: Credential | None = None
    subject: Digest | Number | None = None
    if reading.number is not None:
        if device.role is Role.KIOSK and not spelling(reading.last_name or ""):
            raise invalid_field("last_name", "a typed number needs the last name with it")
        last_name = None if reading.last_name is None else spelling(reading.last_name)
        named = written_number(reading.number)
        subject = Number(named, last_name)
    elif reading.credential is not None:
        credential = parse(reading.credential)
        subject = None if credential is None else Digest(credential.digest)
        named = reading.credential if credential is None else credential.raw.hex()
    else:
        raise invalid_field("credential", "either a credential or a number must be given")
    scan = Scan(
        scan_id=reading.scan_id,
        device=device.id,
        subject=subject,
        fingerprint=_fingerprint(device.id, named, reading),
        direction=reading.direction,
        scanned_at=reading.scanned_at,
        lateness=reading.lateness,
        override=reading.override,
        paired_at=device.paired_at,
    )
    return _Presented(scan, credential)


def _fingerprint(device: DeviceId, named: str, reading: Reading) -> bytes:
    """What must be the same for a scan_id to name the same scan; lengths keep the parts apart."""
    text = _measured_number(device) + _measured(named) + _MEASURED[reading.direction]
    if reading.override is not None:
        text += _measured(reading.override.reason) + _measured(reading.override.by)
    return hashlib.blake2b(text, digest_size=16).digest()


def _measured(part: str) -> bytes:
    # Unpaired surrogates come in through JSON escapes; they must not stop the scan.
    written = part.encode("utf-8", "surrogatepass")
    return len(written).to_bytes(4, "big") + written


@lru_cache(maxsize=1024)
def _measured_number(device: DeviceId) -> bytes:
    return _measured(str(device))


_MEASURED: Final = {direction: _measured(direction.value) for direction in Direction}


def is_named(problem: Exception) -> bool:
    """Whether it is a named problem (a full disk, an event that is gone): no single scan's fault."""
    return isinstance(problem, AppError)


def _answer(outcome: Outcome | AppError, agenda: Agenda) -> Answer | AppError:
    if isinstance(outcome, AppError):
        return outcome
    if outcome.recorded is None:
        return AppError("unauthorized", "this device is not paired any more")
    if outcome.is_reused:
        return AppError("scan_id_reused", "this scan_id names another scan already")
    return Answer(outcome.recorded, outcome, agenda)
