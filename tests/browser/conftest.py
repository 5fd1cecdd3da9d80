"""The venue and real Chromium for the browser tests; a missing browser fails and says what to install."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.venue import BEFORE_BREAKOUT_1, CONFERENCE, LIMIT, MORNING, ROOM, Venue, run_command, serve
from tests.machine import find_browser

TABLET = (1280, 800)
PHONE = (390, 844)
QUIET = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)

OpenPage = Callable[..., Page]


def chromium_program() -> str:
    """Where Chromium is on this machine."""
    found = find_browser()
    if found is None:
        pytest.fail("the browser tests need Chromium: apt install chromium (or let `make test` do it)")
    return found


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright, for one module: while it runs its event loop stands in the way of other tests' loops."""
    with sync_playwright() as started:
        yield started


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Venue]:
    """A server with the demo's conference and nobody registered, at 07:45 of its day."""
    run_command(tmp_path, "event", "load", str(CONFERENCE))
    token = run_command(tmp_path, "token", "create", "--name", "Tests").strip()
    url, server = serve(tmp_path, "--clock", MORNING)
    yield Venue(url, tmp_path, token, server)
    server.terminate()
    server.wait(20)


@pytest.fixture
def small_room(tmp_path: Path) -> Iterator[Venue]:
    """The demo's conference when its first breakout is open; Room B204 has three seats, its limit too."""
    folder = tmp_path / "small"
    folder.mkdir()
    agenda = folder / "event.toml"
    limits = re.compile(rf'(code = "{ROOM}"\nname = "[^"]*"\n)posted_limit = \d+\nseats = \d+')
    agenda.write_text(limits.sub(rf"\1posted_limit = {LIMIT}\nseats = {LIMIT}", CONFERENCE.read_text()))
    run_command(folder, "event", "load", str(agenda))
    token = run_command(folder, "token", "create", "--name", "Tests").strip()
    url, server = serve(folder, "--clock", BEFORE_BREAKOUT_1)
    yield Venue(url, folder, token, server)
    server.terminate()
    server.wait(20)


@pytest.fixture
def open_page(playwright: Playwright) -> Iterator[OpenPage]:
    """Opens a page in a browser of its own; its camera shows `film`, or else Chromium's test picture."""
    browsers: list[Browser] = []

    def open_one(url: str, film: Path | None = None, size: tuple[int, int] = TABLET) -> Page:
        camera = [] if film is None else [f"--use-file-for-fake-video-capture={film}"]
        browser = playwright.chromium.launch(executable_path=chromium_program(), args=[*QUIET, *camera])
        browsers.append(browser)
        context: BrowserContext = browser.new_context(viewport={"width": size[0], "height": size[1]})
        page = context.new_page()
        page.goto(url)
        return page

    yield open_one
    for browser in browsers:
        browser.close()
