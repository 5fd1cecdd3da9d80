"""A terminal for tests: the commands run as a user runs them, in a folder of their own."""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Terminal:
    """A folder in which commands are run, and the database they are told of if it is not the folder's."""

    folder: Path
    database: str | None = None

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "checkin", *words],
            cwd=self.folder,
            env=self.environment(environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def environment(self, more: dict[str, str] | None = None) -> dict[str, str]:
        """Finds the program from anywhere, and no database but this one."""
        root = str(Path(__file__).parents[2])
        cleared = {name: value for name, value in os.environ.items() if not name.startswith("CHECKIN_")}
        named = {} if self.database is None else {"CHECKIN_DATABASE": self.database}
        return {**cleared, "PYTHONPATH": root, "PYTHONUNBUFFERED": "1", **named, **(more or {})}

    def does(self, *words: str) -> str:
        """What a command printed that has to work."""
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, *words: str, status: int = 1) -> str:
        """What a command complained of: in words, with no traceback."""
        done = self.run(*words)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert "checkin" in done.stderr
        return done.stderr


async def serve(
    terminal: Terminal, *words: str, **environment: str
) -> "tuple[asyncio.subprocess.Process, str]":
    """Starts a server and gives the line that says it serves."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "checkin", *words),
        cwd=terminal.folder,
        env=terminal.environment(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 30)
    return process, line.decode()
