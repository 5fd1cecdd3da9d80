"""What the tests need of the machine and pip can't bring: a browser, and fonts for every script.

`python -m tests.machine` installs what is missing on Debian-like systems, and says so. This is the only place
that calls apt-get. Must not be imported by what is tested.
"""

import os
import shutil
import subprocess
import sys

from badges.fonts import can_shape, missing

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# One name in each group of scripts that the demo conference's people write themselves in.
NOTO_CORE = "प्रिया ليلى נועה"
NOTO_CJK = "美玲さくら지영"


def find_browser() -> str | None:
    """The path of the machine's Chromium or Chrome."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def missing_packages() -> list[str]:
    """The Debian packages that would bring what this machine lacks."""
    lacks = {
        "chromium": find_browser() is None,
        "fonts-noto-core": bool(missing(NOTO_CORE, "regular")),
        "fonts-noto-cjk": bool(missing(NOTO_CJK, "regular")),
        "libfribidi0": not can_shape(),
    }
    return [package for package, is_missing in lacks.items() if is_missing]


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


def main() -> int:
    packages = missing_packages()
    if not packages or (install(packages) and find_browser()):
        return 0
    print(
        f"The tests need these, please install them: {' '.join(packages)} (Debian's names)", file=sys.stderr
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
