"""How an event stands beside its file: closures, prices, when it was planned. As JSON, and back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checkin.domain.agenda_file import read_agenda
from checkin.domain.instants import Instant
from checkin.domain.model import Agenda, Closure, Standing


def write_standing(standing: Standing) -> dict[str, object]:
    """As JSON; `read_standing` gives the same value back."""
    return {
        "closures": [[one.room, one.slot, one.since] for one in standing.closures],
        "prices": dict(standing.prices),
        "planned_at": standing.planned_at,
    }


def read_standing(document: Mapping[str, Any]) -> Standing:
    """The value that `write_standing` made the document from; of an empty one, nothing was decided yet."""
    planned_at = document.get("planned_at")
    return Standing(
        closures=tuple(
            Closure(room, slot, Instant(since)) for room, slot, since in document.get("closures", ())
        ),
        prices=document.get("prices", {}),
        planned_at=None if planned_at is None else Instant(planned_at),
    )


def with_standing_of(agenda: Agenda, old: Agenda) -> Agenda:
    """A new file's agenda that stands as the old one did, as far as its parts are left."""
    standing = old.standing
    closures = tuple(
        one
        for one in standing.closures
        if one.room in agenda.room and (one.slot is None or one.slot in agenda.slot)
    )
    prices = {code: price for code, price in standing.prices.items() if code in agenda.session}
    return replace(agenda, standing=replace(standing, closures=closures, prices=prices))


def read_stored(document: Mapping[str, Any], standing: Mapping[str, Any]) -> Agenda:
    """The agenda of an event's two documents: its file, and how it stands."""
    return replace(read_agenda(document), standing=read_standing(standing))
