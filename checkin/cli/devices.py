"""`checkin device` and `checkin token`."""

import argparse
import sys

from checkin.app import open_services
from checkin.cli.opening import columns, existing
from checkin.config import Settings
from checkin.domain.instants import to_datetime
from checkin.domain.model import DeviceId, Role
from checkin.service import devices
from checkin.service.tokens import create_token as create
from checkin.store.devices import DeviceRow


async def create_token(args: argparse.Namespace, settings: Settings) -> None:
    """Prints a new token, alone."""
    async with open_services(settings) as services:
        print(await create(services, args.name, args.role))


async def add(args: argparse.Namespace, settings: Settings) -> None:
    """Prints the pairing code of a new device; where to type it goes to standard error."""
    async with existing(settings) as services:
        made = await devices.add_device(services, args.slug, args.name, Role(args.role), args.room)
    print(made.code)
    where = f"{settings.public_url}/pair"
    print(
        f"device {made.device_id}: type the code at {where} within 15 minutes; it works once", file=sys.stderr
    )


async def list_all(args: argparse.Namespace, settings: Settings) -> None:
    """Prints id, event, role, room, state and name of every device."""
    async with existing(settings) as services:
        rows = await devices.list_devices(services, args.slug)
    for line in columns([_row(one) for one in rows]):
        print(line)


def _row(device: DeviceRow) -> tuple[str, ...]:
    if device.revoked_at is not None:
        state = "revoked"
    elif device.paired_at is not None:
        state = f"paired {to_datetime(device.paired_at):%Y-%m-%dT%H:%MZ}"
    else:
        state = "waiting"
    return (str(device.id), device.event, str(device.role), device.room or "-", state, device.name)


async def revoke(args: argparse.Namespace, settings: Settings) -> None:
    """Ends a device."""
    async with existing(settings) as services:
        row = await devices.revoke_device(services, DeviceId(args.device))
    print(f"device {row.id} ({row.name}) is revoked")
