"""What /metrics tells: the server's own work, in Prometheus' words."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from tests.api.hall import Answer, Hall

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
    assert found["checkin_job_seconds_count"] == {labels(job="plan"): 1}
