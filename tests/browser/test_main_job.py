"""The main job in a real browser: register, show the badge to a camera, get the right room, be counted."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.film import make_film
from tests.browser.venue import SLUG, Venue


def register(page: Page, first: str, last: str) -> tuple[str, bytes]:
    """Fills the form as a person does; gives the number and the saved badge."""
    page.get_by_label("First name", exact=True).fill(first)
    page.get_by_label("Last name", exact=True).fill(last)
    page.get_by_text("Law enforcement", exact=True).first.click()
    page.locator("form button[type=submit]").click()
    done = page.locator("[data-number]")
    expect(page.locator("[data-badge=ready]")).to_be_visible(timeout=10_000)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the badge").click()
    return str(done.get_attribute("data-number")), Path(saved.value.path()).read_bytes()


def test_from_registration_to_a_green_screen_and_a_live_count(
    venue: Venue, open_page: OpenPage, tmp_path: Path
) -> None:
    number, badge = register(open_page(f"{venue.url}/register/{SLUG}", size=PHONE), "Ana", "Romero")
    board = open_page(f"{venue.url}/pair#{venue.pairing_code('Board', 'display')}")
    expect(board.locator("html")).to_have_attribute("data-checked-in", "0", timeout=10_000)

    film = make_film(badge, tmp_path / "badge.mjpeg")
    kiosk = open_page(f"{venue.url}/pair#{venue.pairing_code('Entrance', 'kiosk')}", film=film)
    answer = kiosk.locator("#answer")
    expect(answer).to_have_attribute("data-reason", "checked_in", timeout=20_000)
    expect(answer).to_have_attribute("data-state", "admitted")
    expect(answer).to_contain_text("Welcome, Ana")

    listed = venue.call("GET", f"/events/{SLUG}/attendees?query={number}")["items"]
    agenda = venue.call("GET", f"/events/{SLUG}")
    plenary = next(s for s in agenda["session"] if s.get("kind") == "plenary")
    room = next(r for r in agenda["room"] if r["code"] == plenary["room"])
    expect(answer.locator(".state__main")).to_have_text(room["name"])
    expect(answer).to_contain_text(room["directions"])
    assert [item["status"] for item in listed] == ["checked_in"]

    expect(board.locator("html")).to_have_attribute("data-checked-in", "1", timeout=1_000)
    expect(board.locator("html")).to_have_attribute("data-on-site", "1")
    decoded, shown = (float(str(answer.get_attribute(f"data-{name}-at"))) for name in ("decoded", "shown"))
    print(f"from decoding to the painted answer: {shown - decoded:.0f} ms")
    assert shown > decoded

    expect(answer).to_have_attribute("data-reason", "already_checked_in", timeout=20_000)
    expect(answer).to_contain_text("Already checked in at 07:4")
    expect(board.locator("html")).to_have_attribute("data-checked-in", "1")


def test_own_page_shows_code_and_day(venue: Venue, open_page: OpenPage) -> None:
    made = venue.register("Ana", "Romero")
    page = open_page(venue.url + re.sub(r"^https?://[^/]+", "", made["page"]), size=PHONE)
    expect(page.get_by_text(made["number"]).first).to_be_visible(timeout=10_000)
    expect(page.locator("svg, canvas, img").first).to_be_visible()
    expect(page.get_by_text("Grand").or_(page.get_by_text("Ballroom")).first).to_be_visible()
    assert "Ana" not in page.title()
    assert made["credential"] not in page.evaluate("location.pathname + location.search")


def test_no_page_breaks_its_security_policy(venue: Venue, open_page: OpenPage) -> None:
    made = venue.register("Ana", "Romero")
    page = open_page(f"{venue.url}/")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda problem: said.append(str(problem)))
    credential = made["page"].partition("#")[2]
    for path in ("/", f"/register/{SLUG}", f"/my#{credential}", "/pair", "/kiosk", "/board"):
        page.goto(venue.url + path)
        page.wait_for_load_state("networkidle")
        expect(page.locator("body")).not_to_be_empty()
    assert said == []
