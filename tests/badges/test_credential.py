"""The credential's format, as the contract's section 5 writes it down."""

import hashlib
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from badges.credential import ALPHABET, Credential, KeyPair, KeyRing, is_genuine, issue, parse
from badges.qr import matrix
from tests.badges.content import EVENT, KEYS

EXAMPLE = "CFTL-LTGN-UPEB-PJVU-GNOI-DJFD-RNHV"
ATTENDEE = b"\x22" * 16
uuids = st.binary(min_size=16, max_size=16)
generations = st.integers(1, 2**32 - 1)
letters_of = st.sampled_from(ALPHABET)


def test_contract_example_is_reproduced() -> None:
    credential = issue(KEYS, EVENT, ATTENDEE, 1)
    assert credential.raw.hex() == "201659ca014e7f5e4ba5c19c6bf93a"
    assert credential.grouped == EXAMPLE
    assert credential.key_number == 0
    assert credential.digest == hashlib.sha256(b"digest" + credential.raw).digest()


@given(uuids, uuids, generations, st.integers(0, 31))
def test_issued_credential_survives_its_letters(
    event: bytes, attendee: bytes, generation: int, key: int
) -> None:
    keys = KeyRing(key, {key: KEYS.pairs[0]})
    credential = issue(keys, event, attendee, generation)
    assert len(credential.letters) == 28
    assert set(credential.letters) <= set(ALPHABET)
    for text in (credential.letters, credential.grouped, credential.letters.lower()):
        assert parse(text) == credential
    assert credential.key_number == key
    assert is_genuine(keys, credential, event)


@given(st.binary(min_size=14, max_size=14), st.integers(0x20, 0x3F))
def test_every_raw_value_of_version_1_survives_its_letters(rest: bytes, head: int) -> None:
    credential = Credential(bytes((head,)) + rest)
    assert parse(credential.letters) == credential


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE.lower(),
        f"  {EXAMPLE}\r\n",
        EXAMPLE.replace("-", " "),
        EXAMPLE.replace("-", "\x0b\x1f"),
        EXAMPLE.replace("-", "\u00a0-\u2003"),
        "-".join(EXAMPLE),
        f"https://checkin.example/my#{EXAMPLE}",
        f"#{EXAMPLE}",
        f"# old #{EXAMPLE} ",
    ],
)
def test_credential_is_read_however_it_is_written(text: str) -> None:
    credential = parse(text)
    assert credential is not None
    assert credential.grouped == EXAMPLE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        EXAMPLE[:-1],
        EXAMPLE + "B",
        f"{EXAMPLE}#",
        f"{EXAMPLE}#B",
        EXAMPLE.replace("C", "A"),
        EXAMPLE.replace("C", "2"),  # what C stands for
        EXAMPLE.replace("-", "\u200b"),  # no space
        EXAMPLE.replace("-", "_"),
        "+" + EXAMPLE[1:],
        "B" * 28,  # version 0
        "X" * 28,  # 2**120 and above
        "\u017f" + EXAMPLE[1:],  # a letter whose capital is S
        EXAMPLE.replace("I", "\u0131"),  # a letter whose capital is I
        "\uff23" + EXAMPLE[1:],  # a wide C
    ],
)
def test_what_is_no_credential_is_unknown(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("version", [0, 2, 3, 4, 5, 6, 7])
def test_other_format_versions_are_unknown(version: int) -> None:
    number = int.from_bytes(bytes((version << 5,)) + bytes(14), "big")
    letters = ""
    while number or len(letters) < 28:
        number, digit = divmod(number, 20)
        letters = ALPHABET[digit] + letters
    assert parse(letters) is None


@given(
    st.text()
    | st.text(alphabet=st.characters(codec=None), max_size=60)
    | st.text(ALPHABET, min_size=28, max_size=28)
)
@example("\ud800" * 28)
@example("9" * 100_000)
@example("#" * 100_000)
def test_parse_never_raises(text: str) -> None:
    result = parse(text)
    assert result is None or parse(result.letters) == result


@given(uuids, st.integers(0, 27), letters_of)
def test_mistyped_letter_is_refused(attendee: bytes, place: int, letter: str) -> None:
    """The tag has 32 bits: Hypothesis would have to find one chance in four billion."""
    credential = issue(KEYS, EVENT, attendee, 1)
    letters = credential.letters
    mistyped = parse(letters[:place] + letter + letters[place + 1 :])
    assert mistyped is None or mistyped == credential or not is_genuine(KEYS, mistyped, EVENT)


def test_all_single_mistypes_of_one_credential_are_refused() -> None:
    letters = issue(KEYS, EVENT, ATTENDEE, 1).letters
    typed = [letters[:i] + new + letters[i + 1 :] for i in range(28) for new in ALPHABET if new != letters[i]]
    read = [credential for credential in map(parse, typed) if credential is not None]
    assert len(typed) == 28 * 19
    assert len(read) > 400
    assert not any(is_genuine(KEYS, credential, EVENT) for credential in read)


def test_credential_of_another_event_or_key_is_not_genuine() -> None:
    other = KeyRing(0, {0: KeyPair(b"a" * 32, b"b" * 32)})
    credential = issue(KEYS, EVENT, ATTENDEE, 1)
    assert is_genuine(KEYS, credential, EVENT)
    assert not is_genuine(KEYS, credential, b"\x12" * 16)
    assert not is_genuine(other, credential, EVENT)
    assert not is_genuine(KeyRing(1, {1: KEYS.pairs[0]}), credential, EVENT)


def test_old_keys_stay_genuine_after_a_new_one() -> None:
    old = issue(KEYS, EVENT, ATTENDEE, 1)
    keys = KeyRing(1, {**KEYS.pairs, 1: KeyPair(b"a" * 32, b"b" * 32)})
    assert is_genuine(keys, old, EVENT)
    assert issue(keys, EVENT, ATTENDEE, 1).key_number == 1


def test_each_generation_has_its_own_credential() -> None:
    digests = {issue(KEYS, EVENT, ATTENDEE, generation).digest for generation in range(1, 200)}
    assert len(digests) == 199


@pytest.mark.parametrize(
    ("event", "attendee", "generation"),
    [(b"short", ATTENDEE, 1), (EVENT, b"short", 1), (EVENT, ATTENDEE, 0), (EVENT, ATTENDEE, 2**32)],
)
def test_issue_refuses_what_is_no_badge(event: bytes, attendee: bytes, generation: int) -> None:
    with pytest.raises(ValueError, match=r"UUIDs|generation"):
        issue(KEYS, event, attendee, generation)


def test_key_ring_must_hold_its_current_key() -> None:
    with pytest.raises(ValueError, match="no key 1"):
        KeyRing(1, {0: KEYS.pairs[0]})
    with pytest.raises(ValueError, match="from 0 to 31"):
        KeyRing(32, {32: KEYS.pairs[0]})


def test_secrets_do_not_show_in_reprs() -> None:
    credential = issue(KEYS, EVENT, ATTENDEE, 1)
    shown = repr((credential, KEYS, KEYS.pairs[0]))
    assert credential.letters not in shown
    assert credential.raw.hex() not in shown
    assert "\\x" not in shown
    assert "bytes" not in shown


def test_credentials_need_no_pictures() -> None:
    code = "import sys, badges.credential, badges.keys; print('PIL' in sys.modules, 'qrcode' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False"]


def test_qr_code_is_version_2() -> None:
    rows = matrix(issue(KEYS, EVENT, ATTENDEE, 1).letters)
    assert len(rows) == 25
    assert {len(row) for row in rows} == {25}
    assert all(rows[0][:7])  # a finder pattern's edge
    assert not any(rows[7][:8])


@pytest.mark.parametrize("letters", ["", "B" * 27, "B" * 29, "b" * 28, "B" * 27 + "1", "B" * 28 + "\n"])
def test_qr_code_carries_only_28_capitals(letters: str) -> None:
    with pytest.raises(ValueError, match="28 capital letters"):
        matrix(letters)
