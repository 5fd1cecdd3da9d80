"""Live boards: who gets which frame, how soon and how often."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

import pytest

from checkin.domain.errors import AppError
from checkin.domain.model import EventId
from checkin.live import AT_ONCE, Frame, Live
from tests.service.watching import Ended, watching

EVENT, OTHER = EventId(1), EventId(2)
PATIENCE = 2.0


class Source:
    """Versions and frames as a database would give them; `problem` makes it fail."""

    def __init__(self) -> None:
        self.version = {EVENT: 1, OTHER: 1}
        self.rendered: list[tuple[EventId, int]] = []
        self.problem: Exception | None = None

    async def versions(self) -> Mapping[EventId, int]:
        if self.problem is not None:
            raise self.problem
        return dict(self.version)

    async def render(self, event_id: EventId) -> tuple[int, bytes]:
        version = self.version[event_id]
        self.rendered.append((event_id, version))
        return version, f"{event_id}:{version}".encode()

    def frame(self, event_id: EventId = EVENT) -> Frame:
        """The frame of the present version."""
        return Frame(self.version[event_id], f"{event_id}:{self.version[event_id]}".encode())


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
async def live(source: Source) -> AsyncIterator[Live]:
    made = Live(source.render, source.versions)
    yield made
    await made.close()


async def test_a_board_gets_the_first_frame_at_once(live: Live, source: Source) -> None:
    async with watching(live, EVENT) as board:
        assert await board.next_frame(PATIENCE) == source.frame()


async def test_a_change_comes_without_a_nudge(live: Live, source: Source) -> None:
    async with watching(live, EVENT) as board:
        await board.next_frame(PATIENCE)
        source.version[EVENT] = 2
        assert await board.next_frame(PATIENCE) == source.frame()


async def test_a_nudge_makes_it_come_at_once(source: Source) -> None:
    live = Live(source.render, source.versions, interval_seconds=1.5)
    async with watching(live, EVENT) as board:
        await board.next_frame(PATIENCE)
        await asyncio.sleep(1.6)  # past the pause after a frame: the next look by itself is far off
        source.version[EVENT] = 2
        live.nudge(EVENT)
        assert await board.next_frame(1.0) == source.frame()
    await live.close()


async def test_no_change_is_no_frame_but_a_time_to_say_so(live: Live, source: Source) -> None:
    async with watching(live, EVENT) as board:
        await board.next_frame(PATIENCE)
        live.nudge(EVENT)
        assert await board.next_frame(0.6) is None
    assert source.rendered == [(EVENT, 1)]


async def test_one_frame_is_made_for_all_boards(live: Live, source: Source) -> None:
    async def first() -> Frame | None:
        async with watching(live, EVENT) as board:
            frame = await board.next_frame(PATIENCE)
            await asyncio.sleep(0.1)
            return frame

    frames = await asyncio.gather(*(first() for _ in range(50)))
    assert set(frames) == {source.frame()}
    assert source.rendered == [(EVENT, 1)]


async def test_every_board_of_many_gets_each_frame_and_those_who_leave_meanwhile_none(
    live: Live, source: Source
) -> None:
    async with AsyncExitStack() as stack:
        boards = [await stack.enter_async_context(watching(live, EVENT)) for _ in range(2 * AT_ONCE + 1)]
        for board in boards:
            assert await board.next_frame(PATIENCE) == source.frame()
        source.version[EVENT] = 2
        live.nudge(EVENT)
        for board in boards:
            assert await board.next_frame(PATIENCE) == source.frame()
        boards[7].drop()
        source.version[EVENT] = 3
        for board in boards[8:]:
            assert await board.next_frame(PATIENCE) == source.frame()
        assert live.board_count() == 2 * AT_ONCE


async def test_a_busy_event_sends_at_most_four_frames_a_second(live: Live, source: Source) -> None:
    frames: list[Frame] = []
    async with watching(live, EVENT) as board:
        began = time.monotonic()
        while time.monotonic() < began + 1.2:
            source.version[EVENT] += 1
            live.nudge(EVENT)
            frame = await board.next_frame(0.01)
            if frame is not None:
                frames.append(frame)
        seconds = time.monotonic() - began
        final = await board.next_frame(PATIENCE)
    assert final == source.frame(), "the last change is never lost"
    assert [frame.version for frame in frames] == sorted({frame.version for frame in frames})
    assert 2 <= len(frames) <= 4 * seconds + 1


async def test_only_watched_events_are_rendered(live: Live, source: Source) -> None:
    async with watching(live, EVENT) as board:
        await board.next_frame(PATIENCE)
        source.version[OTHER] = 5
        live.nudge(OTHER)
        await asyncio.sleep(0.3)
    assert source.rendered == [(EVENT, 1)]


async def test_nobody_is_given_a_frame_from_before_the_last_board_left(live: Live, source: Source) -> None:
    async with watching(live, EVENT) as board:
        await board.next_frame(PATIENCE)
    source.version[EVENT] = 7
    async with watching(live, EVENT) as board:
        assert await board.next_frame(PATIENCE) == source.frame()


async def test_a_slow_board_is_dropped_and_the_others_go_on(source: Source) -> None:
    live = Live(source.render, source.versions, interval_seconds=0.01)
    async with watching(live, EVENT, bound=2) as slow, watching(live, EVENT, bound=2) as quick:
        for _ in range(5):
            assert await quick.next_frame(PATIENCE) == source.frame()
            source.version[EVENT] += 1
        with pytest.raises(Ended):
            await slow.next_frame(PATIENCE)
        assert live.board_count() == 1
        assert await quick.next_frame(PATIENCE) == source.frame()
        assert live.frames_sent >= 8, "each board's are counted"
    assert live.board_count() == 0
    await live.close()


async def test_a_database_that_cannot_answer_is_asked_again(
    live: Live, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    async with watching(live, EVENT) as board:
        await board.next_frame(PATIENCE)
        source.problem = AppError("unavailable", "the disk is full")
        source.version[EVENT] = 2
        with caplog.at_level(logging.ERROR):
            assert await board.next_frame(0.8) is None
        source.problem = None
        assert await board.next_frame(PATIENCE) == source.frame()
    (record,) = caplog.records
    assert record.getMessage() == "boards_stand_still", "told once, not four times a second"
    assert record.args == {"problem": "the disk is full"}


async def test_one_events_trouble_does_not_stop_the_boards_of_others(
    source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    async def render(event_id: EventId) -> tuple[int, bytes]:
        if event_id == EVENT:
            raise ValueError("a bug")
        return await source.render(event_id)

    live = Live(render, source.versions)
    with caplog.at_level(logging.ERROR):
        async with watching(live, EVENT), watching(live, OTHER) as board:
            assert await board.next_frame(PATIENCE) == source.frame(OTHER)
    assert "a bug" in caplog.text
    assert "Traceback" in caplog.text
    await live.close()


async def test_closing_ends_every_board(live: Live) -> None:
    async with watching(live, EVENT) as board:
        await board.next_frame(PATIENCE)
        waiting = asyncio.create_task(board.next_frame(PATIENCE))
        await asyncio.sleep(0)
        await live.close()
        with pytest.raises(Ended):
            await waiting
    await live.close()


async def test_whoever_comes_after_the_end_is_sent_away(live: Live) -> None:
    await live.close()
    async with watching(live, EVENT) as board:
        with pytest.raises(Ended):
            await board.next_frame(PATIENCE)
    assert live.board_count() == 0


async def test_a_board_that_is_cancelled_leaves_nothing_behind(live: Live) -> None:
    async def watch() -> None:
        async with watching(live, EVENT) as board:
            while True:
                await board.next_frame(PATIENCE)

    task = asyncio.create_task(watch())
    await asyncio.sleep(0.05)
    assert live.board_count() == 1
    task.cancel()
    await asyncio.wait([task])
    assert live.board_count() == 0
