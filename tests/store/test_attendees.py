"""Attendees as organizers see them: listed, searched, changed, cancelled and back, reissued, revealed."""

from typing import Any

import pytest

from checkin.domain.errors import AppError
from checkin.domain.instants import HOUR
from checkin.domain.model import Agenda
from checkin.domain.scans import Direction
from checkin.service import attendees, my
from checkin.service.attendee_views import AttendeeView
from checkin.service.services import ANYONE, Services
from checkin.service.verify import verify
from tests.conftest import StandingClock
from tests.domain.conference import NEXT_DAY, at
from tests.store.people import ORGANIZER, SLUG, add_kiosk, audit, register, rows, version

SECRETS = {
    "first_name": "Dolores",
    "last_name": "Quintana",
    "email": "dq@police.example",
    "phone": "5055550199",
}
HIDDEN: dict[str, Any] = {**SECRETS, "agency": "Vice Unit", "confidential": True, "alias": "Maria Lopez"}


async def names(services: Services, **search: Any) -> list[str]:
    """Who a search finds, in its order."""
    page = await attendees.list_attendees(services, SLUG, **search)
    return [f"{item.first_name} {item.last_name}" for item in page.items]


async def test_the_list_is_by_last_name_then_first_ignoring_case_and_accents(
    services: Services, event: Agenda
) -> None:
    for first, last in (("Zoë", "ábel"), ("Ana", "Zamora"), ("ana", "Abel"), ("Bo", "Ämter"), ("Li", "Øby")):
        await register(services, first_name=first, last_name=last)
    assert await names(services) == ["ana Abel", "Zoë ábel", "Bo Ämter", "Li Øby", "Ana Zamora"]


async def test_the_list_has_one_order_whatever_language_the_database_was_made_for(
    services: Services, event: Agenda
) -> None:
    # A database that sorts as people do has each of these pairs the other way round.
    for last in ("Li-Ana", "Li(Ana", "დავით", "דוד"):
        await register(services, last_name=last)
    assert await names(services) == ["Ana Li(Ana", "Ana Li-Ana", "Ana דוד", "Ana დავით"]
    page = await attendees.list_attendees(services, SLUG, limit=3)
    assert await names(services, cursor=page.next) == ["Ana დავით"]


async def test_pages_follow_each_other_without_gap_or_repetition(services: Services, event: Agenda) -> None:
    for n in range(7):
        await register(services, first_name="Ana", last_name=f"Same{n % 2}")
    seen: list[str] = []
    cursor = None
    sizes = []
    while True:
        page = await attendees.list_attendees(services, SLUG, limit=3, cursor=cursor)
        seen += [item.number for item in page.items]
        sizes.append(len(page.items))
        cursor = page.next
        if cursor is None:
            break
        assert cursor.replace("-", "").replace("_", "").isalnum()
    assert sizes == [3, 3, 1]
    assert len(set(seen)) == 7


async def test_somebody_new_before_the_cursor_does_not_shift_the_next_page(
    services: Services, event: Agenda
) -> None:
    for last in ("B", "C", "D", "E"):
        await register(services, last_name=last)
    page = await attendees.list_attendees(services, SLUG, limit=2)
    await register(services, last_name="A")
    assert await names(services, limit=2, cursor=page.next) == ["Ana D", "Ana E"]


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "####", "bnVsbA", "WyJhIiwiYiJd", "WzEsMiwzXQ", "é", "A" * 5000, "WyJcdWQ4MDAiLCJhIiwiYiJd"],
)
async def test_a_cursor_that_no_list_gave_is_invalid(services: Services, event: Agenda, cursor: str) -> None:
    with pytest.raises(AppError) as caught:
        await attendees.list_attendees(services, SLUG, cursor=cursor)
    assert [one.field for one in caught.value.errors] == ["cursor"]


@pytest.mark.parametrize(("name", "value"), [("status", "here"), ("limit", 0), ("limit", 501)])
async def test_a_search_by_what_is_not_there_is_invalid(
    services: Services, event: Agenda, name: str, value: object
) -> None:
    search: dict[str, Any] = {name: value}
    with pytest.raises(AppError) as caught:
        await attendees.list_attendees(services, SLUG, **search)
    assert [one.field for one in caught.value.errors] == [name]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("", True),
        ("nunez", True),
        ("NÚÑEZ jose", True),
        ("obrien", True),
        ("o'brien", True),
        ("o\u2019brien", True),
        ("jose@mail", True),
        ("sheriff", True),
        ("jose sheriff nunez", True),
        ("jose police", False),
        ("%", False),
        ("_ose", False),
        ("jose\\", False),
    ],
)
async def test_every_word_must_match_whatever_its_case_and_accents(
    services: Services, event: Agenda, query: str, is_found: bool
) -> None:
    await register(
        services,
        first_name="José",
        last_name="O\u2019Brien Núñez",
        email="Jose@Mail.example",
        agency="Sheriff",
    )
    await register(services, first_name="Somebody", last_name="Else", agency="Police")
    found = await names(services, query=query)
    assert ("José O\u2019Brien Núñez" in found) == is_found


async def test_a_number_finds_its_attendee_with_and_without_hyphen(services: Services, event: Agenda) -> None:
    registered = await register(services)
    await register(services, last_name="Other")
    for query in (registered.number, registered.number.lower(), registered.number.replace("-", "")):
        page = await attendees.list_attendees(services, SLUG, query=query)
        assert [item.number for item in page.items] == [registered.number]


async def test_any_of_several_disciplines_is_found(services: Services, event: Agenda) -> None:
    await register(services, first_name="Both", discipline=["law", "medical"])
    await register(services, first_name="None", discipline=[])
    assert await names(services, discipline="medical") == ["Both Romero"]
    assert await names(services, discipline="med") == []


async def test_status_goes_with_arrival_departure_midnight_and_cancellation(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk = await add_kiosk(services)
    people = {name: await register(services, first_name=name) for name in ("A", "B", "C", "D")}
    for name in ("B", "C"):
        await kiosk.scan(people[name].credential)
    clock.advance(HOUR)
    await kiosk.scan(people["C"].credential, Direction.OUT)
    await attendees.cancel_attendee(services, SLUG, people["D"].number)

    async def by_status() -> dict[str, list[str]]:
        found = {}
        for status in ("registered", "checked_in", "left", "cancelled"):
            page = await attendees.list_attendees(services, SLUG, status=status)
            assert {item.status for item in page.items} <= {status}
            found[status] = [item.first_name for item in page.items]
        return found

    assert await by_status() == {"registered": ["A"], "checked_in": ["B"], "left": ["C"], "cancelled": ["D"]}
    clock.set(at(0, 1, day=NEXT_DAY))
    assert await by_status() == {
        "registered": ["A"],
        "checked_in": [],
        "left": ["B", "C"],
        "cancelled": ["D"],
    }


def shown(item: AttendeeView) -> str:
    """Everything of a view but its agenda."""
    return repr({name: getattr(item, name) for name in AttendeeView.__slots__ if name != "agenda"})


async def test_nothing_shows_the_names_behind_an_alias(services: Services, event: Agenda) -> None:
    registered = await register(services, **HIDDEN)
    item = await attendees.find_attendee(services, SLUG, registered.number)
    (listed,) = (await attendees.list_attendees(services, SLUG)).items
    assert (item.first_name, item.last_name) == ("Maria", "Lopez")
    assert (item.email, item.phone, item.agency) == ("", "", "")
    table = await attendees.export_attendees(services, SLUG)
    page = await my.look_up(services, registered.credential)
    for text in (shown(item), shown(listed), table, repr(page.person)):
        for secret in (*SECRETS.values(), "Vice"):
            assert secret not in text
        assert "confidential" not in text.lower()
        assert "alias" not in text.lower()


@pytest.mark.parametrize("query", ["dolores", "quintana", "dq@police", "vice", "5055550199"])
async def test_a_search_does_not_find_what_an_alias_hides(
    services: Services, event: Agenda, query: str
) -> None:
    await register(services, **HIDDEN)
    assert await names(services, query=query) == []
    assert await names(services, query="maria lopez") == ["Maria Lopez"]


async def test_a_change_of_a_confidential_attendee_still_shows_the_alias(
    services: Services, event: Agenda
) -> None:
    number = (await register(services, **HIDDEN)).number
    item = await attendees.change_attendee(services, SLUG, number, {"last_name": "Barela", "county": "Taos"})
    assert (item.last_name, item.county) == ("Lopez", "Taos")
    assert await names(services, query="barela") == []
    item = await attendees.change_attendee(services, SLUG, number, {"alias": "Eva Smith"})
    assert (item.first_name, item.last_name) == ("Eva", "Smith")
    revealed = await attendees.reveal(services, SLUG, number, "court order", ORGANIZER)
    assert (revealed.first, revealed.last) == ("Dolores", "Barela")
    assert not any("Barela" in repr(row) for row in await audit(services, "change"))


async def test_becoming_confidential_needs_an_alias(services: Services, event: Agenda) -> None:
    number = (await register(services)).number
    with pytest.raises(AppError) as caught:
        await attendees.change_attendee(services, SLUG, number, {"confidential": True})
    assert [one.field for one in caught.value.errors] == ["alias"]
    await attendees.change_attendee(services, SLUG, number, {"confidential": True, "alias": "Eva Smith"})
    assert await names(services, query="romero") == []
    await attendees.change_attendee(services, SLUG, number, {"confidential": False})
    assert await names(services, query="romero") == ["Ana Romero"]


async def test_revealing_needs_a_reason_and_is_recorded(services: Services, event: Agenda) -> None:
    number = (await register(services, **HIDDEN)).number
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(AppError) as caught:
            await attendees.reveal(services, SLUG, number, reason, ORGANIZER)
        assert [one.field for one in caught.value.errors] == ["reason"]
    assert await audit(services, "reveal") == []
    await attendees.reveal(services, SLUG, number, "court order", ORGANIZER)
    (row,) = await audit(services, "reveal")
    assert (row["actor"], row["detail"]) == ("token 1 desk", {"reason": "court order"})


async def test_a_change_moves_the_counters_of_disciplines(services: Services, event: Agenda) -> None:
    number = (await register(services)).number
    await attendees.change_attendee(services, SLUG, number, {"discipline": ["Medical"]})
    counted = await rows(services, "SELECT key, n FROM tally WHERE what = 'registered' ORDER BY key")
    assert counted == [("", 1), ("law", 0), ("medical", 1)]
    assert await verify(services.db) == []


async def test_a_change_that_changes_nothing_raises_no_version(services: Services, event: Agenda) -> None:
    number = (await register(services)).number
    before = await version(services)
    await attendees.change_attendee(services, SLUG, number, {"last_name": "Romero"})
    await attendees.change_attendee(services, SLUG, number, {"status": "registered"})
    assert await version(services) == before


async def test_another_discipline_on_site_means_other_seats_at_once(
    services: Services, event: Agenda
) -> None:
    kiosk = await add_kiosk(services)
    registered = await register(services)
    await kiosk.scan(registered.credential)
    item = await attendees.change_attendee(services, SLUG, registered.number, {"discipline": ["medical"]})
    assert [stop.session for stop in item.itinerary] == ["opening", "injuries-2", "planning-3"]
    assert await verify(services.db) == []


async def test_welcome_everywhere_gives_all_seats_back(services: Services, event: Agenda) -> None:
    kiosk = await add_kiosk(services)
    registered = await register(services)
    await kiosk.scan(registered.credential)
    await attendees.change_attendee(services, SLUG, registered.number, {"all_rooms": True})
    assert await rows(services, "SELECT * FROM assignment") == []
    assert await verify(services.db) == []


async def test_cancelling_frees_the_seats_and_keeps_the_presence(services: Services, event: Agenda) -> None:
    kiosk = await add_kiosk(services)
    registered = await register(services)
    await kiosk.scan(registered.credential)
    item = await attendees.cancel_attendee(services, SLUG, registered.number)
    assert (item.status, item.itinerary) == ("cancelled", ())
    assert await rows(services, "SELECT * FROM assignment") == []
    assert await rows(services, "SELECT n FROM tally WHERE what = 'on_site'") == [(1,)]
    assert await rows(services, "SELECT DISTINCT n FROM tally WHERE what = 'registered'") == [(0,)]
    assert (await kiosk.scan(registered.credential)).recorded.reason == "registration_cancelled"
    before = await version(services)
    await attendees.cancel_attendee(services, SLUG, registered.number)
    assert await version(services) == before
    assert len(await audit(services, "cancel")) == 1
    assert await verify(services.db) == []


async def test_reinstating_brings_the_same_badge_and_seats_back(services: Services, event: Agenda) -> None:
    kiosk = await add_kiosk(services)
    registered = await register(services)
    await kiosk.scan(registered.credential)
    await attendees.cancel_attendee(services, SLUG, registered.number)
    item = await attendees.reinstate(services, SLUG, registered.number)
    assert item.status == "checked_in"
    assert [stop.session for stop in item.itinerary] == ["opening", "undercover-2", "planning-3"]
    assert (await kiosk.scan(registered.credential)).recorded.reason == "already_checked_in"
    assert await verify(services.db) == []


async def test_a_reissued_badge_replaces_the_old_one(services: Services, event: Agenda) -> None:
    kiosk = await add_kiosk(services)
    registered = await register(services)
    letters = await attendees.reissue(services, SLUG, registered.number)
    assert letters != registered.credential
    assert (await kiosk.scan(registered.credential)).recorded.reason == "badge_replaced"
    assert (await kiosk.scan(letters)).recorded.reason == "checked_in"
    stored = await rows(services, "SELECT generation, replaced_at FROM credential ORDER BY generation")
    assert stored == [(1, at(8)), (2, None)]
    assert await verify(services.db) == []


async def test_a_number_is_found_however_it_is_typed(services: Services, event: Agenda) -> None:
    number = (await register(services)).number
    for typed in (number.lower(), number.replace("-", " "), f" {number} "):
        assert (await attendees.find_attendee(services, SLUG, typed)).number == number
    for wrong in ("", "K7", "Z9-9999", "é", "x" * 1000):
        with pytest.raises(AppError) as caught:
            await attendees.find_attendee(services, SLUG, wrong)
        assert caught.value.code == "not_found"


@pytest.mark.parametrize(
    "values", [{"first_name": ""}, {"discipline": ["pilot"]}, {"colour": "red"}, {"status": "left"}]
)
async def test_a_wrong_change_changes_nothing(
    services: Services, event: Agenda, values: dict[str, Any]
) -> None:
    number = (await register(services)).number
    before = await version(services)
    with pytest.raises(AppError) as caught:
        await attendees.change_attendee(services, SLUG, number, {"county": "Taos"} | values)
    assert [one.field for one in caught.value.errors] == list(values)
    assert (await attendees.find_attendee(services, SLUG, number)).county == ""
    assert await version(services) == before


async def test_the_public_may_not_see_their_own_group(services: Services, event: Agenda) -> None:
    with pytest.raises(AppError) as caught:
        await register(services, ANYONE, group="sheriffs")
    assert [one.field for one in caught.value.errors] == ["group"]
