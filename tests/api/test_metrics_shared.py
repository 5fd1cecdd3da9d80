"""Two server processes that keep their figures in one folder: whoever is asked answers for both."""

import asyncio
import signal
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from aiohttp import ClientSession
from prometheus_client.multiprocess import mark_process_dead

from tests.api.hall import EVENT, SLUG, Furnished
from tests.api.terminal import Terminal, serve
from tests.api.test_metrics import Labels, labels, read_samples

PATIENCE = 20

Samples = Mapping[str, Mapping[Labels, float]]


async def scrape(url: str, is_it: Callable[[Samples], bool] = lambda _: True) -> Samples:
    """What a server answers, once it is so: others' figures may be a second old."""
    async with asyncio.timeout(PATIENCE):
        while True:
            body = await asyncio.to_thread(lambda: urllib.request.urlopen(f"{url}/metrics").read())
            found = read_samples(body.decode())
            if is_it(found):
                return found
            await asyncio.sleep(0.1)


def check_both(found: Samples) -> None:
    """What both did together: three scans, a board each."""
    assert found["checkin_scans_total"] == {
        labels(verdict="admitted", reason="checked_in"): 2,
        labels(verdict="repeat", reason="already_checked_in"): 1,
    }
    assert found["checkin_request_seconds_count"][labels(method="POST", route="/api/v1/scans")] == 3
    assert found["checkin_batch_size_sum"] == {labels(): 3}
    assert found["checkin_registered"] == {labels(event=SLUG): 4}, "read once, not added up"
    assert found["checkin_on_site"] == {labels(event=SLUG): 2}
    assert found["checkin_ready"] == found["checkin_database_up"] == {labels(): 1}
    assert len(found["checkin_build_info"]) == 1
    for name in ("process_cpu_seconds_total", "process_resident_memory_bytes"):
        assert found[name][labels()] > 0


async def test_either_answers_for_both_and_for_one_that_died(
    furnished_terminal: Terminal, furnished: Furnished, tmp_path: Path
) -> None:
    people, folder = furnished.people, tmp_path / "figures"
    folder.mkdir()
    started = [
        await serve(furnished_terminal, "serve", "--port", "0", PROMETHEUS_MULTIPROC_DIR=str(folder))
        for _ in range(2)
    ]
    (one, other), urls = [process for process, _ in started], [line.split()[2] for _, line in started]
    display = {"Authorization": f"Bearer {people.display}"}
    async with ClientSession(headers={"Authorization": f"Bearer {people.kiosk}"}) as session:

        async def scan(url: str, name: str) -> None:
            body = {"scan_id": str(uuid.uuid4()), "credential": people.letters[name]}
            async with session.post(f"{url}/api/v1/scans", json=body) as answer:
                assert answer.status == 200

        await scan(urls[0], "Ana")
        await scan(urls[0], "Ana")
        await scan(urls[1], "Ben")
        streams = [await session.get(f"{url}{EVENT}/occupancy/stream", headers=display) for url in urls]
        for stream in streams:
            await stream.content.readuntil(b"event: occupancy")

        found = [
            await scrape(url, lambda now: now["checkin_boards"] == {labels(): 2} and _scans(now) == 3)
            for url in urls
        ]
        for each in found:
            check_both(each)

        other.send_signal(signal.SIGKILL)
        await other.wait()
        # As whoever started it does.
        mark_process_dead(other.pid, path=str(folder))  # type: ignore[no-untyped-call]
        left = await scrape(urls[0], lambda now: now["checkin_boards"] == {labels(): 1})
        assert _scans(left) == 3, "what it did stays counted"
        for stream in streams:
            stream.close()
    one.terminate()
    _, complaint = await asyncio.wait_for(one.communicate(), PATIENCE)
    assert one.returncode == 0, complaint.decode()


def _scans(found: Samples) -> float:
    return sum(found.get("checkin_scans_total", {}).values())
