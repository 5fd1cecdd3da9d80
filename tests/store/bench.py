"""The rows of recorded scans without a desk: batches cut as a test likes, on copies in memory."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from badges.credential import Credential, is_genuine
from checkin.domain.errors import AppError
from checkin.domain.instants import Instant
from checkin.domain.model import DeviceId
from checkin.domain.scans import DeviceFacts, Outcome, Scan
from checkin.service.scans import Reading, present
from checkin.store.database_sqlite import transaction
from checkin.store.scan_log import Memory, Reversal, record_scans, run_at_once, undo_scan
from checkin.store.scans import Batch
from checkin.store.scans_sqlite import SqliteRows
from tests.domain.conference import NEXT_DAY, at
from tests.service.venue import DOOR, EVENT, KEYS, KIOSK, find_faults, open_venue, scan_id

PEOPLE = 8
REVOKED = DeviceFacts(DeviceId(4), "Kiosk C", KIOSK.role)
OTHER_DOOR = DeviceFacts(DeviceId(5), "Door of A101", DOOR.role, "a101")
AFTERWARDS = at(11, 10)
"""The second slot has ended, with an usher's count in its room: late scans fall before and after both."""

ROWS = {
    "scan": "SELECT * FROM scan ORDER BY seq",
    "presence": "SELECT * FROM presence ORDER BY attendee_id",
    "assignment": "SELECT * FROM assignment ORDER BY attendee_id, slot",
    "tally": "SELECT * FROM tally WHERE n <> 0 ORDER BY event_id, what, key",
    "event_state": "SELECT event_id, agenda_version, last_recorded_at, ticked_at FROM event_state ORDER BY 1",
    "reversal": "SELECT * FROM reversal ORDER BY scan_seq",
    "backoff": "SELECT * FROM backoff ORDER BY key",
}


@dataclass(frozen=True)
class Sent:
    """One scan as it comes in, with what tells its credential's genuineness."""

    scan: Scan
    credential: Credential | None


def sent(device: DeviceFacts, reading: Reading) -> Sent:
    """A reading as the desk presents it."""
    presented = present(device, reading)
    return Sent(presented.scan, presented.credential)


async def make_template(path: Path) -> None:
    """People, one cancelled, one badge replaced, one device revoked; the second slot is over."""
    async with open_venue(f"sqlite:///{path}", PEOPLE) as venue:
        await venue.execute("UPDATE credential SET replaced_at = 1 WHERE attendee_id = 2")
        await venue.execute(
            "INSERT INTO device VALUES (5, 1, 'Door of A101', 'door', 'a101', NULL, 1, 1, NULL, NULL)"
        )
        for session, ended_at in (
            ("opening", at(9, 30)),
            ("undercover-2", at(11)),
            ("injuries-2", at(11)),
        ):
            closing = (
                "INSERT INTO closing (event_id, session, ended_at, recorded_at) VALUES (1, :session, :at, 1)"
            )
            await venue.execute(closing, session=session, at=ended_at)
        for room, counted_at in (("b204", at(9, 40)), ("a101", at(10, 30)), ("a101", at(11, 5))):
            counting = (
                "INSERT INTO room_count (event_id, room, counted, counted_by, counted_at, until_at) "
                "VALUES (1, :room, 2, 'usher', :at, :until)"
            )
            await venue.execute(counting, room=room, at=counted_at, until=at(0, day=NEXT_DAY))
        await venue.execute("INSERT INTO device VALUES (4, 1, 'Kiosk C', 'kiosk', NULL, NULL, 1, 1, 2, NULL)")
        # Reinstated or not, the counters must be those of a cancelled registration.
        await venue.execute("UPDATE attendee SET is_cancelled = true WHERE id = 4")
        await venue.execute("UPDATE tally SET n = n - 1 WHERE event_id = 1 AND (key = '' OR key = 'law')")


class Bench:
    """A copy of the template in memory, where transactions and foreign keys are as on the writer."""

    def __init__(self, template: Path) -> None:
        self.raw = sqlite3.connect(":memory:", isolation_level=None)
        self.raw.execute("PRAGMA foreign_keys=ON")
        with sqlite3.connect(template) as source:
            source.backup(self.raw)
        source.close()
        self.memory = Memory()

    def record(self, batch: list[Sent], now: Instant) -> list[Outcome | AppError]:
        """Records one batch in one transaction."""
        credentials = {item.credential.digest: item.credential for item in batch if item.credential}
        work = Batch(
            EVENT,
            [item.scan for item in batch],
            lambda: now,
            lambda event, digest: is_genuine(KEYS, credentials[digest], event),
        )
        return transaction(
            self.raw, lambda: run_at_once(record_scans(SqliteRows(self.raw), work, self.memory))
        ).outcomes

    def undo(self, name: int) -> str | None:
        """Undoes a scan as an organizer; the code of the error if it can't be."""
        reversal = Reversal(scan_id(name), None, "x", lambda: at(13))
        try:
            transaction(self.raw, lambda: run_at_once(undo_scan(SqliteRows(self.raw), reversal, self.memory)))
        except AppError as problem:
            return problem.code
        return None

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything that recording scans may change, the version aside."""
        return {table: self.raw.execute(query).fetchall() for table, query in ROWS.items()}

    def close(self) -> None:
        self.raw.close()


def faults_of(bench: Bench) -> list[str]:
    """`find_faults` through the ordinary queries, on the same connection."""
    engine = create_engine("sqlite://", creator=lambda: bench.raw, poolclass=StaticPool)
    with engine.connect() as connection:
        return find_faults(connection)
