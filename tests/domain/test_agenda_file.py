"""An event's file: what a sound one gives, how it is written, and what two of them differ in."""

import json
from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkin.domain.agenda_file import (
    LIMITS,
    Change,
    changes,
    parse_json,
    parse_toml,
    read_agenda,
    write_document,
)
from checkin.domain.errors import AppError
from checkin.domain.model import Agenda, Registration, SessionKind
from tests.domain.agenda_document import DROP, Document, document, edited


def test_a_sound_file_gives_its_agenda() -> None:
    file = document()
    agenda = read_agenda(file)
    assert (agenda.slug, agenda.zone.key, agenda.registration) == (
        "response-2027",
        "America/Denver",
        Registration.OPEN,
    )
    assert agenda.first_day == agenda.last_day == date(2027, 1, 26)
    assert agenda.doors_open == time(7, 30)
    assert [slot.code for slot in agenda.slots] == ["s1", "s2", "s3"]
    assert agenda.slots[0].starts_at == 1_800_977_400_000_000  # 08:30-07:00
    assert agenda.session["undercover-1"].topic == "undercover"
    assert agenda.session["opening"].kind is SessionKind.PLENARY
    assert agenda.curriculum == {"law": ("undercover",)}


def test_what_a_file_leaves_out_has_its_default() -> None:
    file = document()
    for key in ("doors_open", "doors_close"):
        del file["event"][key]
    agenda = read_agenda(file)
    assert (agenda.release_minutes, agenda.doors_open, agenda.doors_close) == (10, None, None)
    assert agenda.room["hall"].accessible
    assert agenda.room["hall"].directions == ""
    session = agenda.session["all"]
    assert (session.topic, session.disciplines, session.kind, session.credit_minutes) == (
        "all",
        (),
        SessionKind.BREAKOUT,
        0,
    )


def test_an_event_alone_is_a_file() -> None:
    event = {"slug": "a", "name": "A", "timezone": "UTC", "date": "2027-01-26"}
    agenda = read_agenda({"event": event})
    assert (agenda.rooms, agenda.sessions, agenda.venue) == ((), (), "")
    assert agenda.registration is Registration.STAFF


def test_of_a_time_that_occurs_twice_the_first_is_meant() -> None:
    file = document()
    file["event"] |= {"date": "2027-11-07", "doors_open": None, "doors_close": None}
    file["slot"][1] |= {"starts": "01:30:00", "ends": "02:00:00"}
    slot = read_agenda(file).slot["s1"]
    assert slot.ends_at - slot.starts_at == 90 * 60 * 1_000_000


def test_slots_may_touch_and_days_may_repeat_the_hours() -> None:
    file = document()
    file["event"]["last_date"] = "2027-01-27"
    file["slot"] += [
        {"code": "t1", "name": "Next day", "date": "2027-01-27", "starts": "08:30", "ends": "09:30"},
        {"code": "t2", "name": "At once", "date": "2027-01-27", "starts": "09:30", "ends": "10:30"},
    ]
    assert [slot.code for slot in read_agenda(file).slots] == ["s1", "s2", "s3", "t1", "t2"]


def test_a_room_without_seats_and_a_repeated_topic_are_no_faults() -> None:
    file = document()
    file["room"][0]["seats"] = 0
    file["session"][2]["topic"] = "undercover"
    assert read_agenda(file).room["hall"].seats == 0


def test_an_event_of_the_largest_size_is_read() -> None:
    file = document()
    rooms, slots = 20, LIMITS["session"] // 20
    file["event"] |= {"last_date": "2027-02-10", "doors_open": None, "doors_close": None}
    file["room"] = [{"code": f"r{n}", "name": f"R{n}", "posted_limit": 9, "seats": 9} for n in range(rooms)]
    file["slot"] = [
        {
            "code": f"s{n}",
            "name": "S",
            "date": f"2027-02-{n // 12 + 1:02}",
            "starts": f"{n % 12 + 8:02}:00",
            "ends": f"{n % 12 + 8:02}:50",
        }
        for n in range(slots)
    ]
    file["session"] = [
        {"code": f"x{slot}-{room}", "title": "T", "slot": f"s{slot}", "room": f"r{room}"}
        for slot in range(slots)
        for room in range(rooms)
    ]
    file["curriculum"] = []
    assert len(read_agenda(file).sessions) == 2_000


def test_toml_and_json_of_one_event_are_equal() -> None:
    file = document()
    agenda = read_agenda(file)
    written = json.dumps(write_document(agenda)).encode()
    assert read_agenda(parse_json(written)) == agenda
    event = json.loads(written)["event"]
    assert (event["date"], event["doors_open"]) == ("2027-01-26", "07:30:00")


def test_an_event_always_open_is_written_without_doors() -> None:
    file = document()
    file["event"] |= {"doors_open": None, "doors_close": None}
    agenda = read_agenda(file)
    assert read_agenda(write_document(agenda)) == agenda


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[event]\nslug = ", "line 2"),
        ("a = 1\na = 2", "line 2"),
        ("a = 2027-02-30", "line 1"),
        ("a = " + "9" * 5_000, "no TOML"),
        ("a = " + "[" * 100_000, "no TOML"),
    ],
)
def test_a_text_that_is_no_toml_says_where(text: str, words: str) -> None:
    with pytest.raises(AppError, match=words):
        parse_toml(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"a": 1, "a": 2}',
        b'{"a": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000,
        b'\xff{"a":1}',
    ],
)
def test_a_body_that_is_no_json_object_is_invalid(data: bytes) -> None:
    with pytest.raises(AppError) as caught:
        parse_json(data)
    assert caught.value.code == "invalid"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = {
    "event": ["slug", "name", "timezone", "date", "last_date", "doors_open", "doors_close", "registration"],
    "discipline[1]": ["code", "name", "short", "colour"],
    "room[1]": ["code", "posted_limit", "seats", "accessible", "directions"],
    "slot[1]": ["code", "date", "starts", "ends"],
    "session[2]": ["code", "topic", "slot", "room", "disciplines", "kind", "credit_minutes"],
    "curriculum[1]": ["discipline", "topics"],
}
PATHS = st.sampled_from(
    ["event", *LIMITS, *KEYS, *(f"{table}.{key}" for table, keys in KEYS.items() for key in keys)]
)


@given(path=PATHS, value=JSON)
def test_any_value_anywhere_is_read_or_refused_with_its_key(path: str, value: object) -> None:
    found = read_or_refuse(edited({path: value}))
    if isinstance(found, AppError):
        assert found.code == "invalid"
        assert found.errors
        assert all(fault.field and fault.problem for fault in found.errors)
    else:
        assert read_agenda(write_document(found)) == found


def read_or_refuse(document: Document) -> Agenda | AppError:
    try:
        return read_agenda(document)
    except AppError as error:
        return error


def test_the_same_file_twice_changes_nothing() -> None:
    file = document()
    assert changes(read_agenda(file), read_agenda(file)) == []


def test_a_new_event_creates_all_its_parts() -> None:
    file = document()
    found = changes(None, read_agenda(file))
    assert found[0] == Change("event", "response-2027", "created")
    assert {change.change for change in found} == {"created"}
    assert [change.kind for change in found].count("session") == 3


CHANGES: list[tuple[dict[str, object], list[tuple[str, str, str]]]] = [
    ({"event.name": "New"}, [("event", "response-2027", "updated")]),
    ({"room[2].seats": 50}, [("room", "b204", "updated")]),
    ({"slot[1].ends": "11:20"}, [("slot", "s2", "updated")]),
    ({"session[3]": DROP}, [("session", "all", "removed")]),
    ({"session[3].code": "any"}, [("session", "any", "created"), ("session", "all", "removed")]),
    ({"curriculum": []}, [("curriculum", "law", "removed")]),
    ({"discipline[1].colour": "#000000"}, [("discipline", "law", "updated")]),
]


@pytest.mark.parametrize(("edit", "expected"), CHANGES, ids=[next(iter(edit)) for edit, _ in CHANGES])
def test_changes_name_what_differs(edit: dict[str, object], expected: list[tuple[str, str, str]]) -> None:
    found = changes(read_agenda(document()), read_agenda(edited(edit)))
    assert found == [Change(*change) for change in expected]


def test_another_order_is_a_change_of_the_event() -> None:
    file = document()
    old = read_agenda(file)
    file["discipline"].reverse()
    assert changes(old, read_agenda(file)) == [Change("event", "response-2027", "updated")]


def test_another_zone_moves_every_slot() -> None:
    file = document()
    old = read_agenda(file)
    file["event"]["timezone"] = "America/New_York"
    assert [(change.kind, change.code) for change in changes(old, read_agenda(file))] == [
        ("event", "response-2027"),
        ("slot", "s1"),
        ("slot", "s2"),
        ("slot", "s3"),
    ]


def test_any_difference_is_a_change() -> None:
    file = document()
    old = read_agenda(file)
    new = replace(old, curriculum={**old.curriculum, "medical": ("all",)})
    assert changes(old, new) == [Change("curriculum", "medical", "created")]
