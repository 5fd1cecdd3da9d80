"""A process of our own that cannot be started, or is left alone at once."""

import asyncio
import errno
import os
import pickle
import socket
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from checkin.store.line import GoneError
from checkin.store.process_apart import ProcessApart
from checkin.store.scan_passage import Greeting, framed, layout
from tests.service.venue import KEYS


async def test_one_that_ends_at_once_is_told_of_and_waited_for() -> None:
    process = ProcessApart("checkin.no_such_module", b"")
    with pytest.raises(GoneError, match="the process has ended"):
        await process.start()
    assert process.pid is None
    assert not process.is_running


async def test_a_lack_of_descriptors_is_told_as_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pair() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(socket, "socketpair", no_pair)
    with pytest.raises(GoneError, match="no process can be started"):
        await ProcessApart("checkin.scan_process", b"").start()


async def test_the_one_that_records_scans_ends_without_a_word_if_its_server_has_gone(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    database = tmp_path / "checkin.db"
    database.touch()
    with ours, theirs:
        ours.sendall(framed(0, pickle.dumps(Greeting(str(database), KEYS, layout()))))
        command = (sys.executable, "-m", "checkin.scan_process")
        process = await asyncio.create_subprocess_exec(*command, stdin=theirs.fileno(), stderr=PIPE)
    _, said = await process.communicate()
    assert (process.returncode, said) == (0, b"")
