"""A small event's file with something of everything, and edits of it."""

from copy import deepcopy
from typing import Any, Final

from checkin.domain.agenda_file import parse_toml

Document = dict[str, Any]

DROP: Final = object()
"""In place of a value: the key is removed."""

FILE = """
[event]
slug = "response-2027"
name = "Response"
venue = "Albuquerque"
timezone = "America/Denver"
date = 2027-01-26
doors_open = 07:30:00
doors_close = 17:30:00
registration = "open"

[[discipline]]
code = "law"
name = "Law enforcement"
short = "LE"
colour = "#0C4DA2"

[[discipline]]
code = "medical"
name = "Medical"
short = "MED"
colour = "#9b1c4b"

[[room]]
code = "hall"
name = "Hall"
posted_limit = 500
seats = 400

[[room]]
code = "b204"
name = "Room B204"
posted_limit = 70
seats = 60
accessible = false
directions = "Level 2"

[[room]]
code = "a101"
name = "Room A101"
posted_limit = 9
seats = 9

[[slot]]
code = "s2"
name = "Breakout"
starts = 10:15:00
ends = 11:15:00

[[slot]]
code = "s1"
name = "Opening"
starts = 08:30:00
ends = 09:30:00

[[slot]]
code = "s3"
name = "Lunch"
starts = 12:00:00
ends = 13:00:00

[[session]]
code = "opening"
title = "Opening"
slot = "s1"
room = "hall"
kind = "plenary"

[[session]]
code = "undercover-1"
topic = "undercover"
title = "Undercover work"
slot = "s2"
room = "b204"
disciplines = ["law"]
credit_minutes = 60

[[session]]
code = "all"
title = "For all"
slot = "s2"
room = "hall"

[[curriculum]]
discipline = "law"
topics = ["undercover"]
"""


def document() -> Document:
    """The file, decoded, to be changed at will."""
    return deepcopy(dict(parse_toml(FILE)))


def edited(changes: dict[str, object]) -> Document:
    """The file with other values at some paths, counted from 1 as faults are: `room[2].seats`."""
    result = document()
    for path, value in changes.items():
        place: Any = result
        *steps, last = [
            int(step) - 1 if step.isdigit() else step
            for step in path.replace("]", "").replace("[", ".").split(".")
        ]
        for step in steps:
            place = place[step]
        if value is DROP:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value
    return result
