"""Moments and local time.

An `Instant` is a whole number of microseconds since 1970-01-01T00:00Z: what both databases store and what the
rules compare, so that no naive datetime can slip in between. Only the edges turn it into text.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import NewType
from zoneinfo import ZoneInfo

Instant = NewType("Instant", int)

MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

SKEW = MINUTE
"""So far at most the clocks of servers that share a database may be apart. Further back goes only a rehearsal
that is begun anew.
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_MICROSECOND = timedelta(microseconds=1)


def is_by_faster_clock(at: Instant, now: Instant) -> bool:
    """Whether a server whose clock is ahead of ours did something `at`: then it is not ours to undo."""
    return 0 < at - now < SKEW


def to_instant(moment: datetime) -> Instant:
    """The instant of an aware datetime; a naive one is a `ValueError`."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone is no instant")
    return Instant((moment - _EPOCH) // _ONE_MICROSECOND)


def to_datetime(instant: Instant, zone: ZoneInfo | None = None) -> datetime:
    """The aware datetime of an instant, in `zone` (default UTC)."""
    moment = _EPOCH + timedelta(microseconds=instant)
    return moment if zone is None else moment.astimezone(zone)


EARLIEST = to_instant(datetime(2000, 1, 1, tzinfo=UTC))
LATEST = to_instant(datetime(3000, 1, 1, tzinfo=UTC))
"""What somebody asks for lies between: every time zone's calendar has it, and a clock can run on from it."""


def local_instant(day: date, clock: time, zone: ZoneInfo) -> Instant:
    """The instant of a local time; of a time that occurs twice the first (PEP 495, fold=0)."""
    return to_instant(datetime.combine(day, clock, tzinfo=zone))


def is_local_time(day: date, clock: time, zone: ZoneInfo) -> bool:
    """Whether that local time exists: false inside the hour that a spring change of clocks skips."""
    local = datetime.combine(day, clock, tzinfo=zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == datetime.combine(day, clock)


def local_date(instant: Instant, zone: ZoneInfo) -> date:
    """The calendar day of an instant where the event is."""
    return _local_day(instant, zone)[2]


def local_midnight(instant: Instant, zone: ZoneInfo) -> Instant:
    """The local midnight at which the day of `instant` began."""
    return _local_day(instant, zone)[0]


def next_midnight(instant: Instant, zone: ZoneInfo) -> Instant:
    """The first local midnight after `instant`."""
    return _local_day(instant, zone)[1]


def _local_day(instant: Instant, zone: ZoneInfo) -> tuple[Instant, Instant, date]:
    """The midnights around an instant, and its day. Most who ask mean one day: the last one is remembered."""
    known = _last_days.get(zone)
    if known is None or not known[0] <= instant < known[1]:
        day = to_datetime(instant, zone).date()
        begins_at = local_instant(day, time(0), zone)
        known = _last_days[zone] = (begins_at, local_instant(day + timedelta(days=1), time(0), zone), day)
    return known


_last_days: dict[ZoneInfo, tuple[Instant, Instant, date]] = {}
