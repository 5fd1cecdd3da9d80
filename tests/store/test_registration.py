"""Registration: who may, what is stored, keys that make repeating safe, numbers that don't run out."""

import asyncio
from dataclasses import replace

import pytest

from badges.credential import KeyPair, KeyRing, is_genuine, parse
from checkin.domain.errors import AppError
from checkin.domain.model import Agenda, Registration
from checkin.service import attendees, events, numbers
from checkin.service.services import ANYONE, COMMAND, Actor, Services
from checkin.service.verify import verify
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.store.people import ORGANIZER, SLUG, audit, register, rows, values, version


async def test_a_registration_gives_a_number_and_a_badge_that_is_ours(
    services: Services, event: Agenda
) -> None:
    registered = await register(services, ANYONE)
    credential = parse(registered.credential)
    assert credential is not None
    assert is_genuine(services.keys, credential, registered.event.uuid)
    assert registered.itinerary == ()
    assert registered.number[0] in numbers.LETTERS
    assert registered.number[1].isdigit()
    assert registered.number[2] == "-"
    assert len(registered.number) == 6
    assert await rows(services, "SELECT digest FROM credential") == [(credential.digest,)]
    assert registered.credential not in repr(registered)
    assert await verify(services.db) == []


@pytest.mark.parametrize(
    ("setting", "actor", "is_allowed"),
    [
        (Registration.OPEN, ANYONE, True),
        (Registration.OPEN, ORGANIZER, True),
        (Registration.STAFF, ANYONE, False),
        (Registration.STAFF, ORGANIZER, True),
        (Registration.STAFF, COMMAND, True),
        (Registration.CLOSED, ANYONE, False),
        (Registration.CLOSED, ORGANIZER, True),
    ],
)
async def test_who_may_register(
    services: Services, agenda: Agenda, setting: Registration, actor: Actor, is_allowed: bool
) -> None:
    await events.load_event(services, replace(agenda, registration=setting))
    if is_allowed:
        assert (await register(services, actor)).number
        return
    with pytest.raises(AppError) as caught:
        await register(services, actor)
    assert caught.value.code == "registration_closed"
    assert await rows(services, "SELECT * FROM attendee") == []


@pytest.mark.parametrize("field", ["all_rooms", "external_id", "group"])
async def test_what_only_staff_may_set(services: Services, event: Agenda, field: str) -> None:
    given = {field: True if field == "all_rooms" else "x"}
    with pytest.raises(AppError) as caught:
        await register(services, ANYONE, **given)
    assert [one.field for one in caught.value.errors] == [field]
    assert (await register(services, ORGANIZER, **given)).number


async def test_wrong_values_are_told_by_field_and_nothing_is_stored(
    services: Services, event: Agenda
) -> None:
    before = await version(services)
    with pytest.raises(AppError) as caught:
        await register(services, ANYONE, first_name=" ", email="no", discipline=["pilot"])
    assert {one.field for one in caught.value.errors} == {"first_name", "email", "discipline"}
    assert await version(services) == before
    assert await rows(services, "SELECT * FROM attendee") == []


async def test_the_same_key_gives_the_same_answer_and_registers_once(
    services: Services, event: Agenda
) -> None:
    first = await attendees.register(services, SLUG, values(), ANYONE, "key-1")
    before = await version(services)
    again = await attendees.register(services, SLUG, values(), ANYONE, "key-1")
    assert (again.number, again.credential) == (first.number, first.credential)
    assert await version(services) == before
    other = await attendees.register(services, SLUG, values(), ANYONE, "key-2")
    assert other.number != first.number


async def test_sixteen_at_once_with_one_key_are_one_registration(services: Services, event: Agenda) -> None:
    made = await asyncio.gather(
        *(attendees.register(services, SLUG, values(), ANYONE, "key") for _ in range(16))
    )
    assert len({one.number for one in made}) == 1
    assert await rows(services, "SELECT count(*) FROM attendee") == [(1,)]


async def test_the_same_key_with_other_values_is_a_conflict(services: Services, event: Agenda) -> None:
    await attendees.register(services, SLUG, values(), ANYONE, "key")
    with pytest.raises(AppError) as caught:
        await attendees.register(services, SLUG, values(first_name="Eva"), ANYONE, "key")
    assert caught.value.code == "conflict"
    assert await rows(services, "SELECT count(*) FROM attendee") == [(1,)]


async def test_a_failed_registration_does_not_use_its_key_up(services: Services, event: Agenda) -> None:
    with pytest.raises(AppError):
        await attendees.register(services, SLUG, values(first_name=""), ANYONE, "key")
    assert (await attendees.register(services, SLUG, values(), ANYONE, "key")).number


async def test_a_repeated_registration_does_not_give_a_reissued_badge_away(
    services: Services, event: Agenda
) -> None:
    first = await attendees.register(services, SLUG, values(), ANYONE, "key")
    await attendees.reissue(services, SLUG, first.number)
    again = await attendees.register(services, SLUG, values(), ANYONE, "key")
    assert again.credential == first.credential


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_1_to_255_characters(services: Services, event: Agenda, key: str) -> None:
    with pytest.raises(AppError) as caught:
        await attendees.register(services, SLUG, values(), ANYONE, key)
    assert caught.value.code == "invalid"


async def test_the_key_is_stored_as_a_digest(services: Services, event: Agenda) -> None:
    await attendees.register(services, SLUG, values(), ANYONE, "a-secret-key")
    ((key, body),) = await rows(services, "SELECT key_digest, body_digest FROM idempotency")
    assert (len(key), len(body)) == (32, 32)


async def test_the_same_email_again_is_a_new_person_and_flagged(services: Services, event: Agenda) -> None:
    first = await register(services, ANYONE, email="ana@example.org")
    second = await register(services, ANYONE, email="ANA@example.org", first_name="Anna")
    await register(services, ANYONE, email="ana@example.org.uk")
    await register(services, ANYONE)
    assert second.number != first.number
    (row,) = await audit(services, "possible_duplicate")
    assert row["detail"] == {"others": [first.number]}
    ((duplicate,),) = await rows(services, f"SELECT number FROM attendee WHERE id = {row['attendee_id']}")
    assert duplicate == second.number


async def test_who_registers_on_the_day_is_a_walk_in(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    clock.set(at(8, day=event.first_day.replace(day=25)))
    early = await register(services)
    clock.set(at(8))
    late = await register(services)
    for registered, is_walk_in in ((early, False), (late, True)):
        item = await attendees.find_attendee(services, SLUG, registered.number)
        assert item.is_walk_in == is_walk_in


async def test_letters_are_found_again_after_the_key_was_changed(services: Services, event: Agenda) -> None:
    first = await attendees.register(services, SLUG, values(), ANYONE, "key")
    pairs = {**services.keys.pairs, 1: KeyPair(bytes(32), bytes(range(32)))}
    newer = replace(services, keys=KeyRing(1, pairs))
    again = await attendees.register(newer, SLUG, values(), ANYONE, "key")
    assert again.credential == first.credential
    fresh = parse((await register(newer)).credential)
    assert fresh is not None
    assert fresh.key_number == 1


def test_numbers_get_a_fourth_digit_when_those_with_three_are_used_up() -> None:
    assert len(numbers.draw_number(lambda number: len(number) == 6)) == 7
    taken = {f"{pair}-{n:03}" for pair in numbers.PAIRS[:121] for n in range(1000)}
    drawn = numbers.draw_numbers(taken, 100)
    assert {len(number) for number in drawn} == {7}
    assert len(set(drawn)) == 100


def test_drawn_numbers_are_new_and_different() -> None:
    taken = {"A0-000"}
    drawn = numbers.draw_numbers(taken, 5000)
    assert len(set(drawn) | {"A0-000"}) == 5001
    assert set(drawn) < taken
