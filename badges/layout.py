"""The badge's layout: what stands where, and how large.

Owns the geometry of the badge of 4 x 3 in at 300 dpi. Must not draw: artwork does.

The first name has the whole width; the QR code stands in the right bottom corner, its quiet zone reaching the
edges, and everything else in the column to its left, down to the discipline's band.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from badges import credential, fonts, qr
from badges.fonts import MissingGlyphs, Weight
from badges.typesetting import Block, Box, Line, fit, shorten, usual_size

WIDTH: Final = 1200
HEIGHT: Final = 900
MARGIN: Final = 60
MODULE: Final = 15
"""Pixels of one module of the QR code: 25 of them are 31.75 mm."""

CARD: Final = Box(0, 0, WIDTH, HEIGHT)
STRIPE: Final = Box(0, 0, WIDTH, 20)
BAND: Final = Box(0, 772, 690, HEIGHT)
NEUTRAL_DISCIPLINE: Final = "Attendee"
NEUTRAL_COLOUR: Final = "#4A5568"

_QR_ZONE: Final = (qr.SIZE + 2 * qr.QUIET) * MODULE
QR_BOX: Final = Box(WIDTH - _QR_ZONE, HEIGHT - _QR_ZONE, WIDTH, HEIGHT)
"""The QR code with its quiet zone."""

_FULL: Final = WIDTH - 2 * MARGIN
_COLUMN: Final = BAND.right - MARGIN
_TOP_ROW: Final = 50
_NAMES_TOP: Final = 116
_LARGEST: Final = 310
_LONG: Final = 50
_NAMES_LOWEST: Final = 560
_CREDENTIAL_TOP: Final = 728
_GAP: Final = 24
_CLEARANCE: Final = 6
_LINES_OF_ITINERARY: Final = 8
_LEAST_PITCH: Final = 37
_MOST_PITCH: Final = 46
_CAP_HEIGHT: Final = 0.714


@dataclass(frozen=True)
class ItineraryLine:
    """One session of the attendee's day; the texts are printed as they are."""

    time: str
    room: str
    title: str


@dataclass(frozen=True)
class BadgeContent:
    """All that is printed on one badge. Texts may be empty; `credential` are the 28 letters."""

    event_name: str
    first_name: str
    last_name: str
    agency: str
    discipline: str
    discipline_short: str
    colour: str
    number: str
    credential: str
    itinerary: tuple[ItineraryLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """A block of text at its place. `is_quiet` text is printed in a lighter ink."""

    name: str
    block: Block
    left: int
    top: int
    is_quiet: bool = False

    @property
    def box(self) -> Box:
        return self.block.box.moved(self.left, self.top)


@dataclass(frozen=True, slots=True)
class BandWords:
    """The words on the discipline's band, seen from the band's corner; `frame` surrounds the short form."""

    texts: tuple[Placed, ...]
    frame: Box | None


def cleaned(content: BadgeContent) -> BadgeContent:
    """The content with its texts as they are printed. Raises MissingGlyphs for all of them at once."""
    itinerary = tuple(
        ItineraryLine(fonts.clean(item.time), fonts.clean(item.room), fonts.clean(item.title))
        for item in content.itinerary
    )
    result = BadgeContent(
        event_name=fonts.clean(content.event_name),
        first_name=fonts.clean(content.first_name),
        last_name=fonts.clean(content.last_name),
        agency=fonts.clean(content.agency),
        discipline=fonts.clean(content.discipline) or NEUTRAL_DISCIPLINE,
        discipline_short=fonts.clean(content.discipline_short),
        colour=content.colour.strip() or NEUTRAL_COLOUR,
        number=fonts.clean(content.number),
        credential=content.credential,
        itinerary=itinerary,
    )
    texts = [result.event_name, result.first_name, result.last_name, result.agency, result.discipline]
    texts += [result.discipline_short, result.number]
    texts += [text for item in itinerary for text in (item.time, item.room, item.title)]
    if lacking := dict.fromkeys(char for text in texts for char in fonts.missing(text, "bold")):
        raise MissingGlyphs(tuple(lacking))
    return result


def compose(content: BadgeContent) -> tuple[Placed, ...]:
    """Place all texts of a cleaned content except the words of the band."""
    rows = min(len(content.itinerary), _LINES_OF_ITINERARY)
    agency = None
    if content.agency:
        largest, deepest = (36, 84) if rows else (46, 116)
        agency = fit(content.agency, "regular", (_COLUMN, deepest), largest)
    below = _CREDENTIAL_TOP - 2 * _GAP - rows * _LEAST_PITCH - (agency.foot if agency else 0)
    names = _names(content, min(below, QR_BOX.top) - _CLEARANCE if rows else _NAMES_LOWEST)
    placed = [*_top_row(content), *names]
    cursor = max((item.top + item.block.foot for item in names), default=_NAMES_TOP) + _GAP
    if agency is not None:
        placed.append(Placed("agency", agency, MARGIN, cursor))
        cursor += agency.foot + _GAP
    placed += _itinerary(content.itinerary, cursor)
    small = fit(credential.group(content.credential), "regular", (_COLUMN, 30), 25, most_lines=1)
    placed.append(Placed("credential", small, MARGIN, _CREDENTIAL_TOP, is_quiet=True))
    return tuple(placed)


def band_words(discipline: str, short: str) -> BandWords:
    """The words of the band: the short form in a frame, then the discipline's name."""
    texts: list[Placed] = []
    frame = None
    left = MARGIN
    if short and short != discipline:
        block = fit(short, "bold", (150, 52), 52)
        frame = Box(MARGIN, 26, MARGIN + block.box.width + 40, BAND.height - 26)
        texts.append(Placed("short", block, MARGIN + 20, _middle(block)))
        left = frame.right + 24
    block = fit(discipline, "bold", (BAND.width - 28 - left, 92), 60)
    texts.append(Placed("discipline", block, left, _middle(block)))
    return BandWords(tuple(texts), frame)


def _middle(block: Block) -> int:
    """The top of a block in the middle of the band; a single line's capitals are centred, not its ink."""
    if len(block.lines) > 1:
        return (BAND.height - block.box.height) // 2
    top = round((BAND.height + _CAP_HEIGHT * block.size) / 2) - block.first_baseline
    return min(max(top, 8), BAND.height - 8 - block.box.height)


def _top_row(content: BadgeContent) -> list[Placed]:
    placed = []
    room = _FULL
    baseline = _TOP_ROW + 32
    if content.number and (content.first_name or content.last_name):
        number = fit(content.number, "bold", (360, 44), 44, most_lines=1)
        top = max(baseline - number.first_baseline, STRIPE.bottom + _CLEARANCE)
        placed.append(Placed("number", number, WIDTH - MARGIN - number.box.width, top))
        room -= number.box.width + 40
    if content.event_name:
        event = fit(content.event_name, "regular", (room, 60), 32)
        top = baseline - event.first_baseline if len(event.lines) == 1 else STRIPE.bottom + 16
        top = max(top, STRIPE.bottom + _CLEARANCE)
        placed.append(Placed("event", event, MARGIN, top, is_quiet=True))
    return placed


def _names(content: BadgeContent, lowest: int) -> list[Placed]:
    """The first name as large as it can be, the last name half as large, above or left of the QR code."""
    first = content.first_name or content.last_name or content.number
    last = content.last_name if content.first_name else ""
    if not first:
        return []
    highest = min(lowest, QR_BOX.top - _CLEARANCE)
    most_lines = 2 if len(first) <= _LONG else 4
    size = _LARGEST
    while size > 80:
        upper = fit(first, "bold", (_FULL, highest - _NAMES_TOP), size, most_lines)
        if not last:
            return [Placed("first_name", upper, MARGIN, _NAMES_TOP)]
        size = min(size, upper.size)
        top = _NAMES_TOP + upper.box.height + max(_GAP, size // 8)
        lower = _last_name(last, top, lowest, max(size // 2, 64))
        if lower is not None and lower.size >= min(0.42 * size, 64):
            return [Placed("first_name", upper, MARGIN, _NAMES_TOP), Placed("last_name", lower, MARGIN, top)]
        size -= 1
    upper = fit(first, "bold", (_FULL, (highest - _NAMES_TOP) // 2), 120, most_lines=4)
    top = _NAMES_TOP + upper.box.height + _GAP
    lower = fit(last, "regular", (_FULL, highest - top), 64, most_lines=4)
    return [Placed("first_name", upper, MARGIN, _NAMES_TOP), Placed("last_name", lower, MARGIN, top)]


def _last_name(text: str, top: int, lowest: int, largest: int) -> Block | None:
    """The last name below the first: across the badge if it ends above the QR code, else left of it."""
    options = []
    if (room := min(lowest, QR_BOX.top - _CLEARANCE) - top) > 0:
        options.append(fit(text, "regular", (_FULL, room), largest, 2 if len(text) <= _LONG else 4))
    if (room := lowest - top) > 0 and lowest > QR_BOX.top:
        options.append(fit(text, "regular", (_COLUMN, room), largest))
    return max(options, key=lambda block: block.size, default=None)


def _itinerary(items: tuple[ItineraryLine, ...], top: int) -> list[Placed]:
    """Time, room and title in three columns."""
    if not items:
        return []
    shown = items if len(items) <= _LINES_OF_ITINERARY else items[: _LINES_OF_ITINERARY - 1]
    rows = min(len(items), _LINES_OF_ITINERARY)
    pitch = min(_MOST_PITCH, (_CREDENTIAL_TOP - _GAP - top) // rows)
    size = usual_size(min(29, round(pitch * 0.7)))
    times = _column((item.time for item in shown), 130, size, pitch)
    rooms = _column((item.room for item in shown), 180, size, pitch)
    left_rooms = MARGIN + _widest(times) + 18
    left_titles = left_rooms + _widest(rooms) + (18 if _widest(rooms) else 0)
    texts = [item.title for item in shown]
    if len(shown) < len(items):
        texts.append(f"and {len(items) - len(shown)} more")
    titles = _column(texts, BAND.right - left_titles, size, pitch, "regular")
    placed = []
    for left, column in ((MARGIN, times), (left_rooms, rooms), (left_titles, titles)):
        for row, item in enumerate(column):
            if item is not None:
                placed.append(_row(item, left, top + row * pitch, pitch))
    return placed


def _column(
    texts: Iterable[str], width: int, size: int, height: int, weight: Weight = "bold"
) -> list[Line | None]:
    return [shorten(text, weight, (width, height), size) if text else None for text in texts]


def _widest(column: list[Line | None]) -> int:
    return max((item.box.width for item in column if item is not None), default=0)


def _row(item: Line, left: int, top: int, pitch: int) -> Placed:
    """A line of the itinerary on its row's baseline, or within its row if it is taller than most."""
    highest = top + round(pitch * 0.72) + item.box.top
    block = Block(((item, -item.box.top),), item.size, item.box.moved(-item.box.left, -item.box.top))
    return Placed("itinerary", block, left, max(min(highest, top + pitch - item.box.height), top))
