"""What a look at one thing gives."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. With a `FAULT` something does not work, or data may be lost."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject`: what was looked at, in a word. `says`: what was seen. `way_out`: what to do, if anything."""

    level: Level
    subject: str
    says: str
    way_out: str = ""


def ok(subject: str, says: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, subject, says)


def warning(subject: str, says: str, way_out: str) -> Finding:
    """It works, and somebody should know."""
    return Finding(Level.WARNING, subject, says, way_out)


def fault(subject: str, says: str, way_out: str) -> Finding:
    """It does not work, or data may be lost."""
    return Finding(Level.FAULT, subject, says, way_out)
