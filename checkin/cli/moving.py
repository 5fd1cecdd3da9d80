"""`checkin copy`."""

import argparse
from collections.abc import Callable, Sequence

from checkin.cli.opening import columns
from checkin.cli.progress import progress_bar
from checkin.config import Settings, secret_file_beside
from checkin.service.copying import Compared, CopyDiffers, copy_database
from checkin.store.addresses import shown_address

DIGITS = 12
"""So much of a digest is shown."""


async def copy(args: argparse.Namespace, _settings: Settings) -> None:
    """Copies a database and prints the comparison of every table."""
    bars: dict[str, Callable[[int, int], None]] = {}

    def progress(stage: str, done: int, of: int) -> None:
        if stage not in bars:
            bars[stage] = progress_bar(stage)
        bars[stage](done, of)

    source, target = shown_address(args.source), shown_address(args.target)
    try:
        made = await copy_database(args.source, args.target, progress)
    except CopyDiffers as differs:
        _print_tables(differs.tables)
        raise
    _print_tables(made.tables)
    rows = sum(one.rows[0] for one in made.tables)
    print(f"copied {rows} rows of {len(made.tables)} tables to {target}; every table is the same")
    if made.others:
        print(f"{made.others} other connections to {source} are open: what they write now is not in the copy")
    print(_APART.format(secret_file_beside(args.source)))


_APART = """The secret file is not in it: take {} (or what CHECKIN_SECRET_FILE names)
along, with its mode 0600; without it no badge can be read. `checkin doctor` says whether it fits."""


def _print_tables(tables: Sequence[Compared]) -> None:
    rows: list[tuple[str, ...]] = [("table", "rows", "digest", "")]
    for one in tables:
        rows.append(
            (one.table, _pair(*map(str, one.rows)), _pair(*(d[:DIGITS] for d in one.digests)), _words(one))
        )
    for line in columns(rows):
        print(line)


def _pair(before: str, after: str) -> str:
    return before if before == after else f"{before} -> {after}"


def _words(one: Compared) -> str:
    return "same" if one.is_same else "DIFFERENT"
