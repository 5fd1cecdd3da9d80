"""A small conference for the tests of the rules: one day in Denver, two professions, three slots."""

from dataclasses import replace
from datetime import date, time
from zoneinfo import ZoneInfo

from checkin.domain.instants import Instant, local_instant
from checkin.domain.model import (
    Agenda,
    AttendeeId,
    DeviceId,
    Discipline,
    Person,
    PersonName,
    Registration,
    Role,
    Room,
    Session,
    SessionKind,
    Slot,
)
from checkin.domain.scans import DeviceFacts, Digest, Holder, Scan, Situation

DENVER = ZoneInfo("America/Denver")
DAY = date(2027, 1, 26)
NEXT_DAY = date(2027, 1, 27)


def at(hour: int, minute: int = 0, second: int = 0, day: date = DAY) -> Instant:
    """The instant of a local time of the conference."""
    return local_instant(day, time(hour, minute, second), DENVER)


def slot(code: str, starts: time, ends: time) -> Slot:
    """A slot on the conference's day."""
    starts_at, ends_at = local_instant(DAY, starts, DENVER), local_instant(DAY, ends, DENVER)
    return Slot(code, code.upper(), DAY, starts, ends, starts_at, ends_at)


CONFERENCE = Agenda(
    slug="small-2027",
    name="Small Conference",
    venue="Albuquerque",
    zone=DENVER,
    first_day=DAY,
    last_day=NEXT_DAY,
    doors_open=time(7, 30),
    doors_close=time(17, 30),
    registration=Registration.OPEN,
    release_minutes=10,
    disciplines=(
        Discipline("law", "Law enforcement", "LE", "#0C4DA2"),
        Discipline("medical", "Medical", "MD", "#7A1FA2"),
    ),
    rooms=(
        Room("hall", "Ballroom", 700, 650),
        Room("a101", "Room A101", 40, 2, accessible=False, directions="Level 1"),
        Room("b204", "Room B204", 70, 4, directions="Level 2, right of the lifts"),
    ),
    slots=(
        slot("s1", time(8, 30), time(9, 30)),
        slot("s2", time(10), time(11)),
        slot("s3", time(13), time(14)),
    ),
    sessions=(
        Session("opening", "opening", "Warning signs", "s1", "hall", kind=SessionKind.PLENARY),
        Session("undercover-2", "undercover", "Undercover work", "s2", "b204", ("law",)),
        Session("injuries-2", "injuries", "Injuries to look for", "s2", "a101", ("medical",)),
        Session("undercover-3", "undercover", "Undercover work", "s3", "b204", ("law",)),
        Session("planning-3", "planning", "Safety plans", "s3", "a101"),
    ),
    curriculum={"law": ("undercover",), "medical": ("injuries",)},
)

KIOSK = DeviceFacts(DeviceId(1), "Kiosk A", Role.KIOSK)
OTHER_KIOSK = DeviceFacts(DeviceId(2), "Kiosk B", Role.KIOSK)


def person(ident: int, *disciplines: str) -> Person:
    """An attendee with a number of their own."""
    name = PersonName("Ana", "Romero")
    return Person(AttendeeId(ident), f"K7-{ident:03}", name, disciplines or ("law",))


def badge(ident: int) -> Digest:
    """The badge of attendee `ident`."""
    return Digest(ident.to_bytes(32, "big"))


def scan(name: int, subject: Digest | None, device: DeviceFacts = KIOSK) -> Scan:
    """A live scan named by a number; what else differs is set with `replace`."""
    who = subject.value[-4:] if subject is not None else b"none"
    return Scan(name.to_bytes(16, "big"), device.id, subject, who + bytes([device.id]))


def situation(*people: Person, agenda: Agenda = CONFERENCE) -> Situation:
    """Nobody has come yet; each person's badge is `badge(id)`."""
    return Situation(
        agenda=agenda,
        last_recorded_at=Instant(0),
        devices={KIOSK.id: KIOSK, OTHER_KIOSK.id: OTHER_KIOSK},
        holders={badge(p.id).value: Holder(p.id) for p in people},
        persons={p.id: p for p in people},
    )


def always_open(agenda: Agenda = CONFERENCE) -> Agenda:
    """The same without doors' hours."""
    return replace(agenda, doors_open=None, doors_close=None)
