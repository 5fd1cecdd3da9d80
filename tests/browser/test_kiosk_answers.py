"""Every reason that a kiosk can get has its own screen, reached by real scans with a USB scanner's keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.venue import CONFERENCE, SLUG, Venue, run_command, serve

OTHER = "other-2027"


@pytest.fixture
def kiosk(venue: Venue, open_page: OpenPage) -> Page:
    """A paired kiosk that is ready to scan."""
    page = open_page(f"{venue.url}/pair#{venue.pairing_code('Entrance', 'kiosk')}")
    page.wait_for_url("**/kiosk")
    expect(page.locator("#answer")).to_have_attribute("data-state", "idle")
    expect(page.get_by_text("Online")).to_be_visible(timeout=10_000)
    return page


def scan(page: Page, text: str) -> Locator:
    """Types a code as a USB scanner does: very fast, with Enter at the end."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    return page.locator("#answer")


def shows(answer: Locator, state: str, reason: str, words: str) -> None:
    """Expects that screen."""
    expect(answer).to_have_attribute("data-reason", reason)
    expect(answer).to_have_attribute("data-state", state)
    expect(answer).to_contain_text(words)


def test_arrival_repeat_leaving_and_return(kiosk: Page, venue: Venue) -> None:
    code = venue.register("Ana", "Romero")["credential"]
    shows(scan(kiosk, code), "admitted", "checked_in", "Welcome, Ana")
    expect(kiosk.locator("#answer")).to_have_attribute("data-state", "idle", timeout=10_000)
    shows(scan(kiosk, code.lower()), "repeat", "already_checked_in", "Already checked in at 07:4")
    expect(kiosk.locator("#answer")).to_have_attribute("data-state", "idle", timeout=10_000)
    kiosk.get_by_role("button", name="I am leaving").click()
    shows(scan(kiosk, code), "admitted", "left_venue", "Goodbye, Ana")
    expect(kiosk.locator("#answer")).to_have_attribute("data-state", "idle", timeout=10_000)
    shows(scan(kiosk, code), "admitted", "returned", "Welcome back, Ana")


def test_unknown_replaced_cancelled_and_unmatched(kiosk: Page, venue: Venue) -> None:
    shows(scan(kiosk, "B" * 28), "refused", "unknown_badge", "know this badge")
    ana = venue.register("Ana", "Romero")
    venue.call("POST", f"/events/{SLUG}/attendees/{ana['number']}/reissue")
    shows(scan(kiosk, ana["credential"]), "refused", "badge_replaced", "This badge was replaced")
    ben = venue.register("Ben", "Baca")
    venue.call("DELETE", f"/events/{SLUG}/attendees/{ben['number']}")
    shows(scan(kiosk, ben["credential"]), "refused", "registration_cancelled", "was cancelled")
    eva = venue.register("Eva", "Luna")
    expect(kiosk.locator("#answer")).to_have_attribute("data-state", "idle", timeout=10_000)
    kiosk.get_by_role("button", name="I am leaving").click()
    shows(scan(kiosk, eva["credential"]), "admitted", "exited_unmatched", "Goodbye")


def test_badge_of_another_event(kiosk: Page, venue: Venue, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(CONFERENCE.read_text().replace(f'slug = "{SLUG}"', f'slug = "{OTHER}"'))
    venue.command("event", "load", str(other))
    person = {"first_name": "Ana", "last_name": "Romero", "discipline": ["law"]}
    made = venue.call("POST", f"/events/{OTHER}/registrations", person)
    answer = scan(kiosk, made["credential"])
    shows(answer, "refused", "other_event", "This badge is for another event")
    expect(answer).not_to_contain_text("Ana")


def test_typed_number_with_last_name(kiosk: Page, venue: Venue) -> None:
    made = venue.register("Ana", "Romero")
    kiosk.get_by_role("button", name="I have no badge").click()
    kiosk.get_by_label("Your number").fill(made["number"].replace("-", " ").lower())
    kiosk.get_by_label("Your last name").fill("romero")
    kiosk.get_by_role("button", name="Check in").click()
    shows(kiosk.locator("#answer"), "admitted", "checked_in", "Welcome, Ana")


def test_revoked_device_says_so(kiosk: Page, venue: Venue) -> None:
    made = venue.register("Ana", "Romero")
    listed = venue.command("device", "list", SLUG)
    device = next(line.split()[0] for line in listed.splitlines() if "Entrance" in line)
    venue.command("device", "revoke", device)
    shows(scan(kiosk, made["credential"]), "refused", "unauthorized", "not paired")


def test_confidential_attendee_is_greeted_by_the_alias(kiosk: Page, venue: Venue) -> None:
    hidden = {"first_name": "Undine", "last_name": "Covert", "discipline": ["law"]}
    made = venue.call(
        "POST", f"/events/{SLUG}/registrations", {**hidden, "confidential": True, "alias": "Rosa Diaz"}
    )
    answer = scan(kiosk, made["credential"])
    shows(answer, "admitted", "checked_in", "Welcome, Rosa")
    assert "Undine" not in kiosk.content()


def test_without_a_connection_it_is_amber_and_counted_once_afterwards(kiosk: Page, venue: Venue) -> None:
    made = venue.register("Ana", "Romero")
    kiosk.context.set_offline(True)
    shows(scan(kiosk, made["credential"]), "waiting", "one_moment", "One moment")
    expect(kiosk.locator("[data-waiting='1']")).to_be_visible()
    kiosk.context.set_offline(False)
    expect(kiosk.locator("[data-waiting='0']")).to_have_count(1, timeout=20_000)
    counts = venue.call("GET", f"/events/{SLUG}/occupancy")
    assert (counts["checked_in"], counts["on_site"]) == (1, 1)


@pytest.fixture
def early(tmp_path: Path) -> Iterator[Venue]:
    """A venue whose doors are not open yet."""
    folder = tmp_path / "early"
    folder.mkdir()
    run_command(folder, "event", "load", str(CONFERENCE))
    token = run_command(folder, "token", "create", "--name", "Tests").strip()
    url, server = serve(folder, "--clock", "2027-01-26T07:05:00-07:00")
    yield Venue(url, folder, token, server)
    server.terminate()
    server.wait(20)


def test_before_the_doors_open(early: Venue, open_page: OpenPage) -> None:
    page = open_page(f"{early.url}/pair#{early.pairing_code('Entrance', 'kiosk')}")
    page.wait_for_url("**/kiosk")
    expect(page.get_by_text("Online")).to_be_visible(timeout=10_000)
    made = early.register("Ana", "Romero")
    shows(scan(page, made["credential"]), "refused", "closed", "Doors open at 07:30")
