"""The bar that work longer than a second shows on a terminal."""

import sys
from collections.abc import Callable
from time import monotonic

BAR = 30


def progress_bar(what: str) -> Callable[[int, int], None]:
    """A bar on a terminal, once the work has taken longer than a second; silence elsewhere."""
    started = monotonic()
    is_terminal = sys.stderr.isatty()
    drawn_at = 0.0

    def progress(done: int, of: int) -> None:
        nonlocal drawn_at
        now = monotonic()
        if not is_terminal or now - started < 1.0 or (now - drawn_at < 0.1 and done < of):
            return
        drawn_at = now
        filled = BAR * done // max(of, 1)
        end = "\n" if done >= of else ""
        bar = "█" * filled + "░" * (BAR - filled)
        print(f"\r{what} {bar} {done}/{of}", end=end, file=sys.stderr, flush=True)

    return progress
