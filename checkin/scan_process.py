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
from typing import Any

from badges.credential import KeyRing, tag_check
from checkin.domain.errors import AppError
from checkin.domain.scans import Outcome
from checkin.garbage import look_seldom
from checkin.store.failures import cause_of, is_failure, unavailable, where
from checkin.store.memory import Memory
from checkin.store.scan_log import record_scans, run_at_once
from checkin.store.scan_passage import (
    HEAD_BYTES,
    Done,
    Failed,
    Greeting,
    Refused,
    Reply,
    Task,
    framed,
    layout,
    read_task,
    refusal,
    written,
)
from checkin.store.scan_rows import Judged
from checkin.store.scans import Batch, IsGenuine
from checkin.store.scans_sqlite import SqliteRows
from checkin.store.sqlite_file import connect_sqlite, transaction


class Recorder:
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
            return Failed(_words(problem))

    def _record(self, task: Task) -> Done:
        batch = Batch(task.event_id, task.scans, task.credentials, lambda: task.now, self._is_genuine)
        rows = SqliteRows(self._raw)
        documents: tuple[Any, Any] | None = None
        committing = 0.0

        def work() -> Judged:
            nonlocal documents, committing
            judged = run_at_once(record_scans(rows, batch, self._memory))
            if judged.state.agenda_version != task.agenda_version:
                documents = run_at_once(rows.find_agenda(task.event_id))
            committing = perf_counter()
            return judged

        judged = transaction(self._raw, work)
        seconds = perf_counter() - committing
        self._memory.keep(task.event_id, judged)
        refused = {
            position: refusal(outcome)
            for position, outcome in enumerate(judged.outcomes)
            if isinstance(outcome, AppError)
        }
        outcomes = [outcome if isinstance(outcome, Outcome) else None for outcome in judged.outcomes]
        return Done(outcomes, refused, judged.state.agenda_version, documents, seconds)


def _words(problem: BaseException) -> str:
    """A bug's kind, its cause where no value can stand in it, and where it was."""
    cause = f": {cause_of(problem)}" if is_failure(problem) else ""
    return f"{type(problem).__name__}{cause} at {where(problem)}"


def _receive(line: socket.socket) -> bytes | None:
    """The next message; None at the end."""
    head = _receive_exactly(line, HEAD_BYTES)
    return None if head is None else _receive_exactly(line, int.from_bytes(head, "big"))


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
    message = _receive(line)
    if message is None:
        return 0
    greeting: Greeting[KeyRing] = pickle.loads(message)  # noqa: S301 -- from the process that started this one
    if greeting.layout != layout():
        line.sendall(framed(b"this program is another one than its server's by now"))
        return 1
    path = Path(greeting.path)
    if not path.exists():  # what is not there would be made
        line.sendall(framed(b"the database's file has gone"))
        return 1
    try:
        raw = connect_sqlite(path)
    except sqlite3.Error as problem:
        line.sendall(framed(cause_of(problem).encode()))
        return 1
    recorder = Recorder(raw, tag_check(greeting.keys))
    look_seldom()
    try:
        line.sendall(framed(b""))
        while (message := _receive(line)) is not None:
            line.sendall(written(recorder.answer(message)))
    finally:
        raw.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
