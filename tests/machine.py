"""What the tests need of the machine and pip can't bring: a browser, PostgreSQL and a pooler, many fonts.

`python -m tests.machine` installs what is missing on Debian-like systems, and says so. This is the only place
that calls apt-get. Must not be imported by what is tested.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from badges.fonts import MissingGlyphs, Weight, can_shape, runs
from tests.pgbouncer import find_pgbouncer
from tests.postgres import find_program

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A name in each script that the tests' and the demo conference's people write themselves in and the program's
# own font lacks, and the font that draws it.
NOTO_CORE = (
    ("محمد", "NotoSansArabic"),
    ("דוד", "NotoSansHebrew"),
    ("สมชาย", "NotoSansThai"),
    ("አበበ", "NotoSansEthiopic"),
    ("ანა", "NotoSansGeorgian"),
    ("தமிழ்", "NotoSansTamil"),
)
NOTO_CJK = (("김민준", "NotoSansCJK"), ("さとう", "NotoSansCJK"), ("美玲", "NotoSansCJK"))
# Said to the program itself after an installation: look again, and install nothing more.
INSTALLED = "--installed"


def find_browser() -> str | None:
    """The path of the machine's Chromium or Chrome."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def missing_packages() -> list[str]:
    """The Debian packages that would bring what this machine lacks."""
    lacks = {
        "chromium": find_browser() is None,
        "fonts-noto-core": not all(is_drawn_with(text, font) for text, font in NOTO_CORE),
        "fonts-noto-cjk": not all(is_drawn_with(text, font) for text, font in NOTO_CJK),
        "libfribidi0": not can_shape(),
        "postgresql": find_program("initdb") is None,
        "pgbouncer": find_pgbouncer() is None,
    }
    return [package for package, is_missing in lacks.items() if is_missing]


def is_drawn_with(text: str, font: str) -> bool:
    """Whether a text is drawn with a font in both weights, not with another that has its letters too."""
    weights: tuple[Weight, Weight] = ("regular", "bold")
    try:
        drawn = [run for weight in weights for run in runs(text, weight)]
    except MissingGlyphs:
        return False
    return all(font in Path(run.face.path).name for run in drawn)


def apt_get() -> list[str] | None:
    """How to call apt-get as root without being asked anything; None where that can't be."""
    command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet=2"]
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return command
    has_sudo = (
        shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    )
    return ["sudo", "-n", *command] if has_sudo else None


def install(packages: list[str]) -> bool:
    """Whether apt-get could install them."""
    command = apt_get()
    if command is None:
        return False
    print(f"Installing with apt-get what the tests need: {' '.join(packages)} ...", flush=True)
    steps = (["update"], ["install", "--yes", "--no-install-recommends", *packages])
    return all(subprocess.run([*command, *step], stdout=subprocess.DEVNULL).returncode == 0 for step in steps)


def main(arguments: list[str]) -> int:
    """0 when nothing is missing, now or after an installation."""
    packages = missing_packages()
    if not packages:
        return 0
    if INSTALLED not in arguments and install(packages):
        # This process keeps what it found out about fonts and libraries: only a new one sees the new ones.
        os.execv(sys.executable, [sys.executable, "-m", "tests.machine", INSTALLED])
    still = "still need" if INSTALLED in arguments else "need"
    print(
        f"The tests {still} these, please install them: {' '.join(packages)} (Debian's names)",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
