"""The credential: 28 letters that name one badge of one attendee and carry no personal data.

Owns its format: how it is made from ids and keys, written as letters, read back, and proven genuine.
Must not know where keys are kept or what an attendee is. A credential is a secret of its attendee, and keys
are secrets of the service: neither shows up in a `repr`, an exception or a log.
"""

import hashlib
import hmac
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct

ALPHABET: Final = "BCDEFGHIJKLNOPRSTUVX"
"""The letters that every common keyboard layout has on the same key: any USB scanner types them right."""

LENGTH: Final = 28
RAW_BYTES: Final = 15
VERSION: Final = 1
MAX_KEY_NUMBER: Final = 31
MAX_GENERATION: Final = 2**32 - 1

_KEY_BYTES: Final = 32
_UUID_BYTES: Final = 16
_ID_BYTES: Final = 10
_TAG_BYTES: Final = 4
_DIGEST: Final = hashlib.sha256(b"digest")
_LIMIT: Final = 1 << (8 * RAW_BYTES)
_DIGITS: Final = dict(zip(ALPHABET + ALPHABET.lower(), "0123456789abcdefghij" * 2, strict=True))
# Bytes to the digits that int(…, 20) reads, and what is no letter of ours to a sign that is no digit.
_TO_DIGITS: Final = "".join(_DIGITS.get(chr(code), "?") for code in range(256)).encode()
# A hyphen, and the spaces of ASCII.
_IGNORED: Final = b"-" + bytes(code for code in range(128) if chr(code).isspace())
_PAIRS: Final = tuple(high + low for high in ALPHABET for low in ALPHABET)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The two secret keys behind one key number, 32 bytes each."""

    id_key: bytes = field(repr=False)
    tag_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.id_key) != _KEY_BYTES or len(self.tag_key) != _KEY_BYTES:
            raise ValueError(f"a key has {_KEY_BYTES} bytes")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys by their number; `current` is the one that new credentials are made with."""

    current: int
    pairs: Mapping[int, KeyPair]

    def __post_init__(self) -> None:
        if not all(0 <= number <= MAX_KEY_NUMBER for number in self.pairs):
            raise ValueError(f"key numbers go from 0 to {MAX_KEY_NUMBER}")
        if self.current not in self.pairs:
            raise ValueError(f"there is no key {self.current}")


class Credential(Struct, frozen=True):
    """One credential of a known format version. Well-formed is not yet genuine: see `is_genuine`."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != RAW_BYTES or self.raw[0] >> 5 != VERSION:
            raise ValueError(f"a credential has {RAW_BYTES} bytes and format version {VERSION}")

    def __repr__(self) -> str:
        return "Credential()"

    @property
    def letters(self) -> str:
        """The 28 capital letters, as the QR code carries them."""
        number = int.from_bytes(self.raw, "big")
        pairs = []
        for _ in range(LENGTH // 2):
            number, low = divmod(number, 400)
            pairs.append(_PAIRS[low])
        return "".join(reversed(pairs))

    @property
    def grouped(self) -> str:
        """The letters in seven groups of four, as printed for people."""
        return group(self.letters)

    @property
    def digest(self) -> bytes:
        """SHA-256, 32 bytes: what a database keeps in place of the credential."""
        hashed = _DIGEST.copy()
        hashed.update(self.raw)
        return hashed.digest()

    @property
    def key_number(self) -> int:
        """The number of the key pair that it claims to be made with."""
        return self.raw[0] & MAX_KEY_NUMBER


def group(letters: str) -> str:
    """Letters in groups of four, joined by hyphens."""
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def issue(keys: KeyRing, event: bytes, attendee: bytes, generation: int) -> Credential:
    """Make the credential of an attendee's badge; the same arguments give the same credential.

    `event` and `attendee` are 16-byte UUIDs; `generation` counts from 1 and is raised by a reissue.
    """
    if len(event) != _UUID_BYTES or len(attendee) != _UUID_BYTES:
        raise ValueError(f"event and attendee are UUIDs of {_UUID_BYTES} bytes")
    if not 1 <= generation <= MAX_GENERATION:
        raise ValueError(f"a generation goes from 1 to {MAX_GENERATION}")
    pair = keys.pairs[keys.current]
    head = bytes((VERSION << 5 | keys.current,))
    message = b"id" + event + attendee + struct.pack(">I", generation)
    ident = hmac.digest(pair.id_key, message, "sha256")[:_ID_BYTES]
    return Credential(head + ident + _tag(pair, head + ident, event))


def parse(text: str) -> Credential | None:
    """Read what a camera, a scanner or a person gave; None for all that cannot be a credential. Never raises.

    Any case; spaces and hyphens are ignored; of a text with a '#', such as a link, what stands after the
    last one counts.
    """
    letters = text[text.rfind("#") + 1 :]
    if not letters.isascii():  # there are more spaces than ASCII's
        letters = "".join(letters.split())
    digits = letters.encode("ascii", "replace").translate(_TO_DIGITS, _IGNORED)
    if len(digits) != LENGTH or not digits.isalnum():
        return None
    number = int(digits, 20)
    if number >= _LIMIT:
        return None
    raw = number.to_bytes(RAW_BYTES, "big")
    return Credential(raw) if raw[0] >> 5 == VERSION else None


def is_genuine(keys: KeyRing, credential: Credential, event: bytes) -> bool:
    """Whether this service made the credential, for this event. False too if its key is not in the ring."""
    pair = keys.pairs.get(credential.key_number)
    if pair is None:
        return False
    signed, tag = credential.raw[:-_TAG_BYTES], credential.raw[-_TAG_BYTES:]
    return hmac.compare_digest(_tag(pair, signed, event), tag)


def tag_check(keys: KeyRing) -> Callable[[bytes, bytes], bool]:
    """`is_genuine` with these keys: of an event's UUID and a well-formed credential's bytes."""
    return lambda event, raw: is_genuine(keys, Credential(raw), event)


def _tag(pair: KeyPair, head_and_id: bytes, event: bytes) -> bytes:
    return hmac.digest(pair.tag_key, b"tag" + head_and_id + event, "sha256")[:_TAG_BYTES]
