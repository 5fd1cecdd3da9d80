"""Events on the wire: the whole file in, the agenda out, and what anybody may know."""

import json

import msgspec

from checkin.api import wire
from checkin.api.bodies import flag
from checkin.api.call import Call
from checkin.api.wire_views import EventFile
from checkin.domain.agenda_file import parse_json, parse_toml, read_agenda, write_document
from checkin.domain.errors import invalid, invalid_field
from checkin.domain.model import Agenda
from checkin.service import events as service


async def put_event(call: Call[bytes]) -> wire.EventChanges:
    """Creates the event or makes it as the file says."""
    is_forced = flag(call.request, "force")
    agenda = read_agenda(_document(call.request.content_type, call.body))
    if agenda.slug != call.slug:
        raise invalid_field("event.slug", f"is '{agenda.slug}', but the address says '{call.slug}'")
    found = await service.load_event(call.services, agenda, is_forced, call.actor)
    return wire.EventChanges(
        changes=[wire.ChangeItem(kind=one.kind, code=one.code, change=one.change) for one in found]
    )


def _document(content_type: str, body: bytes) -> "dict[str, object]":
    """TOML or JSON, by what the caller says; where that is neither, by its first character."""
    if "toml" not in content_type and ("json" in content_type or body.lstrip()[:1] == b"{"):
        return dict(parse_json(body))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid("The file is not UTF-8.") from None
    return dict(parse_toml(text))


async def get_event(call: Call[None]) -> EventFile:
    """The agenda, as JSON that PUT takes."""
    agenda = await service.show_event(call.services, call.slug)
    return event_file(agenda)


def event_file(agenda: Agenda) -> EventFile:
    """An agenda in the keys of an event's file."""
    return msgspec.json.decode(json.dumps(write_document(agenda)), type=EventFile)


async def get_public_event(call: Call[None]) -> wire.PublicEvent:
    """What the registration page needs."""
    agenda = await service.show_event(call.services, call.slug)
    topics: dict[str, str] = {}
    for session in agenda.sessions:
        if not session.is_plenary:
            topics.setdefault(session.topic, session.title)
    return wire.PublicEvent(
        name=agenda.name,
        venue=agenda.venue,
        date=agenda.first_day.isoformat(),
        timezone=agenda.zone.key,
        registration=agenda.registration.value,
        disciplines=[
            wire.PublicDiscipline(code=one.code, name=one.name, short=one.short, colour=one.colour)
            for one in agenda.disciplines
        ],
        topics=[wire.Topic(code=code, title=title) for code, title in topics.items()],
    )
