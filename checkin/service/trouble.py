"""What goes wrong in work that is done for ever: told once, until it has gone well again.

Owns that such work neither ends without a word nor fills the log.
"""

import logging
from collections.abc import Hashable

from checkin.domain.errors import AppError


class Troubles:
    """The troubles of one kind of work, by what they befall (an event; None: all of it)."""

    def __init__(self, log: logging.Logger, words: str) -> None:
        self._log = log
        self._words = words
        self._befallen: set[Hashable] = set()

    def __len__(self) -> int:
        return len(self._befallen)

    def begin(self, problem: Exception, event: int | None = None) -> None:
        """It went wrong: a line, with where it happened if it is a bug."""
        if event in self._befallen:
            return
        self._befallen.add(event)
        if isinstance(problem, AppError):
            self._log.error(self._words, {"event": event, "problem": problem.message})
        else:
            self._log.error(self._words, {"event": event}, exc_info=problem)

    def end(self, event: int | None = None) -> None:
        """It went well."""
        self._befallen.discard(event)
