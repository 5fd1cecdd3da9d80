"""Attendees' numbers, such as `K7-214`: random, so that they tell nothing, and short enough to be typed."""

import secrets
from collections.abc import Callable
from typing import Final

LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without I and O, which look like digits."""

PAIRS: Final = [f"{letter}{digit}" for letter in LETTERS for digit in range(10)]
_TRIES: Final = 20
_SPACE: Final = len(PAIRS) * 1000


def draw_number(is_taken: Callable[[str], bool]) -> str:
    """A free number. When those with three digits are nearly used up, it has four."""
    for digits in (3, 4):
        for _ in range(_TRIES):
            number = _random(digits)
            if not is_taken(number):
                return number
    raise RuntimeError("every number is taken")


def draw_numbers(taken: set[str], count: int) -> list[str]:
    """So many free numbers at once; `taken` gets them too."""
    digits = 3 if len(taken) + count <= _SPACE // 2 else 4
    drawn: list[str] = []
    while len(drawn) < count:
        number = _random(digits)
        if number not in taken:
            taken.add(number)
            drawn.append(number)
    return drawn


def _random(digits: int) -> str:
    return f"{secrets.choice(PAIRS)}-{secrets.randbelow(10**digits):0{digits}d}"
