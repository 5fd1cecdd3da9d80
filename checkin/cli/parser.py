"""What can be typed: commands, options and their help. Imports nothing that takes time."""

import argparse
from pathlib import Path
from typing import Any

ROLES = ("kiosk", "door", "display")
TOKEN_ROLES = ("organizer", "staff")
MOST_PROCESSES = 64


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole program. `run` is `module:function` in this package, None for a group."""
    parser = argparse.ArgumentParser(prog="checkin", description="Check-in for the day of an event.")
    parser.set_defaults(run=None, parser=parser, database=None, is_server=False)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--database", metavar="URL", help="sqlite:///FILE or postgresql://USER@HOST/NAME")
    group = _Group(parser, common)
    _add_servers(group)
    _add_events(group)
    _add_attendees(group)
    _add_devices(group)
    _add_installation(group)
    return parser


class _Group:
    """Adds commands to a parser, all of the same make."""

    def __init__(self, parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
        self._commands = parser.add_subparsers(metavar="COMMAND", title="commands")
        self._common = common

    def command(
        self, name: str, run: str, help_text: str, *, is_common: bool = True, **defaults: Any
    ) -> argparse.ArgumentParser:
        """One command, with the options that all have in common."""
        parents = [self._common] if is_common else []
        made = self._commands.add_parser(name, help=help_text, description=help_text, parents=parents)
        made.set_defaults(run=run, parser=made, **defaults)
        return made

    def group(self, name: str, help_text: str) -> "_Group":
        """A word that has commands of its own."""
        made = self._commands.add_parser(name, help=help_text, description=help_text)
        made.set_defaults(run=None, parser=made)
        return _Group(made, self._common)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 100_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to 100000")
    return int(text)


def _processes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_PROCESSES):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_PROCESSES}")
    return int(text)


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of a device, which `device list` shows")
    return int(text)


def _text(text: str) -> str:
    if not text.isprintable():
        raise argparse.ArgumentTypeError("only letters, digits and signs, please")
    return text


def _add_servers(group: _Group) -> None:
    demo = group.command("demo", "demo:run", "load the demo conference and serve it", is_server=True)
    demo.add_argument("--attendees", type=_count, default=600, metavar="N", help="how many to invent (600)")
    demo.add_argument("--seed", type=int, default=1, help="the same seed gives the same people (1)")
    serve = group.command("serve", "serving:serve", "serve; migrates the database first", is_server=True)
    for one in (demo, serve):
        one.add_argument("--host", help="address to listen on (127.0.0.1)")
        one.add_argument("--port", type=_port, help="port to listen on (8080)")
    serve.add_argument(
        "--processes",
        type=_processes,
        default=1,
        metavar="N",
        help="server processes (1); more take PostgreSQL",
    )
    serve.add_argument("--tls", nargs=2, type=Path, metavar=("CERT", "KEY"), help="serve HTTPS")
    serve.add_argument(
        "--clock",
        metavar="TIME",
        help="rehearse: start the server's clock at TIME, such as 2027-01-26T07:45 (the event's local time); "
        "the database keeps it",
    )
    group.command("migrate", "serving:migrate", "bring the database's schema up to date")
    group.command("verify", "serving:verify", "check presence, counts and assignments against the scan log")


def _add_events(group: _Group) -> None:
    event = group.group("event", "events: load, show, list")
    load = event.command("load", "events:load", "create or update an event from a file; print what changed")
    load.add_argument("file", type=Path, metavar="FILE.toml")
    load.add_argument("--force", action="store_true", help="also where it takes away assignments or devices")
    show = event.command("show", "events:show", "print an event as JSON, which `event load` takes too")
    show.add_argument("slug", metavar="SLUG")
    event.command("list", "events:list_all", "list the events")


def _add_attendees(group: _Group) -> None:
    attendees = group.group("attendees", "attendees: import, export")
    load = attendees.command("import", "attendees:import_file", "import an attendee table (CSV)")
    load.add_argument("slug", metavar="SLUG")
    load.add_argument("file", type=Path, metavar="FILE")
    load.add_argument("--dry-run", action="store_true", help="check and count, store nothing")
    export = attendees.command("export", "attendees:export_file", "write the attendees as CSV")
    export.add_argument("slug", metavar="SLUG")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    plan = group.command("plan", "planning:plan", "compute everybody's assignments; print a summary")
    plan.add_argument("slug", metavar="SLUG")
    plan.add_argument("--dry-run", action="store_true", help="say what would come of it, store nothing")
    badges = group.command("badges", "attendees:write_badges", "write everybody's badge as PNG into a folder")
    badges.add_argument("slug", metavar="SLUG")
    badges.add_argument("--out", type=Path, required=True, metavar="DIR")


def _add_devices(group: _Group) -> None:
    token = group.group("token", "API tokens: create")
    create = token.command("create", "devices:create_token", "print a new API token, alone")
    create.add_argument("--name", type=_text, required=True, help="who or what will use it")
    create.add_argument("--role", choices=TOKEN_ROLES, default="organizer")
    device = group.group("device", "devices: add, list, revoke")
    add = device.command("add", "devices:add", "add a device; print its one-time pairing code")
    add.add_argument("slug", metavar="SLUG")
    add.add_argument("name", type=_text, metavar="NAME")
    add.add_argument("--role", choices=ROLES, required=True)
    add.add_argument("--room", metavar="CODE", help="for a door")
    listing = device.command("list", "devices:list_all", "list devices")
    listing.add_argument("slug", metavar="SLUG", nargs="?")
    revoke = device.command("revoke", "devices:revoke", "refuse a device from its next call on")
    revoke.add_argument("device", type=_id, metavar="ID")


def _add_installation(group: _Group) -> None:
    doctor = group.command(
        "doctor", "doctor:doctor", "say what is wrong with this installation, and how to mend it"
    )
    doctor.add_argument("--host", help="address to listen on (127.0.0.1)")
    doctor.add_argument("--port", type=_port, help="port to listen on (8080)")
    doctor.add_argument("--json", action="store_true", help="for programs")
    copy = group.command(
        "copy", "moving:copy", "copy a database into an empty one, and compare every table", is_common=False
    )
    copy.add_argument("source", metavar="FROM", help="such as sqlite:///checkin.db; it must not be in use")
    copy.add_argument("target", metavar="TO", help="an empty database, such as postgresql://USER@HOST/NAME")
