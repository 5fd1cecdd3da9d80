"""A room's door in a real browser: people go in until the limit, and the board sees it at once."""

import base64
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.doors import goes_in, open_door, scan
from tests.browser.film import make_film
from tests.browser.venue import LIMIT, ROOM, SLUG, Venue

MANY = 70


@pytest.fixture
def door(small_room: Venue, open_page: OpenPage) -> Page:
    """A volunteer's phone at Room B204, ready to scan."""
    return open_door(small_room, open_page, "Door left")


def decide(page: Page, reason: str, by: str | None = None) -> None:
    """Lets in whom the screen refuses; the name is typed only where none is remembered."""
    page.get_by_role("button", name="Let in anyway…").click()
    if by is not None:
        page.get_by_label("Your name").fill(by)
    page.get_by_role("button", name=reason).click()


def set_limit(venue: Venue, people: int) -> None:
    """The organizers say how many the room may hold, all of them with a seat."""
    agenda = venue.call("GET", f"/events/{SLUG}")
    room = next(one for one in agenda["room"] if one["code"] == ROOM)
    room |= {"posted_limit": people, "seats": people}
    venue.call("PUT", f"/events/{SLUG}", agenda)


def test_people_go_in_until_the_limit_and_the_board_sees_it(
    door: Page, small_room: Venue, open_page: OpenPage
) -> None:
    board = open_page(f"{small_room.url}/pair#{small_room.pairing_code('Board', 'display')}")
    row = board.locator(f"[data-room={ROOM}]")
    expect(row).to_have_attribute("data-state", "open", timeout=10_000)
    set_limit(small_room, MANY)
    for number in range(MANY):
        goes_in(door, small_room.register(f"Guest{number}", "Romero"), f"Guest{number} R.")
    expect(row).to_have_attribute("data-state", "full", timeout=1_000)
    expect(row).to_have_attribute("data-headcount", str(MANY))
    expect(door.get_by_label("This room now")).to_have_attribute("data-state", "full")

    answer = scan(door, small_room.register("Leo", "Baca")["credential"])
    expect(answer).to_have_attribute("data-reason", "room_full")
    expect(answer).to_contain_text(f"Room B204 is full: {MANY} of {MANY}")
    expect(answer.locator(".state__detail").first).to_have_text(re.compile(r".+ · 10:15 .+ · \d+ seats"))

    decide(door, "An organizer said yes", by="M. Ortiz")
    expect(answer).to_have_attribute("data-reason", "entered")
    expect(answer).to_contain_text("It is noted")
    expect(row).to_have_attribute("data-state", "over", timeout=1_000)
    expect(row).to_contain_text("1 over")


def test_a_decision_is_kept_with_its_reason_and_name(door: Page, small_room: Venue) -> None:
    for first in ("Ana", "Ben", "Eva"):
        goes_in(door, small_room.register(first, "Romero"), f"{first} R.")
    answer = scan(door, small_room.register("Leo", "Baca")["credential"])
    expect(answer).to_have_attribute("data-reason", "room_full")
    decide(door, "Speaker or helper here", by="M. Ortiz")
    expect(answer).to_have_attribute("data-reason", "entered")
    kept = small_room.call("GET", f"/events/{SLUG}/conflicts")["items"]
    assert [(item["overridden"], item["override"]) for item in kept] == [
        (["room_full", "session_full"], {"reason": "Speaker or helper here", "by": "M. Ortiz"})
    ]


def test_two_doors_of_one_room_agree(door: Page, small_room: Venue, open_page: OpenPage) -> None:
    other = open_door(small_room, open_page, "Door right")
    ana = small_room.register("Ana", "Romero")
    goes_in(door, ana, "Ana R.")
    goes_in(other, small_room.register("Ben", "Baca"), "Ben B.")
    for page in (door, other):
        expect(page.get_by_label("This room now")).to_have_attribute("data-headcount", "2", timeout=1_000)
    other.get_by_role("button", name="Out: everybody").click()
    expect(scan(other, ana["credential"])).to_have_attribute("data-reason", "exited")
    for page in (door, other):
        expect(page.get_by_label("This room now")).to_have_attribute("data-headcount", "1", timeout=1_000)


def test_the_wrong_room_tells_the_right_one_and_the_second_decision_takes_two_taps(
    small_room: Venue, open_page: OpenPage
) -> None:
    people = [small_room.register(first, "Romero") for first in ("Ana", "Ben")]
    small_room.call("POST", f"/events/{SLUG}/plan", {})
    rooms = {room["code"]: room for room in small_room.call("GET", f"/events/{SLUG}")["room"]}
    seats = [room_in_breakout_1(small_room, person) for person in people]
    elsewhere = next(code for code in ("b201", "b202", "b203", ROOM) if code not in seats)
    page = open_door(small_room, open_page, "Wrong door", elsewhere)
    answer = scan(page, people[0]["credential"])
    expect(answer).to_have_attribute("data-reason", "wrong_room")
    expect(answer).to_contain_text(f"{rooms[elsewhere]['name']} is not yours")
    expect(answer.locator(".state__main")).to_have_text(rooms[seats[0]]["name"])
    expect(answer).to_contain_text(rooms[seats[0]]["directions"])
    decide(page, "Goes with somebody inside", by="M. Ortiz")
    expect(answer).to_have_attribute("data-reason", "entered")

    expect(scan(page, people[1]["credential"])).to_have_attribute("data-reason", "wrong_room")
    decide(page, "Goes with somebody inside")
    expect(answer).to_have_attribute("data-reason", "entered")
    expect(answer).to_contain_text("Ben R.")


def room_in_breakout_1(venue: Venue, person: dict[str, str]) -> str:
    """The code of the room in which the plan seats somebody in the first breakout."""
    day = venue.call("POST", "/my", {"credential": person["credential"]})["itinerary"]
    return str(next(item["room"]["code"] for item in day if item["slot"] == "s2"))


def test_an_undone_scan_is_as_if_it_had_not_been(door: Page, small_room: Venue) -> None:
    ana = small_room.register("Ana", "Romero")
    goes_in(door, ana, "Ana R.")
    door.get_by_role("button", name="Undo: Ana R.").click()
    expect(door.get_by_label("Last scans")).to_contain_text("Ana R. in, undone")
    expect(door.get_by_label("This room now")).to_have_attribute("data-headcount", "0", timeout=1_000)
    goes_in(door, ana, "Ana R.")


def test_a_typed_number_is_enough_at_a_door(door: Page, small_room: Venue) -> None:
    ana = small_room.register("Ana", "Romero")
    door.get_by_role("button", name="Type a number").click()
    door.get_by_label("Number").fill(ana["number"].replace("-", " ").lower())
    door.keyboard.press("Enter")
    expect(door.locator("#answer")).to_have_attribute("data-reason", "entered")
    expect(door.locator("#answer")).to_contain_text("Ana R.")


def test_an_ushers_count_corrects_the_scans(door: Page, small_room: Venue) -> None:
    goes_in(door, small_room.register("Ana", "Romero"), "Ana R.")
    door.get_by_role("button", name="Count the room").click()
    door.get_by_label("People inside now").fill("2")
    door.get_by_role("button", name="Save the count").click()
    expect(door.get_by_text("Counted: 2 inside.")).to_be_visible()
    expect(door.get_by_label("This room now")).to_have_attribute("data-headcount", "2", timeout=1_000)


def test_without_a_connection_a_door_is_never_green_and_counts_once_afterwards(
    door: Page, small_room: Venue
) -> None:
    ana = small_room.register("Ana", "Romero")
    door.context.set_offline(True)
    answer = scan(door, ana["credential"])
    expect(answer).to_have_attribute("data-state", "waiting")
    expect(answer).to_contain_text("Not checked yet")
    expect(door.get_by_label("Last scans")).to_contain_text("waits for the connection")
    door.context.set_offline(False)
    expect(door.locator("[data-waiting='0']")).to_have_count(1, timeout=20_000)
    expect(door.get_by_label("Last scans")).to_contain_text("Ana R. in")
    expect(door.get_by_label("This room now")).to_have_attribute("data-headcount", "1", timeout=5_000)


def test_who_was_let_in_without_a_connection_is_in_however_full_the_room_was(
    door: Page, small_room: Venue
) -> None:
    ana = small_room.register("Ana", "Romero")
    small_room.call("POST", f"/events/{SLUG}/rooms/{ROOM}/headcount", {"counted": LIMIT})
    door.context.set_offline(True)
    answer = scan(door, ana["credential"])
    expect(answer).to_contain_text("Not checked yet")
    expect(answer).to_have_attribute("data-state", "idle", timeout=10_000)
    door.context.set_offline(False)
    expect(door.get_by_label("Last scans")).to_contain_text("Ana R. in although room full", timeout=20_000)
    expect(door.get_by_label("This room now")).to_have_attribute("data-headcount", str(LIMIT + 1))
    (kept,) = small_room.call("GET", f"/events/{SLUG}/conflicts")["items"]
    assert (kept["number"], kept["conflict"]) == (ana["number"], ["room_full"])
    age = datetime.fromisoformat(kept["recorded_at"]) - datetime.fromisoformat(kept["happened_at"])
    assert age >= timedelta(seconds=3), "as long ago as the screen waited, at least"


def test_the_chosen_way_outlives_a_reload(door: Page, small_room: Venue) -> None:
    ana = small_room.register("Ana", "Romero")
    door.get_by_role("button", name="Out: everybody").click()
    door.reload()
    expect(door.get_by_role("button", name="Out: everybody")).to_have_attribute("aria-pressed", "true")
    expect(door.get_by_text("Online")).to_be_visible(timeout=10_000)
    expect(scan(door, ana["credential"])).to_have_attribute("data-reason", "exited_unmatched")


def test_a_confidential_attendee_is_shown_by_the_alias(door: Page, small_room: Venue) -> None:
    hidden = {"first_name": "Undine", "last_name": "Covert", "discipline": ["law"]}
    body = {**hidden, "confidential": True, "alias": "Rosa Diaz"}
    goes_in(door, small_room.call("POST", f"/events/{SLUG}/registrations", body), "Rosa D.")
    expect(door.get_by_label("Last scans")).to_contain_text("Rosa D. in")
    assert "Undine" not in door.content()


def test_a_rooms_sign_says_what_takes_place_and_when_it_is_full(
    door: Page, small_room: Venue, open_page: OpenPage
) -> None:
    sign = open_page(f"{small_room.url}/pair#{small_room.pairing_code('Sign', 'display')}")
    sign.wait_for_url("**/board")
    sign.goto(f"{small_room.url}/board?room={ROOM}")
    expect(sign.get_by_role("heading", name="Room B204")).to_be_visible(timeout=10_000)
    expect(sign.get_by_text("Undercover work", exact=True)).to_be_visible()
    expect(sign.get_by_text(re.compile("^10:15 . 11:15$"))).to_be_visible()
    for first in ("Ana", "Ben", "Eva"):
        goes_in(door, small_room.register(first, "Romero"), f"{first} R.")
    expect(sign.get_by_role("status")).to_have_text("Full", timeout=1_000)


def test_a_sign_follows_a_file_that_changes_during_the_day(small_room: Venue, open_page: OpenPage) -> None:
    sign = open_page(f"{small_room.url}/pair#{small_room.pairing_code('Sign', 'display')}")
    sign.wait_for_url("**/board")
    sign.goto(f"{small_room.url}/board?room={ROOM}")
    expect(sign.get_by_text(re.compile("^Next at 11:25: "))).to_be_visible(timeout=10_000)
    agenda = small_room.call("GET", f"/events/{SLUG}")
    slot = next(one for one in agenda["slot"] if one["starts"].startswith("11:25"))
    slot["starts"] = "11:35:00"
    small_room.call("PUT", f"/events/{SLUG}", agenda)
    sign.evaluate("window.dispatchEvent(new Event('online'))")  # rather than wait for the next beat
    expect(sign.get_by_text(re.compile("^Next at 11:35: "))).to_be_visible()


def test_doors_and_signs_keep_their_security_policy(small_room: Venue, open_page: OpenPage) -> None:
    page = open_door(small_room, open_page, "Door left")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda problem: said.append(str(problem)))
    for path in ("/door", f"/board?room={ROOM}"):
        page.goto(small_room.url + path)
        expect(page.get_by_role("heading", name="Room B204")).to_be_visible(timeout=10_000)
    assert said == []


def test_a_badge_held_to_the_camera_opens_and_the_screen_goes_by_itself(
    small_room: Venue, open_page: OpenPage, tmp_path: Path
) -> None:
    ana = small_room.register("Ana", "Romero")
    badge = small_room.call("POST", "/my", {"credential": ana["credential"], "badge": True})["badge_png"]
    film = make_film(base64.b64decode(badge), tmp_path / "badge.mjpeg")
    code = small_room.pairing_code("Door left", "door", ROOM)
    page = open_page(f"{small_room.url}/pair#{code}", film=film, size=PHONE)
    answer = page.locator("#answer")
    expect(answer).to_have_attribute("data-reason", "entered", timeout=20_000)
    expect(answer).to_have_attribute("data-state", "idle", timeout=2_000)
    expect(page.get_by_label("Last scans").get_by_role("listitem")).to_have_count(1)
