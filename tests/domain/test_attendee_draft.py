"""A registration's JSON and an update's: the same rules as a table's, in sentences for a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkin.domain.agenda_file import read_agenda
from checkin.domain.attendee_columns import BY_NAME
from checkin.domain.attendee_draft import AttendeeDraft, cells, read_person
from checkin.domain.attendee_table import read_table, write_table
from checkin.domain.errors import AppError
from checkin.domain.model import PersonName
from tests.domain.agenda_document import document

AGENDA = read_agenda(document())
NAMES = {"first_name": "Ana", "last_name": "Ruiz"}


def problems(
    values: dict[str, object], *, is_update: bool = False, is_public: bool = False
) -> list[tuple[str, str]]:
    with pytest.raises(AppError) as caught:
        read_person(values, AGENDA, is_update=is_update, is_public=is_public)
    assert caught.value.code == "invalid"
    return [(one.field, one.problem) for one in caught.value.errors]


def test_a_registration_gives_a_draft() -> None:
    draft = read_person(
        NAMES
        | {
            "discipline": ["LE", "medical"],
            "email": "a@b.org",
            "accessibility": ["Step free"],
            "confidential": True,
        }
        | {"alias": "Maria Lopez", "preferences": ["undercover"], "all_rooms": False, "phone": None},
        AGENDA,
    )
    assert draft == AttendeeDraft(
        given=frozenset(BY_NAME) - {"agency", "county", "title", "external_id", "group"},
        first_name="Ana",
        last_name="Ruiz",
        disciplines=("law", "medical"),
        email="a@b.org",
        accessibility=("step-free",),
        preferences=("undercover",),
        is_confidential=True,
        alias=PersonName("Maria", "Lopez"),
    )


def test_a_lone_discipline_needs_no_list() -> None:
    assert read_person(NAMES | {"discipline": "law"}, AGENDA).disciplines == ("law",)


def test_an_update_gives_what_it_names_and_null_clears() -> None:
    draft = read_person({"email": None, "discipline": None}, AGENDA, is_update=True)
    assert draft.given == {"email", "discipline"}
    assert (draft.email, draft.disciplines) == ("", ())
    assert read_person({}, AGENDA, is_update=True) == AttendeeDraft()


def test_an_update_to_confidential_may_count_on_the_alias_that_is_known() -> None:
    assert read_person({"confidential": True}, AGENDA, is_update=True).is_confidential
    [(field, problem)] = problems({"confidential": True, "alias": None}, is_update=True)
    assert field == "alias"
    assert "needs an alias" in problem


WRONG: list[tuple[str, object, str]] = [
    ("first_name", "", "Please give a first name."),
    ("last_name", None, "Please give a last name."),
    ("first_name", 7, "This must be a text."),
    ("first_name", "A\ud800", "U+D800"),
    ("discipline", "dance", "There is no discipline “dance”. There are: Law enforcement (law, LE), Medical"),
    ("discipline", [["law"]], "This must be a list of texts."),
    ("discipline", {"law": 1}, "This must be a list of texts."),
    ("discipline", 3, "This must be a list of texts."),
    ("email", ["a@b.org"], "This must be a text."),
    ("email", "ana@", "“ana@” is not an email address."),
    ("preferences", ["x"], "There is no topic “x”."),
    ("preferences", ["undercover"] * 51, "51 entries, more than 50"),
    ("confidential", "yes", "This must be true or false."),
    ("confidential", 1, "This must be true or false."),
    ("alias", "Maria", "An alias is a first and a last name"),
    ("disciplines", ["law"], "There is no such field. Did you mean “discipline”?"),
    ("x" * 500, 1, "There is no such field."),
]


@pytest.mark.parametrize(
    ("key", "value", "words"), WRONG, ids=[f"{key[:20]}-{words}" for key, _, words in WRONG]
)
def test_a_wrong_value_is_told_with_its_key(key: str, value: object, words: str) -> None:
    [(field, problem)] = problems(NAMES | {key: value})
    assert field == (key if len(key) < 60 else key[:59] + "…")
    assert words in problem


def test_all_that_is_wrong_is_told_at_once() -> None:
    values: dict[str, object] = {"first_name": "", "email": "x", "confidential": True, "nick": "A"}
    assert [field for field, _ in problems(values)] == ["nick", "first_name", "email", "last_name", "alias"]


@pytest.mark.parametrize(("key", "value"), [("all_rooms", True), ("external_id", "x"), ("group", "g")])
def test_who_registers_themselves_can_not_set_what_is_the_organizers(key: str, value: object) -> None:
    assert problems(NAMES | {key: value}, is_public=True) == [(key, "Only the organizers can set this.")]
    assert read_person(NAMES | {key: value}, AGENDA).given == {*NAMES, key}


def test_a_table_and_json_of_one_person_give_one_draft() -> None:
    draft = read_person(
        {"confidential": True, "alias": "Maria del Carmen", "group": "'=x", "accessibility": ["a;b", "c"]}
        | dict.fromkeys(("first_name", "last_name", "agency", "county", "title", "phone", "external_id"), "-")
        | {"discipline": ["medical"], "email": "-a@b.org", "preferences": ["all"], "all_rooms": True},
        AGENDA,
    )
    [(_, read)] = read_table(write_table([cells(draft)]).encode(), AGENDA).drafts
    assert read == draft


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=9)
    | st.lists(st.text(max_size=4), max_size=3)
)


@given(values=st.dictionaries(st.sampled_from([*BY_NAME, "x"]), VALUES), is_update=st.booleans())
def test_any_values_are_a_draft_or_named_as_wrong(values: dict[str, object], is_update: bool) -> None:
    found = read_or_refuse(values, is_update)
    if isinstance(found, AppError):
        assert {one.field for one in found.errors} <= {*BY_NAME, "x"}
    else:
        assert found.given == set(values)
        assert not found.is_confidential or found.alias or is_update


def read_or_refuse(values: dict[str, object], is_update: bool) -> AttendeeDraft | AppError:
    try:
        return read_person(values, AGENDA, is_update=is_update)
    except AppError as error:
        return error
