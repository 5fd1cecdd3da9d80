"""The shapes of alerts, conflicts and history. Continues `wire_views`, with the same rules."""

from checkin.api.wire import Answer, Time
from checkin.api.wire_views import AlertKindName


class AlertItem(Answer):
    """One alert; open until `cleared_at`, on the boards until then or until somebody acknowledges it."""

    id: str
    kind: AlertKindName
    room: str | None
    device: str | None
    raised_at: Time
    cleared_at: Time | None
    acknowledged_at: Time | None
    acknowledged_by: str | None
    text: str


class AlertList(Answer):
    """Alerts, the newest first."""

    items: list[AlertItem]
    next: str | None


class OverrideItem(Answer):
    """Who decided, and why."""

    reason: str
    by: str


class ConflictItem(Answer):
    """A scan that went against the rules: `conflict` and `overridden` are the refusals that it passed."""

    scan_id: str
    happened_at: Time
    recorded_at: Time
    device: str
    room: str | None
    number: str
    display_name: str
    reason: str
    conflict: list[str]
    overridden: list[str]
    override: OverrideItem | None
    undone_at: Time | None


class ConflictList(Answer):
    """Conflicts and overrides, the newest first."""

    items: list[ConflictItem]
    next: str | None


class RoomHistory(Answer):
    """A room's headcount at each of the moments."""

    code: str
    headcounts: list[int]


class OccupancyHistory(Answer, rename={"since": "from", "until": "to"}):
    """Numbers at whole minutes, and last of all at `to`."""

    since: Time
    until: Time
    minutes: list[Time]
    rooms: list[RoomHistory]
    checked_in: list[int]
    on_site: list[int]
