"""The program itself: its packages, its pages, the fonts for badges, and what the system lets it open."""

import platform
import re
import resource
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

from badges import fonts
from checkin.doctor.finding import Finding, fault, ok, warning
from kiosk import pages

SCRIPTS: Final[Mapping[str, str]] = {
    "Latin": "Núñez",
    "Arabic": "محمد",
    "Hebrew": "דוד",
    "Thai": "สมชาย",
    "Ethiopic": "አበበ",
    "Chinese": "美玲",
    "Japanese": "さとう",
    "Korean": "김민준",
}
"""A name in each script that people of a conference may write themselves in."""

ENOUGH_FILES: Final = 4096
"""A connection is an open file: a thousand boards, kiosks and doors, and what proxies keep open."""


def requirements() -> list[str]:
    """What the program says it needs, in the words of its package; nothing if it is not installed."""
    try:
        return metadata.requires("checkin") or []
    except metadata.PackageNotFoundError:
        return []


def check_packages(required: Iterable[str], extras: Iterable[str] = ()) -> list[Finding]:
    """Whether packages are there and new enough; `required` as `aiohttp>=3.14; extra == "postgres"`."""
    found = []
    for requirement in required:
        needed, _, condition = requirement.partition(";")
        extra = re.search(r"extra\s*==\s*['\"]([\w-]+)", condition)
        if extra is not None and extra[1] not in extras:
            continue
        match = re.match(r"\s*([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*>=\s*([\w.]+)", needed)
        if match is None:
            continue
        name, least = match[1], match[2]
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            found.append(fault("packages", f"{name} is missing", f"pip install '{needed.strip()}'"))
            continue
        if _numbers(installed) < _numbers(least):
            says = f"{name} {installed} is older than {least}"
            found.append(fault("packages", says, f"pip install '{needed.strip()}'"))
    return found or [ok("packages", f"Python {platform.python_version()}, packages are new enough")]


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", re.split(r"[a-z+]", version, maxsplit=1)[0])]


def check_pages(dist: Path = pages.DIST) -> Finding:
    """Whether kiosks, doors and boards have their pages."""
    try:
        pages.routes(dist)
    except (pages.PagesNotBuilt, OSError) as problem:
        return fault("pages", f"the pages are not built: {problem}", "install again: pip builds them")
    return ok("pages", "the pages are built")


def check_fonts(names: Mapping[str, str] = SCRIPTS) -> Finding:
    """Whether names in these scripts can be printed on a badge."""
    lacking, advice = [], ""
    for script, name in names.items():
        try:
            fonts.runs(name, "bold")
        except fonts.MissingGlyphs as problem:
            lacking.append(script)
            advice = str(problem).partition(": ")[2]
    if lacking:
        return warning("fonts", f"badges can't show names in {', '.join(lacking)}", advice)
    return ok("fonts", f"badges can show names in {', '.join(names)}")


def check_open_files() -> Finding:
    """Whether the system lets a process like this one keep enough connections."""
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    says = f"a process may open {limit} files; every board, kiosk and door takes one"
    if 0 <= limit < ENOUGH_FILES:
        raise_it = "`ulimit -n 65536` before `checkin serve`, or LimitNOFILE=65536 in its systemd unit"
        return warning("open files", says, f"{raise_it} (at most {most} as it is)" if most > 0 else raise_it)
    return ok("open files", says)
