"""Colours: reading them, and which text can be read on them.

Owns the contrast rule of WCAG 2. Must not know what is coloured.
"""

import re
from typing import Final

Colour = tuple[int, int, int]

PAPER: Final[Colour] = (255, 255, 255)
INK: Final[Colour] = (20, 24, 31)
BLACK: Final[Colour] = (0, 0, 0)
WHITE: Final[Colour] = (255, 255, 255)

_HEX: Final = re.compile(r"#[0-9A-Fa-f]{6}")


def read(text: str) -> Colour:
    """The colour written as #RRGGBB. Raises ValueError for all else."""
    if _HEX.fullmatch(text) is None:
        raise ValueError("a colour is written as #RRGGBB")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Relative luminance from 0 to 1 (https://www.w3.org/TR/WCAG21/#dfn-relative-luminance)."""
    red, green, blue = (_linear(value / 255) for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio from 1 to 21 (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(background: Colour) -> Colour:
    """Black or white, whichever is read better: at least 4.58 to 1 on any background."""
    return max((WHITE, BLACK), key=lambda colour: contrast(colour, background))


def blend(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two; a share of 1 is all the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
