"""`checkin event`: load, show, list."""

import argparse
import json
from pathlib import Path

from checkin.app import open_services
from checkin.cli.opening import columns, existing
from checkin.config import Settings
from checkin.domain.agenda_file import parse_json, parse_toml, read_agenda, write_document
from checkin.domain.errors import invalid
from checkin.domain.model import Agenda
from checkin.service import events


async def load(args: argparse.Namespace, settings: Settings) -> None:
    """Creates or updates an event from a file and prints what changed."""
    agenda = read_file(args.file)
    async with open_services(settings) as services:
        found = await events.load_event(services, agenda, args.force)
    for change in found:
        print(f"{change.kind} {change.code}: {change.change}")
    if not found:
        print("nothing changed")


def read_file(path: Path) -> Agenda:
    """The agenda in a TOML or JSON file."""
    data = path.read_bytes()
    if path.suffix.lower() == ".json":
        return read_agenda(parse_json(data))
    try:
        return read_agenda(parse_toml(data.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise invalid(f"{path} is not UTF-8 text") from None


async def show(args: argparse.Namespace, settings: Settings) -> None:
    """Prints an event's file as JSON."""
    async with existing(settings) as services:
        agenda = await events.show_event(services, args.slug)
    print(json.dumps(write_document(agenda), ensure_ascii=False, indent=2))


async def list_all(_args: argparse.Namespace, settings: Settings) -> None:
    """Prints slug, day and name of every event."""
    async with existing(settings) as services:
        rows = await events.list_events(services)
    for line in columns([(row.slug, row.agenda.first_day.isoformat(), row.agenda.name) for row in rows]):
        print(line)
