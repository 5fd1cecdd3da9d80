"""The list of scans that went against the rules: late ones with a conflict, and overridden entries."""

from dataclasses import dataclass

from sqlalchemy import Connection

from checkin.domain.instants import Instant
from checkin.domain.model import Agenda
from checkin.service.services import Services
from checkin.store.conflicts import Conflict
from checkin.store.conflicts import list_conflicts as find_conflicts
from checkin.store.events import get_event


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """A stretch of the list; `next`: the moment to go on before, None at the end."""

    agenda: Agenda
    items: list[Conflict]
    next: Instant | None


async def list_conflicts(
    services: Services, slug: str, before: Instant | None = None, limit: int = 100
) -> ConflictPage:
    """The newest first. `AppError not_found`."""

    def work(connection: Connection) -> ConflictPage:
        event = get_event(connection, slug)
        found = find_conflicts(connection, event.id, before, limit + 1)
        shown = found[:limit]
        return ConflictPage(event.agenda, shown, shown[-1].recorded_at if len(found) > limit else None)

    return await services.db.read(work)
