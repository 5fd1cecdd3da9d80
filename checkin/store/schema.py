"""The tables, as SQLAlchemy Core describes them.

Times are integer microseconds since 1970 UTC. The agenda is one JSON document per event, since it is read and
replaced whole and cached by its version; assignments and scans name its parts by their codes. Every table
that a scan reads or writes is narrow and keyed by integers. Migrations must end in exactly this schema.
"""

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
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Id = BigInteger().with_variant(Integer, "sqlite")


def _instant(name: str, nullable: bool = False) -> "Column[int]":
    return Column(name, BigInteger, nullable=nullable)


def _event() -> "Column[int]":
    return Column("event_id", _Id, ForeignKey("event.id", ondelete="CASCADE"), nullable=False)


def _attendee(nullable: bool = False) -> "Column[int]":
    return Column("attendee_id", _Id, ForeignKey("attendee.id", ondelete="CASCADE"), nullable=nullable)


# What holds for the whole installation: the clock's offset of a rehearsal.
setting = Table(
    "setting", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False)
)

event = Table(
    "event",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("uuid", LargeBinary(16), nullable=False, unique=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("document", JSON, nullable=False),
    _instant("created_at"),
    # What was decided since the file was written: closures, prices. `agenda_version` rises with it too.
    Column("standing", JSON, nullable=False, server_default="{}"),
)

# The row that whoever changes what a verdict depends on locks first; `version` rises with every change.
event_state = Table(
    "event_state",
    metadata,
    Column(
        "event_id", _Id, ForeignKey("event.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("version", BigInteger, nullable=False, server_default=text("0")),
    Column("agenda_version", BigInteger, nullable=False, server_default=text("0")),
    Column("last_recorded_at", BigInteger, nullable=False, server_default=text("0")),
    Column("ticked_at", BigInteger, nullable=False, server_default=text("0")),
)

attendee = Table(
    "attendee",
    metadata,
    Column("id", _Id, primary_key=True),
    _event(),
    Column("uuid", LargeBinary(16), nullable=False, unique=True),
    Column("number", Text, nullable=False),
    Column("generation", BigInteger, nullable=False, server_default=text("1")),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("is_confidential", Boolean, nullable=False),
    Column("alias_first_name", Text, nullable=False, server_default=""),
    Column("alias_last_name", Text, nullable=False, server_default=""),
    Column("email", Text, nullable=False, server_default=""),
    Column("phone", Text, nullable=False, server_default=""),
    Column("agency", Text, nullable=False, server_default=""),
    Column("county", Text, nullable=False, server_default=""),
    Column("title", Text, nullable=False, server_default=""),
    Column("external_id", Text, nullable=False, server_default=""),
    Column("disciplines", JSON, nullable=False),
    Column("accessibility", JSON, nullable=False),
    Column("group_name", Text, nullable=False, server_default=""),
    Column("preferences", JSON, nullable=False),
    Column("is_welcome_everywhere", Boolean, nullable=False),
    Column("is_cancelled", Boolean, nullable=False),
    Column("is_walk_in", Boolean, nullable=False),
    # What shows outside: the alias' name if confidential. `search` is folded text, `sort_*` order the list.
    Column("search", Text, nullable=False),
    Column("sort_last", Text, nullable=False),
    Column("sort_first", Text, nullable=False),
    # Folded email, first and last name: finds the row that an import updates, and possible duplicates.
    Column("identity", Text, nullable=False),
    _instant("created_at"),
    _instant("updated_at"),
    UniqueConstraint("event_id", "number"),
    Index(None, "event_id", "sort_last", "sort_first", "number"),
    Index(None, "event_id", "external_id"),
    Index(None, "event_id", "identity"),
)

credential = Table(
    "credential",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    _event(),
    _attendee(),
    Column("generation", BigInteger, nullable=False),
    _instant("issued_at"),
    _instant("replaced_at", nullable=True),
    Index(None, "attendee_id"),
)

assignment = Table(
    "assignment",
    metadata,
    Column("attendee_id", _Id, ForeignKey("attendee.id", ondelete="CASCADE"), primary_key=True),
    Column("slot", Text, primary_key=True),
    _event(),
    Column("session", Text),
    Column("why", JSON, nullable=False),
    _instant("made_at"),
    # With the attendee in it, a board counts who of a session has come without reading the rows.
    Index(None, "event_id", "session", "attendee_id"),
)

# When an attendee was last shown their day (badge, page): assignments made before are known to them.
told = Table(
    "told",
    metadata,
    Column(
        "attendee_id",
        _Id,
        ForeignKey("attendee.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    _event(),
    _instant("told_at"),
    Index(None, "event_id"),
)

# Slots whose no-shows' seats were given away: once, whoever does it.
release = Table(
    "release",
    metadata,
    Column("event_id", _Id, ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    Column("slot", Text, primary_key=True),
    _instant("released_at"),
)

# Changes of rooms on the day; `before` is what undo brings back (file, standing, assignments).
reroute = Table(
    "reroute",
    metadata,
    Column("id", _Id, primary_key=True),
    _event(),
    _instant("made_at"),
    Column("made_by", Text, nullable=False),
    Column("change", JSON, nullable=False),
    Column("moves", JSON, nullable=False),
    Column("overfull", JSON, nullable=False),
    Column("before", JSON, nullable=False),
    _instant("undone_at", nullable=True),
    Index(None, "event_id", "id"),
)

device = Table(
    "device",
    metadata,
    Column("id", _Id, primary_key=True),
    _event(),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("room", Text),
    Column("token_digest", LargeBinary(32), unique=True),
    _instant("created_at"),
    _instant("paired_at", nullable=True),
    _instant("revoked_at", nullable=True),
    # Its last call or open stream, to the minute; null until the first.
    _instant("last_seen_at", nullable=True),
    CheckConstraint("(role = 'door') = (room IS NOT NULL)", name="door_has_room"),
    Index(None, "event_id"),
)

pairing = Table(
    "pairing",
    metadata,
    Column("code_digest", LargeBinary(32), primary_key=True),
    Column("device_id", _Id, ForeignKey("device.id", ondelete="CASCADE"), nullable=False),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    Index(None, "device_id"),
)

token = Table(
    "token",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    _instant("created_at"),
    _instant("revoked_at", nullable=True),
)

# The log: every scan, never changed or deleted. `effect` is the sighting it left (null: a refusal).
scan = Table(
    "scan",
    metadata,
    Column("seq", _Id, primary_key=True),
    Column("scan_id", LargeBinary(16), nullable=False, unique=True),
    _event(),
    Column("device_id", _Id, ForeignKey("device.id"), nullable=False),
    _attendee(nullable=True),
    # Device, credential or number, direction and override: tells a retry from a reused id.
    Column("fingerprint", LargeBinary(16), nullable=False),
    _instant("happened_at"),
    _instant("recorded_at"),
    _instant("scanned_at", nullable=True),
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
    Column(
        "scan_seq", _Id, ForeignKey("scan.seq", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    _event(),
    Column("undone_by", Text, nullable=False),
    _instant("undone_at"),
    Index(None, "event_id"),
)

closing = Table(
    "closing",
    metadata,
    Column("event_id", _Id, ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    Column("session", Text, primary_key=True),
    _instant("ended_at"),
    _instant("recorded_at"),
)

room_count = Table(
    "room_count",
    metadata,
    Column("id", _Id, primary_key=True),
    _event(),
    Column("room", Text, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("counted_by", Text, nullable=False),
    _instant("counted_at"),
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
    Column(
        "attendee_id",
        _Id,
        ForeignKey("attendee.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    _event(),
    _instant("first_at", nullable=True),
    Column("first_device", _Id),
    _instant("arrived_at", nullable=True),
    _instant("left_at", nullable=True),
    Column("room", Text),
    Column("session", Text),
    _instant("entered_at", nullable=True),
    Column("exited_room", Text),
    _instant("exited_at", nullable=True),
    Column("passed_from", Text),
    Index(None, "event_id", "room"),
    Index(None, "event_id", "first_at"),
)

# Counters, changed only by the difference between old and new rows; `verify` counts them again.
tally = Table(
    "tally",
    metadata,
    Column("event_id", _Id, ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    Column("what", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    CheckConstraint("n >= 0", name="not_negative"),
)

# What wants attention, from when to when, and who has seen it. Rows are kept; of one key one is open at most.
alert = Table(
    "alert",
    metadata,
    Column("id", _Id, primary_key=True),
    _event(),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    _instant("raised_at"),
    _instant("cleared_at", nullable=True),
    _instant("acknowledged_at", nullable=True),
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

# A registration's Idempotency-Key: the attendee it made, so that the answer can be given again.
idempotency = Table(
    "idempotency",
    metadata,
    Column("event_id", _Id, ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    Column("key_digest", LargeBinary(32), primary_key=True),
    Column("body_digest", LargeBinary(32), nullable=False),
    _attendee(),
    _instant("created_at"),
)

# Failed guesses (typed numbers, pairing codes) by guesser; tells when the next may come.
backoff = Table(
    "backoff",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    _instant("retry_at"),
)

# Decisions that must be accounted for: reveal, cancel, reinstate, reissue, revoke.
audit = Table(
    "audit",
    metadata,
    Column("id", _Id, primary_key=True),
    _event(),
    _instant("happened_at"),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    _attendee(nullable=True),
    Column("detail", JSON(none_as_null=True)),
    Index(None, "event_id", "happened_at"),
)
