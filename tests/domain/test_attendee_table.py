"""The attendee table: what is read, what is refused with its line and column, and that it reads its own."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkin.domain.agenda_file import read_agenda
from checkin.domain.attendee_columns import COLUMNS
from checkin.domain.attendee_draft import AttendeeDraft, cells
from checkin.domain.attendee_table import Fault, Table, read_rows, read_table, write_table
from checkin.domain.model import PersonName
from tests.domain.agenda_document import edited

AGENDA = read_agenda(edited({"discipline[2].name": "Médical care"}))
HEADER = "first_name,last_name,discipline"


def read(text: str) -> Table:
    return read_table(text.encode(), AGENDA)


def drafts(text: str) -> list[AttendeeDraft]:
    table = read(text)
    assert table.faults == ()
    return [draft for _, draft in table.drafts]


def fault(text: str) -> tuple[int, str, str]:
    [found] = read(text).faults
    return found.line, found.column, found.problem


def test_a_row_gives_a_draft_with_its_line() -> None:
    table = read(
        f"{HEADER},email,confidential,alias,all_rooms,accessibility,preferences\n"
        "Ana,Ruiz,law;med,a@example.org,yes,Maria del Carmen,0,Wheelchair; hearing loop,UNDERCOVER\n"
    )
    assert table.faults == ()
    [(line, draft)] = table.drafts
    assert line == 2
    assert (draft.first_name, draft.last_name, draft.email) == ("Ana", "Ruiz", "a@example.org")
    assert draft.disciplines == ("law", "medical")
    assert draft.accessibility == ("wheelchair", "hearing loop")
    assert draft.preferences == ("undercover",)
    assert draft.is_confidential
    assert draft.alias == PersonName("Maria", "del Carmen")
    assert not draft.is_welcome_everywhere


def test_an_absent_column_is_not_given_and_an_empty_cell_is() -> None:
    [draft] = drafts(f"{HEADER},email\nAna,Ruiz,,\n")
    assert draft.given == {"first_name", "last_name", "discipline", "email"}
    assert (draft.email, draft.disciplines, draft.phone) == ("", (), "")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_separators_byte_order_marks_and_line_ends_make_no_difference(
    delimiter: str, bom: str, newline: str
) -> None:
    rows = [["Last Name", "FIRST-NAME", " discipline ", "agency"], ["Ruiz", "Ana", '"law; med"', '"A, B"']]
    [draft] = drafts(bom + newline.join(delimiter.join(row) for row in rows) + newline)
    assert (draft.first_name, draft.last_name, draft.agency) == ("Ana", "Ruiz", "A, B")
    assert draft.disciplines == ("law", "medical")


def test_the_separator_is_the_headers_whatever_stands_in_the_cells() -> None:
    [draft] = drafts("first_name;last_name;discipline;agency\nAna;Ruiz;law;a,b,c,d,e,f\n")
    assert draft.agency == "a,b,c,d,e,f"


def test_lines_are_those_of_the_file_also_after_breaks_within_quotes() -> None:
    table = read(f'\n{HEADER},notes\nAna,Ruiz,law,"one\ntwo\n\nthree"\n\n,,,\nBo,Li,law,x\nC,D,nope,\n')
    assert [line for line, _ in table.drafts] == [3, 9]
    assert [(one.line, one.column) for one in table.faults] == [(10, "discipline")]
    assert table.ignored_columns == ("notes",)


@pytest.mark.parametrize("word", ["law", "LAW", "Law enforcement", "law  ENFORCEMENT", "le", " LE "])
def test_a_discipline_is_known_by_code_name_and_short_form(word: str) -> None:
    assert drafts(f"{HEADER}\nAna,Ruiz,{word}\n")[0].disciplines == ("law",)


@pytest.mark.parametrize("word", ["Medical Care", "MÉDICAL CARE", "Me\u0301dical care"])
def test_accents_make_no_other_discipline(word: str) -> None:
    assert drafts(f"{HEADER}\nAna,Ruiz,{word}\n")[0].disciplines == ("medical",)


def test_two_disciplines_that_differ_by_an_accent_alone_are_told_apart() -> None:
    agenda = read_agenda(edited({"discipline[1].name": "Médical", "discipline[2].name": "Medical"}))
    table = read_table(f"{HEADER}\nA,B,médical\nC,D,medical\n".encode(), agenda)
    assert [draft.disciplines for _, draft in table.drafts] == [("law",), ("medical",)]


def test_a_discipline_named_twice_counts_once() -> None:
    assert drafts(f"{HEADER}\nAna,Ruiz,med; LE ;;law\n")[0].disciplines == ("medical", "law")


def test_a_topic_is_known_by_its_code_and_by_a_title() -> None:
    [draft] = drafts(f"{HEADER},preferences\nAna,Ruiz,,For all;undercover work\n")
    assert draft.preferences == ("all", "undercover")


@pytest.mark.parametrize(
    ("word", "is_true"),
    [("yes", True), ("TRUE", True), ("1", True), ("no", False), ("False", False), ("0", False), (" ", False)],
)
def test_yes_and_no_have_three_words_each(word: str, is_true: bool) -> None:
    assert drafts(f"{HEADER},all_rooms\nAna,Ruiz,,{word}\n")[0].is_welcome_everywhere is is_true


def test_names_are_trimmed_and_composed() -> None:
    [draft] = drafts(f"{HEADER}\n\u00a0Jose\u0301 \u200b,  De  La\u00a0Cruz ,\n")
    assert (draft.first_name, draft.last_name) == ("José", "De La Cruz")


@pytest.mark.parametrize(
    "name", ["محمد", "李", "ನಮ್ಮ", "می\u200cری", "O'Brien", "'t Hof", "Łukasz", "D\u2019Arcy-Ní"]
)
def test_names_of_every_script_stay_as_they_are(name: str) -> None:
    assert drafts(f"{HEADER}\n{name},{name},\n")[0].first_name == name


FOREIGN = [
    "First Name,Surname,Discipline,Email,Company,Job Title,Cell Phone,Attendee #,Order #",
    "Attendee name: Given name,Attendee name: Family name,Profession,Attendee email,Company,Position,Phone,"
    "Pseudonymization ID,Order code",
    "First name,Last name,discipline,Email Address,Affiliation,Position,Phone Number,Registration ID,ID",
]


@pytest.mark.parametrize("header", FOREIGN, ids=["Eventbrite", "pretix", "Indico"])
def test_the_headers_of_other_programs_are_understood(header: str) -> None:
    table = read(f"{header}\nAna,Ruiz,law,a@example.org,Agency,Title,555,x7,O1\n")
    [(_, draft)] = table.drafts
    assert (draft.first_name, draft.last_name, draft.disciplines) == ("Ana", "Ruiz", ("law",))
    assert (draft.email, draft.agency, draft.title) == ("a@example.org", "Agency", "Title")
    assert (draft.phone, draft.external_id) == ("555", "x7")
    assert table.ignored_columns == (header.split(",")[-1],)


def test_an_attendees_columns_come_before_the_buyers() -> None:
    table = read(
        "Email,First name,Attendee first name,Last name,Attendee surname,Attendee email,Company,Company,"
        "discipline\n"
        "buyer@example.org,Bo,Ana,Li,Ruiz,ana@example.org,Agency,Invoice,law\n"
    )
    [(_, draft)] = table.drafts
    assert (draft.first_name, draft.last_name) == ("Ana", "Ruiz")
    assert (draft.email, draft.agency) == ("ana@example.org", "Agency")
    assert table.ignored_columns == ("Email", "First name", "Last name", "Company")


def test_of_several_phones_the_mobile_is_taken() -> None:
    table = read(f"{HEADER},Home Phone,Work Phone,Cell Phone\nAna,Ruiz,,1,2,3\n")
    assert table.drafts[0][1].phone == "3"
    assert table.ignored_columns == ("Home Phone", "Work Phone")


ROW_FAULTS = [
    ("", "first_name", ",Ruiz,law", "Please give a first name."),
    ("", "last_name", "Ana,\u200b,law", "Please give a last name."),
    ("", "discipline", "Ana,Ruiz,dance", "There are: Law enforcement (law, LE), Médical care ("),
    ("", "first_name", "A" * 201 + ",Ruiz,law", "201 characters, where 200 are the most"),
    ("", "first_name", "A\x00na,Ruiz,law", "U+0000"),
    ("", "first_name", '"A\nna",Ruiz,law', "U+000A"),
    ("", "last_name", "Ana,Ru\u202eiz,law", "U+202E"),
    ("", "", "Ana,Ruiz,law,more", "more cells than the header"),
    (",email", "email", "Ana,Ruiz,,ana", "“ana” is not an email address."),
    (",email", "email", "Ana,Ruiz,,a@b@c.org", "not an email"),
    (",email", "email", "Ana,Ruiz,,ana@localhost", "not an email"),
    (",email", "email", "Ana,Ruiz,,a@-b.org", "not an email"),
    (",email", "email", "Ana,Ruiz,,a b@c.org", "not an email"),
    (",email", "email", "Ana,Ruiz,,Ana <a@c.org>", "not an email"),
    (",email", "email", "Ana,Ruiz,,a@c..org", "not an email"),
    (",email", "email", "Ana,Ruiz,," + "a@" + "b." * 200 + "org", "where 320 are the most"),
    (",confidential", "confidential", "Ana,Ruiz,,maybe", "“maybe” is neither yes nor no."),
    (",confidential", "alias", "Ana,Ruiz,,yes", "needs an alias"),
    (",confidential,alias", "alias", "Ana,Ruiz,,yes,", "needs an alias"),
    (",confidential,alias", "alias", "Ana,Ruiz,,yes,Maria", "a first and a last name"),
    (",alias", "alias", "Ana,Ruiz,,Maria", "a first and a last name"),
    (",preferences", "preferences", "Ana,Ruiz,,undercover;knitting", "There is no topic “knitting”."),
    (",accessibility", "accessibility", "Ana,Ruiz,," + ";".join(map(str, range(51))), "51 entries"),
    (",accessibility", "accessibility", "Ana,Ruiz,," + "x" * 61, "where 60 are the most"),
    (",agency", "agency", "Ana,Ruiz,," + "x" * 201, "where 200 are the most"),
]  # fmt: skip


@pytest.mark.parametrize("case", ROW_FAULTS, ids=[f"{case[1]}-{case[3]}" for case in ROW_FAULTS])
def test_a_faulty_cell_is_told_with_its_line_and_column(case: tuple[str, str, str, str]) -> None:
    columns, column, row, words = case
    found = fault(f"{HEADER}{columns}\nBo,Li,law\n{row}\n")
    assert found[:2] == (3, column)
    assert words in found[2]


def test_every_fault_of_a_table_is_told_in_the_order_of_lines() -> None:
    table = read(f"{HEADER},email\n,Ruiz,dance,ana\nBo,Li,law,\nCy,,law,b@\n")
    assert [(one.line, one.column) for one in table.faults] == [
        (2, "first_name"),
        (2, "discipline"),
        (2, "email"),
        (4, "last_name"),
        (4, "email"),
    ]
    assert [line for line, _ in table.drafts] == [3]


HEADER_FAULTS = [
    ("", "", "empty"),
    ("\n \n,,\n", "", "empty"),
    ("first_name,discipline\nAna,law\n", "last_name", "There is no column last_name."),
    ("first_name,last_name\nAna,Ruiz\n", "discipline", "There is no column discipline."),
    (f"{HEADER},e-mail,Email\nAna,Ruiz,,,\n", "email", "“e-mail” and “Email”"),
    (f"{HEADER},First Name\nAna,Ruiz,,Bo\n", "first_name", "“first_name” and “First Name”"),
    (f"{HEADER},surname\nAna,Ruiz,,Li\n", "last_name", "“last_name” and “surname”"),
]


@pytest.mark.parametrize(("text", "column", "words"), HEADER_FAULTS)
def test_a_faulty_header_is_told_on_line_1(text: str, column: str, words: str) -> None:
    found = fault(text)
    assert found[:2] == (1, column)
    assert words in found[2]


def test_a_file_that_is_no_utf8_says_where_and_what_to_do() -> None:
    table = read_table(f"{HEADER}\nAna,Ruiz,\nJosé,Li,\n".encode("latin-1"), AGENDA)
    assert table == Table(faults=(Fault(3, "", "The file is not UTF-8: save it as “CSV UTF-8”."),))


@pytest.mark.parametrize(
    "data", ["first_name".encode("utf-16"), b"PK\x03\x04\x14\x00", b"\x00" * 99, b"\xff"]
)
def test_what_is_no_csv_at_all_is_one_clear_fault_or_a_missing_header(data: bytes) -> None:
    table = read_table(data, AGENDA)
    assert table.drafts == ()
    assert {one.line for one in table.faults} == {1}


def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_after_it() -> None:
    table = read(f'{HEADER}\nAna,Ruiz,law\nBo,"Li,law\nCy,Oh,law\n')
    assert [(one.line, one.column) for one in table.faults] == [(3, "")]
    assert "never closed" in table.faults[0].problem


def test_a_cell_beyond_all_measure_is_a_fault() -> None:
    assert fault(f"{HEADER}\nAna,Ruiz,{'x' * 200_000}\n")[:2] == (2, "")


def test_a_short_row_has_empty_cells() -> None:
    [draft] = drafts(f"{HEADER},email\nAna,Ruiz\n")
    assert "email" in draft.given


TWICE = [
    ("external_id", "Ana,Ruiz,,x1,\nBo,Li,,x1,", 3, "“x1” is in line 2 already."),
    ("email", "Ana,Ruiz,,,a@b.org\nBo,Li,,,a@b.org\nANA,ruiz,,,A@B.org", 4, "in line 2 already"),
    ("email", "Ana,Ruiz,,x1,a@b.org\nAna,Ruiz,,,a@b.org", 3, "in line 2 already"),
    ("email", "Ana,Ruiz,,,a@b.org\nAna,Ruiz,,x1,a@b.org", 3, "in line 2 already"),
]


@pytest.mark.parametrize(("column", "rows", "line", "words"), TWICE)
def test_one_key_twice_is_a_fault_of_the_later_line(column: str, rows: str, line: int, words: str) -> None:
    found = fault(f"{HEADER},external_id,email\n{rows}\n")
    assert found[:2] == (line, column)
    assert words in found[2]


def test_namesakes_are_told_apart_by_id_or_have_no_key() -> None:
    rows = "Ana,Ruiz,,x1,a@b.org\nAna,Ruiz,,x2,a@b.org\nAna,Li,,,\nAna,Li,,,\n"
    assert len(drafts(f"{HEADER},external_id,email\n{rows}")) == 4


def test_ten_thousand_rows_are_read_in_seconds() -> None:
    row = cells(
        AttendeeDraft(
            first_name="José",
            last_name="García",
            disciplines=("law",),
            email="j@b.org",
            phone="+1 505 555 0100",
        )
    )
    data = write_table(row | {"external_id": f"x{number}"} for number in range(10_000)).encode()
    begun = perf_counter()
    assert len(read_table(data, AGENDA).drafts) == 10_000
    assert perf_counter() - begun < 5  # 0.5 s where nothing else runs


def test_rows_of_another_format_are_read_by_the_same_rules() -> None:
    table = read_rows([(1, HEADER.split(",")), (2, ["Ana", "Ruiz", "law"]), (5, ["", "x"])], AGENDA)
    assert [line for line, _ in table.drafts] == [2]
    assert [(one.line, one.column) for one in table.faults] == [(5, "first_name")]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1 505", "-x", "@x", "\t=x", " =x", "\u00a0=x", "'=x", "''+x", "\uff1dx", "\rx"]
)
def test_no_cell_of_an_export_is_a_formula(cell: str) -> None:
    written = write_table([{"agency": cell}], ["agency"]).split("\r\n", 1)[1]
    assert written.lstrip('"').startswith("'")


@pytest.mark.parametrize("cell", ["O'Brien", "'t Hof", "a=b", "5-6", "x@y.org"])
def test_other_cells_are_written_as_they_are(cell: str) -> None:
    assert write_table([{"agency": cell}], ["agency"]) == f"agency\r\n{cell}\r\n"


def test_an_export_has_the_contracts_columns_in_its_order() -> None:
    assert write_table([]) == ",".join(column.name for column in COLUMNS) + "\r\n"
    assert COLUMNS[0].name == "first_name"
    assert COLUMNS[-1].name == "all_rooms"


TEXTS = st.text(max_size=12) | st.sampled_from(
    ["=1", "+1", "'=1", '"', "a;b", " , ", "x\ty", "'", "@", "''@"]
)


@given(texts=st.lists(TEXTS, min_size=5, max_size=5), flags=st.tuples(st.booleans(), st.booleans()))
def test_what_is_read_is_written_so_that_it_reads_the_same(
    texts: list[str], flags: tuple[bool, bool]
) -> None:
    first, last, agency, group, access = texts
    row = {"first_name": first, "last_name": last, "agency": agency, "group": group, "accessibility": access}
    row |= {"discipline": "med;law", "alias": "Maria Lopez", "preferences": "undercover"}
    row |= {"confidential": str(flags[0]), "all_rooms": str(flags[1])}
    once = read_table(write_table([row]).encode("utf-8", "replace"), AGENDA)
    again = read_table(write_table(cells(draft) for _, draft in once.drafts).encode(), AGENDA)
    assert [draft for _, draft in again.drafts] == [draft for _, draft in once.drafts]
    assert again.faults == ()


@given(
    data=st.binary(max_size=200)
    | st.text(alphabet="first_name,;\t\"\r\n'=é\x00", max_size=200).map(str.encode)
)
def test_any_bytes_are_a_table_or_have_a_fault(data: bytes) -> None:
    table = read_table(data, AGENDA)
    assert table.drafts or table.faults
    assert all(one.line >= 1 and one.problem for one in table.faults)
