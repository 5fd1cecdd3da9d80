"""The key file: made once, private, complete or absent, and clear about what is wrong with it."""

import json
import multiprocessing
import os
import stat
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from badges.keys import (
    KeyFileError,
    KeyFileExistsError,
    KeyFileMissingError,
    create_keys,
    load_keys,
    load_or_create_keys,
)

PROCESSES = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checkin.key"


def test_made_keys_are_loaded_again(path: Path) -> None:
    made = create_keys(path)
    assert load_keys(path) == made
    assert load_or_create_keys(str(path)) == made
    assert made.current == 0
    assert made.pairs[0].id_key != made.pairs[0].tag_key


def test_key_file_is_private_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        create_keys(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == [path.name]


def test_two_files_hold_different_keys(tmp_path: Path) -> None:
    assert create_keys(tmp_path / "a") != create_keys(tmp_path / "b")


def test_existing_file_is_never_replaced(path: Path) -> None:
    path.write_bytes(b"precious")
    with pytest.raises(KeyFileExistsError, match=r"checkin\.key"):
        create_keys(path)
    assert path.read_bytes() == b"precious"
    assert os.listdir(path.parent) == [path.name]


def _start_together(path: Path, barrier: Barrier, results: "multiprocessing.Queue[bytes]") -> None:
    barrier.wait()
    results.put(load_or_create_keys(path).pairs[0].id_key)


def test_processes_that_start_at_once_end_with_the_same_keys(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    results: multiprocessing.Queue[bytes] = context.Queue()
    processes = [
        context.Process(target=_start_together, args=(path, barrier, results)) for _ in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    keys = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert set(keys) == {load_keys(path).pairs[0].id_key}
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o666])
def test_file_that_others_may_read_is_refused(path: Path, mode: int) -> None:
    create_keys(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=f"chmod 600 {path}"):
        load_keys(path)


def test_read_only_key_file_is_fine(path: Path) -> None:
    made = create_keys(path)
    path.chmod(0o400)
    assert load_keys(path) == made


def test_missing_file_is_named(path: Path) -> None:
    with pytest.raises(KeyFileMissingError, match=str(path)):
        load_keys(path)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=f"no folder {tmp_path / 'none'}"):
        load_or_create_keys(tmp_path / "none" / "checkin.key")


def test_folder_pipe_and_impossible_path_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for wrong in (tmp_path, pipe, tmp_path / "a\0b", tmp_path / ("x" * 300)):
        with pytest.raises(KeyFileError):
            load_or_create_keys(wrong)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe not text",
        b"[" * 100_000,
        b"[1, 2]",
        b"{}",
        b'{"format": "something else"}',
        b'{"format": "badge-keys", "version": 2}',
        b'{"format": "badge-keys", "version": 1}',
        b'{"format": "badge-keys", "version": 1, "current": 0, "keys": []}',
        b'{"format": "badge-keys", "version": 1, "current": 0, "keys": {"0": {"id": "zz", "tag": ""}}}',
        b'{"format": "badge-keys", "version": 1, "current": [], "keys": {}}',
        b" " * 70_000,
    ],
)
def test_damaged_file_is_refused_in_one_line(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError) as caught:
        load_or_create_keys(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert path.read_bytes() == content


def test_every_truncation_of_a_key_file_is_refused(path: Path) -> None:
    create_keys(path)
    content = path.read_bytes().rstrip()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(KeyFileError):
            load_keys(path)


def test_current_key_must_be_among_the_keys(path: Path) -> None:
    create_keys(path)
    document = json.loads(path.read_bytes())
    path.write_text(json.dumps(document | {"current": 5}))
    with pytest.raises(KeyFileError, match="damaged"):
        load_keys(path)


def test_message_never_shows_what_the_file_holds(path: Path) -> None:
    path.write_bytes(b'{"format": "badge-keys", "version": 1, "current": 0, "keys": {"0": {"id": "SECRET"}}}')
    path.chmod(0o600)
    with pytest.raises(KeyFileError) as caught:
        load_keys(path)
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None
