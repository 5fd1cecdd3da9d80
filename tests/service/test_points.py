"""The moments around a batch's commit: what has happened by then, and what not yet."""

import asyncio
from time import perf_counter

from checkin.domain.errors import AppError
from tests.service.venue import EVENT, Point, Venue, code_of, reading


async def test_nothing_is_published_before_the_commit(venue: Venue) -> None:
    order: list[str] = []
    venue.at_point = lambda point: order.append(f"{point.value}, {len(venue.nudged)} nudges")
    await venue.scan_one(reading(1, 3))
    assert order == ["before_commit, 0 nudges", "after_commit, 0 nudges"]
    assert venue.nudged == [EVENT]


async def test_batches_are_told_with_their_size_their_time_and_their_commits(venue: Venue) -> None:
    def rest(point: Point) -> None:
        if point is Point.BEFORE_COMMIT:
            rested.append(perf_counter())

    rested: list[float] = []
    venue.at_point = rest
    await asyncio.gather(*(venue.scan_one(reading(name, name)) for name in range(1, 11)))
    ended = perf_counter()
    assert [size for size, _ in venue.heard.taken] == [10], "all of one turn of the loop are one batch"
    ((seconds, commit_seconds),) = venue.heard.written
    assert 0 < commit_seconds < seconds
    assert commit_seconds <= ended - rested[0]
    assert venue.desk.unanswered == 0


async def test_a_batch_that_fails_is_not_told_as_written(venue: Venue) -> None:
    def fail(_point: Point) -> None:
        raise AppError("unavailable", "the disk is full")

    venue.at_point = fail
    assert await code_of(venue, reading(1, 1)) == "unavailable"
    assert (len(venue.heard.taken), venue.heard.written) == (1, [])


async def test_every_point_is_passed_once_a_batch(venue: Venue) -> None:
    passed: list[Point] = []
    venue.at_point = passed.append
    await venue.scan(*(reading(name, name) for name in range(1, 30)))
    assert passed == [Point.BEFORE_COMMIT, Point.AFTER_COMMIT]
