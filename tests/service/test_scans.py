"""Scans of badges through the desk on a real database: one answer each, kept, counted once."""

import asyncio
import random
from collections import Counter

import pytest
from msgspec import structs

from checkin.domain.errors import AppError
from checkin.domain.instants import HOUR
from checkin.domain.scans import Direction, Override, Reason, Verdict
from checkin.service import scans
from checkin.service.scans import Answer, Reading
from tests.databases import APART, ENGINES, SHARED
from tests.domain.conference import at
from tests.service.venue import (
    EVENT,
    KIOSK,
    OTHER_KIOSK,
    OTHER_UUID,
    PEOPLE,
    Venue,
    code_of,
    last_name,
    letters,
    number,
    open_venue,
    reading,
    reasons,
    scan_id,
)

pytestmark = pytest.mark.parametrize("engine", [*ENGINES, APART, SHARED], indirect=True)


async def test_first_scan_checks_in_places_and_counts(venue: Venue) -> None:
    answer = await venue.scan_one(reading(1, 8))
    assert (answer.recorded.verdict, answer.recorded.reason) == (Verdict.ADMITTED, Reason.CHECKED_IN)
    assert answer.outcome.person is not None
    assert answer.outcome.itinerary is not None
    assert [item.slot for item in answer.outcome.itinerary] == ["s1", "s2", "s3"]
    assert await venue.tally("checked_in") == 1
    assert await venue.tally("on_site", "2027-01-26") == 1
    assert await venue.rows("SELECT version, last_recorded_at FROM event_state WHERE event_id = 1") == [
        (2, at(8))
    ]


async def test_64_first_scans_of_one_badge_at_once_check_in_exactly_once(venue: Venue) -> None:
    scans = [venue.scan_one(reading(name, 1), KIOSK if name % 2 else OTHER_KIOSK) for name in range(1, 65)]
    answers = await asyncio.gather(*scans)
    assert reasons(answers) == {"checked_in": 1, "already_checked_in": 63}
    first = next(a for a in answers if a.recorded.reason is Reason.CHECKED_IN)
    for repeat in answers:
        if repeat is not first:
            assert repeat.recorded.detail is not None
            assert repeat.recorded.detail["first_at"] == first.recorded.recorded_at
            assert repeat.recorded.detail["first_device"] in ("Kiosk A", "Kiosk B")
    assert len({a.recorded.recorded_at for a in answers}) == 64
    assert await venue.tally("checked_in") == 1


async def test_2000_scans_of_600_people_and_shuffled_retries_count_distinct_people(database_url: str) -> None:
    dice = random.Random(7)
    scans = [
        (reading(name, dice.randint(1, 600)), dice.choice((KIOSK, OTHER_KIOSK))) for name in range(1, 2001)
    ]
    sent = scans + dice.sample(scans, 700)
    dice.shuffle(sent)
    async with open_venue(database_url, 600) as venue:
        answers = await asyncio.gather(*(venue.scan_one(one, device) for one, device in sent))
        first: dict[bytes, Answer] = {}
        for answer in answers:
            known = first.setdefault(answer.recorded.scan_id, answer)
            assert answer.recorded == known.recorded
        distinct = len({one.credential for one, _ in scans})
        assert await venue.tally("checked_in") == distinct
        assert await venue.tally("on_site", "2027-01-26") == distinct
        assert Counter(a.recorded.reason for a in first.values())[Reason.CHECKED_IN] == distinct
        assert await venue.rows("SELECT count(*), count(DISTINCT recorded_at) FROM scan") == [(2000, 2000)]
        assert await venue.faults() == []


async def test_same_scan_again_gets_the_same_answer_and_changes_nothing(venue: Venue) -> None:
    first = await venue.scan_one(structs.replace(reading(1, 3), scanned_at=at(7)))
    state = await venue.rows("SELECT version FROM event_state")
    venue.now = at(9)
    again = await venue.scan_one(structs.replace(reading(1, 3), scanned_at=at(8)))
    assert again.recorded == first.recorded
    assert again.outcome.is_replay
    assert await venue.rows("SELECT version FROM event_state") == state


async def test_scan_is_the_same_however_its_credential_is_written(venue: Venue) -> None:
    first = await venue.scan_one(reading(1, 3))
    link = f"https://example.org/my#{letters(3).lower()}"
    assert (await venue.scan_one(Reading(scan_id(1), credential=link))).recorded == first.recorded


@pytest.mark.parametrize(
    "other",
    [
        reading(1, 4),
        Reading(scan_id(1), credential="no credential"),
        Reading(scan_id(1), number=number(3), last_name=last_name(3)),
        structs.replace(reading(1, 3), direction=Direction.IN),
        structs.replace(reading(1, 3), override=Override("speaker asked", "M. Ortiz")),
    ],
)
async def test_a_scan_id_names_one_scan_only(venue: Venue, other: Reading) -> None:
    await venue.scan_one(reading(1, 3))
    assert await code_of(venue, other) == "scan_id_reused"
    assert await venue.rows("SELECT count(*) FROM scan") == [(1,)]


async def test_a_scan_id_of_another_device_is_reused(venue: Venue) -> None:
    await venue.scan_one(reading(1, 3))
    with pytest.raises(AppError, match="another scan"):
        await venue.scan_one(reading(1, 3), OTHER_KIOSK)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x" * 512,
        "\ud800",
        "\x00",
        "BBBB-BBBB-BBBB-BBBB-BBBB-BBBB-BBBB",
        letters(3)[:-1] + "B",
        letters(3, OTHER_UUID),
    ],
)
async def test_what_is_no_badge_of_ours_is_refused_and_kept(venue: Venue, text: str) -> None:
    answer = await venue.scan_one(Reading(scan_id(1), credential=text))
    assert answer.recorded.reason is Reason.UNKNOWN_BADGE
    assert answer.outcome.person is None
    again = await venue.scan_one(Reading(scan_id(1), credential=text))
    assert again.recorded == answer.recorded
    assert await venue.rows("SELECT verdict, effect FROM scan") == [("refused", None)]


async def test_a_known_badge_whose_tag_is_not_ours_is_unknown(venue: Venue) -> None:
    # The digest is in the database, but no key of ours ever signed it for this event.
    await venue.execute("UPDATE event SET uuid = :uuid WHERE id = 1", uuid=b"\x33" * 16)
    assert (await venue.scan_one(reading(1, 3))).recorded.reason is Reason.UNKNOWN_BADGE


async def test_another_events_badge_shows_nobody(venue: Venue) -> None:
    one = Reading(scan_id(1), credential=letters(PEOPLE + 1, OTHER_UUID))
    answer = await venue.scan_one(one)
    assert answer.recorded.reason is Reason.OTHER_EVENT
    assert (answer.recorded.attendee, answer.outcome.person) == (None, None)


async def test_a_replaced_badge_is_refused(venue: Venue) -> None:
    await venue.execute("UPDATE credential SET replaced_at = :at WHERE attendee_id = 3", at=at(7))
    assert (await venue.scan_one(reading(1, 3))).recorded.reason is Reason.BADGE_REPLACED


async def test_a_revoked_device_is_unauthorized_and_leaves_nothing(venue: Venue) -> None:
    await venue.execute("UPDATE device SET revoked_at = :at WHERE id = 1", at=at(7))
    assert await code_of(venue, reading(1, 3)) == "unauthorized"
    assert await venue.rows("SELECT count(*) FROM scan") == [(0,)]


async def test_each_scan_of_a_request_has_its_own_answer_in_order(venue: Venue) -> None:
    answers = await venue.scan(
        reading(1, 1), Reading(scan_id(2)), reading(3, 2), reading(1, 2), reading(1, 1), reading(4, 2)
    )
    told = [a.recorded.reason.value if isinstance(a, Answer) else getattr(a, "code", a) for a in answers]
    assert told == [
        "checked_in",
        "invalid",
        "checked_in",
        "scan_id_reused",
        "checked_in",
        "already_checked_in",
    ]


async def test_late_scan_takes_place_in_the_past_and_the_earliest_arrival_counts(venue: Venue) -> None:
    venue.now = at(9)
    await venue.scan_one(reading(1, 3))
    late = structs.replace(reading(2, 3), scanned_at=at(8), lateness=HOUR)
    answer = await venue.scan_one(late, OTHER_KIOSK)
    assert answer.recorded.reason is Reason.ALREADY_CHECKED_IN
    assert answer.recorded.happened_at == answer.recorded.recorded_at - HOUR
    assert answer.recorded.detail is not None
    assert answer.recorded.detail["conflict"] == ["already_checked_in"]
    assert answer.recorded.detail["first_device"] == "Kiosk B"


async def test_a_slow_batch_is_told_in_the_log_without_a_name(
    venue: Venue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await venue.scan_one(reading(1, 1))
    assert caplog.records == [], "an ordinary one is not"
    monkeypatch.setattr(scans, "SLOW_SECONDS", 0.0)
    await venue.scan_one(reading(2, 2))
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == ("WARNING", "slow_batch")
    assert isinstance(record.args, dict)
    assert record.args.keys() == {"event", "scans", "ms", "commit_ms"}
    assert (record.args["event"], record.args["scans"]) == (EVENT, 1)
