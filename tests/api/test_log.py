"""The log's two forms: one line a record whatever stands in it, and never a person, a badge or a token."""

import asyncio
import io
import json
import logging
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientSession, DummyCookieJar
from sqlalchemy.exc import IntegrityError

from checkin.api import log
from checkin.config import LogForm
from tests.api.hall import EVENT, Furnished, People
from tests.api.terminal import Terminal, serve

FORGED = "x\n2027-01-26T14:45:00.000Z level=error logger=checkin.bug bug"
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(?P<level>[a-z]+) logger=(?P<logger>[a-z_.]+) (?P<rest>.+)"
)
PAIR = re.compile(r' (?P<key>[a-z_]+)=(?:"(?:[^"\\]|\\.)*"|[A-Za-z0-9_.:/{}+@-]+)')


def record(name: str, words: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    """A record as logging makes it."""
    info = None if error is None else (type(error), error, None)
    return logging.getLogger(name).makeRecord(name, logging.INFO, "x.py", 1, words, args, info)


def written(form: LogForm, one: logging.LogRecord) -> str:
    """The line."""
    return log.formatter(form).format(one)


@pytest.mark.parametrize(
    "value", ["a b", 'say "no"', FORGED, "tab\there", "", "a=b", "\u2028", "naïve", "\\", "\ud800"]
)
def test_a_value_can_forge_nothing(value: str) -> None:
    one = record("checkin.test", "told", {"value": value, "next": 7})
    text = written(LogForm.TEXT, one)
    assert len(text.splitlines()) == 1
    match = LINE.fullmatch(text)
    assert match is not None
    assert match["rest"].startswith("told ")
    assert [found["key"] for found in PAIR.finditer(match["rest"])] == ["value", "next"]
    assert PAIR.sub("", match["rest"]) == "told"
    line = written(LogForm.JSON, one)
    assert len(line.splitlines()) == 1
    assert line.isascii()
    assert (json.loads(line)["value"], json.loads(line)["next"]) == (value, 7)


def test_both_forms_say_when_how_grave_and_where_from() -> None:
    one = record("checkin.test", "told", {"scan": uuid.UUID(int=1), "absent": None})
    one.created, one.msecs = 1_800_000_000.25, 250.0
    stamp = "2027-01-15T08:00:00.250Z"
    assert (
        written(LogForm.TEXT, one)
        == f"{stamp} level=info logger=checkin.test told scan=00000000-0000-0000-0000-000000000001"
    )
    assert json.loads(written(LogForm.JSON, one)) == {
        "time": stamp,
        "level": "info",
        "logger": "checkin.test",
        "message": "told",
        "scan": "00000000-0000-0000-0000-000000000001",
    }


@pytest.mark.parametrize("form", LogForm)
def test_of_other_libraries_words_only_the_fixed_ones_are_told(form: LogForm) -> None:
    error = ValueError("Ana Ruiz")
    lines = [
        written(
            form, record("asyncio", "Task exception was never retrieved\nfuture: <Task 'Ana'>", error=error)
        ),
        written(form, record("aiohttp.server", "Error handling request from %s", "Ana", error=error)),
    ]
    assert not any("Ana" in line or "\n" in line for line in lines)
    assert all("ValueError" in line for line in lines)


@pytest.mark.parametrize("form", LogForm)
def test_a_databases_complaint_quotes_no_row(form: LogForm) -> None:
    class UniqueError(Exception):
        """What a driver raises."""

    cause = UniqueError("duplicate key: Key (email)=(ana@example.org) already exists")
    error = IntegrityError("INSERT INTO attendee VALUES (?)", ("Ana",), cause)
    line = written(form, record("checkin.bug", "bug", error=error))
    assert "IntegrityError" in line
    assert "Ana" not in line
    assert "ana@" not in line


def test_the_loops_own_complaints_quote_nothing(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(log.loop_trouble)
    loop.call_soon(int, "Ana Ruiz")
    loop.run_until_complete(asyncio.sleep(0))
    loop.call_exception_handler({"message": "Task was destroyed (Ana)", "task": "Ana"})
    loop.close()
    lines = [written(LogForm.TEXT, one) for one in caplog.records]
    assert len(lines) == 2
    assert "error=ValueError" in lines[0]
    assert 'problem="Task was destroyed"' in lines[1]
    assert not any("Ana" in line for line in lines)


@pytest.fixture
def set_up() -> Iterator[Callable[..., io.StringIO]]:
    """`configure`, and where the lines go then."""
    root, ours = logging.getLogger(), logging.getLogger("checkin")
    before = list(root.handlers), root.level, ours.level

    def configure(level: str, form: LogForm = LogForm.TEXT) -> io.StringIO:
        log.configure(level, form)
        (handler,) = root.handlers
        assert isinstance(handler, log.Lines)
        handler.stream = lines = io.StringIO()
        return lines

    yield configure
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


@pytest.mark.parametrize("form", LogForm)
def test_a_verdicts_line_is_what_the_library_would_write(
    form: LogForm, set_up: Callable[..., io.StringIO]
) -> None:
    values = {"id": "a-1", "device": 7, "verdict": "admitted", "reason": "checked_in", "late": "yes"}
    stream = set_up("info", form)
    log.verdict(values)
    log.verdicts.info("verdict", values)
    short, long = [re.sub(r"T[\d:.]+Z", "", line, count=1) for line in stream.getvalue().splitlines()]
    assert short == long
    assert "admitted" in short


@pytest.mark.parametrize("form", LogForm)
def test_a_verdicts_line_says_which_of_several_processes_speaks(
    form: LogForm, set_up: Callable[..., io.StringIO]
) -> None:
    stream = set_up("info", form)
    log.sign({"process": 3})
    log.verdict({"id": "a-1"})
    logging.getLogger("checkin.test").warning("told", {"value": 7})
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    end = " process=3" if form is LogForm.TEXT else '"process":3}'
    assert all(line.endswith(end) for line in lines)


def test_no_verdict_is_told_where_only_warnings_are_wanted(set_up: Callable[..., io.StringIO]) -> None:
    stream = set_up("warning")
    log.verdict({"id": "a-1"})
    assert stream.getvalue() == ""


def test_a_log_that_cannot_be_written_fails_no_scan(
    set_up: Callable[..., io.StringIO], capsys: pytest.CaptureFixture[str]
) -> None:
    set_up("info").close()
    log.verdict({"id": "a-1"})
    assert "closed file" in capsys.readouterr().err, "the library tells of it where it still can"


HOSTILE = {
    "first_name": 'Zelda level=error "x" \u2028',
    "last_name": "Quux\\n=admin",
    "discipline": ["law"],
    "email": "zelda@hostile.example",
    "agency": "Bureau of {route}%s",
}
SECRETS = (
    *("Zelda", "Quux", "zelda@", "hostile.example", "Bureau", "Warden", "court order", "Dmitri", "Gate"),
    *("Maria", "Lopez", "Ruiz", "Hidden", "quux"),
)


@dataclass(slots=True)
class Caller:
    """Whoever calls a server, and how many verdicts came back."""

    session: ClientSession
    verdicts: int = 0

    async def call(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """The answer's JSON, or its bytes."""
        async with self.session.request(method, path, json=body, **more) as answer:
            data = await answer.read()
            self.verdicts += data.count(b'"verdict":')
            return json.loads(data) if answer.content_type.endswith("json") else data

    async def scan(self, token: str, **fields: object) -> None:
        """One scan, well made or not."""
        body = {"scan_id": str(uuid.uuid4()), **fields}
        await self.call("POST", "/api/v1/scans", body, headers=bearer(token))


def bearer(token: str) -> dict[str, str]:
    """Who calls."""
    return {"Authorization": f"Bearer {token}"}


async def scan_ill(caller: Caller, people: People, door: str, credential: str) -> None:
    """Scans that would like to stand in the log."""
    kiosk = people.kiosk
    await caller.scan(kiosk, credential=credential)
    await caller.scan(kiosk, credential=people.letters["Maria"])
    await caller.scan(kiosk, credential=FORGED + credential)
    await caller.scan(kiosk, number=FORGED, last_name=FORGED + " Ruiz")
    override = {"reason": FORGED + " court order", "by": "Warden Smith\r\n"}
    await caller.scan(door, credential=credential, override=override)
    await caller.scan(door, credential=credential, direction=FORGED)
    unknown = {"scan_id": str(uuid.uuid4()), "credential": FORGED}
    await caller.call("POST", "/api/v1/scans/batch", {"scans": [unknown, FORGED]}, headers=bearer(kiosk))


async def ask_ill(caller: Caller, people: People, number: str, credential: str) -> None:
    """Calls whose addresses and bodies would like to stand in the log."""
    organizer, quoted = bearer(people.organizer), quote(FORGED, safe="")
    wanted = {"last_name": "Quux", "ending": "mple"}
    for method, path, body, headers in (
        ("POST", "/api/v1/my", {"credential": credential, "badge": True}, {}),
        ("POST", EVENT + "/find", wanted, bearer(people.kiosk)),
        ("POST", f"{EVENT}/attendees/{number}/reveal", {"reason": FORGED}, organizer),
        ("GET", f"{EVENT}/attendees?query=quux&cursor={quoted}", None, organizer),
        ("GET", f"/{quoted}/Zelda?token={people.organizer}", None, {}),
        ("GET", f"{EVENT}/attendees/{quoted}", None, organizer),
        ("GET", EVENT, None, bearer(f"ck_{people.organizer}")),
        ("POST", EVENT + "/plan", {"dry_run": True}, organizer),
    ):
        await caller.call(method, path, body, headers=headers)


async def live_through(url: str, people: People) -> tuple[list[str], int]:
    """A day with people, devices and callers who mean ill; gives what of them no log may hold, and how many
    verdicts there were.
    """
    async with ClientSession(url, cookie_jar=DummyCookieJar()) as session:
        caller = Caller(session)
        made = await caller.call("POST", EVENT + "/registrations", HOSTILE)
        device = {"name": 'Gate "1" level=error', "role": "door", "room": "b204"}
        added = await caller.call("POST", EVENT + "/devices", device, headers=bearer(people.organizer))
        paired = await caller.call("POST", "/api/v1/pair", {"pairing_code": added["pairing_code"]})
        await scan_ill(caller, people, paired["token"], made["credential"])
        await ask_ill(caller, people, made["number"], made["credential"])
    secrets = [*SECRETS, added["pairing_code"], paired["token"], made["credential"]]
    return [*secrets, *people.letters.values(), people.organizer, people.kiosk], caller.verdicts


@pytest.mark.parametrize("form", LogForm)
async def test_after_a_hostile_day_nobody_is_in_the_log(
    furnished_terminal: Terminal, furnished: Furnished, form: LogForm
) -> None:
    process, line = await serve(
        furnished_terminal, "serve", "--port", "0", CHECKIN_LOG=str(form), CHECKIN_LOG_LEVEL="debug"
    )
    secrets, verdicts = await live_through(line.split()[2], furnished.people)
    process.terminate()
    _, complaint = await asyncio.wait_for(process.communicate(), 20)
    text = complaint.decode()
    assert [word for word in secrets if word in text] == []
    said = [json.loads(line) if form is LogForm.JSON else read_text(line) for line in text.splitlines()]
    words = [one["message"] for one in said]
    assert (words[0], words[-2:]) == ("started", ["stopping", "stopped"])
    assert words.count("verdict") == verdicts >= 5, "one each, at kiosk and door, alone and in a batch"
    assert not any(one["level"] == "error" for one in said), "nothing went wrong, and nobody could pretend it"
    assert {one["logger"].split(".")[0] for one in said} == {"checkin"}


def read_text(line: str) -> dict[str, str]:
    """A line of text as what the other form holds."""
    match = LINE.fullmatch(line)
    assert match is not None, line
    words = PAIR.sub("", match["rest"])
    assert re.fullmatch(r"[a-z_]+", words), line
    return {"message": words, "level": match["level"], "logger": match["logger"]}
