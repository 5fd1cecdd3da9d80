"""Folded text: what searches and orders compare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkin.store.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Núñez", "nunez"),
        ("  Two \t Words ", "two words"),
        ("O\u2019Brien", "obrien"),
        ("O'Brien", "obrien"),
        ("Straße", "strasse"),
        ("Łukasz Ørsted", "lukasz orsted"),
        ("\u0130pek \u0131l\u0131k", "ipek ilik"),
        ("K7-214", "k7-214"),
        ("\uff21\uff22\uff23", "abc"),
        ("\u1e9e", "ss"),
        ("Ǆ", "dz"),
    ],
)
def test_case_accents_and_apostrophes_are_gone(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_is_of_no_matter(text: str) -> None:
    assert fold(text.casefold()) == fold(text)
