"""The registration page where registering works and a badge can't be drawn."""

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.venue import SLUG, Venue


def test_a_name_that_can_not_be_printed_is_told_and_the_own_page_works(
    venue: Venue, open_page: OpenPage
) -> None:
    page = open_page(f"{venue.url}/register/{SLUG}", size=PHONE)
    page.get_by_label("First name", exact=True).fill("Ana \U0001f600")
    page.get_by_label("Last name", exact=True).fill("Romero")
    page.get_by_text("Law enforcement").first.click()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("alert")).to_contain_text("characters that we can't print")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open my page").click()
    number = page.locator("[data-number]").get_attribute("data-number")
    assert number is not None
    expect(opened.value.get_by_text(number)).to_be_visible()
