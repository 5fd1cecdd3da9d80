"""The invented people: the same for the same seed, varied as a statewide conference is, and nobody real."""

import re
import unicodedata
from collections import Counter

import pytest

from checkin.demo import invent_people
from checkin.demo.agencies import COUNTIES, PROFESSIONS

COLUMNS = {
    "first_name", "last_name", "discipline", "email", "phone", "agency", "county", "title", "external_id",
    "accessibility", "group", "preferences", "confidential", "alias", "all_rooms",
}  # fmt: skip
SCRIPTS = {
    "LATIN",
    "GREEK",
    "CYRILLIC",
    "DEVANAGARI",
    "ARABIC",
    "HEBREW",
    "CJK",
    "HANGUL",
    "HIRAGANA",
    "KATAKANA",
}

PEOPLE = invent_people(600, seed=1)


def script(name: str) -> str:
    return unicodedata.name(name[0]).split()[0]


def test_the_same_seed_gives_the_same_people() -> None:
    assert invent_people(600, seed=1) == PEOPLE
    assert invent_people(600, seed=2) != PEOPLE


def test_fewer_people_are_the_first_of_more() -> None:
    assert invent_people(660, seed=1)[:600] == PEOPLE
    assert invent_people(0, seed=1) == []


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_seed_covers_all_counties_and_scripts(seed: int) -> None:
    people = invent_people(600, seed)
    assert len(COUNTIES) == 33
    assert {row["county"] for row in people} == set(COUNTIES)
    assert {script(row["first_name"]) for row in people} == SCRIPTS


def test_every_row_fills_the_columns_of_an_attendee_table() -> None:
    for row in PEOPLE:
        assert set(row) == COLUMNS
        for column in (
            "external_id",
            "first_name",
            "last_name",
            "email",
            "phone",
            "agency",
            "county",
            "title",
        ):
            assert row[column].strip(), column
        assert {row["confidential"], row["all_rooms"]} <= {"", "yes"}


def test_nobody_can_be_reached_at_a_real_address() -> None:
    emails = [row["email"] for row in PEOPLE]
    assert len(set(emails)) == len(emails)
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+[0-9]*@example\.(org|net|com)", email) for email in emails)
    assert all(re.fullmatch(r"(505|575)-555-01[0-9]{2}", row["phone"]) for row in PEOPLE)


def test_external_ids_are_unique() -> None:
    assert len({row["external_id"] for row in PEOPLE}) == len(PEOPLE)


def test_confidential_people_are_in_law_enforcement_and_have_an_alias() -> None:
    confidential = [row for row in PEOPLE if row["confidential"]]
    assert 6 <= len(confidential) <= 18
    for row in confidential:
        assert row["discipline"].startswith("law")
        assert len(row["alias"].split()) == 2
        assert row["alias"] != f"{row['first_name']} {row['last_name']}"
    assert not any(row["alias"] for row in PEOPLE if not row["confidential"])


def test_disciplines_have_their_shares() -> None:
    first = Counter(row["discipline"].partition(";")[0] for row in PEOPLE)
    assert set(first) == {"", *PROFESSIONS}
    assert 1 <= first[""] <= 4
    for code, (share, *_) in PROFESSIONS.items():
        assert abs(first[code] - 6 * share) <= 18, code
    assert 5 <= sum(";" in row["discipline"] for row in PEOPLE) <= 20


def test_the_special_cases_of_a_real_day_occur() -> None:
    assert 6 <= sum(row["accessibility"] == "wheelchair" for row in PEOPLE) <= 12
    assert 4 <= sum(row["all_rooms"] == "yes" for row in PEOPLE) <= 8
    assert 150 <= sum(bool(row["preferences"]) for row in PEOPLE) <= 330


def test_a_group_is_one_team_of_one_agency_and_profession() -> None:
    teams = {row["group"] for row in PEOPLE} - {""}
    assert len(teams) >= 5
    for team in teams:
        members = [row for row in PEOPLE if row["group"] == team]
        assert 2 <= len(members) <= 4
        assert len({(row["agency"], row["discipline"], row["county"]) for row in members}) == 1
