"""Films for Chromium's fake camera: JPEG pictures one after the other (MJPEG), made from a badge's PNG."""

import io
from pathlib import Path

from PIL import Image

FRAME = (1280, 720)
SHOWN_FRAMES = 40
EMPTY_FRAMES = 150


def make_film(badge_png: bytes, path: Path) -> Path:
    """A badge held in front of a camera, then nobody, over and over: the film starts again at its end."""
    badge = Image.open(io.BytesIO(badge_png)).convert("RGB")
    badge.thumbnail((900, 640))
    held = Image.new("RGB", FRAME, (70, 72, 76))
    held.paste(badge, ((FRAME[0] - badge.width) // 2, (FRAME[1] - badge.height) // 2))
    empty = Image.new("RGB", FRAME, (70, 72, 76))
    with path.open("wb") as film:
        for picture, count in ((empty, EMPTY_FRAMES), (held, SHOWN_FRAMES)):
            film.write(_jpeg(picture) * count)
    return path


def _jpeg(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=90)
    return data.getvalue()
