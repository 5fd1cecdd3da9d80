"""The calls of plan, reroutes and waiting list. Continues `routes`, with the same rules."""

from checkin.api import routing, wire_routing
from checkin.api.call import ORGANIZER, STAFF, Query, Route
from checkin.api.server import PREFIX

_EVENT = PREFIX + "/events/{slug}"

ROUTING = (
    Route(
        method="POST",
        path=_EVENT + "/plan",
        name="plan",
        summary="Compute everybody's assignments; who was told a room keeps it where that is possible",
        handler=routing.post_plan,
        who=ORGANIZER,
        body=wire_routing.PlanRequest,
        answer=wire_routing.PlanAnswer,
        codes=("conflict",),
    ),
    Route(
        method="POST",
        path=_EVENT + "/reroutes",
        name="reroute",
        summary="Close, open, shrink or swap rooms; as many as possible stay placed, then the fewest move",
        handler=routing.post_reroute,
        who=ORGANIZER,
        body=wire_routing.RerouteRequest,
        answer=wire_routing.RerouteAnswer,
        codes=("conflict",),
    ),
    Route(
        method="POST",
        path=_EVENT + "/reroutes/{reroute_id}/undo",
        name="undo_reroute",
        summary="Take a reroute back; again: the same",
        handler=routing.undo_reroute,
        who=ORGANIZER,
        answer=wire_routing.RerouteAnswer,
        codes=("conflict",),
    ),
    Route(
        method="GET",
        path=_EVENT + "/waiting",
        name="list_waiting",
        summary="Who waits for a seat, in the order in which seats are given",
        handler=routing.get_waiting,
        who=STAFF,
        answer=wire_routing.WaitingList,
        query=(
            Query(
                name="limit",
                schema={"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
                description="How many at most",
            ),
            Query(name="cursor", schema={"type": "string"}, description="`next` of the page before"),
        ),
    ),
)
