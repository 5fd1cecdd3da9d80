"""The files in checkin/deploy say what the program understands: its options, its settings, its times."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

from checkin import app, config, deploy
from checkin.cli.parser import build_parser
from tests.api.terminal import Terminal, serve

ROOT = Path(__file__).parents[1]
FOLDER = Path(deploy.__path__[0])
UNIT = (FOLDER / "checkin.service").read_text()
CONTAINER = (FOLDER / "Containerfile").read_text()
IGNORED = (FOLDER / "Containerfile.dockerignore").read_text().splitlines()


class Unit(ConfigParser):
    """A systemd unit, in which a name may come several times."""

    def __init__(self, text: str) -> None:
        super().__init__(strict=False, interpolation=None)
        self.optionxform = str  # type: ignore[assignment,method-assign]
        self.read_string(text)


def instructions() -> Iterator[tuple[str, str]]:
    """The build's instructions, each on one line."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", CONTAINER, flags=re.MULTILINE))
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, _, rest = line.partition(" ")
        yield word, rest


def only(word: str) -> str:
    """The instruction of that word which counts: the last."""
    return [rest for name, rest in instructions() if name == word][-1]


def is_understood(words: list[str]) -> bool:
    """Whether the program's parser takes a command."""
    return build_parser().parse_args(words).run is not None


def test_the_unit_starts_what_there_is() -> None:
    service = Unit(UNIT)["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert program.endswith("/bin/checkin")
    assert words.pop() == "$SERVE_OPTIONS"
    examples = re.findall(r"SERVE_OPTIONS=(.*)", UNIT)
    assert examples
    assert all(is_understood([*words, *shlex.split(one)]) for one in ["", "--processes 2", *examples])
    assert "`--processes 2`" in UNIT


def test_the_unit_lets_a_server_finish_and_come_back() -> None:
    service = Unit(UNIT)["Service"]
    assert int(service["TimeoutStopSec"]) >= app.STOP_SECONDS + 10
    assert service["Restart"] == "always"
    assert int(service["LimitNOFILE"]) > 4096
    assert Unit(UNIT)["Unit"]["StartLimitIntervalSec"] == "0"


@pytest.mark.parametrize("text", [UNIT, CONTAINER], ids=["unit", "container"])
def test_every_setting_that_is_named_exists(text: str) -> None:
    named = set(re.findall(r"CHECKIN_[A-Z_]+", text))
    assert {"CHECKIN_DATABASE", "CHECKIN_SECRET_FILE", "CHECKIN_HOST"} <= named <= config.VARIABLES


@pytest.mark.parametrize("text", [UNIT, CONTAINER], ids=["unit", "container"])
def test_database_and_secret_file_lie_where_they_are_kept(text: str) -> None:
    environment = dict(re.findall(r"(CHECKIN_[A-Z_]+)=([^\s\\…]+)", text))
    environment["CHECKIN_DATABASE"] = re.findall(r"CHECKIN_DATABASE=(sqlite:\S+)", text)[0]
    settings = config.read_settings(environment=environment)
    kept = "/var/lib/checkin/"
    assert settings.database.startswith(f"sqlite:///{kept}")
    assert str(settings.secret_file).startswith(kept)
    assert config.secret_file_beside(settings.database) == settings.secret_file
    assert settings.host == "0.0.0.0"


def test_the_container_runs_what_there_is() -> None:
    assert json.loads(only("ENTRYPOINT")) == ["checkin"]
    assert is_understood(json.loads(only("CMD")))
    assert all(
        is_understood(shlex.split(one)) for one in ("serve --processes 2", "serve --tls CERT KEY", "doctor")
    )
    assert int(only("EXPOSE")) == config.DEFAULT_PORT
    assert only("STOPSIGNAL") == "SIGTERM"
    assert only("USER") not in ("root", "0")
    assert only("VOLUME") == only("WORKDIR") == "/var/lib/checkin"
    stop = re.search(r"--stop-timeout (\d+)", CONTAINER)
    assert stop is not None
    assert int(stop[1]) >= app.STOP_SECONDS + 10


def test_the_container_is_built_from_what_there_is() -> None:
    allowed = [line[1:] for line in IGNORED if line.startswith("!")]
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    sources = [source for part in copied for source in part]
    assert {"pyproject.toml", "checkin", "badges", "kiosk"} <= set(sources)
    assert all((ROOT / source).exists() for source in sources)
    assert sorted(sources) == sorted(allowed)
    installed = next(rest for name, rest in instructions() if name == "RUN" and "pip install" in rest)
    assert ".[postgres]" in installed


@pytest.mark.parametrize("is_tls", [False, True], ids=["http", "https"])
async def test_the_health_check_tells_a_server_that_is_well(tmp_path: Path, is_tls: bool) -> None:
    command = json.loads(only("HEALTHCHECK").partition("CMD ")[2])
    assert command[0] == "python"
    terminal = Terminal(tmp_path)
    options = ["--tls", *certificate(terminal.folder)] if is_tls else []
    process, line = await serve(terminal, "serve", "--port", "0", *options)
    nobody = "http://127.0.0.1:9"
    environment = terminal.environment(
        {"CHECKIN_PORT": line.split()[2].rpartition(":")[2], "http_proxy": nobody, "https_proxy": nobody}
    )

    def ask() -> int:
        return subprocess.run([sys.executable, *command[1:]], env=environment, check=False).returncode

    assert ask() == 0
    process.terminate()
    told, complaints = await process.communicate()
    assert b"error" not in told + complaints, "asking leaves no complaint in the log"
    assert ask() == 1


def certificate(folder: Path) -> list[str]:
    """A certificate of another name than 127.0.0.1, and its key."""
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=x -keyout key.pem -out cert.pem"
    subprocess.run(shlex.split(words), cwd=folder, check=True, capture_output=True)
    return ["cert.pem", "key.pem"]
