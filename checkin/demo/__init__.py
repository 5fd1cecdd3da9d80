"""The demo conference: its event file and its invented people. Data only: it knows no database."""

from importlib.resources import files

from checkin.demo.people import invent_people

__all__ = ["SLUG", "invent_people", "read_conference"]

SLUG = "response-2027"


def read_conference() -> str:
    """The demo conference's event file (TOML)."""
    return (files(__name__) / "conference.toml").read_text(encoding="utf-8")
