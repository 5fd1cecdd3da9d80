"""Short ways to do in a test what organizers and kiosks do."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import text

from checkin.domain.model import Role
from checkin.domain.scans import DeviceFacts, Direction
from checkin.service import attendees, devices
from checkin.service.registering import Registered
from checkin.service.scans import Answer, Reading
from checkin.service.services import Actor, ActorKind, Services
from checkin.store.audit import list_audit
from checkin.store.events import get_event

SLUG = "small-2027"
ORGANIZER = Actor(ActorKind.TOKEN, "organizer", 1, "desk")

_names = count(1)


def values(**others: Any) -> dict[str, Any]:
    """A registration's JSON."""
    return {"first_name": "Ana", "last_name": "Romero", "discipline": ["law"]} | others


async def register(services: Services, actor: Actor = ORGANIZER, **others: Any) -> Registered:
    """Registers a person."""
    return await attendees.register(services, SLUG, values(**others), actor)


@dataclass(frozen=True)
class Kiosk:
    """A paired kiosk (or door) of the event."""

    services: Services
    actor: Actor

    @property
    def facts(self) -> DeviceFacts:
        """What the rules know of it."""
        assert self.actor.device is not None
        return self.actor.device

    async def scan(self, letters: str, direction: Direction = Direction.AUTO, **others: Any) -> Answer:
        """One scan, with an id of its own."""
        assert self.actor.event_id is not None
        reading = Reading(next(_names).to_bytes(16, "big"), letters, direction=direction, **others)
        return await self.services.scans.record_one(self.actor.event_id, self.facts, reading)


async def add_kiosk(services: Services, name: str = "Kiosk A") -> Kiosk:
    """Adds a kiosk and pairs it."""
    pairing = await devices.add_device(services, SLUG, name, Role.KIOSK)
    paired = await devices.pair(services, pairing.code)
    actor = await devices.authenticate_device(services, paired.token)
    assert actor is not None
    return Kiosk(services, actor)


async def add_door(services: Services, room: str) -> Kiosk:
    """Adds a door of a room and pairs it; it scans as a kiosk does."""
    pairing = await devices.add_device(services, SLUG, f"Door {room}", Role.DOOR, room)
    paired = await devices.pair(services, pairing.code)
    actor = await devices.authenticate_device(services, paired.token)
    assert actor is not None
    return Kiosk(services, actor)


async def audit(services: Services, action: str) -> list[dict[str, Any]]:
    """The audit's rows of one action."""
    return await services.db.read(lambda c: list_audit(c, get_event(c, SLUG).id, action))


async def version(services: Services) -> int:
    """The event's version."""
    return await services.db.read(lambda c: get_event(c, SLUG).version)


async def rows(services: Services, query: str) -> list[tuple[Any, ...]]:
    """What the database holds."""
    return await services.db.read(lambda c: [tuple(row) for row in c.execute(text(query))])


async def execute(services: Services, statement: str) -> None:
    """Changes the database behind everybody's back."""
    await services.db.write(lambda c: c.execute(text(statement)))
