"""The calls of occupancy, its history, alerts and conflicts. Continues `routes`, with the same rules."""

from checkin.api import alerts, history, occupancy, wire_rooms
from checkin.api import wire_views as views
from checkin.api.call import DEVICES, STAFF, Query, Route
from checkin.api.server import PREFIX

_EVENT = PREFIX + "/events/{slug}"
_WORD = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
_PAGING = (
    Query(
        name="limit",
        schema={"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
        description="How many at most",
    ),
    Query(name="cursor", schema=_WORD, description="`next` of the page before"),
)

ROOMS = (
    Route(
        method="GET",
        path=_EVENT + "/occupancy",
        name="get_occupancy",
        summary="Who is where, in numbers: now, or (for organizers and staff) as it was",
        handler=occupancy.get_occupancy,
        who=STAFF | DEVICES,
        answer=views.Occupancy,
        query=(Query(name="at", schema=_TIME, description="As it was then; not for devices"),),
    ),
    Route(
        method="GET",
        path=_EVENT + "/occupancy/stream",
        name="stream_occupancy",
        summary="The same as server-sent events named `occupancy`, `id` the version",
        handler=occupancy.stream_occupancy,
        who=STAFF | DEVICES,
        answer=views.Occupancy,
        answer_media="text/event-stream",
        query=(Query(name="device", schema=_WORD, description="Which of the browser's pairings looks"),),
        takes_device_query=True,
    ),
    Route(
        method="GET",
        path=_EVENT + "/occupancy/history",
        name="get_history",
        summary="Headcounts minute by minute, at most of 24 hours",
        handler=history.get_history,
        who=STAFF | DEVICES,
        answer=wire_rooms.OccupancyHistory,
        query=(
            Query(name="from", schema=_TIME, description="By default an hour before `to`"),
            Query(name="to", schema=_TIME, description="By default now"),
            Query(
                name="format",
                schema={"enum": ["json", "csv"], "default": "json"},
                description="`csv`: a table of minute, room and headcount",
            ),
        ),
    ),
    Route(
        method="GET",
        path=_EVENT + "/alerts",
        name="list_alerts",
        summary="What wants attention, the newest first",
        handler=alerts.list_alerts,
        who=STAFF,
        answer=wire_rooms.AlertList,
        query=(
            Query(
                name="all",
                schema={"type": "boolean", "default": False},
                description="Also those that are over",
            ),
            *_PAGING,
        ),
    ),
    Route(
        method="POST",
        path=_EVENT + "/alerts/{alert_id}/acknowledge",
        name="acknowledge_alert",
        summary="Take an alert off the boards; again: the same",
        handler=alerts.acknowledge_alert,
        who=STAFF,
        answer=wire_rooms.AlertItem,
    ),
    Route(
        method="GET",
        path=_EVENT + "/conflicts",
        name="list_conflicts",
        summary="Late scans that the rules would have refused, and overridden entries; the newest first",
        handler=alerts.list_conflicts,
        who=STAFF,
        answer=wire_rooms.ConflictList,
        query=_PAGING,
    ),
)
