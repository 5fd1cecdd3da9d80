"""How seldom the memory of a process that serves is looked through for garbage."""

import gc

YOUNG_OBJECTS = 50_000
"""So many are made before they are looked through."""


def look_seldom() -> None:
    """What the start has made stays, and what a request or a batch makes goes with it.

    By itself Python spent a sixth of the processor on it under load.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 100)
