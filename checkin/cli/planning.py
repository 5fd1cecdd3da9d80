"""`checkin plan`."""

import argparse
import sys
from time import monotonic

import msgspec

from checkin.api.routing import plan_answer
from checkin.cli.opening import existing
from checkin.config import Settings
from checkin.service.planning import make_plan


async def plan(args: argparse.Namespace, settings: Settings) -> None:
    """Plans everybody's day and prints the summary as JSON."""
    started, is_watched = monotonic(), sys.stderr.isatty()

    def tell(stage: str) -> None:
        if is_watched:
            print(f"\r\x1b[K{monotonic() - started:4.0f} s  {stage} …", end="", file=sys.stderr, flush=True)

    async with existing(settings) as services:
        planned = await make_plan(services, args.slug, args.dry_run, tell=tell)
    if is_watched:
        print("\r\x1b[K", end="", file=sys.stderr)
    print(msgspec.json.format(msgspec.json.encode(plan_answer(planned)), indent=2).decode())
