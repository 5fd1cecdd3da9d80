"""Text as searches and comparisons see it: without case, accents, apostrophes or extra spaces."""

import unicodedata
from typing import Final

_LETTERS: Final = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "\u0131": "i",
        "ħ": "h",
        "ŧ": "t",
    }
    | dict.fromkeys("'`\u00b4\u2018\u2019\u02bc\u02bb", "")
)


def fold(text: str) -> str:
    """`O'Brien-Núñez` as `obrien-nunez`. Folding twice changes nothing."""
    if text.isascii():
        plain = text.lower().replace("'", "").replace("`", "")
    else:
        # The look-alike apostrophes go first: NFKD turns the acute accent into a space and a mark.
        decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS).casefold()).casefold()
        plain = "".join(char for char in decomposed if not unicodedata.combining(char)).translate(_LETTERS)
    return " ".join(plain.split())
