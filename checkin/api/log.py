"""The log: key=value, one line a request and one a verdict.

Owns what may stand in it. Never names, emails, credentials, tokens or query strings: paths are told by their
route's template, and a bug by where it happened; its message only where no value can stand in it.
"""

import json
import logging
import re
import sys
import time
import traceback
from types import TracebackType

from checkin.store.failures import cause_of, is_failure

SAMPLE = 100
"""Of the hot path's good answers one in this many is told."""

requests = logging.getLogger("checkin.request")
verdicts = logging.getLogger("checkin.verdict")
bugs = logging.getLogger("checkin.bug")

_PLAIN = re.compile(r"[A-Za-z0-9_.:/{}+@-]+")
_SAFE_MESSAGES = (TypeError, AttributeError, ImportError)
_FRAMES = 12


def line(event: str, **values: object) -> str:
    """One line: the event's word, then key=value, quoted where needed; values that are None are left out."""
    parts = [event]
    parts += [f"{key}={_quoted(value)}" for key, value in values.items() if value is not None]
    return " ".join(parts)


def _quoted(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=True)


def where(error: BaseException) -> str:
    """The traceback in one line: `file:line function` from the outermost to the innermost call."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return " > ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)


def _short(path: str) -> str:
    return "/".join(path.split("/")[-2:])


def told(error: BaseException) -> str | None:
    """A bug's message, if its kind carries none of a caller's values."""
    if is_failure(error):
        return cause_of(error)  # its own message may quote a row
    return str(error)[:300] if isinstance(error, _SAFE_MESSAGES) else None


def bug(error: BaseException, **values: object) -> None:
    """Logs a bug, once, with its traceback."""
    bugs.error(line("bug", error=type(error).__name__, message=told(error), at=where(error), **values))


class Formatter(logging.Formatter):
    """`2027-01-26T14:45:00.123Z level=info logger=checkin.request …`; an exception as one more value."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        stamp = f"{moment}.{int(record.msecs):03}Z"
        text = f"{stamp} level={record.levelname.lower()} logger={record.name} {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            text += " " + self.formatException(record.exc_info)
        return text

    def formatException(  # noqa: N802 - logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """The exception without values that its message might carry."""
        error = ei[1]
        if error is None:
            return ""
        return line("exception", error=type(error).__name__, message=told(error), at=where(error))


def configure(level: str) -> None:
    """Sends the log to standard error, from `level` on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("checkin").setLevel(level.upper())
