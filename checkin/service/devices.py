"""Devices: added by an organizer, paired once by a code, in force until they are revoked."""

import secrets
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from checkin.domain.errors import AppError, conflict, invalid_field, not_found, too_many_requests
from checkin.domain.instants import MINUTE, SECOND, Instant
from checkin.domain.model import Agenda, DeviceId, EventId, Role
from checkin.domain.scans import DeviceFacts
from checkin.domain.texts import forbidden_character, tidy
from checkin.service.services import COMMAND, Actor, ActorKind, Services
from checkin.store import devices as store
from checkin.store.audit import insert_audit
from checkin.store.backoff import lock_guesses, update_guesses
from checkin.store.devices import DeviceRow
from checkin.store.events import bump, get_event, lock_event
from checkin.store.tokens import digest

LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Those of a pairing code: none that looks like a digit."""

CODE_LENGTH: Final = 8
CODE_LASTS: Final = 15 * MINUTE
MAX_NAME: Final = 60
PREFIX: Final = "cd_"


@dataclass(frozen=True, slots=True)
class Pairing:
    """A code that pairs a device once, until `expires_at`."""

    device: DeviceRow
    code: str = field(repr=False)
    expires_at: Instant

    @property
    def device_id(self) -> DeviceId:
        """The device's id, as calls name it."""
        return self.device.id


@dataclass(frozen=True, slots=True)
class Paired:
    """A device and its token, which is shown this once."""

    token: str = field(repr=False)
    device: DeviceRow
    agenda: Agenda


async def add_device(
    services: Services, slug: str, name: str, role: Role, room: str | None = None, actor: Actor = COMMAND
) -> Pairing:
    """Adds a device to an event and gives its first pairing code. A door, and only a door, has a room."""
    name = _checked_name(name)
    now = services.clock.now()

    def work(connection: Connection) -> Pairing:
        event = lock_event(connection, slug)
        _check_room(event.agenda, role, room)
        device_id = store.insert_device(connection, event.id, name, role, room, now)
        bump(connection, event.id)
        detail = {"device": device_id, "role": str(role)}
        insert_audit(connection, event.id, now, actor.label, "add_device", detail=detail)
        return _new_code(connection, _found(connection, event.id, device_id), now)

    return await services.db.write(work)


async def list_devices(services: Services, slug: str | None = None) -> list[DeviceRow]:
    """The devices of an event, or of all events; revoked ones too."""

    def work(connection: Connection) -> list[DeviceRow]:
        return store.list_devices(connection, None if slug is None else get_event(connection, slug).id)

    return await services.db.read(work)


async def revoke_device(
    services: Services, device_id: DeviceId, slug: str | None = None, actor: Actor = COMMAND
) -> DeviceRow:
    """Ends a device: its next call is unauthorized. Again: the same. `slug`, if given, must be its event."""
    now = services.clock.now()

    def work(connection: Connection) -> DeviceRow:
        event_id = _event_of(connection, device_id, slug)
        lock_event(connection, event_id)
        found = _found(connection, event_id, device_id)
        if found.revoked_at is not None:
            return found
        store.update_revoked(connection, device_id, now)
        bump(connection, event_id)
        insert_audit(
            connection, event_id, now, actor.label, "revoke_device", detail={"device": int(device_id)}
        )
        return _found(connection, event_id, device_id)

    revoked = await services.db.write(work)
    services.live.nudge(revoked.event_id)
    return revoked


async def new_pairing(
    services: Services, device_id: DeviceId, slug: str | None = None, actor: Actor = COMMAND
) -> Pairing:
    """A new code for a device; its old token ends when the code is used, an unused older code at once."""
    now = services.clock.now()

    def work(connection: Connection) -> Pairing:
        event_id = _event_of(connection, device_id, slug)
        found = _found(connection, event_id, device_id)
        if found.revoked_at is not None:
            raise conflict("This device was revoked; add it anew.")
        detail = {"device": int(device_id)}
        insert_audit(connection, event_id, now, actor.label, "new_pairing", detail=detail)
        return _new_code(connection, found, now)

    return await services.db.write(work)


async def pair(services: Services, code: str, guesser: str = "") -> Paired:
    """Uses a pairing code up. `AppError`: pairing_code_invalid; too_many_requests, for the same `guesser`."""
    token_part = secrets.token_urlsafe(32)
    now = services.clock.now()
    secret = digest(_tidy_code(code))

    def work(connection: Connection) -> Paired | AppError:
        key = f"pairing:{guesser}"
        guesses = lock_guesses(connection, key)
        if guesses.must_wait(now):
            return _too_many(guesses.retry_at, now)
        event_id = store.find_event_of_code(connection, secret)
        # The event's row is locked, as always when what a scan depends on changes, and before the code's: in
        # the order of whoever revokes the device meanwhile.
        event = None if event_id is None else lock_event(connection, event_id)
        found = None if event is None else store.use_code(connection, secret, now)
        if event is None or found is None:
            update_guesses(connection, key, guesses.failed(now))
            return AppError(
                "pairing_code_invalid",
                "This code is not valid. It works once, for 15 minutes; ask for a new one.",
            )
        token = f"{PREFIX}{found.id}_{token_part}"
        store.update_paired(connection, found.id, digest(token), now)
        bump(connection, found.event_id)
        return Paired(token, _found(connection, found.event_id, found.id), event.agenda)

    # A wrong guess is counted, which an exception inside the transaction would take back.
    paired = await services.db.write(work)
    if isinstance(paired, AppError):
        raise paired
    return paired


async def authenticate_device(services: Services, token: str) -> Actor | None:
    """The device that holds the token; None if there is none in force. One indexed read."""
    if not token.startswith(PREFIX):
        return None
    secret = digest(token)
    row = await services.db.read(lambda connection: store.find_device_by_token(connection, secret))
    if row is None:
        return None
    facts = DeviceFacts(row.id, row.name, row.role, row.room, paired_at=row.paired_at)
    return Actor(ActorKind.DEVICE, str(row.role), row.id, row.name, facts, row.event_id, row.event)


def _checked_name(name: str) -> str:
    tidied = tidy(name)
    if not tidied or len(tidied) > MAX_NAME or forbidden_character(tidied):
        raise invalid_field("name", f"Give the device a name of 1 to {MAX_NAME} characters, on one line.")
    return tidied


def _check_room(agenda: Agenda, role: Role, room: str | None) -> None:
    if role is not Role.DOOR:
        if room is not None:
            raise invalid_field("room", f"Only a door has a room; a {role} has none.")
        return
    if room is None:
        raise invalid_field("room", "A door needs the code of its room.")
    if room not in agenda.room:
        raise invalid_field("room", f"There is no room {room!r}.")


def _event_of(connection: Connection, device_id: DeviceId, slug: str | None) -> EventId:
    found = store.find_device(connection, device_id)
    if found is None or (slug is not None and found.event != slug):
        raise not_found(f"There is no device {device_id}.")
    return found.event_id


def _found(connection: Connection, event_id: EventId, device_id: DeviceId) -> DeviceRow:
    found = store.find_device(connection, device_id)
    if found is None or found.event_id != event_id:
        raise not_found(f"There is no device {device_id}.")
    return found


def _new_code(connection: Connection, device: DeviceRow, now: Instant) -> Pairing:
    letters = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    expires_at = Instant(now + CODE_LASTS)
    store.insert_code(connection, digest(letters), device.id, expires_at)
    return Pairing(device, f"{letters[:4]}-{letters[4:]}", expires_at)


def _tidy_code(code: str) -> str:
    """A code as it is stored, however it was typed."""
    return "".join(letter for letter in code.upper() if letter in LETTERS)


def _too_many(retry_at: Instant, now: Instant) -> AppError:
    seconds = max(1, -(-(retry_at - now) // SECOND))
    return too_many_requests("Too many wrong codes", seconds)
