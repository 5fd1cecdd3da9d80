"""Late scans in any order of arrival come to the same presences and counts, through the store."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkin.domain.instants import MINUTE, SECOND, Instant
from checkin.domain.scans import DeviceFacts, Direction, Override
from checkin.service.scans import Reading
from tests.databases import ENGINES, engine_of
from tests.domain.conference import at
from tests.service.venue import DOOR, KIOSK, OTHER_KIOSK, letters, scan_id
from tests.store.bench import AFTERWARDS, OTHER_DOOR, MakeBench, benches, sent

Rows = dict[str, list[tuple[object, ...]]]

OUTCOME = {
    "presence": (
        "SELECT attendee_id, first_at, first_device, arrived_at, left_at, room, entered_at, "
        "exited_room, exited_at FROM presence WHERE coalesce(first_at, exited_at) IS NOT NULL ORDER BY 1"
    ),
    "tally": (
        "SELECT event_id, what, key, n FROM tally "
        "WHERE n <> 0 AND what NOT IN ('assigned', 'coming') ORDER BY 1, 2, 3"
    ),
}


@dataclass(frozen=True)
class Made:
    """A scan made without a connection at some moment."""

    name: int
    person: int
    device: DeviceFacts
    moment: Instant
    direction: Direction
    override: Override | None


made = st.builds(
    Made,
    st.integers(1, 10**6),
    st.sampled_from([1, 3, 5, 6]),
    st.sampled_from([KIOSK, OTHER_KIOSK, DOOR, DOOR, OTHER_DOOR]),
    st.integers(0, 160).map(lambda minutes: Instant(at(8, 25) + minutes * MINUTE)),
    st.sampled_from(list(Direction)),
    st.sampled_from([None, None, Override("speaker asked", "M. Ortiz")]),
)


@pytest.fixture(scope="module", params=ENGINES)
def make_bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeBench]:
    """The second slot has ended and ushers have counted; nobody has been there yet."""
    with benches(engine_of(request), tmp_path_factory.mktemp("orders")) as make:
        yield make


def come_to(
    make_bench: MakeBench, scans: list[Made], undone: set[int]
) -> dict[str, list[tuple[object, ...]]]:
    """What is stored once these have arrived one after the other and some were taken back."""
    bench = make_bench()
    for place, one in enumerate(scans):
        now = Instant(AFTERWARDS + place * SECOND)
        reading = Reading(
            scan_id(one.name),
            credential=letters(one.person),
            direction=one.direction,
            lateness=now - one.moment,
            scanned_at=one.moment,
            override=one.override if one.device.room else None,
        )
        bench.record([sent(one.device, reading)], now)
    for name in sorted(undone):
        assert bench.undo(name) is None
    assert bench.faults() == []
    found = {table: bench.query(query) for table, query in OUTCOME.items()}
    bench.close()
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(made, max_size=10, unique_by=lambda one: one.name), st.data())
def test_any_order_of_arrival_comes_to_the_same(
    make_bench: MakeBench, scans: list[Made], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(scans))
    undone = data.draw(st.sets(st.sampled_from([one.name for one in scans]), max_size=2)) if scans else set()
    assert come_to(make_bench, order, undone) == come_to(make_bench, scans, undone)
