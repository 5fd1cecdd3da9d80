"""A PostgreSQL server of the tests' own: a private cluster in a folder, on a socket, fsync on.

The programs are the machine's (Debian: postgresql). Each test gets a database copied from a migrated one.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

MISSING = "PostgreSQL is missing: install Debian's package postgresql (make test does, where it may)"
PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
AS_PEOPLE_SORT = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"

_names = count(1)


def find_program(name: str) -> str | None:
    """The path of one of the server's programs."""
    path = os.pathsep.join([*map(str, PLACES), os.environ.get("PATH", os.defpath)])
    return shutil.which(name, path=path)


class Server:
    """A running cluster. The address of a database is what `--database` takes."""

    def __init__(self, folder: Path, connections: int = 200) -> None:
        self.folder = folder
        self.is_running = False
        self._connections = connections
        self.data = folder / "data"
        # The server refuses to run as root, and a socket's path may have no more than about 100 letters.
        self.user = _server_user() if os.geteuid() == 0 else None

    def start(self) -> None:
        """Makes the cluster where there is none, and starts it."""
        self.hand_over(self.folder)
        if not self.data.exists():
            self._run(
                "initdb", "--no-sync", "--auth=trust", "--username=tests", "-E", "UTF8", "-D", self.data
            )
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}'"
        options += f" -c max_connections={self._connections}"
        self._run("pg_ctl", "-w", "-s", "-D", self.data, "-l", self.folder / "log", "-o", options, "start")
        self.is_running = True

    def hand_over(self, path: Path) -> None:
        """Makes a file or folder the server's own."""
        if self.user is not None:
            shutil.chown(path, self.user)

    def stop(self, mode: str = "fast") -> None:
        """Ends it; `immediate` as a crash would."""
        self._run("pg_ctl", "-w", "-s", "-D", self.data, "-m", mode, "stop")
        self.is_running = False

    def kill(self) -> None:
        """Ends every process of it at once, as a machine that loses its power does."""
        postmaster = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for process in (postmaster, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.is_running = False

    def set_up(self, **settings: str) -> None:
        """Changes settings of the running server, for sessions that are open too."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for name, value in settings.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
            connection.execute("SELECT pg_reload_conf()")

    def copy_to(self, folder: Path) -> "Server":
        """A standby of this server, not started yet."""
        standby = Server(folder, self._connections)
        self.hand_over(folder)
        self._run("pg_basebackup", "-h", self.folder, "-U", "tests", "-c", "fast", "-R", "-D", standby.data)
        return standby

    def promote(self) -> None:
        """Makes a standby a primary."""
        self._run("pg_ctl", "-w", "-s", "-D", self.data, "promote")

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """One statement of an administrator's."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://tests@/{name}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """A new database, copied from another one; its address."""
        return self.create_named(f"d{next(_names)}", template)

    def create_named(self, name: str, template: str = "template0") -> str:
        """The same by a name of the caller's. It sorts as people do, as most databases that are hired."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            has_icu = connection.info.server_version >= 150_000
            sorted_by = f" {AS_PEOPLE_SORT}" if has_icu and template == "template0" else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}{sorted_by}".encode())
        return self.url(name)

    def drop(self, url: str) -> None:
        """Deletes a database, whoever is still in it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name_of(url)} WITH (FORCE)".encode())

    def _run(self, name: str, *arguments: object) -> None:
        program = find_program(name)
        assert program is not None, MISSING
        done = subprocess.run(
            [program, *map(str, arguments)],
            user=self.user,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"


def name_of(url: str) -> str:
    """The name of a database on the server, from its address."""
    return url.partition("?")[0].rpartition("/")[2]


def _server_user() -> str:
    names = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def running(folder: Path, connections: int = 200) -> Iterator[Server]:
    """A server for as long as the block runs."""
    server = Server(folder, connections)
    server.start()
    try:
        yield server
    finally:
        if server.is_running:
            server.stop("immediate")


@contextmanager
def private_server(connections: int = 200) -> Iterator[Server]:
    """A server that no other test uses, in a folder whose name is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="checkin-"))
    try:
        with running(folder, connections) as server:
            yield server
    finally:
        shutil.rmtree(folder)
