"""The log: one line a request and one a verdict, as key=value or as JSON.

Owns what may stand in it, and its form. Never names, emails, credentials, tokens or query strings: paths
are told by their route's template, and a bug by where it happened; its message only where no value can
stand in it. Whoever logs gives one word and a mapping, `logger.info("started", {"pid": 7})`; of what
libraries say, their own fixed words.
"""

import asyncio
import json
import logging
import re
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec

from checkin.config import LogForm
from checkin.store.failures import PlainError, cause_of, is_failure, where

SAMPLE = 100
"""Of the hot path's good answers one in this many is told."""

requests = logging.getLogger("checkin.request")
verdicts = logging.getLogger("checkin.verdict")
bugs = logging.getLogger("checkin.bug")
server = logging.getLogger("checkin.server")

_OURS = "checkin"
_PLAIN = re.compile(r"[A-Za-z0-9_.:/{}+@-]+")
_SAFE_MESSAGES = (TypeError, AttributeError, ImportError)

GATHERED_SECONDS = 0.2
MOST_LINES = 1000

_MOST_LETTERS = 300


def _quoted(value: object) -> str:
    if type(value) is int:
        return str(value)
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=True)


def told(error: BaseException) -> str | None:
    """A bug's message, if its kind carries none of a caller's values."""
    if isinstance(error, PlainError):
        return str(error)
    if is_failure(error):
        return cause_of(error)  # its own message may quote a row
    return str(error)[:_MOST_LETTERS] if isinstance(error, _SAFE_MESSAGES) else None


def _facts(error: BaseException) -> dict[str, object]:
    return {"error": type(error).__name__, "problem": told(error), "at": where(error)}


def verdict(values: Mapping[str, object]) -> None:
    """Logs a scan's verdict: the one line that is written for each scan.

    The values are numbers and words of our own, of letters that need no quotes; none is None.
    """
    if not verdicts.isEnabledFor(logging.INFO):
        return
    handlers = logging.getLogger().handlers
    if len(handlers) == 1 and isinstance(handlers[0], Lines):
        handlers[0].tell(verdicts, "verdict", values)
    else:
        verdicts.info("verdict", values)


def bug(error: BaseException, **values: object) -> None:
    """Logs a bug, once, with its traceback."""
    bugs.error("bug", _facts(error) | values)


def loop_trouble(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """The loop's own complaints, without the values that it would quote."""
    error = context.get("exception")
    if error is not None:
        bug(error, during="the loop")
    else:
        bugs.error("bug", {"problem": re.split(r"[\n(<]", str(context.get("message", "")))[0].strip()})


def _words(record: logging.LogRecord) -> tuple[str, dict[str, object]]:
    """What a record says, and its values."""
    if not record.name.startswith(_OURS):
        # Other libraries may put anything into a message: what they always say is the first line of its form.
        words, values = str(record.msg).partition("\n")[0][:_MOST_LETTERS], {}
    elif isinstance(record.args, Mapping):
        words, values = str(record.msg), dict(record.args)
    else:
        words, values = record.getMessage(), {}
    if record.exc_info and record.exc_info[1] is not None:
        values |= _facts(record.exc_info[1])
    return words, {key: value for key, value in values.items() if value is not None}


def _stamp(created: float) -> str:
    whole = int(created)
    return f"{second(whole)}.{str(int((created - whole) * 1000)).zfill(3)}Z"


@lru_cache(maxsize=4)
def second(moment: int) -> str:
    """A whole second since 1970 as it is written, in UTC and without its end: `2027-01-26T14:45:00`."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))


class LineFormatter(logging.Formatter):
    """Writes a line of the log. `signature`: what stands at the end of each."""

    signature: Mapping[str, object] = MappingProxyType({})

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        words, values = _words(record)
        signed = {**values, **self.signature}
        return self.line(record.created, record.levelname.lower(), record.name, words, signed)

    def line(self, created: float, level: str, logger: str, words: str, values: Mapping[str, object]) -> str:
        """A line that was written at `created` (seconds since 1970)."""
        raise NotImplementedError

    def plain_line(
        self, created: float, level: str, logger: str, words: str, values: Mapping[str, object]
    ) -> str:
        """The same of words and values that are known to need no quotes."""
        return self.line(created, level, logger, words, values)


class TextFormatter(LineFormatter):
    """`2027-01-26T14:45:00.123Z level=info logger=checkin.request request id=… …`; quoted where needed."""

    def line(self, created: float, level: str, logger: str, words: str, values: Mapping[str, object]) -> str:
        """One line."""
        quoted = {key: _quoted(value) for key, value in values.items()}
        return self.plain_line(created, level, logger, _quoted(words), quoted)

    def plain_line(
        self, created: float, level: str, logger: str, words: str, values: Mapping[str, object]
    ) -> str:
        """One line without looking for what needs quotes."""
        said = "".join([f" {key}={value}" for key, value in values.items()])
        return f"{_stamp(created)} level={level} logger={logger} {words}{said}"


class JsonFormatter(LineFormatter):
    """`{"time": …, "level": …, "logger": …, "message": …, …}`, one object a line."""

    def line(self, created: float, level: str, logger: str, words: str, values: Mapping[str, object]) -> str:
        """One line."""
        head = {"time": _stamp(created), "level": level, "logger": logger}
        whole = {**head, "message": words, **values}
        try:
            text = msgspec.json.encode(whole, enc_hook=str).decode("ascii")
        except UnicodeError:  # letters that some reader takes for the end of a line, or halves of letters
            text = json.dumps(whole, ensure_ascii=True, default=str)
        return text


class Lines(logging.StreamHandler[Any]):
    """The log's stream. A server gathers lines and writes them a few times a second.

    Each write lets other threads take the interpreter, and a scan's verdict would wait to have it back for
    longer than everything else about it takes. A warning goes out at once, with all that came before it.
    """

    def __init__(self, form: LineFormatter) -> None:
        super().__init__(sys.stderr)
        self.form = form
        self.setFormatter(form)
        self.is_gathering = False
        self._lines: list[str] = []

    def tell(self, logger: logging.Logger, words: str, values: Mapping[str, object]) -> None:
        """Takes a plain line of level `info` without a record of the library's, which costs more than it."""
        signed = {**values, **self.form.signature}
        try:
            self._take(self.form.plain_line(time.time(), "info", logger.name, words, signed), is_urgent=False)
        except Exception:  # a log that can't be written is no reason to fail a scan
            self.handleError(logging.makeLogRecord({"msg": words}))

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a line."""
        try:
            self._take(self.format(record), is_urgent=record.levelno >= logging.WARNING)
        except Exception:
            self.handleError(record)

    def _take(self, line: str, is_urgent: bool) -> None:
        self._lines.append(line)
        if not self.is_gathering or is_urgent or len(self._lines) >= MOST_LINES:
            self.flush()

    def flush(self) -> None:
        """Writes what has come."""
        with self.lock or nullcontext():
            lines, self._lines = self._lines, []
            if lines:
                self.stream.write("\n".join([*lines, ""]))
            super().flush()


async def gather() -> None:
    """Has lines gathered until it is cancelled."""
    handlers = [one for one in logging.getLogger().handlers if isinstance(one, Lines)]
    try:
        while True:
            for handler in handlers:
                handler.is_gathering = True
                handler.flush()
            await asyncio.sleep(GATHERED_SECONDS)
    finally:
        for handler in handlers:
            handler.is_gathering = False
            handler.flush()


def sign(signature: Mapping[str, object]) -> None:
    """Has every line end with these values."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, Lines):
            handler.form.signature = signature


def formatter(form: LogForm) -> LineFormatter:
    """What writes lines of this form."""
    return JsonFormatter() if form is LogForm.JSON else TextFormatter()


def configure(level: str, form: LogForm = LogForm.TEXT) -> None:
    """Sends the log to standard error, from `level` on."""
    # What no line shows: a line a verdict is written on the scans' way.
    logging._srcfile = None  # which line of code logs; the library's manual says so
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = Lines(formatter(form))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OURS).setLevel(level.upper())
