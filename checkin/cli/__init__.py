"""The `checkin` program: parse a command, call a use case, print what it gave.

Owns words on the terminal and exit statuses: 0 done, 1 failed, 2 wrong usage. Must not hold rules. What a
command needs is imported when it runs, so that help and mistakes are answered at once.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module

from checkin.cli.parser import build_parser
from checkin.config import Settings, read_settings
from checkin.domain.errors import AppError

__all__ = ["main"]

DONE, FAILED, WRONG_USAGE = 0, 1, 2
MOST_FAULTS = 1000

Command = Callable[[argparse.Namespace, Settings], Awaitable[int | None]]


class UsageError(Exception):
    """A command that makes no sense as it was given."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit status."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.run is None:
        args.parser.print_help(sys.stderr)
        return WRONG_USAGE
    return guarded(lambda: run(args))


def guarded(work: Callable[[], int]) -> int:
    """The exit status of `work`; what it raises for people to read is told in one line, and is a failure."""
    try:
        return work()
    except AppError as error:
        _say(error.message, [f"{one.field}: {one.problem}" for one in error.errors])
    except BrokenPipeError:
        # Who read our output has gone; Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        _say("stopped")
    except OSError as error:
        _say(_file_trouble(error))
    except Exception as error:
        told = _words_of(error)
        if told is None:
            raise
        _say(told)
    return FAILED


def run(args: argparse.Namespace) -> int:
    """Runs the command that was parsed."""
    settings = read_settings(
        database=args.database, host=getattr(args, "host", None), port=getattr(args, "port", None)
    )
    module, _, function = args.run.partition(":")
    command: Command = getattr(import_module(f"checkin.cli.{module}"), function)
    try:
        with asyncio.Runner(loop_factory=server_loop() if args.is_server else None) as runner:
            return runner.run(_awaited(command, args, settings)) or DONE
    except UsageError as error:
        args.parser.print_usage(sys.stderr)
        _say(str(error))
        return WRONG_USAGE


async def _awaited(command: Command, args: argparse.Namespace, settings: Settings) -> int | None:
    return await command(args, settings)


def server_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes a server's event loop: uvloop, where it is installed."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _words_of(error: Exception) -> str | None:
    """What to tell of an error whose words are made for people; None if it is a bug."""
    from badges.keys import KeyFileError
    from checkin.store.failures import cause_of, is_failure
    from kiosk.pages import PagesNotBuilt

    if is_failure(error):
        return f"the database: {cause_of(error)}"  # its own message would quote statements and values
    return str(error) if isinstance(error, (KeyFileError, PagesNotBuilt)) else None


def _file_trouble(error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    return f"{error.filename}: {reason}" if error.filename else reason


def _say(message: str, faults: Sequence[str] = ()) -> None:
    print(f"checkin: {message}", file=sys.stderr)
    for fault in faults[:MOST_FAULTS]:
        if fault != message:
            print(f"  {fault}", file=sys.stderr)
    if len(faults) > MOST_FAULTS:
        print(f"  … and {len(faults) - MOST_FAULTS} more", file=sys.stderr)
