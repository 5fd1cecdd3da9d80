"""The commands that come to an end, run as a user runs them: what they print, and how they end."""

import asyncio
import json
from dataclasses import replace

import pytest

from checkin.demo import read_conference
from tests.api.hall import PEOPLE, SLUG, Furnished
from tests.api.terminal import Terminal
from tests.browser.venue import CONFERENCE
from tests.databases import Engine, execute


def test_an_event_is_loaded_shown_and_listed(terminal: Terminal) -> None:
    assert "event response-2027: created" in terminal.does("event", "load", str(CONFERENCE))
    assert terminal.does("event", "load", str(CONFERENCE)) == "nothing changed\n"
    shown = terminal.does("event", "show", SLUG)
    assert json.loads(shown)["event"]["slug"] == SLUG
    (terminal.folder / "again.json").write_text(shown, encoding="utf-8")
    assert terminal.does("event", "load", "again.json") == "nothing changed\n"
    assert SLUG in terminal.does("event", "list")
    modes = {path.name: path.stat().st_mode & 0o777 for path in terminal.folder.glob("checkin.*")}
    assert modes == {"checkin.secret": 0o600, "checkin.db": 0o600}


def test_a_database_that_is_there_keeps_its_mode(terminal: Terminal) -> None:
    terminal.does("migrate")
    (terminal.folder / "checkin.db").chmod(0o640)
    terminal.does("migrate")
    assert (terminal.folder / "checkin.db").stat().st_mode & 0o777 == 0o640


def test_a_wrong_file_lists_every_fault_and_changes_nothing(terminal: Terminal) -> None:
    text = (
        read_conference().replace('room = "b204"', 'room = "b999"', 1).replace("seats = 800", "seats = 9000")
    )
    (terminal.folder / "wrong.toml").write_text(text, encoding="utf-8")
    complaint = terminal.fails("event", "load", "wrong.toml")
    assert "session[2].room: no room 'b999'" in complaint
    assert "room[1].seats" in complaint
    assert not (terminal.folder / "checkin.db").exists()


def test_a_table_is_imported_and_exported(furnished_terminal: Terminal) -> None:
    terminal = furnished_terminal
    (terminal.folder / "people.csv").write_text(PEOPLE + "Finn,Tso,other,f@example.org,,,,,,X-9\n")
    dry = terminal.does("attendees", "import", SLUG, "people.csv", "--dry-run")
    assert dry == "would be created 1, updated 0, unchanged 4\n"
    assert terminal.does("attendees", "import", SLUG, "people.csv").startswith("created 1,")
    assert terminal.does("attendees", "import", SLUG, "people.csv").startswith("created 0,")
    terminal.does("attendees", "export", SLUG, "--out", "out.csv")
    table = (terminal.folder / "out.csv").read_text(encoding="utf-8-sig")
    assert "Maria,Lopez" in table
    assert "Dmitri" not in table


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # wrong before anything is stored
def test_a_wrong_table_lists_every_fault(furnished_terminal: Terminal) -> None:
    (furnished_terminal.folder / "p.csv").write_text("first_name,last_name,discipline\n,B,law\nC,D,nothing\n")
    complaint = furnished_terminal.fails("attendees", "import", SLUG, "p.csv")
    assert "line 2, first_name: " in complaint
    assert "line 3, discipline: " in complaint


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # nothing of it is the database's
def test_badges_are_written_one_by_one(furnished_terminal: Terminal, furnished: Furnished) -> None:
    assert "wrote 4 badges" in furnished_terminal.does("badges", SLUG, "--out", "badges")
    names = {path.name for path in (furnished_terminal.folder / "badges").iterdir()}
    assert names == {f"{number}.png" for number in furnished.people.numbers.values()}


def test_tokens_and_codes_stand_alone_on_standard_output(furnished_terminal: Terminal) -> None:
    terminal = furnished_terminal
    token = terminal.does("token", "create", "--name", "Desk", "--role", "staff")
    assert token.startswith("ck_")
    assert len(token.splitlines()) == 1
    code = terminal.does("device", "add", SLUG, "Entrance", "--role", "kiosk")
    assert len(code.strip()) == 9
    assert "Entrance" in terminal.does("device", "list", SLUG)
    device = terminal.does("device", "list").splitlines()[-1].split()[0]
    assert "revoked" in terminal.does("device", "revoke", device)
    assert "revoked" in terminal.does("device", "list").splitlines()[-1]


def test_verify_names_every_difference(furnished_terminal: Terminal) -> None:
    assert furnished_terminal.does("verify") == "no differences\n"
    url = furnished_terminal.database
    assert url is not None
    asyncio.run(execute(url, "UPDATE tally SET n = n + 1 WHERE what = 'registered' AND key = ''"))
    done = furnished_terminal.run("verify")
    assert done.returncode == 1
    assert "registered" in done.stdout


def test_a_schema_is_brought_up_to_date_once(engine: Engine, terminal: Terminal) -> None:
    url = engine.blank(terminal.folder)
    terminal = replace(terminal, database=url)
    assert terminal.does("migrate") == "the schema is up to date now\n"
    assert terminal.does("migrate") == "the schema was up to date already\n"
    assert "event response-2027: created" in terminal.does("event", "load", str(CONFERENCE))
    engine.drop(url)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["event", "load", "nothing.toml"], "nothing.toml: no such file"),
        (["event", "list"], "there is no database checkin.db"),
        (["verify", "--database", "sqlite:///other.db"], "there is no database other.db"),
        (["event", "load", str(CONFERENCE), "--database", "sqlite:////nowhere/x.db"], "/nowhere/x.db"),
        (["migrate", "--database", "mysql://x"], "sqlite:///FILE"),
        (["migrate", "--database", "sqlite:///:memory:"], "sqlite:///FILE"),
        (["migrate", "--database", f"sqlite:///{CONFERENCE}"], "not a database"),
        (["serve", "--tls", "no.pem", "no.key"], "no.pem: there is no such file"),
        (["serve", "--host", "no.such.host.invalid"], "can't listen on no.such.host.invalid"),
    ],
)
def test_what_is_not_there_is_told_in_words(terminal: Terminal, words: list[str], said: str) -> None:
    assert said in terminal.fails(*words)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # nothing of it is the database's
def test_what_an_event_lacks_is_told_in_words(furnished_terminal: Terminal) -> None:
    terminal = furnished_terminal
    assert "nowhere" in terminal.fails("event", "show", "nowhere")
    assert "later version" in terminal.fails("attendees", "export", SLUG, "--out", "x.xlsx")
    assert "later version" in terminal.fails("badges", SLUG, "--out", "x.pdf")
    assert "room" in terminal.fails("device", "add", SLUG, "Door", "--role", "door")
    assert "no device" in terminal.fails("device", "revoke", "99")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["event"],
        ["nonsense"],
        ["serve", "--port", "x"],
        ["serve", "--processes", "2"],
        ["token", "create"],
        ["device", "add", SLUG, "K", "--role", "printer"],
    ],
)
def test_wrong_usage_ends_with_2(terminal: Terminal, words: list[str]) -> None:
    complaint = terminal.fails(*words, status=2)
    assert "usage: checkin" in complaint
    if "--processes" in words:
        assert "needs PostgreSQL" in complaint


def test_settings_of_the_environment_that_make_no_sense_are_told(terminal: Terminal) -> None:
    for name, value in (
        ("PUBLIC_URL", "checkin.example"),
        ("PORT", "x"),
        ("LOG_LEVEL", "loud"),
        ("LOG", "xml"),
        ("STOP_GRACE", "-1"),
        ("STOP_GRACE", "301"),
    ):
        done = terminal.run("migrate", **{f"CHECKIN_{name}": value})
        assert done.returncode == 1
        assert f"CHECKIN_{name}" in done.stderr
