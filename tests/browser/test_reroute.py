"""A room is closed while its session runs: the pages of those who are moved change by themselves."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from checkin.demo import invent_people
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.venue import CONFERENCE, SLUG, Venue, run_command, serve

PEOPLE = 600
DURING_SLOT_2 = "2027-01-26T10:20:00-07:00"
PAGES = 3


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Venue]:
    """The demo's conference with its people, planned, five minutes into the second slot."""
    run_command(tmp_path, "event", "load", str(CONFERENCE))
    table = io.StringIO()
    rows = invent_people(PEOPLE, 1)
    writer = csv.DictWriter(table, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    (tmp_path / "people.csv").write_text(table.getvalue(), encoding="utf-8")
    run_command(tmp_path, "attendees", "import", SLUG, str(tmp_path / "people.csv"))
    run_command(tmp_path, "plan", SLUG)
    token = run_command(tmp_path, "token", "create", "--name", "Tests").strip()
    url, server = serve(tmp_path, "--clock", DURING_SLOT_2)
    yield Venue(url, tmp_path, token, server)
    server.terminate()
    server.wait(20)


def seats(venue: Venue, slot: str) -> dict[str, str]:
    """Who sits in which session of a slot, by number."""
    found: dict[str, str] = {}
    cursor = ""
    while cursor is not None:
        page = venue.call("GET", f"/events/{SLUG}/attendees?limit=500&cursor={cursor}")
        for person in page["items"]:
            for item in person["itinerary"]:
                if item["slot"] == slot and item["session"] is not None:
                    found[person["number"]] = item["session"]
        cursor = page["next"]
    return found


def test_moved_people_see_their_new_room_without_doing_anything(running: Venue, open_page: OpenPage) -> None:
    agenda = running.call("GET", f"/events/{SLUG}")
    room_of = {one["code"]: one["room"] for one in agenda["session"]}
    names = {one["code"]: one["name"] for one in agenda["room"]}
    before = seats(running, "s2")
    fullest = Counter(before.values()).most_common(1)[0][0]
    inside = sorted(number for number, session in before.items() if session == fullest)
    told = running.call("POST", f"/events/{SLUG}/reroutes", {"room": room_of[fullest], "closed": True,
                                                            "slot": "s2", "dry_run": True})  # fmt: skip
    seated = {move["number"]: move["to"] for move in told["moves"] if move["from"] == fullest}
    watched = [number for number in inside if number in seated][:PAGES]
    assert len(watched) == PAGES
    pages = {}
    for number in watched:
        badge = running.call("POST", f"/events/{SLUG}/attendees/{number}/reissue")["credential"]
        pages[number] = open_page(f"{running.url}/my#{badge}", size=PHONE)
        expect(pages[number].locator('[data-slot="s2"]')).to_contain_text(
            names[room_of[fullest]], timeout=10_000
        )

    made = running.call(
        "POST", f"/events/{SLUG}/reroutes", {"room": room_of[fullest], "closed": True, "slot": "s2"}
    )
    after = {move["number"]: move["to"] for move in made["moves"] if move["from"] == fullest}
    assert all(number in after or number in {one["number"] for one in made["unplaced"]} for number in inside)
    for number, page in pages.items():
        item = page.locator('[data-slot="s2"]')
        expect(item).to_have_attribute("data-changed", "yes", timeout=25_000)
        expect(item).to_contain_text(f"Moved from {names[room_of[fullest]]}")
        expect(item.locator(".item__room")).to_contain_text(names[room_of[after[number]]])
    assert "no differences" in running.command("verify")

    undone = running.call("POST", f"/events/{SLUG}/reroutes/{made['reroute_id']}/undo")
    assert len(undone["moves"]) == len(made["moves"]) + len(made["unplaced"])
    assert seats(running, "s2") == before
