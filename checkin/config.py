"""The settings of one run: from options, else the environment, else defaults.

The only reader of the environment. Must not open anything: it says where things are, not what is in them.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from checkin.domain.errors import invalid

DEFAULT_DATABASE = "sqlite:///checkin.db"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080
SECRET_FILE = "checkin.secret"  # noqa: S105 - a file's name
LOG_LEVELS = ("debug", "info", "warning", "error")

PREFIX = "CHECKIN_"
VARIABLES = frozenset(
    {
        "CHECKIN_DATABASE",
        "CHECKIN_HOST",
        "CHECKIN_LOG",
        "CHECKIN_LOG_LEVEL",
        "CHECKIN_PORT",
        "CHECKIN_PUBLIC_URL",
        "CHECKIN_SECRET_FILE",
        "CHECKIN_STOP_GRACE",
    }
)
"""Every setting of the environment."""

_SQLITE = "sqlite:///"

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The name that Prometheus' library reads too, when it is imported."""

LONGEST_GRACE = 300


class LogForm(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and how the server is reached. `public_url` is empty or has no slash at its end.

    `metrics_folder`: where several processes of one server keep their figures together; None: there is one.
    """

    database: str = DEFAULT_DATABASE
    secret_file: Path = Path(SECRET_FILE)
    public_url: str = ""
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    log_level: str | None = None
    log_form: LogForm = LogForm.TEXT
    stop_grace_seconds: int = 0
    metrics_folder: Path | None = None


def read_settings(
    *,
    database: str | None = None,
    host: str | None = None,
    port: int | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Settings with these options; what is None comes from the environment. `AppError invalid` if wrong."""
    url = database or environment.get("CHECKIN_DATABASE") or DEFAULT_DATABASE
    secret = environment.get("CHECKIN_SECRET_FILE")
    return Settings(
        database=url,
        secret_file=Path(secret) if secret else secret_file_beside(url),
        public_url=_public_url(environment.get("CHECKIN_PUBLIC_URL", "")),
        host=host or environment.get("CHECKIN_HOST") or DEFAULT_HOST,
        port=_number(environment, "CHECKIN_PORT", DEFAULT_PORT, 65535) if port is None else port,
        log_level=_log_level(environment.get("CHECKIN_LOG_LEVEL", "")),
        log_form=_log_form(environment.get("CHECKIN_LOG", "")),
        stop_grace_seconds=_number(environment, "CHECKIN_STOP_GRACE", 0, LONGEST_GRACE),
        metrics_folder=_folder(environment.get(METRICS_FOLDER, "")),
    )


def environment_of_processes(folder: Path) -> dict[str, str]:
    """The environment of several processes that count together in a folder."""
    return {**os.environ, METRICS_FOLDER: str(folder)}


def find_unknown_variables(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Variables that look like settings and are none: mistyped ones, which nobody reads."""
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in VARIABLES)


def secret_file_beside(database: str) -> Path:
    """`checkin.secret` in the folder of an SQLite database; in the current folder for any other."""
    if database.startswith(_SQLITE):
        return Path(database.removeprefix(_SQLITE)).parent / SECRET_FILE
    return Path(SECRET_FILE)


def _public_url(text: str) -> str:
    url = text.rstrip("/")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise invalid(f"CHECKIN_PUBLIC_URL {text!r}: expected an address such as https://checkin.example.org")
    return url


def _number(environment: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text) <= most):
        raise invalid(f"{name} {text!r}: expected a number from 0 to {most}")
    return int(text)


def _folder(text: str) -> Path | None:
    return Path(text) if text else None


def _log_form(text: str) -> LogForm:
    try:
        return LogForm(text.lower() or LogForm.TEXT)
    except ValueError:
        raise invalid(f"CHECKIN_LOG {text!r}: expected one of {', '.join(LogForm)}") from None


def _log_level(text: str) -> str | None:
    level = text.lower()
    if level and level not in LOG_LEVELS:
        raise invalid(f"CHECKIN_LOG_LEVEL {text!r}: expected one of {', '.join(LOG_LEVELS)}")
    return level or None
