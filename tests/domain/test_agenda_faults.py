"""Each fault of an event's file is named with its key, and brings no others with it."""

from datetime import time

import pytest

from checkin.domain.agenda_file import LIMITS, read_agenda
from checkin.domain.errors import AppError
from tests.domain.agenda_document import DROP, Document, document, edited


def faults(document: Document) -> list[tuple[str, str]]:
    with pytest.raises(AppError) as caught:
        read_agenda(document)
    assert caught.value.code == "invalid"
    return [(fault.field, fault.problem) for fault in caught.value.errors]


# What is set, to what; the words of the fault. Its key is the path, unless another one follows.
ONE_VALUE = [
    ("event", 3, "must be a table, not a whole number", "event"),
    ("rooms", [], "unknown key; did you mean 'room'?"),
    ("room[2].seat", 1, "unknown key; did you mean 'seats'?"),
    ("room[2].zzzzz", 1, "unknown key; known are code, name, posted_limit"),
    ("room[2].seats", DROP, "missing"),
    ("event.name", None, "missing"),
    ("event.slug", "Resp", "'Resp' is not a slug"),
    ("event.slug", "a" * 64, "at most 63"),
    ("event.slug", "-a", "is not a slug"),
    ("event.slug", "a\n", "is not a slug"),
    ("event.slug", "á", "is not a slug"),
    ("event.name", " \u200b", "is empty"),
    ("event.name", "é" * 201, "201 characters, more than 200"),
    ("event.name", "a\x07b", "can't be shown (U+0007)"),
    ("event.name", "a\nb", "U+000A"),
    ("event.name", "a\u202eb", "U+202E"),
    ("event.name", "a\ud800b", "U+D800"),
    ("event.name", 7, "must be a text, not a whole number"),
    ("event.timezone", "Mars/Hill", "no time zone 'Mars/Hill'"),
    ("event.timezone", "America", "no time zone"),
    ("event.timezone", "../../etc/passwd", "no time zone"),
    ("event.timezone", "/etc/localtime", "no time zone"),
    ("event.timezone", "localtime", "no time zone"),
    ("event.timezone", "right/America/Denver", "no time zone"),
    ("event.date", "2027-02-30", "there is no day 2027-02-30"),
    ("event.date", "2027-01-26T00:00", "must be a date"),
    ("event.date", "9999-12-31", "years 1970 to 2199"),
    ("event.date", 20270126, "must be a date"),
    ("event.last_date", "2027-01-25", "is before date"),
    ("event.last_date", "2028-01-25", "more than 31 days"),
    ("event.doors_open", DROP, "both or none"),
    ("event.doors_close", DROP, "both or none"),
    ("event.doors_open", "24:00:00", "there is no time 24:00:00"),
    ("event.doors_open", "7:30", "must be a local time"),
    ("event.doors_open", time(7, 0, 0, 5), "must be a local time"),
    ("event.registration", "shut", "one of open, staff, closed, not 'shut'"),
    ("event.release_minutes", -1, "must be from 0 to 1440"),
    ("discipline[1].colour", "red", "'red' is not a colour like #0C4DA2"),
    ("discipline[1].short", "x" * 21, "more than 20"),
    ("discipline[2].short", " l e", "'l e' means discipline[1] already"),
    ("discipline[2].name", "LAW", "'LAW' means discipline[1] already"),
    ("curriculum", {"discipline": "law"}, "must be a list of tables: [[curriculum]]"),
    ("room[3]", "x", "must be a table, not a text"),
    ("room[2].seats", True, "must be a whole number, not true or false"),
    ("room[2].seats", 60.0, "must be a whole number, not a number with a fraction"),
    ("room[2].seats", "60", "must be a whole number, not '60'"),
    ("room[2].seats", 10**5000, "must be from 0 to 100000"),
    ("room[2].seats", -1, "must be from 0"),
    ("room[2].seats", 71, "71 seats are more than the posted_limit of 70"),
    ("room[2].posted_limit", 0, "must be from 1 to 100000"),
    ("room[2].accessible", 1, "must be true or false, not a whole number"),
    ("room[2].directions", "a" * 301, "more than 300"),
    ("room[2].directions", [], "must be a text, not a list"),
    ("room[3].code", "b 204", "'b 204' is not a code"),
    ("room[3].code", "../b", "'../b' is not a code"),
    ("room[3].code", "b" * 65, "more than 64"),
    ("room[3].code", "b204", "'b204' is room[2] already"),
    ("slot[1].date", "2027-01-27", "2027-01-27 is not from 2027-01-26 to 2027-01-26"),
    ("slot[1].ends", "10:15:00", "10:15:00 is not after starts, 10:15:00"),
    ("slot[1].ends", "17:30:01", "is after the doors close at 17:30:00"),
    ("slot[2].starts", "07:00", "is before the doors open at 07:30:00"),
    ("slot[3].starts", "11:14", "overlaps slot[1] 's2'"),
    ("slot[3].code", "s2", "'s2' is slot[1] already"),
    ("session[2].room", "b999", "no room 'b999'"),
    ("session[2].slot", "s9", "no slot 's9'"),
    ("session[3].disciplines", ["x"], "no discipline 'x'"),
    ("session[2].disciplines", "law", "must be a list of texts, not 'law'"),
    ("session[2].disciplines", ["law", "law"], "'law' stands there twice", "session[2].disciplines[2]"),
    ("session[2].disciplines", ["law", 3], "must be a text", "session[2].disciplines[2]"),
    ("session[3].code", "opening", "'opening' is session[1] already"),
    ("session[3].room", "b204", "room 'b204' has session[2] 'undercover-1' at that time already"),
    ("session[2].kind", "workshop", "one of plenary, breakout, not 'workshop'"),
    ("session[2].credit_minutes", -5, "must be from 0 to 1440"),
    ("session[1].disciplines", ["law"], "a plenary is for everyone"),
    ("session[3].kind", "plenary", "alone in its slot; there is also session[2]", "session[3].slot"),
    ("curriculum[1].discipline", "medical", "no session of the topic 'undercover' is for 'medical'",
     "curriculum[1].topics"),
    ("curriculum[1].topics", ["x"], "no session has the topic 'x'"),
    ("curriculum[1].topics", ["undercover"] * 2, "stands there twice", "curriculum[1].topics[2]"),
    ("curriculum[1].topics", DROP, "missing"),
    ("curriculum[2]", {"discipline": "law", "topics": []}, "'law' is curriculum[1] already",
     "curriculum[2].discipline"),
]  # fmt: skip


@pytest.mark.parametrize("case", ONE_VALUE, ids=[f"{case[0]}-{case[2]}" for case in ONE_VALUE])
def test_a_fault_is_told_once_with_its_key(
    case: tuple[str, object, str, str] | tuple[str, object, str],
) -> None:
    path, value, words = case[:3]
    [(key, problem)] = faults(edited({path: value}))
    assert key == (case[3] if len(case) > 3 else path)
    assert words in problem


def test_without_an_event_its_keys_are_missing() -> None:
    assert faults(edited({"event": DROP}))[:4] == [
        ("event.slug", "missing"),
        ("event.name", "missing"),
        ("event.date", "missing"),
        ("event.timezone", "missing"),
    ]


def test_all_faults_are_told_at_once() -> None:
    changes: dict[str, object] = {
        "event.slug": "!",
        "room[1].seats": 501,
        "session[2].title": "",
        "session[2].room": "b999",
        "curriculum[1].topics": ["x"],
    }
    assert sorted(key for key, _ in faults(edited(changes))) == sorted(changes)


def test_doors_that_close_before_they_open_let_nobody_in() -> None:
    assert faults(edited({"event.doors_close": "07:30"}))[0] == (
        "event.doors_close",
        "07:30:00 is not after doors_open, 07:30:00",
    )


def test_a_room_whose_code_is_wrong_is_missed_where_it_is_used() -> None:
    assert [key for key, _ in faults(edited({"room[2].code": "b 204"}))] == [
        "room[2].code",
        "session[2].room",
    ]


def test_slots_that_overlap_bring_two_sessions_into_one_room() -> None:
    assert [key for key, _ in faults(edited({"slot[2].ends": "10:16"}))] == [
        "slot[2].starts",
        "session[3].room",
    ]


def test_a_curriculum_for_an_unknown_discipline_is_a_fault() -> None:
    assert faults(edited({"curriculum[1].discipline": "x"}))[0] == (
        "curriculum[1].discipline",
        "no discipline 'x'",
    )


@pytest.mark.parametrize(
    ("key", "clock"), [("starts", "02:30:00"), ("ends", "02:00:00"), ("ends", "02:59:59")]
)
def test_a_time_that_the_change_of_clocks_skips_is_a_fault(key: str, clock: str) -> None:
    event: dict[str, object] = {
        "event.date": "2027-03-14",
        "event.doors_open": None,
        "event.doors_close": None,
    }
    slot: dict[str, object] = {
        "slot[2].starts": "01:00:00",
        "slot[2].ends": "03:30:00",
        f"slot[2].{key}": clock,
    }
    assert faults(edited(event | slot)) == [
        (f"slot[2].{key}", f"there is no {clock} on 2027-03-14 in America/Denver")
    ]


def test_doors_that_open_in_a_skipped_hour_are_a_fault() -> None:
    changes: dict[str, object] = {
        "event.date": "2027-03-13",
        "event.last_date": "2027-03-14",
        "event.doors_open": "02:15",
    }
    assert faults(edited(changes)) == [
        ("event.doors_open", "there is no 02:15:00 on 2027-03-14 in America/Denver")
    ]


def test_a_flood_of_unknown_keys_is_named_in_part() -> None:
    changed = document()
    changed["event"] |= {f"key{number}": 1 for number in range(5_000)}
    found = faults(changed)
    assert len(found) == 21
    assert found[-1] == ("event", "4980 more unknown keys")


@pytest.mark.parametrize("kind", LIMITS)
def test_too_many_of_a_kind_are_a_fault(kind: str) -> None:
    too_many = LIMITS[kind] + 1
    assert (kind, f"has {too_many} entries, more than {LIMITS[kind]}") in faults(
        edited({kind: [{}] * too_many})
    )
