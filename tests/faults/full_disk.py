"""A process whose disk fills up while it records scans; it prints what happened as JSON.

Run as `python -m tests.faults.full_disk FOLDER HOW`. HOW `fill`: FOLDER is a small file system, and a filler
takes the rest of it. HOW `limit`: the system lets no file of this process grow on (for machines that permit
no mounts).
"""

import asyncio
import json
import resource
import sys
from pathlib import Path
from typing import Any

from checkin.domain.errors import AppError
from checkin.service.scans import Answer
from tests.service.venue import Venue, open_venue, reading

PEOPLE = 60
BATCH = 20
ENOUGH = 400


class Disk:
    """Makes the disk full and gives the room back."""

    def __init__(self, folder: Path, how: str) -> None:
        self._filler = folder / "filler"
        self._log = folder / "checkin.db-wal"
        self._how = how

    def fill(self) -> None:
        """From now on nothing more fits."""
        if self._how == "limit":
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (self._log.stat().st_size, hard))
            return
        with self._filler.open("wb", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while file.write(b"\0" * size) == size:
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        """There is room again."""
        self._filler.unlink(missing_ok=True)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


async def send(venue: Venue, first: int) -> list[str]:
    """Sends a batch of scans at once; their answers in words."""
    names = range(first, first + BATCH)
    answers = await asyncio.gather(
        *(venue.scan_one(reading(name, 1 + name % PEOPLE)) for name in names), return_exceptions=True
    )
    return [_words(answer) for answer in answers]


def _words(answer: Answer | BaseException) -> str:
    if isinstance(answer, Answer):
        return "stored"
    return answer.code if isinstance(answer, AppError) else repr(answer)


async def observe(folder: Path, how: str) -> dict[str, Any]:
    """Scans until the disk is full, looks at what is stored, makes room and sends the failed ones again."""
    disk = Disk(folder, how)
    async with open_venue(f"sqlite:///{folder}/checkin.db", PEOPLE) as venue:
        told = await send(venue, 1)
        disk.fill()
        while told[-1] == "stored" and len(told) < ENOUGH:
            told += await send(venue, len(told) + 1)
        last = len(told) - BATCH + 1
        found = {
            "told": told,
            "stored": (await venue.rows("SELECT count(*) FROM scan"))[0][0],
            "faults": await venue.faults(),
            "other_write": await _write(venue),
            "check": await _check(venue),
        }
        disk.free()
        found["again"] = await send(venue, last)
        found["check_after"] = await _check(venue)
        found["faults_after"] = await venue.faults()
        found["stored_after"] = (await venue.rows("SELECT count(*) FROM scan"))[0][0]
    return found


async def _write(venue: Venue) -> str:
    """An ordinary write on the full disk."""
    try:
        await venue.execute("INSERT INTO setting VALUES ('a', :long)", long="x" * 200_000)
    except AppError as problem:
        return problem.code
    return "stored"


async def _check(venue: Venue) -> str:
    """Whether the database says that it takes writes."""
    try:
        await venue.database.check()
    except AppError as problem:
        return problem.code
    return "ready"


if __name__ == "__main__":
    print(json.dumps(asyncio.run(observe(Path(sys.argv[1]), sys.argv[2]))))
