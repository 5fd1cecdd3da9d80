"""The tables of events, attendees, devices and plans, as SQLAlchemy Core describes them.

The agenda is one JSON document per event, since it is read and replaced whole and cached by its version;
assignments and scans name its parts by their codes. Every table that a scan reads or writes is narrow and
keyed by integers. What happens on the day stands in `schema_day`. Migrations must end in exactly this schema.
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

# What holds for the whole installation: the clock's offset of a rehearsal.
setting = Table(
    "setting", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False)
)

event = Table(
    "event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uuid", LargeBinary(16), nullable=False, unique=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("document", JSON, nullable=False),
    instant("created_at"),
    # What was decided since the file was written: closures, prices. `agenda_version` rises with it too.
    Column("standing", JSON, nullable=False, server_default="{}"),
)

# The row that whoever changes what a verdict depends on locks first; `version` rises with every change.
event_state = Table(
    "event_state",
    metadata,
    Column("event_id", Id, ForeignKey("event.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False, server_default=text("0")),
    Column("agenda_version", BigInteger, nullable=False, server_default=text("0")),
    Column("last_recorded_at", BigInteger, nullable=False, server_default=text("0")),
    Column("ticked_at", BigInteger, nullable=False, server_default=text("0")),
)

attendee = Table(
    "attendee",
    metadata,
    Column("id", Id, primary_key=True),
    of_event(),
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
    instant("created_at"),
    instant("updated_at"),
    UniqueConstraint("event_id", "number"),
    Index(None, "event_id", "sort_last", "sort_first", "number"),
    Index(None, "event_id", "external_id"),
    Index(None, "event_id", "identity"),
)

credential = Table(
    "credential",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    of_event(),
    of_attendee(),
    Column("generation", BigInteger, nullable=False),
    instant("issued_at"),
    instant("replaced_at", nullable=True),
    Index(None, "attendee_id"),
)

assignment = Table(
    "assignment",
    metadata,
    Column("attendee_id", Id, ForeignKey("attendee.id", ondelete="CASCADE"), primary_key=True),
    Column("slot", Text, primary_key=True),
    of_event(),
    Column("session", Text),
    Column("why", JSON, nullable=False),
    instant("made_at"),
    # With the attendee in it, a board counts who of a session has come without reading the rows.
    Index(None, "event_id", "session", "attendee_id"),
)

# When an attendee was last shown their day (badge, page): assignments made before are known to them.
told = Table(
    "told",
    metadata,
    attendee_key(),
    of_event(),
    instant("told_at"),
    Index(None, "event_id"),
)

# Slots whose no-shows' seats were given away: once, whoever does it.
release = Table(
    "release",
    metadata,
    event_key(),
    Column("slot", Text, primary_key=True),
    instant("released_at"),
)

# Changes of rooms on the day; `before` is what undo brings back (file, standing, assignments).
reroute = Table(
    "reroute",
    metadata,
    Column("id", Id, primary_key=True),
    of_event(),
    instant("made_at"),
    Column("made_by", Text, nullable=False),
    Column("change", JSON, nullable=False),
    Column("moves", JSON, nullable=False),
    Column("overfull", JSON, nullable=False),
    Column("before", JSON, nullable=False),
    instant("undone_at", nullable=True),
    Index(None, "event_id", "id"),
)

device = Table(
    "device",
    metadata,
    Column("id", Id, primary_key=True),
    of_event(),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("room", Text),
    Column("token_digest", LargeBinary(32), unique=True),
    instant("created_at"),
    instant("paired_at", nullable=True),
    instant("revoked_at", nullable=True),
    # Its last call or open stream, to the minute; null until the first.
    instant("last_seen_at", nullable=True),
    CheckConstraint("(role = 'door') = (room IS NOT NULL)", name="door_has_room"),
    Index(None, "event_id"),
)

pairing = Table(
    "pairing",
    metadata,
    Column("code_digest", LargeBinary(32), primary_key=True),
    Column("device_id", Id, ForeignKey("device.id", ondelete="CASCADE"), nullable=False),
    instant("expires_at"),
    instant("used_at", nullable=True),
    Index(None, "device_id"),
)

token = Table(
    "token",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    instant("created_at"),
    instant("revoked_at", nullable=True),
)

# A registration's Idempotency-Key: the attendee it made, so that the answer can be given again.
idempotency = Table(
    "idempotency",
    metadata,
    event_key(),
    Column("key_digest", LargeBinary(32), primary_key=True),
    Column("body_digest", LargeBinary(32), nullable=False),
    of_attendee(),
    instant("created_at"),
)

# Failed guesses (typed numbers, pairing codes) by guesser; tells when the next may come.
backoff = Table(
    "backoff",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    instant("retry_at"),
)

# Decisions that must be accounted for: reveal, cancel, reinstate, reissue, revoke.
audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    of_event(),
    instant("happened_at"),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    of_attendee(nullable=True),
    Column("detail", JSON(none_as_null=True)),
    Index(None, "event_id", "happened_at"),
)
