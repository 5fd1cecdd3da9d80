"""Devices and tokens: codes that work once, tokens that end, and who holds them."""

import pytest
from sqlalchemy import Connection, select

from checkin.domain.errors import AppError
from checkin.domain.instants import MINUTE
from checkin.domain.model import Agenda, DeviceId, Role
from checkin.service import devices, tokens
from checkin.service.services import Actor, ActorKind, Services, open_clock
from checkin.store.schema_base import metadata
from tests.conftest import StandingClock
from tests.domain.conference import at
from tests.store.people import SLUG, audit, rows, version


async def test_a_code_pairs_once(services: Services, event: Agenda) -> None:
    pairing = await devices.add_device(services, SLUG, "Kiosk A", Role.KIOSK)
    assert len(pairing.code) == 9
    assert pairing.code[4] == "-"
    paired = await devices.pair(services, pairing.code.lower().replace("-", " "))
    assert paired.token.startswith(f"cd_{pairing.device_id}_")
    assert (paired.device.event, paired.device.role, paired.device.room) == (SLUG, Role.KIOSK, None)
    with pytest.raises(AppError) as caught:
        await devices.pair(services, pairing.code)
    assert caught.value.code == "pairing_code_invalid"


async def test_a_code_lasts_fifteen_minutes(services: Services, event: Agenda, clock: StandingClock) -> None:
    pairing = await devices.add_device(services, SLUG, "Kiosk A", Role.KIOSK)
    clock.advance(15 * MINUTE)
    with pytest.raises(AppError) as caught:
        await devices.pair(services, pairing.code)
    assert caught.value.code == "pairing_code_invalid"


def everything(connection: Connection) -> str:
    """All rows of all tables, as text."""
    rows = [row for table in metadata.sorted_tables for row in connection.execute(select(table))]
    return repr([tuple(row) for row in rows])


async def test_neither_tokens_nor_codes_are_stored(services: Services, event: Agenda) -> None:
    token = await tokens.create_token(services, "script")
    pairing = await devices.add_device(services, SLUG, "Kiosk A", Role.KIOSK)
    paired = await devices.pair(services, pairing.code)
    whole = await services.db.read(everything)
    for secret in (token, paired.token, pairing.code, pairing.code.replace("-", "")):
        assert secret not in whole


async def test_a_new_pairing_ends_the_old_token_when_it_is_used(services: Services, event: Agenda) -> None:
    first = await devices.add_device(services, SLUG, "Kiosk A", Role.KIOSK)
    old = await devices.pair(services, first.code)
    second = await devices.new_pairing(services, first.device_id, SLUG)
    assert await devices.authenticate_device(services, old.token) is not None
    new = await devices.pair(services, second.code)
    assert await devices.authenticate_device(services, old.token) is None
    actor = await devices.authenticate_device(services, new.token)
    assert actor is not None
    assert actor.device is not None
    assert (actor.device.id, actor.device.role, actor.event) == (first.device_id, Role.KIOSK, SLUG)


async def test_a_new_code_ends_the_unused_one(services: Services, event: Agenda) -> None:
    first = await devices.add_device(services, SLUG, "Kiosk A", Role.KIOSK)
    await devices.new_pairing(services, first.device_id)
    with pytest.raises(AppError, match="not valid"):
        await devices.pair(services, first.code)


async def test_a_revoked_device_is_nobody_and_cannot_pair_again(services: Services, event: Agenda) -> None:
    pairing = await devices.add_device(services, SLUG, "Kiosk A", Role.KIOSK)
    paired = await devices.pair(services, pairing.code)
    unused = await devices.new_pairing(services, pairing.device_id)
    before = await version(services)
    revoked = await devices.revoke_device(services, pairing.device_id, SLUG)
    assert revoked.revoked_at is not None
    assert await version(services) == before + 1
    assert await devices.revoke_device(services, pairing.device_id, SLUG) == revoked
    assert await version(services) == before + 1
    assert await devices.authenticate_device(services, paired.token) is None
    with pytest.raises(AppError, match="not valid"):
        await devices.pair(services, unused.code)
    with pytest.raises(AppError, match="revoked"):
        await devices.new_pairing(services, pairing.device_id)
    assert len(await audit(services, "revoke_device")) == 1


async def test_wrong_codes_make_their_guesser_wait_and_nobody_else(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    pairing = await devices.add_device(services, SLUG, "Kiosk A", Role.KIOSK)
    codes = []
    for _ in range(7):
        with pytest.raises(AppError) as caught:
            await devices.pair(services, "AAAA-AAAA", guesser="192.0.2.1")
        codes.append(caught.value.code)
    assert codes == ["pairing_code_invalid"] * 6 + ["too_many_requests"]
    assert (await devices.pair(services, pairing.code, guesser="192.0.2.2")).device.name == "Kiosk A"
    clock.advance(MINUTE)
    with pytest.raises(AppError) as caught:
        await devices.pair(services, "AAAA-AAAA", guesser="192.0.2.1")
    assert caught.value.code == "pairing_code_invalid"


@pytest.mark.parametrize(
    ("role", "room", "field"),
    [(Role.DOOR, None, "room"), (Role.DOOR, "b999", "room"), (Role.KIOSK, "b204", "room")],
)
async def test_doors_and_only_doors_have_a_room_of_the_event(
    services: Services, event: Agenda, role: Role, room: str | None, field: str
) -> None:
    with pytest.raises(AppError) as caught:
        await devices.add_device(services, SLUG, "Tablet", role, room)
    assert [one.field for one in caught.value.errors] == [field]
    assert await devices.list_devices(services) == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x07b"])
async def test_a_device_needs_a_name_that_can_be_shown(services: Services, event: Agenda, name: str) -> None:
    with pytest.raises(AppError) as caught:
        await devices.add_device(services, SLUG, name, Role.KIOSK)
    assert [one.field for one in caught.value.errors] == ["name"]


async def test_a_device_of_another_event_is_not_found(services: Services, event: Agenda) -> None:
    pairing = await devices.add_device(services, SLUG, "Kiosk A", Role.KIOSK)
    for device_id, slug in ((DeviceId(99), None), (pairing.device_id, "other")):
        with pytest.raises(AppError) as caught:
            await devices.revoke_device(services, device_id, slug)
        assert caught.value.code == "not_found"


async def test_a_token_tells_its_role(services: Services) -> None:
    token = await tokens.create_token(services, "script", "staff")
    assert token.startswith("ck_")
    assert await tokens.authenticate_token(services, token) == Actor(ActorKind.TOKEN, "staff", 1, "script")
    for wrong in ("", "ck_", token[:-1], token.upper(), f"cd_1_{token}"):
        assert await tokens.authenticate_token(services, wrong) is None
        assert await devices.authenticate_device(services, wrong) is None


@pytest.mark.parametrize(("name", "role"), [("", "staff"), ("x" * 101, "staff"), ("script", "admin")])
async def test_a_token_needs_a_name_and_a_known_role(services: Services, name: str, role: str) -> None:
    with pytest.raises(AppError) as caught:
        await tokens.create_token(services, name, role)
    assert caught.value.code == "invalid"
    assert await rows(services, "SELECT * FROM token") == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # it reads that engine's plan
async def test_authentication_reads_one_row_by_an_index(services: Services, event: Agenda) -> None:
    for query, index in (
        ("SELECT * FROM device WHERE token_digest = x'00' AND revoked_at IS NULL", "token_digest"),
        ("SELECT * FROM token WHERE digest = x'00' AND revoked_at IS NULL", "digest"),
    ):
        ((_, _, _, plan),) = await rows(services, f"EXPLAIN QUERY PLAN {query}")
        assert "USING INDEX" in plan
        assert index in plan


async def test_a_rehearsals_clock_runs_on_after_a_restart(services: Services) -> None:
    assert not (await open_clock(services.db)).is_rehearsal
    begun = await open_clock(services.db, at(7, 45))
    assert abs(begun.now() - at(7, 45)) < MINUTE
    again = await open_clock(services.db)
    assert again.is_rehearsal
    assert again.offset == begun.offset


@pytest.mark.parametrize("text", ["\ud800", "ck_\ud800", "cd_1_\ud800", "\x00", "é" * 1000])
async def test_whatever_is_sent_as_a_secret_is_nobodys(services: Services, event: Agenda, text: str) -> None:
    assert await tokens.authenticate_token(services, text) is None
    assert await devices.authenticate_device(services, text) is None
    with pytest.raises(AppError) as caught:
        await devices.pair(services, text)
    assert caught.value.code == "pairing_code_invalid"
