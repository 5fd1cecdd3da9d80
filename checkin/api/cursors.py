"""Cursors on the wire: where a list goes on, in a form that nobody is tempted to count with."""

import base64
import binascii

from aiohttp import web

from checkin.domain.errors import invalid_field


def write_cursor(position: int) -> str:
    """A place in a list; `read_cursor` gives it back."""
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def read_cursor(request: web.Request) -> int | None:
    """The place that the query's cursor names; None without one."""
    cursor = request.query.get("cursor", "")
    if not cursor:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise invalid_field("cursor", "This cursor is not one that a list gave.")
    return int(text)
