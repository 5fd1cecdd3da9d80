"""`checkin doctor`, run as a user runs it."""

import asyncio
import json

from tests.api.terminal import Terminal, serve


def test_a_furnished_hall_has_no_faults(furnished_terminal: Terminal) -> None:
    told = furnished_terminal.does("doctor", "--port", "0")
    assert "0 faults" in told
    assert "all 4 badges were made with the secret file's keys" in told
    assert "a rehearsal" in told


def test_faults_end_with_1_and_a_way_out(furnished_terminal: Terminal) -> None:
    secret = furnished_terminal.folder / "checkin.secret"
    secret.unlink()
    done = furnished_terminal.run("doctor", "--port", "0", CHECKIN_SECRET_FIL="x")
    assert done.returncode == 1
    assert done.stderr == ""
    assert "→ put it back from your copy" in done.stdout
    assert "did you mean CHECKIN_SECRET_FILE?" in done.stdout
    assert not secret.exists()


def test_programs_get_json(furnished_terminal: Terminal) -> None:
    found = json.loads(furnished_terminal.does("doctor", "--json", "--port", "0"))
    assert {one["level"] for one in found} <= {"ok", "warning"}
    assert all(one.keys() == {"level", "subject", "says", "way_out"} for one in found)


async def test_a_server_that_runs_is_known(furnished_terminal: Terminal) -> None:
    process, line = await serve(furnished_terminal, "serve", "--port", "0")
    port = line.split()[2].rpartition(":")[2]
    told = await asyncio.to_thread(furnished_terminal.run, "doctor", "--port", port)
    print(told.stdout)
    process.terminate()
    await process.communicate()
    assert f"a server of this program answers on 127.0.0.1 port {port}" in told.stdout
