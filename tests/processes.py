"""What tests ask of processes that are not their own children."""

import asyncio
from pathlib import Path

PATIENCE_SECONDS = 30.0


def is_running(pid: int) -> bool:
    """Whether there is such a process, and not only what is left of it."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


async def has_ended(pid: int) -> bool:
    """Whether a process ends before long."""
    for _ in range(round(PATIENCE_SECONDS / 0.02)):
        if not is_running(pid):
            return True
        await asyncio.sleep(0.02)
    return False
