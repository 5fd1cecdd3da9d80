"""What every use case gets: the database, the keys, the clock, and who is asking.

Owns nothing that runs: `checkin.app` builds these and ends them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from badges.credential import KeyRing
from checkin.domain.instants import Instant
from checkin.domain.model import EventId
from checkin.domain.scans import DeviceFacts
from checkin.live import Live
from checkin.service.last_calls import LastCalls
from checkin.service.readiness import Readiness
from checkin.service.scans import ScanDesk
from checkin.service.watch import Unwatched, Watch
from checkin.store.database import Database
from checkin.store.settings import find_setting, update_setting

CLOCK_SETTING: Final = "clock_offset"


def _system_microseconds() -> int:
    return time.time_ns() // 1000


class Clock:
    """The server's time. In a rehearsal it is `offset` microseconds ahead of the machine's."""

    def __init__(
        self,
        offset: int = 0,
        is_rehearsal: bool = False,
        source: Callable[[], int] = _system_microseconds,
    ) -> None:
        self.offset = offset
        self.is_rehearsal = is_rehearsal
        self._source = source

    def now(self) -> Instant:
        """The present moment."""
        return Instant(self._source() + self.offset)


async def open_clock(database: Database, start_at: Instant | None = None) -> Clock:
    """The clock of this database: a rehearsal's, if one was begun in it, else the machine's.

    `start_at` begins a rehearsal now at that time; its offset is stored, so that it runs on after a restart.
    """
    if start_at is not None:
        offset = start_at - _system_microseconds()
        await database.write(lambda connection: update_setting(connection, CLOCK_SETTING, str(offset)))
        return Clock(offset, is_rehearsal=True)
    stored = await database.read(lambda connection: find_setting(connection, CLOCK_SETTING))
    return Clock() if stored is None else Clock(int(stored), is_rehearsal=True)


@dataclass(frozen=True, slots=True)
class Services:
    """What the use cases work with. `public_url` has no slash at its end; empty: links are relative."""

    db: Database
    keys: KeyRing = field(repr=False)
    clock: Clock
    public_url: str
    scans: ScanDesk
    live: Live
    watch: Watch = field(default_factory=Unwatched)
    calls: LastCalls = field(default_factory=LastCalls)
    readiness: Readiness = field(default_factory=Readiness)


class ActorKind(StrEnum):
    """How somebody is known: by an API token, a paired device, not at all, or as who runs a command."""

    TOKEN = "token"  # noqa: S105
    DEVICE = "device"
    ANYONE = "anyone"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `role`: of a token `organizer` or `staff`, of a device its role.

    Devices belong to one event: `event` is its slug, `device` what the rules know of them.
    """

    kind: ActorKind
    role: str = ""
    id: int | None = None
    name: str = ""
    device: DeviceFacts | None = None
    event_id: EventId | None = None
    event: str | None = None

    @property
    def label(self) -> str:
        """The actor in the audit's words; ids tell same names apart."""
        return str(self.kind) if self.id is None else f"{self.kind} {self.id} {self.name}"

    @property
    def is_trusted(self) -> bool:
        """Whether they may register people where the public may not."""
        return self.kind in (ActorKind.TOKEN, ActorKind.COMMAND)


ANYONE: Final = Actor(ActorKind.ANYONE)
COMMAND: Final = Actor(ActorKind.COMMAND)
