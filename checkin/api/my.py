"""An attendee's own page on the wire: what the holder of a credential may see."""

from base64 import b64encode

from msgspec import UNSET

from checkin.api import views
from checkin.api.call import Call
from checkin.api.wire_views import My, MyEvent, MyPage
from checkin.domain.routing.words import short_words
from checkin.service import my as service


async def post_my(call: Call[My]) -> MyPage:
    """The holder's day, and the badge if asked for. Whatever is refused is `not_found`."""
    mine = await service.look_up(call.services, call.body.credential, call.body.badge)
    agenda = mine.event.agenda
    return MyPage(
        number=mine.person.number,
        display_name=mine.person.name.display,
        discipline=mine.person.discipline,
        itinerary=views.itinerary_items(agenda, mine.itinerary, short_words),
        room=views.stop_item(agenda, mine.stop),
        version=mine.event.version,
        event=MyEvent(
            name=agenda.name,
            venue=agenda.venue,
            date=agenda.first_day.isoformat(),
            timezone=agenda.zone.key,
        ),
        badge_png=UNSET if mine.badge_png is None else b64encode(mine.badge_png).decode("ascii"),
    )
