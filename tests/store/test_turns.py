"""Who may write to a SQLite file: one alone, or several together, in the order in which they asked."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from checkin.store.turns import Turns


class Floor:
    """Who is inside, and what has happened."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.told: list[str] = []
        self.inside = 0
        self.most = 0

    async def visit(self, name: str, turn: AbstractAsyncContextManager[None], alone: bool) -> None:
        """Inside for three turns of the loop."""
        async with turn:
            assert self.inside == 0 or not alone
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.told.append(name)
            for _ in range(3):
                await asyncio.sleep(0)
                assert self.inside == 1 or not alone
            self.inside -= 1


async def test_several_are_inside_together_and_one_alone() -> None:
    floor = Floor()
    await asyncio.gather(
        floor.visit("a", floor.turns.together(), alone=False),
        floor.visit("b", floor.turns.together(), alone=False),
        floor.visit("c", floor.turns.alone(), alone=True),
        floor.visit("d", floor.turns.alone(), alone=True),
        floor.visit("e", floor.turns.together(), alone=False),
    )
    assert floor.told == ["a", "b", "c", "d", "e"]
    assert floor.most == 2


async def test_who_asks_for_being_alone_waits_for_no_one_who_came_later() -> None:
    floor = Floor()

    async def go_on(rest: int) -> None:
        for number in range(rest):
            await floor.visit(f"batch {number}", floor.turns.together(), alone=False)

    together = [asyncio.create_task(go_on(20)) for _ in range(2)]
    await asyncio.sleep(0)
    await floor.visit("alone", floor.turns.alone(), alone=True)
    assert len(floor.told) <= 4
    await asyncio.gather(*together)


@pytest.mark.parametrize("is_alone", [True, False])
async def test_who_fails_inside_or_gives_up_before_keeps_nobody_out(is_alone: bool) -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="inside"):
        async with turns.alone() if is_alone else turns.together():
            raise ValueError("inside")
    async with turns.together():
        waiting = asyncio.create_task(_enter(turns))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(5):
        await _enter(turns)


async def _enter(turns: Turns) -> None:
    async with turns.alone():
        pass
