"""Badges and the attendee's page: what is printed, who may have it, what the holder sees."""

from pathlib import Path

import numpy
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import Connection

from badges.layout import BadgeContent
from checkin.domain.errors import AppError
from checkin.domain.instants import MINUTE
from checkin.domain.model import Agenda
from checkin.service import attendees, badges, my
from checkin.service.services import COMMAND, Services
from checkin.store.attendees import find_by_number
from checkin.store.events import get_event
from tests.conftest import StandingClock
from tests.store.people import ORGANIZER, SLUG, Kiosk, add_kiosk, register


def letters_on(path: Path) -> str:
    """What a scanner reads on a badge."""
    (found,) = zxingcpp.read_barcodes(numpy.asarray(Image.open(path).convert("L")))
    return str(found.text)


async def test_a_drawn_badge_carries_the_credential_in_force(
    services: Services, event: Agenda, tmp_path: Path
) -> None:
    registered = await register(services)
    letters = await attendees.reissue(services, SLUG, registered.number)
    path = tmp_path / "badge.png"
    path.write_bytes(await badges.draw_badge(services, SLUG, registered.number, ORGANIZER))
    assert letters_on(path) == letters


async def test_a_confidential_badge_looks_like_any_other(services: Services, event: Agenda) -> None:
    registered = await register(
        services,
        first_name="Dolores",
        last_name="Quintana",
        agency="Vice Unit",
        confidential=True,
        alias="Maria Lopez",
    )

    def content(connection: Connection) -> BadgeContent:
        found = get_event(connection, SLUG)
        row = find_by_number(connection, found.id, registered.number)
        assert row is not None
        return badges.badge_content(found, row, registered.credential, {})

    shown = repr(await services.db.read(content))
    assert "Maria" in shown
    assert "Lopez" in shown
    for secret in ("Dolores", "Quintana", "Vice"):
        assert secret not in shown


async def test_a_kiosk_gets_a_badge_for_ten_minutes_after_its_own_check_in(
    services: Services, event: Agenda, clock: StandingClock
) -> None:
    kiosk, other = await add_kiosk(services), await add_kiosk(services, "Kiosk B")
    registered = await register(services)

    async def answer_to(who: Kiosk) -> str:
        try:
            await badges.draw_badge(services, SLUG, registered.number, who.actor)
        except AppError as problem:
            return problem.code
        return "given"

    assert await answer_to(kiosk) == "forbidden"
    answer = await kiosk.scan(registered.credential)
    assert await answer_to(kiosk) == "given"
    assert await answer_to(other) == "forbidden"
    clock.advance(10 * MINUTE)
    assert await answer_to(kiosk) == "given"
    clock.advance(1)
    assert await answer_to(kiosk) == "forbidden"
    clock.advance(-1)
    await services.scans.undo(answer.recorded.scan_id, kiosk.facts.id, "kiosk")
    assert await answer_to(kiosk) == "forbidden"


async def test_a_kiosk_does_not_learn_which_numbers_exist(services: Services, event: Agenda) -> None:
    kiosk = await add_kiosk(services)
    with pytest.raises(AppError) as caught:
        await badges.draw_badge(services, SLUG, "Z9-999", kiosk.actor)
    assert caught.value.code == "forbidden"
    with pytest.raises(AppError) as caught:
        await badges.draw_badge(services, SLUG, "Z9-999", ORGANIZER)
    assert caught.value.code == "not_found"


async def test_a_name_that_no_font_has_is_told_and_not_printed(services: Services, event: Agenda) -> None:
    registered = await register(services, first_name="\ue000")
    with pytest.raises(AppError) as caught:
        await badges.draw_badge(services, SLUG, registered.number, COMMAND)
    assert caught.value.code == "conflict"
    assert "U+E000" in caught.value.message


async def test_a_folder_of_badges_has_one_of_everybody_who_comes(
    services: Services, event: Agenda, tmp_path: Path
) -> None:
    people = [await register(services) for _ in range(3)]
    gone = await register(services)
    await attendees.cancel_attendee(services, SLUG, gone.number)
    lost = await register(services, last_name="\ue000")
    told: list[tuple[int, int]] = []
    folder = tmp_path / "new" / "badges"
    result = await badges.write_badges(services, SLUG, folder, lambda done, whole: told.append((done, whole)))
    assert (result.written, list(result.problems)) == (3, [lost.number])
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    read = {path.stem: letters_on(path) for path in folder.iterdir()}
    assert read == {one.number: one.credential for one in people}


async def test_a_folder_that_cannot_be_written_is_told(
    services: Services, event: Agenda, tmp_path: Path
) -> None:
    await register(services)
    (tmp_path / "file").write_text("")
    with pytest.raises(AppError, match="can't write"):
        await badges.write_badges(services, SLUG, tmp_path / "file")


async def test_the_holder_sees_their_day(services: Services, event: Agenda) -> None:
    kiosk = await add_kiosk(services)
    registered = await register(services)
    await kiosk.scan(registered.credential)
    mine = await my.look_up(services, f"https://checkin.example.org/my#{registered.credential.lower()}")
    assert mine.person.number == registered.number
    assert [item.session for item in mine.itinerary] == ["opening", "undercover-2", "planning-3"]
    assert mine.stop is not None
    assert (mine.stop.code, mine.badge_png, mine.event.slug) == ("opening", None, SLUG)
    with_badge = await my.look_up(services, registered.credential, with_badge=True)
    assert with_badge.badge_png is not None
    assert with_badge.badge_png.startswith(b"\x89PNG")


async def test_whatever_is_refused_is_not_found_alike(services: Services, event: Agenda) -> None:
    replaced = await register(services)
    await attendees.reissue(services, SLUG, replaced.number)
    cancelled = await register(services)
    await attendees.cancel_attendee(services, SLUG, cancelled.number)
    genuine = (await register(services)).credential
    forged = genuine[:-1] + ("C" if genuine[-1] == "B" else "B")
    told = set()
    for letters in (replaced.credential, cancelled.credential, forged, "", "x" * 512, genuine[:-1]):
        with pytest.raises(AppError) as caught:
            await my.look_up(services, letters)
        told.add((caught.value.code, caught.value.message))
    assert len(told) == 1
    assert told.pop()[0] == "not_found"
