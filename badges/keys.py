"""The key file: where the secret keys of the credentials live.

Owns the file's format and its safety: made once, complete or not at all, readable by its owner alone. Must
not make, read or check credentials. Losing the file makes every printed badge worthless, so nothing here ever
overwrites one.
"""

import hmac
import json
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from badges.credential import KeyPair, KeyRing

FORMAT: Final = "badge-keys"
VERSION: Final = 1

_MODE: Final = 0o600
_KEY_BYTES: Final = 32
_FINGERPRINT_BYTES: Final = 16
_MAX_BYTES: Final = 64 * 1024


class KeyFileError(Exception):
    """The key file cannot be used: one line that names the file and the way out."""


class KeyFileMissingError(KeyFileError):
    """There is no key file at the path."""


class KeyFileExistsError(KeyFileError):
    """There is a key file at the path already."""


def load_or_create_keys(path: Path | str) -> KeyRing:
    """The keys in the file, made first if there is none.

    Processes that do this at once end with the same keys.
    """
    try:
        return load_keys(path)
    except KeyFileMissingError:
        try:
            return create_keys(path)
        except KeyFileExistsError:
            return load_keys(path)


def load_keys(path: Path | str) -> KeyRing:
    """The keys in the file. Refuses a file that others may read: its keys must count as known to them."""
    path = Path(path)
    try:
        content = _read(path)
    except FileNotFoundError:
        raise KeyFileMissingError(f"{path}: no key file here; restore it from your copy") from None
    except (OSError, ValueError) as error:
        advice = "run as the user who owns it, or name another file"
        raise KeyFileError(f"{path}: cannot read the key file: {_reason(error)}; {advice}") from None
    return _decode(path, content)


def fingerprints(ring: KeyRing) -> dict[int, str]:
    """By key number what tells a pair from any other and nothing of its secrets: fit to lie in the open."""
    return {number: _fingerprint(pair) for number, pair in ring.pairs.items()}


def _fingerprint(pair: KeyPair) -> str:
    secret = pair.id_key + pair.tag_key
    return hmac.digest(secret, b"checkin key pair", "sha256")[:_FINGERPRINT_BYTES].hex()


def create_keys(path: Path | str) -> KeyRing:
    """Make a file with one fresh key pair, number 0.

    The file is there complete or, after any failure, not at all. Raises KeyFileExistsError rather than
    touch a file that is there.
    """
    path = Path(path)
    pair = KeyPair(secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(_KEY_BYTES))
    ring = KeyRing(0, {0: pair})
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        try:
            _write_durably(draft, _encode(ring))
            # A link, not a rename: it refuses to replace a file that another process made meanwhile.
            os.link(draft, path)
        finally:
            with suppress(OSError):
                draft.unlink()
        _flush_folder(path.parent)
    except FileExistsError:
        raise KeyFileExistsError(f"{path}: there is a key file already, and it is never replaced") from None
    except FileNotFoundError:
        raise KeyFileError(f"{path}: there is no folder {path.parent}; make it first") from None
    except (OSError, ValueError) as error:
        advice = "choose a folder that can hold it"
        raise KeyFileError(f"{path}: cannot make the key file: {_reason(error)}; {advice}") from None
    return ring


def _read(path: Path) -> bytes:
    # Non-blocking: opening a pipe by mistake must not wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise KeyFileError(f"{path}: is not a file; name the key file itself")
        if mode & 0o077:
            readable = f"others may read this file (mode {stat.S_IMODE(mode):03o})"
            raise KeyFileError(f"{path}: {readable}; run: chmod 600 {path}")
        return os.read(descriptor, _MAX_BYTES + 1)
    finally:
        os.close(descriptor)


def _write_durably(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    with open(descriptor, "wb") as file:
        os.fchmod(descriptor, _MODE)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _encode(ring: KeyRing) -> bytes:
    keys = {str(n): {"id": pair.id_key.hex(), "tag": pair.tag_key.hex()} for n, pair in ring.pairs.items()}
    document = {"format": FORMAT, "version": VERSION, "current": ring.current, "keys": keys}
    return (json.dumps(document, indent=2) + "\n").encode("ascii")


def _decode(path: Path, content: bytes) -> KeyRing:
    """Read the document. Nothing of the content gets into a message: it may be a secret of someone else."""
    try:
        document = json.loads(content) if len(content) <= _MAX_BYTES else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise KeyFileError(f"{path}: is damaged or no key file; restore it or name another file")
    if document.get("format") != FORMAT:
        raise KeyFileError(f"{path}: is not a key file; name another file")
    if document.get("version") != VERSION:
        raise KeyFileError(f"{path}: was written by a newer version of this program; update the program")
    try:
        return _ring(document)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise KeyFileError(f"{path}: the key file is damaged; restore it from your copy") from None


def _ring(document: dict[str, Any]) -> KeyRing:
    pairs = {
        int(number): KeyPair(bytes.fromhex(keys["id"]), bytes.fromhex(keys["tag"]))
        for number, keys in document["keys"].items()
    }
    return KeyRing(document["current"], pairs)


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
