"""What every scan's answer holds, as the JSON it becomes: an attendee's day and the moment of the scan.

Owns how it is put together from what is the same for everybody, which is written once for an agenda. Must not
say anything that `views` and `words` would not say. What is given here goes where the wire type that it was
written from is expected; the type itself stays what describes it.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs

from checkin.api import views
from checkin.domain.assignments import Assignment, KeptDay
from checkin.domain.instants import SECOND, Instant, to_datetime
from checkin.domain.model import Agenda
from checkin.domain.routing.words import words_around_seat

MOST_ITEMS = 4_000
"""So many items are kept for an agenda, of a few hundred bytes each."""

_json = msgspec.json.Encoder()

_SECOND_LENGTH = len('"2027-01-26T10:20:00')

_Item = tuple[str, str | None]
"""What stands before and behind the number of a seat; without a seat all of the item and None."""


def uuid(value: bytes) -> str:
    """A UUID as it is written (RFC 9562)."""
    digits = value.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def moment(agenda: Agenda, instant: Instant) -> Any:
    """An instant with the event's offset. For what happens now: the last seconds are remembered."""
    second, rest = divmod(instant, SECOND)
    before, behind = _second(agenda.zone, second)
    return msgspec.Raw(f"{before}.{str(rest).zfill(6)}{behind}" if rest else f"{before}{behind}")


@lru_cache(maxsize=16)
def _second(zone: ZoneInfo, second: int) -> tuple[str, str]:
    """What stands before and behind a second's fraction."""
    text = _text(to_datetime(Instant(second * SECOND), zone))
    return text[:_SECOND_LENGTH], text[_SECOND_LENGTH:]


def itinerary(agenda: Agenda, day: Iterable[Assignment]) -> Any:
    """An attendee's day, in the order it is given. Of a day that is kept this is kept with it."""
    if not isinstance(day, KeptDay):
        return _itinerary(agenda, day)
    found = day.worked_out.get("written")
    if found is None or found[0] is not agenda:
        found = day.worked_out["written"] = agenda, _itinerary(agenda, day)
    return found[1]


def _itinerary(agenda: Agenda, day: Iterable[Assignment]) -> Any:
    known: dict[object, _Item] = agenda.worked_out.setdefault("written", {})
    items: list[str] = []
    for one in day:
        why = one.why
        reason = (
            why.cause,
            why.discipline,
            why.is_required,
            why.choice,
            why.better,
            why.blocked,
            why.moved_from,
        )
        kind = one.slot, one.session, reason
        item = known.get(kind)
        if item is None:
            if one.slot not in agenda.slot:
                continue
            if len(known) >= MOST_ITEMS:
                known.clear()
            item = known[kind] = _item(agenda, one)
        before, behind = item
        items.append(before if behind is None else f"{before}{why.seat} of {why.seats}{behind}")
    return msgspec.Raw(f"[{','.join(items)}]")


def _item(agenda: Agenda, one: Assignment) -> _Item:
    before, behind = words_around_seat(agenda, one)
    item = views.itinerary_item(agenda, one.slot, one.session)
    text = _text(structs.replace(item, why=before))
    return (text, None) if behind is None else (text.removesuffix('"}'), _text(behind)[1:] + "}")


def _text(value: object) -> str:
    return _json.encode(value).decode()
