"""`checkin attendees` and `checkin badges`."""

import argparse
import sys
from pathlib import Path

from checkin.cli.opening import existing
from checkin.cli.progress import progress_bar
from checkin.config import Settings
from checkin.domain.errors import AppError, FieldProblem, invalid
from checkin.service import attendees

WORKBOOKS = (".xlsx", ".xls", ".ods")


async def import_file(args: argparse.Namespace, settings: Settings) -> None:
    """Imports a table: all rows or none, every fault with its line and column."""
    _refuse_workbook(args.file)
    data = args.file.read_bytes()
    async with existing(settings) as services:
        result = await attendees.import_attendees(services, args.slug, data, args.dry_run)
    for column in result.ignored_columns:
        print(f"unknown column ignored: {column}", file=sys.stderr)
    if result.faults:
        told = [FieldProblem(_place(one.line, one.column), one.problem) for one in result.faults]
        faults = f"{len(told)} fault{'s' if len(told) > 1 else ''}"
        raise AppError("invalid", f"{args.file} has {faults}; nothing was stored", told)
    would = "would be " if args.dry_run else ""
    print(f"{would}created {result.created}, updated {result.updated}, unchanged {result.unchanged}")


def _place(line: int, column: str) -> str:
    return f"line {line}, {column}" if column else f"line {line}"


def _refuse_workbook(path: Path) -> None:
    if path.suffix.lower() in WORKBOOKS:
        raise invalid(f"{path}: workbooks come with a later version; use CSV")


async def export_file(args: argparse.Namespace, settings: Settings) -> None:
    """Writes all attendees as CSV; `-` is standard output."""
    _refuse_workbook(args.out)
    async with existing(settings) as services:
        text = await attendees.export_attendees(services, args.slug)
    if str(args.out) == "-":
        sys.stdout.write(text)
        return
    with args.out.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
    print(f"wrote {args.out}")


async def write_badges(args: argparse.Namespace, settings: Settings) -> int:
    """Writes one PNG for each attendee who is not cancelled; names those that can't be drawn."""
    from checkin.service import badges

    if args.out.suffix.lower() == ".pdf":
        raise invalid(f"{args.out}: sheets of badges come with a later version; name a folder")
    if args.out.exists() and not args.out.is_dir():
        raise invalid(f"{args.out} is no folder")
    async with existing(settings) as services:
        result = await badges.write_badges(services, args.slug, args.out, progress_bar("badges"))
    print(f"wrote {result.written} badges to {args.out}")
    for number, problem in sorted(result.problems.items()):
        print(f"checkin: {number}: {problem}", file=sys.stderr)
    return 1 if result.problems else 0
