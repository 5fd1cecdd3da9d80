"""Whether the service works: for whoever restarts it, or sends it work."""

from checkin.api.call import Call
from checkin.api.wire_views import Health
from checkin.domain.errors import AppError
from checkin.service.events import count_events


async def get_health(call: Call[None]) -> Health:
    """Good news when the database answers; else the problem `unavailable`."""
    await count_events(call.services)
    return Health(status="ok")


async def get_readiness(call: Call[None]) -> Health:
    """Good news when work may be sent here; else the problem `unavailable` with the reason. Asks nobody."""
    problem = call.services.readiness.problem
    if problem is not None:
        raise AppError("unavailable", f"Not ready: {problem}.")
    return Health(status="ok")
