"""The live board in a real browser: what needs attention, what comes next, and any minute again."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.doors import goes_in, open_door, scan
from tests.browser.venue import LIMIT, ROOM, SLUG, Venue

WALL = (1920, 1080)


@pytest.fixture
def board(small_room: Venue, open_page: OpenPage) -> Page:
    """A board on a wall that is live."""
    code = small_room.pairing_code("Wall", "display")
    page = open_page(f"{small_room.url}/pair#{code}", size=WALL)
    expect(page.locator("html")).to_have_attribute("data-live", "live", timeout=10_000)
    return page


def fill_the_room(venue: Venue, open_page: OpenPage) -> None:
    """Lets people into Room B204 until its limit."""
    door = open_door(venue, open_page, "Door left")
    for first in ("Ana", "Ben", "Eva"):
        goes_in(door, venue.register(first, "Romero"), f"{first} R.")


def test_a_full_room_raises_an_alert_and_moves_up(
    board: Page, small_room: Venue, open_page: OpenPage
) -> None:
    fill_the_room(small_room, open_page)
    expect(board.get_by_label("Alerts")).to_contain_text("Room B204", timeout=2_000)
    expect(board.locator("[data-alert][data-kind=full]")).to_have_count(1)
    expect(board.locator(".room").first).to_have_attribute("data-room", ROOM, timeout=12_000)


def test_nobodys_name_or_number_is_on_a_board(board: Page, small_room: Venue, open_page: OpenPage) -> None:
    fill_the_room(small_room, open_page)
    expect(board.locator(f"[data-room={ROOM}]")).to_have_attribute("data-headcount", str(LIMIT))
    listed = small_room.call("GET", f"/events/{SLUG}/attendees")["items"]
    shown = board.content()
    assert [item["number"] for item in listed if item["number"] in shown] == []
    assert [name for name in ("Ana", "Ben", "Eva", "Romero") if re.search(rf"\b{name}\b", shown)] == []


def test_the_next_slots_forecast_says_how_many_are_here(board: Page, small_room: Venue) -> None:
    for first in ("Ana", "Ben", "Eva", "Leo"):
        small_room.register(first, "Romero")
    small_room.call("POST", f"/events/{SLUG}/plan", {})
    expect(board.get_by_role("columnheader", name="Next at 10:15")).to_be_visible(timeout=2_000)
    expect(board.locator(".cell--next").filter(has_text=re.compile(r"0 of \d+ here")).first).to_be_visible()


def test_a_board_that_is_cut_off_says_since_when_and_catches_up(
    board: Page, small_room: Venue, open_page: OpenPage
) -> None:
    row = board.locator(f"[data-room={ROOM}]")
    door = open_door(small_room, open_page, "Door left")
    goes_in(door, small_room.register("Ana", "Romero"), "Ana R.")
    expect(row).to_have_attribute("data-headcount", "1")
    ben = small_room.register("Ben", "Romero")
    with small_room.frozen():
        expect(board.locator("html")).to_have_attribute("data-live", "stale", timeout=20_000)
        lost = board.get_by_role("alert").filter(has_text=re.compile(r"^No data since 10:0\d"))
        expect(lost).to_be_visible()
        expect(scan(door, ben["credential"])).to_contain_text("Not checked yet")
        expect(row).to_have_attribute("data-headcount", "1")
    expect(row).to_have_attribute("data-headcount", "2", timeout=20_000)
    expect(board.locator("html")).to_have_attribute("data-live", "live")
    expect(lost).to_be_hidden()


def test_two_pages_of_a_browser_hold_one_stream(board: Page, small_room: Venue, open_page: OpenPage) -> None:
    sign = board.context.new_page()
    streams: list[str] = []
    sign.on("request", lambda request: streams.append(request.url) if "/stream" in request.url else None)
    sign.goto(f"{small_room.url}/board?room={ROOM}")
    expect(sign.locator("html")).to_have_attribute("data-live", "live", timeout=10_000)
    fill_the_room(small_room, open_page)
    expect(sign.get_by_role("status")).to_have_text("Full", timeout=1_000)
    assert streams == []
    board.close()
    expect(sign.locator("html")).to_have_attribute("data-live", "live")
    door = open_door(small_room, open_page, "Door right")
    door.get_by_role("button", name="Out: everybody").click()
    assert small_room.call("POST", f"/events/{SLUG}/rooms/{ROOM}/headcount", {"counted": 0})
    expect(sign.get_by_role("status")).not_to_have_text("Full", timeout=5_000)
    assert len(streams) == 1, "the page that is left takes the stream over"


def test_any_minute_of_the_day_can_be_looked_at_again(
    board: Page, small_room: Venue, open_page: OpenPage
) -> None:
    fill_the_room(small_room, open_page)
    row = board.locator(f"[data-room={ROOM}]")
    expect(row).to_have_attribute("data-headcount", str(LIMIT))
    board.get_by_role("button", name="Look back").click()
    expect(board.locator("html")).to_have_attribute("data-live", "past")
    board.get_by_role("slider").fill(str(9 * 60))
    expect(board.get_by_text("As of 09:00", exact=True)).to_be_visible()
    expect(row).to_have_attribute("data-headcount", "0")
    expect(board.get_by_label("Alerts")).to_be_hidden()
    board.get_by_role("button", name="Back to live").click()
    expect(board.locator("html")).to_have_attribute("data-live", "live")
    expect(row).to_have_attribute("data-headcount", str(LIMIT))


def test_the_days_counts_are_saved_as_a_table(board: Page, small_room: Venue, open_page: OpenPage) -> None:
    fill_the_room(small_room, open_page)
    with board.expect_download() as saved:
        board.get_by_role("button", name="Save as CSV").click()
    lines = Path(saved.value.path()).read_text().splitlines()
    assert lines[0] == "minute,room,headcount"
    assert [line for line in lines if line.endswith(f",{ROOM},{LIMIT}")]
