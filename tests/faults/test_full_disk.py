"""A full disk: every scan that does not fit is told so, and nothing of it is stored."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMESPACES = (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"])
MOUNT = 'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"'


def small_disk(folder: Path) -> list[str] | None:
    """The command under which `folder` is a disk of 2 MB; None where the machine permits no such thing."""
    for namespace in NAMESPACES:
        command = [*namespace, "sh", "-c", MOUNT, str(folder)]
        try:
            if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
                return command
        except FileNotFoundError:
            return None
    return None


@pytest.mark.parametrize("how", ["fill", "limit"])
def test_on_a_full_disk_scans_are_unavailable_and_nothing_is_half_stored(tmp_path: Path, how: str) -> None:
    prefix = small_disk(tmp_path) if how == "fill" else None
    how = "limit" if prefix is None else how  # as good as it gets: the same refusal, from the system's limit
    command = [*(prefix or []), sys.executable, "-m", "tests.faults.full_disk", str(tmp_path), how]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["told"]) <= {"stored", "unavailable"}
    assert (found["told"][0], found["told"][-1]) == ("stored", "unavailable"), "the disk filled up"
    assert found["stored"] == found["told"].count("stored")
    assert found["faults"] == []
    assert found["other_write"] == "unavailable"
    # The system's limit is on each file; where there is a disk, it is found out before the next scan.
    assert found["check"] == ("unavailable" if how == "fill" else "ready")
    assert found["check_after"] == "ready"
    assert set(found["again"]) == {"stored"}, "with room again the same scans are taken"
    assert found["faults_after"] == []
    assert found["stored_after"] == len(found["told"])
