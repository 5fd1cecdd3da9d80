"""What a caller did wrong, as values that every layer can raise and the edges translate.

Anything that is not an `AppError` is a bug. The HTTP status of each code stands in `checkin.api.problems`,
the exit status of a command in `checkin.cli`.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One fault in an input: where (`session[3].room`, `email`) and what, as a sentence."""

    field: str
    problem: str


class AppError(Exception):
    """A request that can't be done as it stands: a stable `code` for programs, a `message` for people.

    `errors` names each faulty field. `retry_after_seconds`: when it is worth trying again, if that is known.
    Nothing was stored when one is raised inside a transaction.
    """

    retry_after_seconds: int | None = None

    def __init__(self, code: str, message: str, errors: Sequence[FieldProblem] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.errors = tuple(errors)


def invalid(message: str, errors: Sequence[FieldProblem] = ()) -> AppError:
    """Input of the wrong form or content; the way out is to correct it."""
    return AppError("invalid", message, errors)


def invalid_field(field: str, problem: str) -> AppError:
    """The same for a single field."""
    return AppError("invalid", f"{field}: {problem}", [FieldProblem(field, problem)])


def not_found(message: str) -> AppError:
    """What the caller names does not exist, or is not theirs to see."""
    return AppError("not_found", message)


def conflict(message: str, errors: Sequence[FieldProblem] = ()) -> AppError:
    """The request is well formed but clashes with what is stored."""
    return AppError("conflict", message, errors)


def too_many_requests(message: str, seconds: int) -> AppError:
    """Too many guesses; `seconds` says when the next may come."""
    error = AppError("too_many_requests", f"{message}; try again in {seconds} s.")
    error.retry_after_seconds = seconds
    return error
