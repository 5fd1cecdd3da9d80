"""The badge's picture: two readers read it, nothing overlaps or is missing, and it is seen from afar."""

import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from badges import colour
from badges.artwork import BadgeContent, Box, ItineraryLine, draw_badge, layout
from badges.fonts import MissingGlyphs, clean, missing
from badges.layout import BAND, CARD, NEUTRAL_DISCIPLINE, QR_BOX, STRIPE, band_words, cleaned, compose
from tests.badges.content import ITINERARY, NAMES, NOTO, badge, opened, read_by_opencv, read_by_zxing, varied

MILLIMETRE = 300 / 25.4
POINT = 300 / 72

# Words, marks that stack, hyphens and control characters, of scripts that come with the program.
words = st.text(
    st.sampled_from("AbgÅßñǰжЩΩλ -'’.\u0301\u0323\u0327\t\n\u200b\u202e") | st.sampled_from("lmnoprstu"),
    max_size=200,
)
rows = st.builds(ItineraryLine, words, words, words)


@pytest.fixture(scope="module", autouse=True)
def _fonts_for_all_scripts() -> None:
    lacking = {char for name in NAMES for part in name for char in missing(clean(part), "bold")}
    assert not lacking, NOTO


def _assert_orderly(content: BadgeContent) -> None:
    boxes = layout(content)
    parts = [(name, box) for name, box in boxes if not name.startswith("band.")]
    for name, box in parts:
        assert CARD.contains(box), f"{name} leaves the badge"
    for (one, box), (other, second) in combinations(parts, 2):
        assert not box.overlaps(second), f"{one} overlaps {other}"
    inner = [box for name, box in boxes if name.startswith("band.")]
    assert inner
    assert all(BAND.contains(box) for box in inner)
    assert not any(box.overlaps(second) for box, second in combinations(inner, 2))


def test_hundred_badges_are_read_by_two_readers() -> None:
    for content in varied():
        png = draw_badge(content)
        assert read_by_zxing(png) == content.credential
        assert read_by_opencv(png) == content.credential


def test_hundred_badges_are_orderly() -> None:
    for content in varied():
        _assert_orderly(content)


@settings(max_examples=60, deadline=None)
@given(words, words, words, words, st.lists(rows, max_size=9))
@example("W" * 200, "m" * 200, "x" * 200, "Q" * 200, [ItineraryLine("9" * 50, "r" * 90, "t" * 200)] * 9)
@example(
    "A" + "\u0301" * 150, "g" + "\u0323" * 150, "", "", [ItineraryLine("10:15", "B", "e\u0301" * 80)] * 6
)
@example("", "", "", "", [])
@example("a " * 100, "b-" * 100, "", "-", [])
def test_nothing_overlaps_whatever_the_texts(
    first: str, last: str, agency: str, discipline: str, itinerary: list[ItineraryLine]
) -> None:
    _assert_orderly(
        badge(
            first, last, agency=agency, discipline=discipline, event_name=agency, itinerary=tuple(itinerary)
        )
    )


@pytest.mark.parametrize(("first", "last"), NAMES)
@pytest.mark.parametrize("itinerary", [(), ITINERARY])
def test_ink_stays_within_the_boxes(first: str, last: str, itinerary: tuple[ItineraryLine, ...]) -> None:
    content = badge(first, last, itinerary=itinerary)
    pixels = np.asarray(opened(draw_badge(content)).convert("L")).copy()
    for _name, box in layout(content):
        pixels[box.top : box.bottom, box.left : box.right] = 255
    assert pixels.min() == 255


def test_every_text_of_the_content_is_printed_whole() -> None:
    for content in varied():
        texts: dict[str, str] = {}
        for item in compose(cleaned(content)):
            joined = "".join(line.text for line, _ in item.block.lines)
            texts[item.name] = texts.get(item.name, "") + joined
        squeezed = {name: text.replace(" ", "") for name, text in texts.items()}
        assert squeezed["first_name"] == clean(content.first_name).replace(" ", "")
        assert squeezed.get("last_name", "") == clean(content.last_name).replace(" ", "")
        assert squeezed.get("agency", "") == content.agency.replace(" ", "")
        assert squeezed["number"] == content.number
        assert squeezed["event"] == content.event_name.replace(" ", "")
        assert squeezed["credential"].replace("-", "") == content.credential


@pytest.mark.parametrize("first", ["Maria", "Ana", "Robert", "Daniel", "Jorge", "Miguel"])
def test_first_name_is_read_at_two_metres(first: str) -> None:
    content = badge(first, "Gonzales")
    placed = {item.name: item.block for item in compose(cleaned(content))}
    assert placed["first_name"].size >= 60 * POINT * 0.93, "sizes are 7 % apart"
    assert 0.4 <= placed["last_name"].size / placed["first_name"].size <= 0.55


@pytest.mark.parametrize(("first", "last"), NAMES)
def test_first_name_is_never_smaller_than_the_last(first: str, last: str) -> None:
    placed = {
        item.name: item.block.size for item in compose(cleaned(badge(first, last, itinerary=ITINERARY)))
    }
    if len(first) < 30:
        assert placed["first_name"] > placed.get("last_name", 0)


def test_qr_code_is_30_mm_with_its_quiet_zone() -> None:
    pixels = np.asarray(opened(draw_badge(badge())).convert("L"))
    dark = pixels[QR_BOX.top : QR_BOX.bottom, QR_BOX.left : QR_BOX.right] < 128
    down, across = np.nonzero(dark)
    size = across.max() - across.min() + 1
    assert size == down.max() - down.min() + 1 == 375
    assert size / MILLIMETRE >= 30
    module = size // 25
    assert (
        min(across.min(), down.min(), QR_BOX.width - 1 - across.max(), QR_BOX.height - 1 - down.max())
        == 4 * module
    )


def test_png_is_4_by_3_inches_and_says_nothing_else() -> None:
    png = draw_badge(badge())
    chunks = []
    position = 8
    while position < len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        data = png[position + 8 : position + 8 + length]
        assert zlib.crc32(kind + data) == struct.unpack_from(">I", png, position + 8 + length)[0]
        chunks.append(kind)
        position += 12 + length
    assert set(chunks) == {b"IHDR", b"PLTE", b"pHYs", b"IDAT", b"IEND"}
    with Image.open(io.BytesIO(png)) as image:
        assert image.size == (1200, 900)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    assert len(png) < 60_000


def test_same_content_gives_the_same_picture_in_every_thread() -> None:
    contents = list(varied())[:24]
    expected = [draw_badge(content) for content in contents]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(draw_badge, contents)) == expected


@given(st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)))
def test_words_on_any_colour_have_contrast(ground: colour.Colour) -> None:
    assert colour.contrast(ground, colour.text_on(ground)) >= 4.5


def test_contrast_is_that_of_the_guidelines() -> None:
    assert colour.contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert colour.contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert colour.text_on(colour.read("#FFC20A")) == colour.BLACK
    assert colour.text_on(colour.read("#0C4DA2")) == colour.WHITE


@pytest.mark.parametrize("ground", ["#0C4DA2", "#FFC20A", "#FFFFFF", "#000000", "#777777"])
def test_band_has_the_colour_and_the_words_in_contrast(ground: str) -> None:
    """What is printed is looked at, not what the layout says."""
    pixels = np.asarray(opened(draw_badge(badge(colour=ground))))
    expected = colour.read(ground)
    assert tuple(pixels[STRIPE.top + 5, 600]) == expected
    assert tuple(pixels[BAND.top + 10, BAND.left + 10]) == expected
    boxes = dict(layout(badge(colour=ground)))
    for name in ("band.short", "band.discipline"):
        box = boxes[name]
        part = pixels[box.top : box.bottom, box.left : box.right].reshape(-1, 3)
        written = (part == colour.text_on(expected)).all(axis=1).mean()
        assert 0.1 < written < 0.6
        assert not (part == (255, 255, 255)).all() or ground == "#FFFFFF"


def test_band_says_the_discipline_in_words() -> None:
    band = band_words("Law enforcement", "LE")
    assert [line.text for item in band.texts for line, _ in item.block.lines] == ["LE", "Law enforcement"]
    assert band.frame is not None
    assert Box(0, 0, BAND.width, BAND.height).contains(band.frame)
    assert band.frame.contains(band.texts[0].box)
    assert not band.frame.overlaps(band.texts[1].box)


def test_short_form_alike_is_not_repeated() -> None:
    band = band_words("EMS", "EMS")
    assert [line.text for item in band.texts for line, _ in item.block.lines] == ["EMS"]


def test_attendee_without_a_discipline_gets_a_neutral_band() -> None:
    content = badge(discipline="", discipline_short="", colour="")
    assert cleaned(content).discipline == NEUTRAL_DISCIPLINE
    assert read_by_zxing(draw_badge(content)) == content.credential


def test_badge_without_names_shows_its_number_large() -> None:
    placed = {item.name: item for item in compose(cleaned(badge("", " ")))}
    assert placed["first_name"].block.lines[0][0].text == "K7-214"
    assert "number" not in placed


def test_last_name_alone_takes_the_first_place() -> None:
    placed = {item.name: item for item in compose(cleaned(badge("", "Begay")))}
    assert placed["first_name"].block.lines[0][0].text == "Begay"
    assert "last_name" not in placed


def test_session_titles_end_at_a_word_with_an_ellipsis() -> None:
    title = "Recognizing the warning signs of trafficking in emergency rooms, clinics and schools"
    content = badge(itinerary=(ItineraryLine("08:30", "Ballroom", title),))
    shown = [item.block.lines[0][0].text for item in compose(cleaned(content)) if item.name == "itinerary"][
        -1
    ]
    assert shown.endswith("…")
    assert title.startswith(shown[:-1])
    assert title[len(shown) - 1] in " ,"


def test_long_itinerary_says_how_much_is_left_out() -> None:
    texts = [
        item.block.lines[0][0].text
        for item in compose(cleaned(badge(itinerary=ITINERARY * 2)))
        if item.name == "itinerary"
    ]
    assert texts[-1] == "and 5 more"


@pytest.mark.parametrize(
    ("name", "characters"),
    [
        ("Ana 😀", ("😀",)),
        ("👩‍🚀 Bob 👩‍🚀", ("👩", "🚀")),
        ("\ue000", ("\ue000",)),
        ("a\ud800b", ("\ud800",)),
        ("\U0003fffd", ("\U0003fffd",)),
    ],
)
def test_missing_glyphs_are_reported_not_printed(name: str, characters: tuple[str, ...]) -> None:
    with pytest.raises(MissingGlyphs) as caught:
        draw_badge(badge(name, "Gonzales"))
    assert caught.value.characters == characters
    assert f"U+{ord(characters[0]):04X}" in str(caught.value)
    str(caught.value).encode("utf-8")


def test_missing_glyphs_of_all_texts_are_reported_at_once() -> None:
    with pytest.raises(MissingGlyphs) as caught:
        draw_badge(badge("😀", "😁", agency="😂", itinerary=(ItineraryLine("1", "2", "😃"),)))
    assert caught.value.characters == ("😀", "😁", "😂", "😃")


@pytest.mark.parametrize(
    "wrong", [{"colour": "blue"}, {"colour": "#12345"}, {"credential": ""}, {"credential": "A"}]
)
def test_wrong_colour_or_credential_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"#RRGGBB|28 capital letters"):
        draw_badge(badge(**wrong))
