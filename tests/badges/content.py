"""What the tests of badges share: contents in many scripts, and two independent readers of QR codes."""

import io
from collections.abc import Iterator

import cv2
import numpy as np
import zxingcpp
from PIL import Image

from badges.artwork import BadgeContent, ItineraryLine
from badges.credential import KeyPair, KeyRing, issue

KEYS = KeyRing(0, {0: KeyPair(bytes(range(32)), bytes(range(32, 64)))})
EVENT = b"\x11" * 16

NOTO = (
    "no font on this machine draws these names: install the Noto fonts "
    "(Debian: apt install fonts-noto-core fonts-noto-cjk libfribidi0)"
)

NAMES = (
    ("Maria", "Gonzales"),
    ("Jorge", "Baca"),
    ("Ana", "Ng"),
    ("Guadalupe", "Ortega-Villanueva"),
    ("Åsa-Märta", "Öström"),
    ("Łukasz", "Żółkiewski"),
    ("Nguyễn Thị Minh", "Phương"),
    ("Δημήτρης", "Παπαδόπουλος"),
    ("Екатерина", "Преображенская"),
    ("राजेश्वरी", "शर्मा"),
    ("محمد", "عبد الرحمن"),
    ("שירה", "בן־דוד"),
    ("明美", "山田"),
    ("ひろし", "さとう"),
    ("민준", "김"),
    ("สมชาย", "ศรีสุวรรณ"),
    ("Wolfeschlegelsteinhausenbergerdorff", "Hohenzollern"),
    ("Maximiliana Alexandrina Theodora", "Papadopoulos-Konstantinidou von Hohenzollern"),
    ("X" * 200, "y" * 200),
    ("Cher", ""),
)
DISCIPLINES = (
    ("Law enforcement", "LE", "#0C4DA2"),
    ("Medical", "MED", "#B3261E"),
    ("Social work", "SW", "#2E7D32"),
    ("Other service providers", "OSP", "#FFC20A"),
    ("", "", ""),
)
AGENCIES = ("Albuquerque Police Department", "New Mexico Children, Youth and Families Department", "")
ITINERARY = (
    ItineraryLine("08:30", "Ballroom", "Warning signs: what every profession should know about them"),
    ItineraryLine("10:15", "B204", "Undercover work"),
    ItineraryLine("11:30", "B206", "Interviewing a victim"),
    ItineraryLine("13:30", "B110", "Interviewing an offender"),
    ItineraryLine("14:45", "A101", "Social media in investigations"),
    ItineraryLine("16:00", "Ballroom", "Training your own community"),
)


def badge(first_name: str = "Maria", last_name: str = "Gonzales", **other: object) -> BadgeContent:
    """A badge of the example event with other values where given."""
    values: dict[str, object] = {
        "event_name": "Statewide Human Trafficking Response Conference",
        "first_name": first_name,
        "last_name": last_name,
        "agency": AGENCIES[0],
        "discipline": "Law enforcement",
        "discipline_short": "LE",
        "colour": "#0C4DA2",
        "number": "K7-214",
        "credential": issue(KEYS, EVENT, b"\x22" * 16, 1).letters,
    }
    return BadgeContent(**(values | other))  # type: ignore[arg-type]


def varied() -> Iterator[BadgeContent]:
    """100 badges: every name with every discipline, other agencies and itineraries in turn."""
    for number in range(100):
        first_name, last_name = NAMES[number % len(NAMES)]
        discipline, short, colour = DISCIPLINES[number // len(NAMES)]
        yield badge(
            first_name,
            last_name,
            agency=AGENCIES[number % 3],
            discipline=discipline,
            discipline_short=short,
            colour=colour,
            number=f"K{number % 10}-{number:03}",
            credential=issue(KEYS, EVENT, number.to_bytes(16, "big"), 1).letters,
            itinerary=ITINERARY[: number % 7],
        )


def opened(png: bytes) -> Image.Image:
    """The picture, without the palette."""
    return Image.open(io.BytesIO(png)).convert("RGB")


def read_by_zxing(png: bytes) -> str:
    results = zxingcpp.read_barcodes(np.asarray(opened(png)))
    assert len(results) == 1, "not exactly one code on the badge"
    return results[0].text


def read_by_opencv(png: bytes) -> str:
    # The finder by ArUco's corners: the older one misses about one sharp, computer-made picture in a hundred.
    reader = cv2.QRCodeDetectorAruco()
    text, _points, _straight = reader.detectAndDecode(np.asarray(opened(png).convert("L")))
    return str(text)
