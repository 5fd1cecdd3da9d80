"""What people can type, set and call is in the documentation: nothing public goes unsaid."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import checkin.config
from checkin.cli.parser import build_parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()


def commands(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command's words, such as ("event", "load")."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield words
    for group in groups:
        for name, inner in group.choices.items():
            yield from commands(inner, (*words, name))


def test_every_command_is_in_the_readme() -> None:
    missing = [" ".join(words) for words in commands(build_parser()) if " ".join(words) not in README]
    assert missing == []


def test_every_setting_of_the_environment_is_in_the_readme() -> None:
    assert checkin.config.__file__ is not None
    names = set(re.findall(r"CHECKIN_[A-Z_]+", Path(checkin.config.__file__).read_text()))
    assert names
    assert [name for name in sorted(names) if name not in README] == []


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    runtime = text.partition("dependencies = [")[2].partition("]\n")[0]
    names = [match[1] for match in re.finditer(r'"([a-z0-9-]+)', runtime)]
    assert "aiohttp" in names
    assert [name for name in names if name not in ARCHITECTURE.lower()] == []


def test_every_file_that_the_code_map_names_exists() -> None:
    listed = ARCHITECTURE.partition("```")[2].partition("```")[0]
    folders: list[str] = []
    missing = []
    for line in listed.strip().splitlines():
        name, depth = line.split()[0], (len(line) - len(line.lstrip())) // 2
        folders[depth:] = [name]
        path = "".join(folders)
        if not list(ROOT.glob(path)):
            missing.append(path)
    assert missing == []
