"""How texts from outside are cleaned and compared: names, titles, words for the same thing.

Owns what a text may contain and when two words are the same one. Which field it is, it doesn't know.
"""

import re
import unicodedata

# Invisible at the ends of pasted texts: spaces of every kind, byte order and direction marks, soft hyphens.
_EDGES = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\xad\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2066\u2067\u2068\u2069\u3000\ufeff"
)

# Control characters, direction overrides (they turn what stands around them), surrogates (no UTF-8 has them),
# noncharacters. Joiners stay allowed: Persian, Hindi and Sinhala names are spelt with them.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def trimmed(text: str) -> str:
    """The text without spaces and invisible characters at its ends."""
    return text.strip(_EDGES)


def forbidden_character(text: str) -> str | None:
    """The first character that no single line of text may contain, as `U+0007`; None if there is none."""
    found = _FORBIDDEN.search(text)
    return None if found is None else f"U+{ord(found.group()):04X}"


def storable(text: str) -> str:
    """The text with a replacement character for what not every database takes: a NUL, half a character."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def tidy(text: str) -> str:
    """The stored form: composed (NFC), trimmed, one space between words. Doing it twice changes nothing."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(trimmed(text).split())


def folded(text: str) -> str:
    """What is equal for two spellings of one word: case and spaces are ignored."""
    return "".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).split())


def without_accents(text: str) -> str:
    """`folded`, and accents are ignored too: `José` and `JOSE` are equal."""
    parts = unicodedata.normalize("NFKD", folded(text))
    return "".join(part for part in parts if not unicodedata.combining(part))


def shown(text: str, limit: int = 60) -> str:
    """The text as a message may quote it: cut at `limit`, with nothing in it that moves the cursor."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", cut)
