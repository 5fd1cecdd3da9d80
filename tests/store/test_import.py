"""The attendee table: all rows or none, nobody twice, and quickly."""

import csv
import io
import time
from typing import Any

import pytest

from checkin.domain.errors import AppError
from checkin.domain.model import Agenda
from checkin.service import attendees
from checkin.service.importing import ImportResult
from checkin.service.services import Services
from checkin.service.verify import verify
from tests.store.people import ORGANIZER, SLUG, add_kiosk, audit, register, rows, version

HEADER = ("first_name", "last_name", "discipline", "email", "external_id")


def table(*lines: tuple[str, ...], header: tuple[str, ...] = HEADER) -> bytes:
    """CSV of these rows."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *lines])
    return text.getvalue().encode()


ANA = ("Ana", "Romero", "law", "ana@example.org", "")
BEN = ("Ben", "Lucero", "Medical", "ben@example.org", "b-1")


async def load(services: Services, *lines: tuple[str, ...], **others: Any) -> ImportResult:
    """Imports these rows."""
    return await attendees.import_attendees(services, SLUG, table(*lines, **others))


async def names(services: Services) -> list[str]:
    """Everybody."""
    page = await attendees.list_attendees(services, SLUG)
    return [f"{item.first_name} {item.last_name}" for item in page.items]


async def test_the_same_table_again_is_unchanged(services: Services, event: Agenda) -> None:
    assert await load(services, ANA, BEN) == ImportResult(created=2)
    before = await version(services)
    assert await load(services, ANA, BEN) == ImportResult(unchanged=2)
    assert await version(services) == before
    assert await verify(services.db) == []


async def test_an_import_raises_the_version_once(services: Services, event: Agenda) -> None:
    before = await version(services)
    await load(services, ANA, BEN)
    assert await version(services) == before + 1
    (row,) = await audit(services, "import")
    assert row["detail"] == {"created": 2, "updated": 0}


async def test_a_dry_run_tells_and_stores_nothing(services: Services, event: Agenda) -> None:
    await load(services, ANA)
    result = await attendees.import_attendees(services, SLUG, table(ANA, BEN), dry_run=True)
    assert result == ImportResult(created=1, unchanged=1)
    assert await names(services) == ["Ana Romero"]


async def test_one_fault_and_nothing_of_the_table_is_stored(services: Services, event: Agenda) -> None:
    before = await version(services)
    result = await load(services, ANA, ("Eva", "", "pilot", "no", ""))
    assert {(fault.line, fault.column) for fault in result.faults} == {
        (3, "last_name"),
        (3, "discipline"),
        (3, "email"),
    }
    assert (result.created, result.updated, result.unchanged) == (0, 0, 0)
    assert await names(services) == []
    assert await version(services) == before


async def test_email_and_names_know_an_attendee_in_any_case(services: Services, event: Agenda) -> None:
    number = (await register(services, email="ana@example.org")).number
    result = await load(services, ("ANA", "romero", "medical", "Ana@Example.org", ""))
    assert result == ImportResult(updated=1)
    item = await attendees.find_attendee(services, SLUG, number)
    assert (item.first_name, item.disciplines) == ("ANA", ("medical",))
    assert await verify(services.db) == []


async def test_an_external_id_knows_an_attendee_whatever_the_name(services: Services, event: Agenda) -> None:
    await load(services, BEN)
    assert await load(services, ("Benjamin", "Lucero", "medical", "", "b-1")) == ImportResult(updated=1)
    assert await names(services) == ["Benjamin Lucero"]


async def test_an_unknown_external_id_falls_back_to_email_and_names(
    services: Services, event: Agenda
) -> None:
    await load(services, ANA)
    assert await load(services, (*ANA[:4], "a-9")) == ImportResult(updated=1)
    assert await rows(services, "SELECT external_id FROM attendee") == [("a-9",)]


async def test_two_registrations_of_one_person_stay_two(services: Services, event: Agenda) -> None:
    both = ((*ANA[:4], "a-1"), (*ANA[:4], "a-2"))
    assert await load(services, *both) == ImportResult(created=2)
    assert await load(services, *both) == ImportResult(unchanged=2)


async def test_a_row_without_id_and_email_is_always_somebody_new(services: Services, event: Agenda) -> None:
    nameless = ("Ana", "Romero", "law", "", "")
    assert await load(services, nameless, nameless) == ImportResult(created=2)


async def test_several_matches_are_a_fault(services: Services, event: Agenda) -> None:
    numbers = [(await register(services, email="ana@example.org")).number for _ in range(2)]
    result = await load(services, BEN, ANA)
    (fault,) = result.faults
    assert (fault.line, fault.column) == (3, "email")
    assert all(number in fault.problem for number in numbers)
    assert len(await names(services)) == 2


async def test_two_rows_for_one_attendee_are_a_fault(services: Services, event: Agenda) -> None:
    await load(services, ANA)
    result = await load(services, (*ANA[:4], "a-1"), (*ANA[:4], "a-2"))
    assert [(fault.line, fault.column) for fault in result.faults] == [(3, "email")]


@pytest.mark.parametrize("order", [1, -1])
async def test_no_fault_tells_which_alias_belongs_to_a_name(
    services: Services, event: Agenda, order: int
) -> None:
    secret: dict[str, Any] = {"first_name": "Dolores", "last_name": "Quintana", "email": "dq@police.example"}
    hidden: dict[str, Any] = {**secret, "external_id": "x-1", "confidential": True, "alias": "Maria Lopez"}
    numbers = [(await register(services, **hidden)).number]
    one = ("Dolores", "Quintana", "law", "dq@police.example")
    (fault,) = (await load(services, *((*one, "a-1"), (*one, "a-2"))[::order])).faults
    assert (fault.line, fault.column) == (3, "email")
    problems = [fault.problem]
    numbers.append((await register(services, **secret)).number)
    (fault,) = (await load(services, (*one, "a-1"))).faults
    problems.append(fault.problem)
    telling = [*numbers, "Dolores", "Quintana", "dq@", "Maria", "Lopez"]
    assert not [word for word in telling for problem in problems if word in problem]


async def test_an_absent_column_changes_nothing_and_an_empty_cell_clears(
    services: Services, event: Agenda
) -> None:
    await register(services, email="ana@example.org", agency="Sheriff", county="Taos")
    header = ("first_name", "last_name", "discipline", "email", "agency")
    result = await load(services, ("Ana", "Romero", "", "ana@example.org", ""), header=header)
    assert result == ImportResult(updated=1)
    (item,) = (await attendees.list_attendees(services, SLUG)).items
    assert (item.agency, item.county, item.disciplines) == ("", "Taos", ())


async def test_a_change_of_discipline_moves_counters_and_seats(services: Services, event: Agenda) -> None:
    kiosk = await add_kiosk(services)
    registered = await register(services, email="ana@example.org")
    await kiosk.scan(registered.credential)
    await load(services, ("Ana", "Romero", "medical", "ana@example.org", ""))
    item = await attendees.find_attendee(services, SLUG, registered.number)
    assert [stop.session for stop in item.itinerary] == ["opening", "injuries-2", "planning-3"]
    assert await verify(services.db) == []


async def test_imported_badges_open_the_kiosk(services: Services, event: Agenda) -> None:
    await load(services, ANA)
    (item,) = (await attendees.list_attendees(services, SLUG)).items
    kiosk = await add_kiosk(services)
    letters = await attendees.reissue(services, SLUG, item.number)
    assert (await kiosk.scan(letters)).recorded.reason == "checked_in"


async def test_confidential_rows_show_their_alias_and_come_back_unharmed_from_an_export(
    services: Services, event: Agenda
) -> None:
    header = (*HEADER, "confidential", "alias", "agency")
    hidden = ("Dolores", "Quintana", "law", "dq@police.example", "x-1", "yes", "Maria Lopez", "Vice Unit")
    await load(services, hidden, header=header)
    text = await attendees.export_attendees(services, SLUG)
    assert "Maria,Lopez" in text
    for secret in ("Dolores", "Quintana", "dq@", "Vice"):
        assert secret not in text
    result = await attendees.import_attendees(services, SLUG, text.encode())
    assert (result.unchanged, result.ignored_columns) == (1, ("number", "status"))
    (item,) = (await attendees.list_attendees(services, SLUG)).items
    revealed = await attendees.reveal(services, SLUG, item.number, "court order", ORGANIZER)
    assert (revealed.first, revealed.last) == ("Dolores", "Quintana")
    assert await rows(services, "SELECT email, agency FROM attendee") == [("dq@police.example", "Vice Unit")]


async def test_an_export_reads_back_to_the_same(services: Services, event: Agenda) -> None:
    await register(
        services,
        ORGANIZER,
        email="ana@example.org",
        agency="=1+1",
        preferences=["planning"],
        accessibility=["wheelchair"],
        group="g",
        external_id="e1",
        all_rooms=True,
    )
    text = await attendees.export_attendees(services, SLUG)
    result = await attendees.import_attendees(services, SLUG, text.encode())
    assert result.unchanged == 1
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["status"], line["agency"]) == ("registered", "'=1+1")


async def test_a_table_planned_before_somebody_else_wrote_is_planned_again(
    services: Services, event: Agenda, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever registers between the plan and the lock must be found, not doubled.
    write = services.db.write

    async def late(work: Any) -> Any:
        monkeypatch.setattr(services.db, "write", write)
        await register(services, email="ana@example.org", first_name="Ana", last_name="Romero")
        return await write(work)

    monkeypatch.setattr(services.db, "write", late)
    assert await load(services, ANA, BEN) == ImportResult(created=1, unchanged=1)
    assert sorted(await names(services)) == ["Ana Romero", "Ben Lucero"]


async def test_who_arrives_while_a_table_is_planned_gets_seats_by_the_table(
    services: Services, event: Agenda, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = await add_kiosk(services)
    registered = await register(services, email="ana@example.org")
    write = services.db.write

    async def late(work: Any) -> Any:
        monkeypatch.setattr(services.db, "write", write)
        await kiosk.scan(registered.credential)
        return await write(work)

    monkeypatch.setattr(services.db, "write", late)
    result = await load(services, ("Ana", "Romero", "medical", "ana@example.org", ""))
    assert result == ImportResult(updated=1)
    item = await attendees.find_attendee(services, SLUG, registered.number)
    assert [stop.session for stop in item.itinerary] == ["opening", "injuries-2", "planning-3"]
    assert await verify(services.db) == []


async def test_an_unknown_event_takes_no_table(services: Services) -> None:
    with pytest.raises(AppError) as caught:
        await load(services, ANA)
    assert caught.value.code == "not_found"


async def test_ten_thousand_rows_take_seconds(services: Services, event: Agenda) -> None:
    people = [(f"First{n}", f"Last{n % 997}", "law", f"p{n}@example.org", f"id{n}") for n in range(10_000)]
    begun = time.process_time()
    assert await load(services, *people) == ImportResult(created=10_000)
    assert time.process_time() - begun < 10
    changed = [(first, last, "medical", email, key) for first, last, _, email, key in people]
    assert await load(services, *changed) == ImportResult(updated=10_000)
    assert time.process_time() - begun < 20
    counted = await rows(services, "SELECT n FROM tally WHERE what = 'registered' ORDER BY key")
    assert counted == [(10_000,), (0,), (10_000,)]
    assert len(set(await rows(services, "SELECT number FROM attendee"))) == 10_000
