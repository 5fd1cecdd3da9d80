"""Numbers without a pattern that are the same every time: they part people who are alike.

Owns the mixing of bits; there is no state and no chance in it.
"""

import numpy as np
from numpy.typing import NDArray

from checkin.domain.routing.day_choices import UNIT, Crowd, Shorts

NOISE = UNIT // 2
"""Below this, in 1 / UNIT, each person finds each topic in each slot dearer than it is."""


def noise_of(crowd: Crowd, extra: int, number: int = 0) -> Shorts:
    """X + extra + 1 x L x n: for people with so many more special topics; another for each number."""
    slots, count = crowd.open_slots.shape
    size = (len(crowd.special) + extra + 1) * slots * count
    noise = scatter(np.arange(number * size, (number + 1) * size, dtype=np.uint64)) % np.uint64(NOISE)
    return noise.astype(np.int16).reshape(-1, slots, count)


def scatter(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mixes the bits of each number (the finishing steps of SplitMix64, Steele and others 2014)."""
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return mixed ^ mixed >> np.uint64(31)
