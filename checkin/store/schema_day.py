"""The tables of the day: the log of scans, and what is kept beside it so that nobody need read the log."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
    text,
)

from checkin.store.schema_base import (
    Id,
    Text,
    attendee_key,
    event_key,
    instant,
    metadata,
    of_attendee,
    of_event,
)

# The log: every scan, never changed or deleted. `effect` is the sighting it left (null: a refusal).
scan = Table(
    "scan",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("scan_id", LargeBinary(16), nullable=False, unique=True),
    of_event(),
    Column("device_id", Id, ForeignKey("device.id"), nullable=False),
    of_attendee(nullable=True),
    # Device, credential or number, direction and override: tells a retry from a reused id.
    Column("fingerprint", LargeBinary(16), nullable=False),
    instant("happened_at"),
    instant("recorded_at"),
    instant("scanned_at", nullable=True),
    Column("is_late", Boolean, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("effect", Text),
    Column("room", Text),
    Column("session", Text),
    Column("detail", JSON(none_as_null=True)),
    UniqueConstraint("event_id", "recorded_at"),
)
Index(
    "ix_scan_sightings",
    scan.c.attendee_id,
    scan.c.happened_at,
    sqlite_where=scan.c.effect.isnot(None),
    postgresql_where=scan.c.effect.isnot(None),
)
# Tells a board how old each room's data is; arrivals, which have no room, cost nothing here.
Index(
    "ix_scan_room",
    scan.c.event_id,
    scan.c.room,
    scan.c.recorded_at,
    sqlite_where=scan.c.room.isnot(None),
    postgresql_where=scan.c.room.isnot(None),
)
# Conflicts and overrides are told in the detail, which most scans don't have.
Index(
    "ix_scan_detail",
    scan.c.event_id,
    scan.c.recorded_at,
    sqlite_where=text("detail IS NOT NULL"),
    postgresql_where=text("detail IS NOT NULL"),
)

reversal = Table(
    "reversal",
    metadata,
    Column("scan_seq", Id, ForeignKey("scan.seq", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    of_event(),
    Column("undone_by", Text, nullable=False),
    instant("undone_at"),
    Index(None, "event_id"),
)

closing = Table(
    "closing",
    metadata,
    event_key(),
    Column("session", Text, primary_key=True),
    instant("ended_at"),
    instant("recorded_at"),
)

room_count = Table(
    "room_count",
    metadata,
    Column("id", Id, primary_key=True),
    of_event(),
    Column("room", Text, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("counted_by", Text, nullable=False),
    instant("counted_at"),
    Column("until_at", BigInteger, nullable=False, server_default="0"),
    # What the scans made of it at that moment: how far count and scans had drifted apart.
    Column("scanned", Integer, nullable=False, server_default="0"),
    CheckConstraint("counted >= 0", name="counted"),
    Index(None, "event_id", "room", "counted_at"),
)

# Where each attendee is now: the fold of the sightings, kept so that a scan need not read them.
presence = Table(
    "presence",
    metadata,
    attendee_key(),
    of_event(),
    instant("first_at", nullable=True),
    Column("first_device", Id),
    instant("arrived_at", nullable=True),
    instant("left_at", nullable=True),
    Column("room", Text),
    Column("session", Text),
    instant("entered_at", nullable=True),
    Column("exited_room", Text),
    instant("exited_at", nullable=True),
    Column("passed_from", Text),
    Index(None, "event_id", "room"),
    Index(None, "event_id", "first_at"),
)

# Counters, changed only by the difference between old and new rows; `verify` counts them again.
tally = Table(
    "tally",
    metadata,
    event_key(),
    Column("what", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    CheckConstraint("n >= 0", name="not_negative"),
)

# What wants attention, from when to when, and who has seen it. Rows are kept; of one key one is open at most.
alert = Table(
    "alert",
    metadata,
    Column("id", Id, primary_key=True),
    of_event(),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    instant("raised_at"),
    instant("cleared_at", nullable=True),
    instant("acknowledged_at", nullable=True),
    Column("acknowledged_by", Text),
    Index(None, "event_id", "id"),
)
Index(
    "ix_alert_open",
    alert.c.event_id,
    alert.c.kind,
    alert.c.subject,
    unique=True,
    sqlite_where=alert.c.cleared_at.is_(None),
    postgresql_where=alert.c.cleared_at.is_(None),
)
