"""`checkin copy`, run as a user runs it."""

from collections.abc import Iterator

import pytest

from tests.api.hall import SLUG
from tests.api.terminal import Terminal
from tests.postgres import Server

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # where it is copied from


@pytest.fixture
def empty_url(postgres: Server) -> Iterator[str]:
    """An empty PostgreSQL database."""
    url = postgres.create()
    yield url
    postgres.drop(url)


def test_a_database_moves_to_a_server(furnished_terminal: Terminal, empty_url: str) -> None:
    terminal = furnished_terminal
    told = terminal.does("copy", "sqlite:///checkin.db", empty_url)
    lines = {line.split()[0]: line.split()[1:] for line in told.splitlines()}
    assert lines["table"] == ["rows", "digest"]
    assert lines["attendee"][0] == "4"
    assert lines["attendee"][2:] == ["same"]
    assert "every table is the same" in told
    assert "The secret file is not in it" in told
    assert terminal.does("verify", "--database", empty_url) == "no differences\n"
    assert SLUG in terminal.does("event", "list", "--database", empty_url)
    complaint = terminal.fails("copy", "sqlite:///checkin.db", empty_url)
    assert "not empty (" in complaint


def test_a_password_is_never_shown(furnished_terminal: Terminal, empty_url: str) -> None:
    told = furnished_terminal.does("copy", "sqlite:///checkin.db", empty_url.replace("tests@", "tests:hush@"))
    assert "tests@" in told
    assert "hush" not in told


def test_what_can_not_be_copied_is_told(furnished_terminal: Terminal) -> None:
    terminal = furnished_terminal
    assert "there is no database" in terminal.fails("copy", "sqlite:///absent.db", "sqlite:///new.db")
    assert "expected sqlite:///FILE" in terminal.fails("copy", "checkin.db", "sqlite:///new.db")
    assert "usage: checkin copy" in terminal.fails("copy", "sqlite:///checkin.db", status=2)
    assert sorted(path.name for path in terminal.folder.iterdir()) == ["checkin.db", "checkin.secret"]
