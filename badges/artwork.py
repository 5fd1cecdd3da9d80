"""The badge's picture.

Owns the drawing of a laid-out badge and its PNG: sixteen colours, ten from paper to ink and six from the
band's colour to the words on it. Must not decide where things stand (layout) nor how texts fit (typesetting).
"""

import io
import zlib
from functools import lru_cache
from itertools import chain
from typing import Final

from PIL import Image, ImageDraw

from badges import colour, qr, typesetting
from badges import layout as geometry
from badges.layout import BadgeContent, ItineraryLine, Placed
from badges.typesetting import Box

__all__ = ["DPI", "BadgeContent", "Box", "ItineraryLine", "draw_badge", "layout"]

DPI: Final = 300

_GREYS: Final = 10
_TINTS: Final = 6
_QUIET_INK: Final = 84
# A band that hardly differs from the paper gets an outline.
_PALE: Final = 1.3
# From the brightness of the canvas to places in the palette.
_TO_GREY: Final = [round((255 - value) / 255 * (_GREYS - 1)) for value in range(256)]
_TO_TINT: Final = [_GREYS + round(value / 255 * (_TINTS - 1)) for value in range(256)]


def draw_badge(content: BadgeContent) -> bytes:
    """The badge as a PNG of 1200 x 900 pixels at 300 dpi. The same content gives the same picture.

    Raises MissingGlyphs for what no font on this machine can draw, and ValueError for what is no colour or
    no credential.
    """
    content = geometry.cleaned(content)
    code = _code(content.credential)
    canvas = Image.new("L", (geometry.WIDTH, geometry.HEIGHT), 255)
    for item in geometry.compose(content):
        _draw(canvas, item, _QUIET_INK if item.is_quiet else 0)
    quiet = qr.QUIET * geometry.MODULE
    canvas.paste(code, (geometry.QR_BOX.left + quiet, geometry.QR_BOX.top + quiet))
    picture = canvas.point(_TO_GREY)
    picture.paste(_GREYS, (geometry.STRIPE.left, 0, geometry.STRIPE.right, geometry.STRIPE.bottom))
    is_pale = colour.contrast(colour.read(content.colour), colour.PAPER) < _PALE
    band = _band(content.discipline, content.discipline_short, is_pale)
    picture.paste(band, (geometry.BAND.left, geometry.BAND.top))
    return _png(picture, _palette(content.colour))


def layout(content: BadgeContent) -> list[tuple[str, Box]]:
    """What stands where: the box of each part, in pixels. The words of the band are boxes within `band`."""
    content = geometry.cleaned(content)
    boxes = [(item.name, item.box) for item in geometry.compose(content)]
    words = geometry.band_words(content.discipline, content.discipline_short)
    moved = [
        (f"band.{item.name}", item.box.moved(geometry.BAND.left, geometry.BAND.top)) for item in words.texts
    ]
    return [("stripe", geometry.STRIPE), *boxes, ("qr", geometry.QR_BOX), ("band", geometry.BAND), *moved]


def _draw(canvas: Image.Image, item: Placed, ink: int) -> None:
    typesetting.draw(canvas, item.block, item.left, item.top, ink)


def _code(letters: str) -> Image.Image:
    rows = qr.matrix(letters)
    modules = bytes(0 if dark else 255 for dark in chain.from_iterable(rows))
    size = qr.SIZE * geometry.MODULE
    small = Image.frombytes("L", (qr.SIZE, qr.SIZE), modules)
    return small.resize((size, size), Image.Resampling.NEAREST)


@lru_cache(maxsize=128)
def _band(discipline: str, short: str, is_outlined: bool) -> Image.Image:
    """The band with its words, in places of the palette: the same for all badges of a discipline."""
    words = geometry.band_words(discipline, short)
    canvas = Image.new("L", (geometry.BAND.width, geometry.BAND.height), 0)
    if is_outlined:
        edges = (-4, 0, geometry.BAND.width - 1, geometry.BAND.height + 4)
        ImageDraw.Draw(canvas).rectangle(edges, outline=255, width=4)
    if words.frame is not None:
        edges = (words.frame.left, words.frame.top, words.frame.right - 1, words.frame.bottom - 1)
        ImageDraw.Draw(canvas).rounded_rectangle(edges, 12, outline=255, width=4)
    for item in words.texts:
        _draw(canvas, item, 255)
    return canvas.point(_TO_TINT)


@lru_cache(maxsize=128)
def _palette(text: str) -> bytes:
    ground = colour.read(text)
    words = colour.text_on(ground)
    greys = [colour.blend(colour.PAPER, colour.INK, step / (_GREYS - 1)) for step in range(_GREYS)]
    tints = [colour.blend(ground, words, step / (_TINTS - 1)) for step in range(_TINTS)]
    return bytes(chain.from_iterable(greys + tints))


def _png(picture: Image.Image, palette: bytes) -> bytes:
    image = Image.frombytes("P", picture.size, picture.tobytes())
    image.putpalette(palette)
    file = io.BytesIO()
    # Run lengths suit flat areas: the size of level 4 in two thirds of the time.
    image.save(file, "PNG", bits=4, compress_type=zlib.Z_RLE, dpi=(DPI, DPI))
    return file.getvalue()
