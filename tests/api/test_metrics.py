"""What /metrics tells: the server's own work, in Prometheus' words."""

import asyncio
from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from checkin.api import metrics
from checkin.api.openapi import version
from checkin.domain.errors import AppError
from checkin.service.gauges import EventGauges, read_gauges
from checkin.service.services import Clock
from checkin.store.database import Database
from tests.api.hall import EVENT, SLUG, Answer, Hall

Labels = frozenset[tuple[str, str]]


def samples(answer: Answer) -> Mapping[str, Mapping[Labels, float]]:
    """By series its values by labels."""
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def labels(**values: str) -> Labels:
    """The labels of one series."""
    return frozenset(values.items())


async def test_requests_and_verdicts_are_counted(hall: Hall) -> None:
    await hall.scan("Ana")
    await hall.scan("Ana")
    await hall.call("GET", "/nowhere/Ana")
    answer = await hall.call("GET", "/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = samples(answer)
    assert found["checkin_scans_total"] == {
        labels(verdict="admitted", reason="checked_in"): 1,
        labels(verdict="repeat", reason="already_checked_in"): 1,
    }
    scans = {"method": "POST", "route": "/api/v1/scans"}
    assert found["checkin_requests_total"] == {
        labels(**scans, status="200"): 2,
        labels(method="GET", route="unknown", status="404"): 1,
    }
    assert found["checkin_request_seconds_count"][labels(**scans)] == 2
    assert found["checkin_request_seconds_bucket"][labels(**scans, le="+Inf")] == 2
    assert "nowhere" not in answer.body.decode()


async def test_a_retry_is_no_second_scan(hall: Hall) -> None:
    scan_id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    for _ in range(3):
        assert (await hall.scan("Ana", scan_id=scan_id)).status == 200
    found = samples(await hall.call("GET", "/metrics"))
    assert found["checkin_scans_total"] == {labels(verdict="admitted", reason="checked_in"): 1}


async def test_batches_are_counted_once_each(hall: Hall) -> None:
    await hall.scan("Ana")
    body = {"scans": [{"scan_id": f"6ba7b810-9dad-11d1-80b4-{n:012}", "credential": "x"} for n in range(20)]}
    assert (await hall.call("POST", "/api/v1/scans/batch", hall.people.kiosk, body)).status == 200
    found = samples(await hall.call("GET", "/metrics"))
    assert found["checkin_batch_size_sum"] == {labels(): 21}
    for name in ("size", "wait_seconds", "seconds"):
        assert found[f"checkin_batch_{name}_count"] == {labels(): 2}
    assert found["checkin_commit_seconds_count"] == {labels(): 2}
    assert 0 < found["checkin_commit_seconds_sum"][labels()] < found["checkin_batch_seconds_sum"][labels()]


async def test_a_plan_is_timed(hall: Hall) -> None:
    assert (await hall.organize("POST", "/plan", {"dry_run": True})).status == 200
    found = samples(await hall.call("GET", "/metrics"))
    assert found["checkin_job_seconds_count"] == {labels(kind="plan"): 1}


async def test_boards_and_their_frames_are_counted(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0.0)
    headers = {"Authorization": f"Bearer {hall.people.display}"}
    path = EVENT + "/occupancy/stream"
    async with hall.session.get(hall.url + path, headers=headers) as stream:
        await stream.content.readuntil(b"event: occupancy")
        found = samples(await hall.call("GET", "/metrics"))
        assert found["checkin_boards"] == {labels(): 1}
        assert found["checkin_frames_total"][labels()] == hall.services.live.frames_sent > 0
        await hall.services.live.close()
        await stream.read()
    found = samples(await hall.call("GET", "/metrics"))
    assert found["checkin_boards"] == {labels(): 0}
    route = "/api/v1/events/{slug}/occupancy/stream"
    assert found["checkin_requests_total"][labels(method="GET", route=route, status="200")] == 1
    timed = {dict(key)["route"] for key in found["checkin_request_seconds_count"]}
    assert timed == {"/metrics"}, "how long somebody watched is no latency"


async def test_an_event_is_told_in_numbers_without_a_discipline_or_a_devices_name(hall: Hall) -> None:
    await hall.scan("Ana")
    answer = await hall.call("GET", "/metrics")
    found = samples(answer)
    event = {"event": SLUG}
    assert found["checkin_registered"] == {labels(**event): 4}
    assert found["checkin_checked_in"] == found["checkin_on_site"] == {labels(**event): 1}
    assert found["checkin_waiting"] == {labels(**event): 0}
    room = labels(**event, room="b204")
    assert found["checkin_room_headcount"][room] == 0
    assert found["checkin_room_seats"][room] == 88
    assert found["checkin_room_posted_limit"][room] == 100
    assert found["checkin_alerts_open"][labels(**event, kind="over")] == 0
    text = answer.body.decode()
    for word in ("law", "medical", "discipline", "Kiosk A", "Kiosk B", "Ana"):
        assert word not in text


async def test_a_devices_last_call_has_its_age(hall: Hall) -> None:
    await hall.scan("Ana")
    await hall.services.calls.flush(hall.services.db, hall.services.clock.now(), is_all=True)
    found = samples(await hall.call("GET", "/metrics"))
    (labelled,) = found["checkin_device_call_age_seconds"]
    assert labelled == labels(event=SLUG, device="1", role="kiosk")


async def test_what_runs_and_whether_it_may_be_sent_work_is_told(hall: Hall) -> None:
    found = samples(await hall.call("GET", "/metrics"))
    (build,) = found["checkin_build_info"]
    assert dict(build)["version"] == version()
    assert found["checkin_ready"] == found["checkin_database_up"] == {labels(): 1}
    for name in ("process_start_time_seconds", "process_cpu_seconds_total", "process_resident_memory_bytes"):
        assert found[name][labels()] > 0
    assert not [name for name in found if name.endswith("_created")]


async def test_without_the_database_the_rest_is_told(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise AppError("unavailable", "the disk is gone")

    monkeypatch.setattr(metrics, "read_gauges", fail)
    answer = await hall.call("GET", "/metrics")
    assert answer.status == 200
    found = samples(answer)
    assert "checkin_registered" not in found
    assert found["checkin_bugs_total"] == {labels(): 0}


async def test_a_database_that_hangs_is_asked_once_and_waited_for_a_while(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, asked = asyncio.Event(), 0

    async def hang(db: Database, clock: Clock) -> list[EventGauges]:
        nonlocal asked
        asked += 1
        await gate.wait()
        return await read_gauges(db, clock)

    monkeypatch.setattr(metrics, "read_gauges", hang)
    monkeypatch.setattr(metrics, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0.0)
    for _ in range(3):
        assert "checkin_registered" not in samples(await hall.call("GET", "/metrics"))
    assert asked == 1
    gate.set()
    monkeypatch.setattr(metrics, "PATIENCE_SECONDS", 20)
    assert "checkin_registered" in samples(await hall.call("GET", "/metrics"))


async def test_a_storm_of_scrapes_reads_the_database_once(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def read(db: Database, clock: Clock) -> list[EventGauges]:
        nonlocal asked
        asked += 1
        return await read_gauges(db, clock)

    monkeypatch.setattr(metrics, "read_gauges", read)
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 3600.0)
    answers = await asyncio.gather(*(hall.call("GET", "/metrics") for _ in range(50)))
    assert len({answer.body for answer in answers}) == asked == 1
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0.0)
    await hall.call("GET", "/metrics")
    assert asked == 2
