"""The credential's QR code as a matrix of modules.

Owns the code's version, error correction, mode and mask, all fixed: every badge gets the same kind of code,
and the library need not try eight masks. Must not draw: artwork does.
"""

import re
from typing import Any, Final, Literal, cast

from qrcode.constants import ERROR_CORRECT_Q
from qrcode.main import QRCode
from qrcode.util import MODE_ALPHA_NUM, QRData

SIZE: Final = 25
"""Modules along one side, the quiet zone not counted."""

QUIET: Final = 4
"""Light modules that must be left free on each side."""

_VERSION: Final = 2
_MASK: Final = 4
_ALPHANUMERIC: Final = cast(Literal[2], MODE_ALPHA_NUM)
_LETTERS: Final = re.compile(r"[A-Z]{28}")


def matrix(letters: str) -> tuple[tuple[bool, ...], ...]:
    """The rows of the code from the top, True for dark, without the quiet zone.

    `letters` are 28 capitals from A to Z.
    """
    if _LETTERS.fullmatch(letters) is None:
        raise ValueError("a badge's QR code carries exactly 28 capital letters")
    code: QRCode[Any] = QRCode(
        version=_VERSION, error_correction=ERROR_CORRECT_Q, border=0, mask_pattern=_MASK
    )
    code.add_data(QRData(letters.encode("ascii"), mode=_ALPHANUMERIC), optimize=0)
    code.make(fit=False)
    return tuple(tuple(map(bool, row)) for row in code.modules)
