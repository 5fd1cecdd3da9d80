"""A database that does not do what it is asked: neither answers nor the log nor a terminal name a person."""

import asyncio
import logging

import pytest

from checkin.api.log import TextFormatter
from tests.api.hall import EVENT, Hall
from tests.api.terminal import Terminal
from tests.databases import execute

TWICE = "CREATE UNIQUE INDEX once_only ON attendee (last_name)"
BODY = {"first_name": "Unheard", "last_name": "Unspoken", "discipline": ["law"], "email": "u@example.org"}
SECRET = "s3cret"


async def test_a_broken_rule_is_logged_by_its_name_and_not_by_the_row(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    await execute(hall.services.db.url, "DELETE FROM attendee WHERE last_name = 'Ruiz'")
    await execute(hall.services.db.url, TWICE)
    with caplog.at_level(logging.INFO):
        assert (await hall.call("POST", f"{EVENT}/registrations", body=BODY)).status == 201
        answer = await hall.call("POST", f"{EVENT}/registrations", body=BODY | {"email": "v@example.org"})
    assert answer.code == "internal"
    (bug,) = [TextFormatter().format(record) for record in caplog.records if record.levelno >= logging.ERROR]
    assert "IntegrityError" in bug
    assert "once_only" in bug or "attendee.last_name" in bug
    for word in ("Unheard", "Unspoken", "unspoken", "example.org"):
        assert not any(word in TextFormatter().format(record) for record in caplog.records)
        assert word.encode() not in answer.body


async def test_a_scan_that_breaks_a_rule_is_logged_by_its_name_alone(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    await execute(hall.services.db.url, "CREATE UNIQUE INDEX once_only ON scan (reason)")
    with caplog.at_level(logging.INFO):
        assert (await hall.scan("Ana")).status == 200
        answer = await hall.scan("Ben")
    assert answer.code == "internal"
    (bug,) = [TextFormatter().format(record) for record in caplog.records if record.levelno >= logging.ERROR]
    assert "once_only" in bug or "scan.reason" in bug
    assert "checked_in" not in bug, "it is a value, if no secret one"


def test_a_command_names_the_rule_and_not_the_row(furnished_terminal: Terminal) -> None:
    url = furnished_terminal.database
    assert url is not None
    asyncio.run(execute(url, "CREATE UNIQUE INDEX once_only ON attendee (phone)"))
    table = (
        "first_name,last_name,discipline,phone\nUnheard,Unspoken,law,555-0177\nUnheard,Other,law,555-0177\n"
    )
    (furnished_terminal.folder / "people.csv").write_text(table)
    complaint = furnished_terminal.fails("attendees", "import", "response-2027", "people.csv")
    assert complaint.startswith("checkin: the database: ")
    assert "once_only" in complaint or "attendee.phone" in complaint
    for word in ("Unheard", "Unspoken", "555-0177"):
        assert word not in complaint


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (f"postgresql://ana:{SECRET}@127.0.0.1:1/checkin", "connection refused"),
        (f"postgresql://ana:{SECRET}@no.such.host.invalid/checkin", "no host of that name"),
        (f"mysql://ana:{SECRET}@127.0.0.1/checkin", "expected sqlite:///FILE or postgresql://USER@HOST/NAME"),
    ],
)
def test_a_missing_server_is_told_in_one_line_without_a_password(
    terminal: Terminal, address: str, told: str
) -> None:
    complaint = terminal.fails("event", "list", "--database", address)
    assert told in complaint
    assert complaint.count("\n") == 1
    assert SECRET not in complaint
