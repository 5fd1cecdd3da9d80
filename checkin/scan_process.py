"""The process that records scans on SQLite: batches come in, their outcomes go out once they are on disk.

Owns nothing but the passage, over the socket that is its standard input; `checkin.store.scan_log_apart` asks.
It ends when the socket does; signals that stop a server are for the server.
"""

import pickle
import signal
import socket
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from badges.credential import KeyRing, tag_check
from checkin.domain.errors import AppError
from checkin.domain.scans import Outcome
from checkin.garbage import look_seldom
from checkin.store.failures import cause_of, unavailable
from checkin.store.memory import Memory
from checkin.store.scan_log import record_scans, run_at_once
from checkin.store.scan_passage import (
    HEAD_BYTES,
    Done,
    Greeting,
    Refused,
    Reply,
    Task,
    done,
    failed,
    framed,
    head,
    layout,
    read_task,
    refusal,
    written,
)
from checkin.store.scan_rows import Judged, stored
from checkin.store.scans import Batch, IsGenuine
from checkin.store.scans_sqlite import SqliteRows
from checkin.store.sqlite_file import connect_sqlite, transaction


class FileRecorder:
    """Records batches on a connection of its own."""

    def __init__(self, raw: sqlite3.Connection, is_genuine: IsGenuine) -> None:
        self._raw = raw
        self._is_genuine = is_genuine
        self._memory = Memory()

    def answer(self, message: bytes) -> Reply:
        """What became of a batch; nothing of it is stored unless it is `Done`."""
        try:
            return self._record(read_task(message))
        except AppError as problem:
            return Refused(refusal(problem))
        except sqlite3.OperationalError as problem:
            return Refused(refusal(unavailable(problem)))
        except Exception as problem:
            return failed(problem)

    def _record(self, task: Task) -> Done[Outcome]:
        known = (task.agenda_version,)
        batch = Batch(task.event_id, task.scans, task.credentials, lambda: task.now, self._is_genuine, known)
        committing = 0.0

        def work() -> Judged:
            nonlocal committing
            judged = run_at_once(record_scans(SqliteRows(self._raw), batch, self._memory))
            committing = perf_counter()
            return judged

        judged = transaction(self._raw, work)
        seconds = perf_counter() - committing
        self._memory.keep(task.event_id, judged)
        return done(stored(judged, seconds), judged.outcomes, task.agenda_version)


def _receive(line: socket.socket) -> tuple[int, bytes] | None:
    """The next question with its number; None at the end."""
    begun = _receive_exactly(line, HEAD_BYTES)
    if begun is None:
        return None
    length, number = head(begun)
    question = _receive_exactly(line, length)
    return None if question is None else (number, question)


def _receive_exactly(line: socket.socket, size: int) -> bytes | None:
    came = bytearray(size)
    view, at = memoryview(came), 0
    while at < size:
        count = line.recv_into(view[at:])
        if not count:
            return None
        at += count
    return bytes(came)


def main() -> int:
    """Answers until nobody asks any more."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(ConnectionError):  # whoever asked has gone
        return _answer_all(socket.socket(fileno=sys.stdin.fileno()))
    return 0


def _answer_all(line: socket.socket) -> int:
    asked = _receive(line)
    if asked is None:
        return 0
    number, message = asked
    greeting: Greeting[KeyRing] = pickle.loads(message)  # noqa: S301 -- from the process that started this one
    raw = _open(greeting)
    if isinstance(raw, str):
        line.sendall(framed(number, raw.encode()))
        return 1
    recorder = FileRecorder(raw, tag_check(greeting.keys))
    look_seldom()
    try:
        line.sendall(framed(number, b""))
        while (asked := _receive(line)) is not None:
            number, message = asked
            line.sendall(framed(number, written(recorder.answer(message))))
    finally:
        raw.close()
    return 0


def _open(greeting: Greeting[KeyRing]) -> sqlite3.Connection | str:
    """A connection of our own, or why there is none."""
    if greeting.layout != layout():
        return "this program is another one than its server's by now"
    path = Path(greeting.path)
    if not path.exists():  # what is not there would be made
        return "the database's file has gone"
    try:
        return connect_sqlite(path)
    except sqlite3.Error as problem:
        return cause_of(problem)


if __name__ == "__main__":
    sys.exit(main())
