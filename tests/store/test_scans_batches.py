"""A batch gives exactly the rows that its scans would give one by one, however they are cut."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkin.domain.errors import AppError
from checkin.domain.instants import HOUR, MINUTE, Instant
from checkin.domain.scans import Direction, Outcome, Override
from checkin.service.scans import Reading
from tests.databases import ENGINES, engine_named, engine_of
from tests.domain.conference import at
from tests.service.venue import (
    DOOR,
    KIOSK,
    OTHER_KIOSK,
    OTHER_UUID,
    last_name,
    letters,
    number,
    scan_id,
)
from tests.store.bench import (
    AFTERWARDS,
    OTHER_DOOR,
    PEOPLE,
    REVOKED,
    MakeBench,
    Sent,
    benches,
    rows_of,
    sent,
)

badges = st.one_of(
    st.integers(1, PEOPLE).map(letters),
    st.sampled_from(
        [letters(PEOPLE + 1, OTHER_UUID), letters(1, generation=2), letters(3, OTHER_UUID), "smudge"]
    ),
)
typed = st.tuples(st.integers(1, PEOPLE), st.sampled_from(["right", "wrong"])).map(
    lambda t: {"number": number(t[0]), "last_name": last_name(t[0]) if t[1] == "right" else "Nobody"}
)
readings = st.builds(
    lambda name, who, direction, lateness, override: Reading(
        scan_id(name), direction=direction, lateness=lateness, scanned_at=at(8), override=override, **who
    ),
    st.integers(1, 12),  # few ids, so that some come again, with the same content or another
    st.one_of(
        badges.map(lambda text: {"credential": text}), badges.map(lambda text: {"credential": text}), typed
    ),
    st.sampled_from([Direction.AUTO, Direction.AUTO, Direction.IN, Direction.OUT]),
    st.sampled_from([None, None, None, 0, MINUTE, 40 * MINUTE, HOUR, 2 * HOUR, 90 * 24 * HOUR]),
    st.sampled_from([None, None, None, Override("speaker asked", "M. Ortiz")]),
)
devices = st.sampled_from([KIOSK, OTHER_KIOSK, DOOR, DOOR, DOOR, OTHER_DOOR, OTHER_DOOR, REVOKED])
scans = st.lists(st.builds(sent, devices, readings), max_size=24)
moments = st.sampled_from([at(8), at(9, 50), AFTERWARDS])


@pytest.fixture(scope="module", params=ENGINES)
def make_bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeBench]:
    """Each engine in turn: a database as it was before any scan, as often as it is asked for."""
    with benches(engine_of(request), tmp_path_factory.mktemp("batches")) as make:
        yield make


def answers(outcomes: list[Outcome | AppError]) -> list[object]:
    """Outcomes as they can be compared."""
    return [(o.code, o.message) if isinstance(o, AppError) else o for o in outcomes]


@settings(max_examples=150, deadline=None)
@given(scans, moments, st.data())
def test_any_scans_give_the_same_rows_however_they_are_cut(
    make_bench: MakeBench, every: list[Sent], now: Instant, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(every)), max_size=6), label="cuts") | {0, len(every)})
    partitions = {
        "one batch": [every],
        "one by one": [[item] for item in every],
        "cut at random": [every[a:b] for a, b in pairwise(cuts)],
    }
    found = {}
    for name, batches in partitions.items():
        bench = make_bench()
        told = [answer for batch in batches for answer in answers(bench.record(batch, now))]
        found[name] = (told, rows_of(bench))
        bench.close()
    assert found["one batch"] == found["one by one"]
    assert found["one batch"] == found["cut at random"]


@settings(max_examples=60, deadline=None)
@given(scans, st.lists(st.integers(1, 12), max_size=4))
def test_rows_agree_with_the_log_after_any_scans_and_undos(
    make_bench: MakeBench, every: list[Sent], undone: list[int]
) -> None:
    bench = make_bench()
    for number_, item in enumerate(every):
        bench.record([item], Instant(AFTERWARDS + number_ * MINUTE))
    assert {bench.undo(name) for name in undone} <= {None, "not_found", "conflict"}
    assert bench.faults() == []
    bench.close()


@settings(max_examples=40, deadline=None)
@given(scans)
def test_sending_everything_again_changes_nothing(make_bench: MakeBench, every: list[Sent]) -> None:
    bench = make_bench()
    bench.record(every, at(8))
    before = rows_of(bench)
    known = {row[1] for row in before["scan"]}
    again = [item for item in every if item.scan.scan_id in known]
    versions = bench.query("SELECT version FROM event_state")
    bench.record(again, at(9))
    assert rows_of(bench) == before
    assert bench.query("SELECT version FROM event_state") == versions
    bench.close()


@pytest.fixture(scope="module")
def make_both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[MakeBench]]:
    """A database on each engine."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(benches(engine_named(name, request), tmp_path_factory.mktemp(name)))
            for name in ENGINES
        ]


@settings(max_examples=100, deadline=None)
@given(scans, moments, st.lists(st.integers(1, 12), max_size=3))
def test_both_engines_give_the_same_answers_and_rows(
    make_both: list[MakeBench], every: list[Sent], now: Instant, undone: list[int]
) -> None:
    found = []
    for make_bench in make_both:
        bench = make_bench()
        told = answers(bench.record(every, now))
        found.append((told, [bench.undo(name) for name in undone], rows_of(bench)))
        bench.close()
    assert found[0] == found[1]


def test_an_empty_batch_changes_nothing(make_bench: MakeBench) -> None:
    bench = make_bench()
    before = rows_of(bench)
    assert bench.record([], at(8)) == []
    assert rows_of(bench) == before
    bench.close()


def test_a_changed_agenda_is_judged_by_from_the_next_batch_on(make_bench: MakeBench) -> None:
    bench = make_bench()
    first = sent(KIOSK, Reading(scan_id(1), credential=letters(1)))
    second = sent(KIOSK, Reading(scan_id(2), credential=letters(3)))
    bench.record([first], at(8))
    ((document,),) = bench.query("SELECT document FROM event WHERE id = 1")
    later = json.loads(document) | {"event": json.loads(document)["event"] | {"doors_open": "08:30:00"}}
    bench.execute(f"UPDATE event SET document = '{json.dumps(later)}' WHERE id = 1")
    bench.execute("UPDATE event_state SET agenda_version = agenda_version + 1")
    (outcome,) = bench.record([second], at(8))
    assert isinstance(outcome, Outcome)
    assert outcome.recorded is not None
    assert outcome.recorded.reason == "closed"
    bench.close()
