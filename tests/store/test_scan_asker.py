"""What is remembered of the answers of a process that records scans."""

from msgspec import Raw

from checkin.domain.scans import Outcome
from checkin.store import scan_asker
from checkin.store.scan_asker import Heard, Remembered


def test_an_outcome_is_heard_field_by_field() -> None:
    assert Heard.__struct_fields__ == Outcome.__struct_fields__


def test_the_same_bytes_are_read_once_until_there_are_too_many() -> None:
    read: list[bytes] = []

    def upper(told: bytes) -> str:
        read.append(told)
        return told.decode().upper()

    remembered = Remembered(upper)
    assert [remembered.of(Raw(text)) for text in (b"a", b"b", b"a")] == ["A", "B", "A"]
    assert read == [b"a", b"b"]
    for number in range(scan_asker.MOST_REMEMBERED):
        remembered.of(Raw(str(number).encode()))
    assert remembered.of(Raw(b"a")) == "A"
    assert read.count(b"a") == 2
    assert len(remembered) <= scan_asker.MOST_REMEMBERED
