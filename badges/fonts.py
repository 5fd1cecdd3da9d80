"""Fonts: which one draws which part of a text.

Owns the search for font files, what each can draw, and the split of a text into runs of one font each, in the
order in which they stand on paper. Noto Sans for Latin, Greek and Cyrillic comes with the program; every
other script is drawn with the Noto fonts found on the machine, and DejaVu helps out last. Must not measure or
draw text: typesetting does.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

import fontpkg_noto_sans  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont, features

FOLDERS: Final = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path.home() / ".fonts",
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts"),
)

Weight = Literal["regular", "bold"]
Direction = Literal["ltr", "rtl"]

_SUFFIXES: Final = (".ttf", ".otf", ".ttc")
_UNSUITABLE: Final = (
    *("Italic", "Oblique", "Slanted", "Mono", "Display", "Condensed"),
    *("Color", "Emoji", "Symbols", "Math", "Music"),
)
# The faces in Noto's CJK collections stand in this order: Japanese, Korean, simplified Chinese, …
_JAPANESE, _KOREAN, _CHINESE = 0, 1, 2
_EAST_ASIAN: Final = frozenset(
    {"cjk", "hiragana", "katakana", "hangul", "bopomofo", "ideographic", "fullwidth", "halfwidth"}
)
_JOINERS: Final = "\u200c\u200d"
# Scripts whose letters change with their neighbours, join, or run from right to left.
_SHAPED: Final = ((0x0300, 0x036F), (0x0590, 0x109F), (0x1700, 0x1AFF), (0xA800, 0xABFF), (0x10800, 0x11FFF))


class MissingGlyphs(ValueError):  # noqa: N818 - a finding about a name, reported by that name
    """No font on this machine has these characters."""

    def __init__(self, characters: tuple[str, ...]) -> None:
        self.characters = characters
        named = ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, '')}".strip() for char in characters)
        advice = "install the Noto fonts (Debian: fonts-noto-core, fonts-noto-cjk) or write it otherwise"
        if not can_shape():
            advice = "install FriBiDi (Debian: libfribidi0), which lays such scripts out, and the Noto fonts"
        super().__init__(f"no font can draw {named}: {advice}")


@dataclass(frozen=True, slots=True)
class Face:
    """One face in one font file."""

    path: str
    index: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A part of a line in one face. `direction` is the line's, None where the text itself tells."""

    text: str
    face: Face
    direction: Direction | None = None


@lru_cache(maxsize=1)
def can_shape() -> bool:
    """Whether Pillow can lay out scripts that need more than letters side by side."""
    return bool(features.check("raqm"))


def clean(text: str) -> str:
    """The text as it is printed: composed, on one line, without control and formatting characters."""
    kept = []
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
        elif category != "Cf" or char in _JOINERS:
            kept.append(char)
    return " ".join("".join(kept).split())


def clusters(text: str) -> Iterator[str]:
    """Split text where a line may be cut at worst: never between a letter and its marks."""
    start = 0
    for position in range(1, len(text)):
        if not _belongs_to_previous(text[position]) and text[position - 1] != "\u200d":
            yield text[start:position]
            start = position
    if text:
        yield text[start:]


def missing(text: str, weight: Weight) -> tuple[str, ...]:
    """The characters of a text that no font on this machine can draw, in their order."""
    region = _region(text)
    visible = dict.fromkeys(char for char in text if not _is_invisible(char))
    return tuple(char for char in visible if _face_with(char, weight, region) is None)


@lru_cache(maxsize=4096)
def runs(text: str, weight: Weight) -> tuple[Run, ...]:
    """The runs of a cleaned text from left to right as they stand on paper. Raises MissingGlyphs."""
    if all(ord(char) in coverage(_packaged()) for char in text) and (can_shape() or not _needs_shaping(text)):
        return (Run(text, _packaged()),)
    if lacking := missing(text, weight):
        raise MissingGlyphs(lacking)
    found: list[tuple[str, Face]] = []
    for cluster in clusters(text):
        face = _face_of(cluster, weight, _region(text), found[-1][1] if found else None)
        if found and found[-1][1] == face:
            found[-1] = (found[-1][0] + cluster, face)
        else:
            found.append((cluster, face))
    if len(found) == 1:
        return (Run(*found[0]),)
    return _visual_order(found)


@lru_cache(maxsize=512)
def load(face: Face, weight: Weight, width: int, size: int) -> ImageFont.FreeTypeFont:
    """The face at a size in pixels. `width` is in percent; faces that have just one width ignore it."""
    engine = ImageFont.Layout.RAQM if can_shape() else ImageFont.Layout.BASIC
    font = ImageFont.truetype(face.path, size, face.index, layout_engine=engine)
    wanted = {b"weight": 700 if weight == "bold" else 400, b"width": width}
    try:
        axes = font.get_variation_axes()
    except OSError:  # a face with one weight and width
        return font
    values = []
    for axis in axes:
        least, usual, most = axis["minimum"] or 0, axis["default"] or 0, axis["maximum"] or 0
        values.append(float(min(max(wanted.get((axis["name"] or b"").lower(), usual), least), most)))
    font.set_variation_by_axes(values)
    return font


@lru_cache(maxsize=512)
def coverage(face: Face) -> frozenset[int]:
    """The code points that a face has glyphs for; none if the file is no font."""
    try:
        with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (OSError, TTLibError):
        return frozenset()


@lru_cache(maxsize=1)
def _packaged() -> Face:
    return Face(str(fontpkg_noto_sans.ROOT / "files" / "NotoSans[wdth,wght].ttf"))


@lru_cache(maxsize=1)
def _installed() -> tuple[Path, ...]:
    """Noto and DejaVu font files on this machine, plain upright styles alone."""
    files = (path for folder in FOLDERS for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)
    named = (path for path in files if path.stem.startswith(("Noto", "DejaVuSans")))
    return tuple(sorted(path for path in named if not any(word in path.stem for word in _UNSUITABLE)))


@lru_cache(maxsize=256)
def _candidates(script: str, weight: Weight, region: int) -> tuple[Face, ...]:
    """All faces, the likeliest for a script first: its own, then sans, then the wanted weight."""

    def rank(path: Path) -> tuple[bool, bool, bool, bool, int, str]:
        stem = path.stem
        own = script in stem.lower() or (script in _EAST_ASIAN and "CJK" in stem)
        sans = stem.startswith("NotoSans")
        unlike = stem.endswith(("-Regular", "DejaVuSans")) if weight == "bold" else stem.endswith("-Bold")
        return stem.startswith("DejaVu"), not own, not sans, unlike, len(stem), str(path)

    endings = ("-Regular", "-Bold", "]", "VF", "DejaVuSans")
    usable = [path for path in _installed() if path.stem.endswith(endings)]
    collections = {path for path in usable if path.suffix.lower() == ".ttc" and "CJK" in path.stem}
    faces = (Face(str(path), region if path in collections else 0) for path in sorted(usable, key=rank))
    return (_packaged(), *faces)


@lru_cache(maxsize=16384)
def _face_with(char: str, weight: Weight, region: int) -> Face | None:
    """The likeliest face that can draw a character; None if none can."""
    if _needs_shaping(char) and not can_shape():
        return None
    point = ord(char)
    if point in coverage(_packaged()):
        return _packaged()
    # Pictographs differ from font to font, and each has just some: drawing none makes all machines agree.
    if unicodedata.category(char) in ("Cn", "Co", "Cs", "So", "Sk"):
        return None
    script = unicodedata.name(char, "").split(" ")[0].split("-")[0].lower() or "unnamed"
    return next((face for face in _candidates(script, weight, region) if point in coverage(face)), None)


def _face_of(cluster: str, weight: Weight, region: int, previous: Face | None) -> Face:
    """The face for a letter with its marks: one that has all of it.

    What all scripts share, such as a full stop, stays with its neighbour.
    """
    visible = [char for char in cluster if not _is_invisible(char)]
    likely = [_face_with(char, weight, region) for char in visible]
    if previous is not None and not cluster[0].isalpha():
        likely.insert(0, previous)
    for face in (*likely, *_candidates("latin", weight, region)):
        if face is not None and coverage(face).issuperset(map(ord, visible)):
            return face
    raise MissingGlyphs(tuple(visible))


def _visual_order(parts: list[tuple[str, Face]]) -> tuple[Run, ...]:
    """Runs of different faces in their order on paper; within a run the layout engine sees to it."""
    directions = [_direction(text) for text, _ in parts]
    base: Direction = next((direction for direction in directions if direction), "ltr")
    line = zip(parts, directions, strict=True)
    ordered: list[list[Run]] = []
    for direction, group in groupby(line, key=lambda item: item[1] or base):
        members = [Run(text, face, base) for (text, face), _ in group]
        ordered.append(members[::-1] if direction == "rtl" else members)
    return tuple(run for members in (ordered[::-1] if base == "rtl" else ordered) for run in members)


def _direction(text: str) -> Direction | None:
    for char in text:
        match unicodedata.bidirectional(char):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return None


def _region(text: str) -> int:
    """Which East Asian shapes to use: han characters alone do not tell, kana and hangul beside them do."""
    if any("\u3040" <= char <= "\u30ff" for char in text):
        return _JAPANESE
    return _KOREAN if any("\uac00" <= char <= "\ud7a3" for char in text) else _CHINESE


def _belongs_to_previous(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char).startswith("M")


def _is_invisible(char: str) -> bool:
    selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return selector or char in _JOINERS or char == "\u034f"


def _needs_shaping(text: str) -> bool:
    return any(low <= ord(char) <= high for char in text for low, high in _SHAPED)
