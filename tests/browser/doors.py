"""Doors of rooms in a real browser: how tests open one and send people through."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.venue import ROOM, Venue


def open_door(venue: Venue, open_page: OpenPage, name: str, room: str = ROOM) -> Page:
    """A phone paired to a room's door, when it knows its room's count."""
    page = open_page(f"{venue.url}/pair#{venue.pairing_code(name, 'door', room)}", size=PHONE)
    page.wait_for_url("**/door")
    expect(page.get_by_text("Online")).to_be_visible(timeout=10_000)
    expect(page.locator("[data-headcount]")).to_have_count(1, timeout=10_000)
    return page


# In one go: a busy test machine may pause between two keys for longer than any scanner does.
SCANNER_KEYS = """text => {
  for (const key of [...text, "Enter"]) {
    const press = new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true});
    document.activeElement.dispatchEvent(press);
  }
}"""


def scan(page: Page, text: str) -> Locator:
    """Types a code as a USB scanner does: very fast, with Enter at the end."""
    page.evaluate(SCANNER_KEYS, text)
    return page.locator("#answer")


def goes_in(page: Page, person: dict[str, str], name: str) -> None:
    """Scans somebody and expects the green screen with that display name."""
    answer = scan(page, person["credential"])
    expect(answer).to_contain_text(name)
    expect(answer).to_have_attribute("data-reason", "entered")
    expect(answer).to_have_attribute("data-state", "admitted")
