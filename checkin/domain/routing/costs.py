"""What a seat costs its holder: the units in which plan, placement and prices are compared.

A wish of rank 1 to 5 costs 0, 1, 3, 6, 10; a topic not wished for costs 16; who states no wishes pays
nothing. The value of a seat is 20 minus its cost. A session's seats are filled in 20 equal segments: the j-th
person (from 1) of `seats` costs floor(20 (j - 1) / seats), so that parallel rooms fill evenly.
"""

from collections.abc import Sequence

RANK_COSTS = (0, 1, 3, 6, 10)
UNRANKED = 16
VALUE = 20
SEGMENTS = 20

UNPLACED = 10_000
"""In prices and placement: no seat in a slot, which no gain elsewhere in the day makes up for."""

UNMET = 500
"""In prices and placement: a topic of the curriculum that is not met; more than all wishes of a day."""


def choice_of(preferences: Sequence[str], topic: str) -> int:
    """The rank of a topic among the wishes, from 1; 0 if it is none of the first five."""
    wishes = preferences[: len(RANK_COSTS)]
    return wishes.index(topic) + 1 if topic in wishes else 0


def cost_of(preferences: Sequence[str], topic: str) -> int:
    """What a seat in a session of this topic costs somebody with these wishes."""
    if not preferences:
        return 0
    choice = choice_of(preferences, topic)
    return RANK_COSTS[choice - 1] if choice else UNRANKED


def fill_cost(load: int, seats: int) -> int:
    """What `load` people in a session of `seats` seats cost together."""
    return sum(SEGMENTS * taken // seats for taken in range(load)) if seats else 0
