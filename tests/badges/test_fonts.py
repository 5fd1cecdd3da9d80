"""Which font draws what, and in which order."""

import pytest
from PIL import Image

from badges.fonts import can_shape, clean, clusters, missing, runs
from badges.typesetting import draw, stack
from tests.badges.content import NOTO
from tests.machine import NOTO_CJK, NOTO_CORE


def test_latin_greek_cyrillic_and_vietnamese_need_no_font_of_the_machine() -> None:
    for text in ("Zoë", "Łukasz", "Nguyễn", "Παπαδόπουλος", "Ґалаґан", "Ñandú's", "O\u2019Brien"):
        (run,) = runs(text, "bold")
        assert "fontpkg_noto_sans" in run.face.path


def test_layout_of_complex_scripts_is_there() -> None:
    assert can_shape(), NOTO


@pytest.mark.parametrize(("text", "font"), [*NOTO_CORE, *NOTO_CJK])
def test_other_scripts_are_drawn_with_their_own_noto_font(text: str, font: str) -> None:
    assert not missing(text, "bold"), NOTO
    (run,) = runs(text, "bold")
    assert font in run.face.path
    assert "Bold" in run.face.path
    (run,) = runs(text, "regular")
    assert "Regular" in run.face.path


def test_han_takes_the_shapes_that_its_neighbours_tell() -> None:
    assert not missing("山さ김", "bold"), NOTO
    faces = [runs(text, "bold")[0].face.index for text in ("山田さとう", "金민준", "张伟")]
    assert faces == [0, 1, 2]


def test_mixed_line_stands_in_reading_order() -> None:
    text = "Ana \u0645\u062d\u0645\u062f \u05d3\u05d5\u05d3 Lee"
    assert not missing(text, "bold"), NOTO
    assert [run.text.strip() for run in runs(text, "bold")] == [
        "Ana",
        "\u05d3\u05d5\u05d3",
        "\u0645\u062d\u0645\u062f",
        "Lee",
    ]
    assert [run.text.strip() for run in runs("\u05d3\u05d5\u05d3 Lee", "bold")] == [
        "Lee",
        "\u05d3\u05d5\u05d3",
    ]


def test_right_to_left_names_are_drawn_from_the_right() -> None:
    """Aleph is broad and yod narrow: the ink of aleph, the first letter, is on the right."""
    block = stack(["\u05d0\u05d9"], "bold", 100, 100)
    canvas = Image.new("L", (block.box.width, block.box.height), 255)
    draw(canvas, block, 0, 0, 0)
    half = block.box.width // 2
    left, right = (
        canvas.crop(edges).histogram()[0] for edges in ((0, 0, half, canvas.height), (half, 0, *canvas.size))
    )
    assert right > left


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        (" Ana\t Maria\n", "Ana Maria"),
        ("A\u0301na", "Ána"),
        ("An\x00a\x1b[31m", "An a [31m"),
        ("\u202eanA\u2066", "anA"),
        ("\ufeffAna\u200b", "Ana"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_text_is_cleaned_for_print(text: str, printed: str) -> None:
    assert clean(text) == printed


def test_marks_stay_with_their_letters() -> None:
    assert list(clusters("e\u0301\u0323a")) == ["e\u0301\u0323", "a"]
    assert list(clusters("")) == []
