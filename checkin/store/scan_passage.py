"""How batches of scans travel to the process that records them, and what comes back.

Owns the messages (MessagePack, fields as arrays) and their frames: four bytes of length, eight of the
question's number, which its answer has too, then so many bytes. Knows neither how a process is started nor
what it does with a batch.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct
from msgspec.inspect import multi_type_info
from msgspec.json import schema_components
from msgspec.msgpack import Decoder, Encoder

from checkin.domain.errors import AppError
from checkin.domain.instants import Instant
from checkin.domain.model import EventId
from checkin.domain.scans import Outcome, Scan
from checkin.store.failures import cause_of, is_failure, where
from checkin.store.scan_rows import Stored

K = TypeVar("K")
O = TypeVar("O")  # noqa: E741

HEAD_BYTES: Final = 12


class Greeting(Struct, Generic[K], frozen=True):
    """What the process is told first: where the database is, the keys that tell our badges, the `layout`."""

    path: str
    keys: K
    layout: bytes


class Task(Struct, frozen=True, array_like=True):
    """A batch, as `store.scans.Batch` has it. `now`: when its turn came, among all that the asker writes.
    `agenda_version`: of the agenda that the asker knows.
    """

    event_id: EventId
    scans: Sequence[Scan]
    credentials: Mapping[bytes, bytes]
    now: Instant
    agenda_version: int | None

    def __repr__(self) -> str:
        return f"Task({len(self.scans)} scans)"  # nobody's credential


class Refusal(Struct, frozen=True, array_like=True):
    """An `AppError`."""

    code: str
    message: str
    retry_after_seconds: int | None = None

    def error(self) -> AppError:
        """As it was raised."""
        error = AppError(self.code, self.message)
        error.retry_after_seconds = self.retry_after_seconds
        return error


def refusal(error: AppError) -> Refusal:
    """An error on its way."""
    return Refusal(error.code, error.message, error.retry_after_seconds)


class Done(Struct, Generic[O], frozen=True, array_like=True, tag="done"):
    """A batch on disk: an outcome for each scan, or None where `refused` has its position.

    `documents`: the event's file and standing, where the asker knew another version of its agenda.
    """

    outcomes: Sequence[O | None]
    refused: Mapping[int, Refusal]
    agenda_version: int
    documents: tuple[Any, Any] | None
    commit_seconds: float


class Refused(Struct, frozen=True, array_like=True, tag="refused"):
    """Nothing of the batch was stored, for a reason that callers can be told."""

    refusal: Refusal


class Failed(Struct, frozen=True, array_like=True, tag="failed"):
    """A bug, in words without values: its kind and where it was."""

    words: str


Reply = Done[Outcome] | Refused | Failed

_encoder: Final = Encoder()
read_task: Final = Decoder(Task).decode


def layout() -> bytes:
    """A digest of what messages consist of, which is another where the program was replaced meanwhile."""
    types = [Task, Reply]
    # The one has every field's type in its order, the other the words that there are for a verdict.
    return sha256(repr((multi_type_info(types), schema_components(types))).encode()).digest()


def done(stored: Stored, outcomes: Sequence[Outcome | AppError], known_agenda: int | None) -> Done[Outcome]:
    """What somebody is answered who knows that agenda; of what was stored `outcomes` are theirs."""
    return Done(
        [outcome if isinstance(outcome, Outcome) else None for outcome in outcomes],
        {place: refusal(one) for place, one in enumerate(outcomes) if isinstance(one, AppError)},
        stored.agenda_version,
        stored.documents if known_agenda != stored.agenda_version else None,
        stored.commit_seconds,
    )


def failed(problem: BaseException) -> Failed:
    """A bug's kind, its cause where no value can stand in it, and where it was."""
    cause = f": {cause_of(problem)}" if is_failure(problem) else ""
    return Failed(f"{type(problem).__name__}{cause} at {where(problem)}")


def written(message: Task | Reply) -> bytes:
    """A message."""
    return _encoder.encode(message)


def framed(number: int, message: bytes) -> bytes:
    """A message with its head."""
    return len(message).to_bytes(4, "big") + number.to_bytes(8, "big") + message


def head(data: bytes | bytearray) -> tuple[int, int]:
    """Of a head the length of what follows, and the question's number."""
    return int.from_bytes(data[:4], "big"), int.from_bytes(data[4:HEAD_BYTES], "big")


class Frames:
    """Puts together what comes in pieces."""

    def __init__(self) -> None:
        self._came = bytearray()

    def take(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The messages that are whole now, each with its number."""
        came = self._came
        came += data
        while len(came) >= HEAD_BYTES:
            length, number = head(came)
            end = HEAD_BYTES + length
            if len(came) < end:
                return
            message = bytes(memoryview(came)[HEAD_BYTES:end])
            del came[:end]
            yield number, message
