"""Typesetting: how large a text is, how it fits into a space, and how it is drawn there.

Owns the measuring of lines and the choice of size, width and line breaks. All measures are pixels. Must not
know what is printed where: layout does. Nothing is cut off to make it fit, except by `shorten`, which shows
it with an ellipsis.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

from badges import fonts
from badges.fonts import Weight

NORMAL: Final = 100
CONDENSED: Final = 80

# The first line that a font sets at a size costs 11 ms, later ones 0.2: few sizes, 7 % apart, stay warm.
_SIZES: Final[tuple[int, ...]] = (*range(1, 16), *(round(16 * 1.07**step) for step in range(44)))
# Texts are measured once at this size; every other size is that times a factor, then checked.
_REFERENCE: Final = _SIZES[-8]
# A larger size has to be worth its price: condensed letters and broken lines read worse than plain ones.
_CONDENSED_WORTH: Final = 0.88
_BREAK_WORTH: Final = 0.86
_LEADING: Final = 1.08
_LEAST_GAP: Final = 0.12
_DESCENT: Final = 0.2
# Below this size a text is broken wherever it must be, even within a word.
_LEGIBLE: Final = 30
_MOST_LINES: Final = 6
_BREAKS: Final = re.compile(r"(?<=[ \-\u2010/])")
_ELLIPSIS: Final = "\u2026"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; right and bottom are the first pixels outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def moved(self, right: int, down: int) -> "Box":
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def contains(self, other: "Box") -> bool:
        beside = self.left <= other.left and other.right <= self.right
        return beside and self.top <= other.top and other.bottom <= self.bottom

    def overlaps(self, other: "Box") -> bool:
        beside = self.left < other.right and other.left < self.right
        return beside and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True, slots=True)
class Line:
    """A text in one weight, width and size. Its box is seen from the start of its baseline."""

    text: str
    weight: Weight
    width: int
    size: int
    box: Box


@dataclass(frozen=True, slots=True)
class Block:
    """Lines below each other, each with its baseline, in a box whose left top corner is at 0, 0."""

    lines: tuple[tuple[Line, int], ...]
    size: int
    box: Box

    @property
    def first_baseline(self) -> int:
        return self.lines[0][1]

    @property
    def foot(self) -> int:
        """Where the block ends for the eye, whether or not its last line has letters that reach below it."""
        return max(self.box.bottom, self.lines[-1][1] + round(_DESCENT * self.size))


def usual_size(size: int) -> int:
    """The largest size in use that is no larger."""
    return _SIZES[max(bisect_right(_SIZES, size) - 1, 0)]


@lru_cache(maxsize=4096)
def line(text: str, weight: Weight, width: int, size: int) -> Line:
    """Measure a line. The box holds all ink and the advance. Raises MissingGlyphs."""
    left = top = right = bottom = 0
    pen = 0.0
    runs = fonts.runs(text, weight)
    for run in runs:
        font = fonts.load(run.face, weight, width, size)
        ink = font.getbbox(run.text, anchor="ls", direction=run.direction)
        left, top = min(left, int(pen + ink[0])), min(top, int(ink[1]))
        right, bottom = max(right, int(pen + ink[2]) + 1), max(bottom, int(ink[3]))
        if len(runs) > 1:
            pen += font.getlength(run.text, direction=run.direction)
    return Line(text, weight, width, size, Box(left, top, right, bottom))


def stack(texts: Sequence[str], weight: Weight, width: int, size: int) -> Block:
    """Set texts below each other, as far apart as they are read best and never touching."""
    lines = [line(text, weight, width, size) for text in texts]
    placed = []
    baseline = -lines[0].box.top
    for number, current in enumerate(lines):
        if number:
            clearance = lines[number - 1].box.bottom - current.box.top + _LEAST_GAP * size
            baseline += round(max(_LEADING * size, clearance))
        placed.append((current, baseline))
    extent = Box(0, 0, max(item.box.width for item in lines), baseline + lines[-1].box.bottom)
    return Block(tuple(placed), size, extent)


def fit(text: str, weight: Weight, space: tuple[int, int], largest: int, most_lines: int = 2) -> Block:
    """Set a text as large as `space` (width, height) and `largest` allow, and read best.

    It is condensed, broken at spaces and hyphens, and shrunk, in the way that costs least; a text that would
    get too small to read is broken anywhere.
    """
    largest = usual_size(largest)
    plain = _shrink([text], weight, NORMAL, space, largest)
    if plain.size >= largest:
        return plain
    best, worth = plain, float(plain.size)
    for texts in _arrangements(text, weight, most_lines):
        for width in (NORMAL, CONDENSED):
            cost = _BREAK_WORTH ** (len(texts) - 1) * (1 if width == NORMAL else _CONDENSED_WORTH)
            if usual_size(min(largest, _estimate(texts, weight, width, space))) * cost <= worth:
                continue
            block = _shrink(texts, weight, width, space, largest)
            if block.size * cost > worth:
                best, worth = block, block.size * cost
    if best.size < min(_LEGIBLE, largest):
        broken = _break(list(fonts.clusters(text)), weight, most_lines)
        forced = [_shrink(texts, weight, CONDENSED, space, largest) for texts in broken]
        best = max([best, *forced], key=lambda block: block.size)
    return best


@lru_cache(maxsize=2048)
def shorten(text: str, weight: Weight, space: tuple[int, int], size: int) -> Line:
    """A line that is condensed if it must be, and else as many of its words as fit, and an ellipsis.

    Its size is the one asked for, unless its marks are stacked higher than `space`.
    """
    room, height = space
    while size > 1 and line(text, weight, NORMAL, size).box.height > height:
        size = usual_size(size - 1)
    words = text.split(" ")
    letters = list(fonts.clusters(words[0]))
    plain = line(text, weight, NORMAL, size)
    if plain.box.width <= room:
        return plain
    cut = [" ".join(words[:count]).rstrip(",;:-") + _ELLIPSIS for count in range(len(words) - 1, 0, -1)]
    cut += ["".join(letters[:count]) + _ELLIPSIS for count in range(len(letters) - 1, 0, -1)]
    lines = (line(item, weight, CONDENSED, size) for item in (text, *cut))
    return next((item for item in lines if item.box.width <= room), line(_ELLIPSIS, weight, CONDENSED, size))


def draw(canvas: Image.Image, block: Block, left: int, top: int, ink: int) -> None:
    """Draw a block on a greyscale canvas, its left top corner at `left`, `top`."""
    for item, baseline in block.lines:
        x, y = left - item.box.left, top + baseline
        if item.box.height <= _SMALL:
            canvas.paste(ink, (x + item.box.left - 1, y + item.box.top - 1), _mask(item))
        else:
            _write(canvas, item, x, y, ink)


# Small lines (agencies, session titles, the event) come again on many badges; names are large and do not.
_SMALL: Final = 64


@lru_cache(maxsize=512)
def _mask(item: Line) -> Image.Image:
    mask = Image.new("L", (item.box.width + 2, item.box.height + 2))
    _write(mask, item, 1 - item.box.left, 1 - item.box.top, 255)
    return mask


def _write(canvas: Image.Image, item: Line, x: int, baseline: int, ink: int) -> None:
    pen = ImageDraw.Draw(canvas)
    position = float(x)
    runs = fonts.runs(item.text, item.weight)
    for run in runs:
        font = fonts.load(run.face, item.weight, item.width, item.size)
        pen.text((position, baseline), run.text, ink, font, anchor="ls", direction=run.direction)
        if len(runs) > 1:
            position += font.getlength(run.text, direction=run.direction)


def _estimate(texts: Sequence[str], weight: Weight, width: int, space: tuple[int, int]) -> int:
    extent = stack(texts, weight, width, _REFERENCE).box
    factor = min(space[0] / max(extent.width, 1), space[1] / max(extent.height, 1))
    return max(int(_REFERENCE * factor), 1)


def _shrink(texts: Sequence[str], weight: Weight, width: int, space: tuple[int, int], largest: int) -> Block:
    """The lines as large as they fit; hinting makes a size differ a little from the estimate."""
    size = usual_size(min(largest, _estimate(texts, weight, width, space)))
    block = stack(texts, weight, width, size)
    while size > 1 and (block.box.width > space[0] or block.box.height > space[1]):
        size = usual_size(size - 1)
        block = stack(texts, weight, width, size)
    return block


def _arrangements(text: str, weight: Weight, most_lines: int) -> Iterator[list[str]]:
    yield [text]
    yield from _break([piece for piece in _BREAKS.split(text) if piece], weight, most_lines)


def _break(pieces: list[str], weight: Weight, most_lines: int) -> Iterator[list[str]]:
    """Break pieces into two, three … lines, each time so that the longest line is as short as can be."""
    widths = [line(piece, weight, NORMAL, _REFERENCE).box.width for piece in pieces]
    for count in range(2, min(most_lines, _MOST_LINES, len(pieces)) + 1):
        least, most = max(widths), sum(widths)
        while least < most:
            limit = (least + most) // 2
            if len(_pack(pieces, widths, limit)) <= count:
                most = limit
            else:
                least = limit + 1
        yield _pack(pieces, widths, least)


def _pack(pieces: list[str], widths: list[int], limit: int) -> list[str]:
    lines = [""]
    used = 0
    for piece, width in zip(pieces, widths, strict=True):
        if lines[-1] and used + width > limit:
            lines.append("")
            used = 0
        lines[-1] += piece
        used += width
    return [text.strip() for text in lines if text.strip()]
