"""Confidential attendees show in no answer and no log; credentials, names and queries in no log."""

import io
import logging
from collections.abc import Iterator

import pytest

from checkin.api import log
from checkin.config import LogForm
from tests.api.hall import EVENT, SECRETS, Hall

Text = io.StringIO


@pytest.fixture
def logged() -> Iterator[Text]:
    """All that the program logs, as it is written."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(log.formatter(LogForm.TEXT))
    logger = logging.getLogger("checkin")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield text
    logger.removeHandler(handler)
    logger.setLevel(before)


async def wander(hall: Hall) -> list[bytes]:
    """Every answer that could name the confidential attendee, and a scan of theirs."""
    number, letters = hall.people.numbers["Maria"], hall.people.letters["Maria"]
    answers = [
        await hall.scan("Maria"),
        await hall.scan("Maria"),
        await hall.scan("nobody", number=number, last_name="Lopez"),
        await hall.organize("GET", "/attendees"),
        await hall.organize("GET", "/attendees?query=lopez"),
        await hall.organize("GET", f"/attendees/{number}"),
        await hall.organize("PATCH", f"/attendees/{number}", {"county": "Taos"}),
        await hall.organize("PATCH", f"/attendees/{number}", {"email": "nonsense"}),
        await hall.organize("GET", "/occupancy"),
        await hall.organize("GET", "/occupancy/history"),
        await hall.organize("GET", "/alerts?all=true"),
        await hall.organize("GET", "/conflicts"),
        await hall.organize("GET", f"/attendees/{number}/badge.png"),
        await hall.call("POST", "/api/v1/my", body={"credential": letters, "badge": True}),
        await hall.organize("POST", f"/attendees/{number}/reissue"),
        await hall.organize("DELETE", f"/attendees/{number}"),
        await hall.scan("Maria"),
        await hall.call("GET", "/metrics"),
    ]
    return [answer.body for answer in answers]


async def test_no_answer_names_a_confidential_attendee(hall: Hall) -> None:
    for body in await wander(hall):
        for secret in SECRETS:
            assert secret.encode() not in body


@pytest.mark.parametrize("query", ["dmitri", "hidden", "secret.example", "undercover%20unit"])
async def test_no_search_finds_what_the_alias_hides(hall: Hall, query: str) -> None:
    assert (await hall.organize("GET", f"/attendees?query={query}")).json["items"] == []


async def test_nothing_shows_that_a_name_is_an_alias(hall: Hall) -> None:
    shown = [
        (await hall.organize("GET", f"/attendees/{hall.people.numbers[name]}")).json
        for name in ("Maria", "Ana")
    ]
    assert set(shown[0]) == set(shown[1])
    assert not {"alias", "confidential", "is_confidential"} & set(shown[0])
    scans = [(await hall.scan(name)).json for name in ("Maria", "Ana")]
    assert set(scans[0]) == set(scans[1])
    assert scans[0]["attendee"]["display_name"] == "Maria L."


async def test_the_log_has_a_line_for_each_verdict_and_request(hall: Hall, logged: Text) -> None:
    await hall.scan("Ana")
    await hall.organize("GET", "/attendees?query=ruiz")
    lines = logged.getvalue().splitlines()
    verdicts = [line for line in lines if " verdict " in line]
    assert len(verdicts) == 1
    assert "verdict=admitted reason=checked_in" in verdicts[0]
    assert "device=1 " in verdicts[0]
    (request,) = [line for line in lines if "route=/api/v1/events/{slug}/attendees " in line]
    for part in ("level=info", "id=", "method=GET", "status=200", "ms=", "token="):
        assert part in request


async def test_the_log_names_nobody(hall: Hall, logged: Text) -> None:
    await wander(hall)
    await hall.organize(
        "POST", f"/attendees/{hall.people.numbers['Maria']}/reveal", {"reason": "court order"}
    )
    await hall.scan("Ana")
    await hall.call("POST", EVENT + "/registrations", body={"first_name": "Zelda", "last_name": "Quux"})
    await hall.call("GET", f"/my/{hall.people.letters['Ana']}")
    await hall.call("GET", f"{EVENT}?device=cd_1_secret", "ck_secret")
    text = logged.getvalue()
    assert "request" in text
    words = [
        *SECRETS,
        "Ana",
        "Ruiz",
        "Maria",
        "Lopez",
        "Zelda",
        "Quux",
        "court order",
        "secret",
        "query=",
        "?",
    ]
    words += [*hall.people.letters.values(), hall.people.kiosk, hall.people.organizer]
    assert [word for word in words if word in text] == []
