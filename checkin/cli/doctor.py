"""`checkin doctor`."""

import argparse
import asyncio
import os
from collections import Counter
from textwrap import wrap

import msgspec

from checkin.config import Settings
from checkin.doctor.examination import examine
from checkin.doctor.finding import Finding, Level

WIDTH = 110


async def doctor(args: argparse.Namespace, settings: Settings) -> int:
    """Prints what was seen, line by line; 1 if there are faults."""
    found = await asyncio.to_thread(examine, settings, os.environ)
    if args.json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        _print(found)
    return 1 if any(one.level is Level.FAULT for one in found) else 0


def _print(found: list[Finding]) -> None:
    width = max(len(one.subject) for one in found)
    margin = " " * (7 + 2 + width + 2)
    for one in found:
        first = f"{one.level:<7}  {one.subject:<{width}}  "
        for line in wrap(
            one.says, WIDTH, initial_indent=first, subsequent_indent=margin, break_on_hyphens=False
        ):
            print(line)
        if one.way_out:
            print(f"{margin}→ {one.way_out}")
    counts = Counter(one.level for one in found)
    print(f"{counts[Level.FAULT]} faults, {counts[Level.WARNING]} warnings")
