"""PgBouncer in front of the tests' PostgreSQL server, mixing connections after each transaction.

The program is the machine's (Debian: pgbouncer). It has fewer connections to the server than clients have to
it, and takes them in turn, so that two transactions of one client hardly ever meet the same one.
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.postgres import Server

MISSING = "PgBouncer is missing: install Debian's package pgbouncer (make test does, where it may)"
START_SECONDS = 20.0

_SETTINGS = """
[databases]
* = host={server} user=tests
[pgbouncer]
listen_addr =
listen_port = 5432
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
server_round_robin = 1
"""


def find_pgbouncer() -> str | None:
    """The program's path."""
    return shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


@contextmanager
def pooled(server: Server) -> Iterator[Path]:
    """The folder of a socket that leads to the server through a pooler."""
    program = find_pgbouncer()
    assert program is not None, MISSING
    folder = Path(tempfile.mkdtemp(prefix="checkin-"))
    settings, log = folder / "pgbouncer.ini", folder / "log"
    settings.write_text(_SETTINGS.format(server=server.folder, folder=folder))
    for path in (folder, settings):
        server.hand_over(path)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, str(settings)], user=server.user, cwd=folder, stdout=output, stderr=output
        )
    try:
        _wait_for(folder, process, log)
        yield folder
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _wait_for(folder: Path, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(f"postgresql://tests@/postgres?host={folder}").close()
            return
        except psycopg.OperationalError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
