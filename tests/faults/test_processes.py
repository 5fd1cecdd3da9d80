"""Server processes that die: the others go on, nothing answered is lost, boards are current again at once."""

import asyncio
import json
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter

from tests.api.hall import SLUG
from tests.faults.town import (
    CALLERS,
    PATIENCE_SECONDS,
    PEOPLE,
    Crowd,
    Screen,
    Town,
    all_show,
    calling,
    serving,
    stored_answers,
    until,
    watching,
)
from tests.processes import is_running

MORNING = ("--clock", "2027-01-26T07:45:00-07:00")
RECOVERED_SECONDS = 2.0

IN_TRANSACTION = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database()
    AND state = 'idle in transaction' AND state_change < clock_timestamp() - interval '80 ms'
"""
"""Whoever began a transaction and has not gone on with it."""


async def check_nothing_was_lost(town: Town, crowd: Crowd) -> None:
    """Every answer is in the log as it was given, everybody was counted once, and it all adds up."""
    told = {name: (one["verdict"], one["reason"]) for name, one in crowd.answers.items()}
    assert len(told) == PEOPLE
    assert await stored_answers(town) == told
    assert set(told.values()) == {("admitted", "checked_in")}
    assert await town.differences() == []


async def check_recovery(screens: Sequence[Screen], crowd: Crowd) -> None:
    """Every board shows what only a frame made from now on can show, before the time is up."""
    began, count = perf_counter(), len(crowd.answers) + CALLERS + 1  # some may be stored and not answered
    await all_show(screens, count, RECOVERED_SECONDS)
    print(f"boards current after {1000 * (perf_counter() - began):.0f} ms, {crowd.failures} calls failed")


async def test_one_of_two_servers_killed_under_load_is_hardly_noticed(town: Town) -> None:
    async with (
        serving(town, *MORNING, name="first") as first,
        serving(town, name="second") as second,
        calling() as session,
    ):
        addresses = [first.url, second.url]
        crowd = Crowd(session, town, addresses)
        screens = [Screen(session, town, addresses), Screen(session, town, addresses[::-1])]
        async with watching(screens):
            arriving = asyncio.create_task(crowd.arrive(town.badges))
            await crowd.has_answers(PEOPLE // 3)
            first.kill()
            await check_recovery(screens, crowd)
            await arriving
            await all_show(screens, PEOPLE, PATIENCE_SECONDS)
        assert [screen.streams for screen in screens] == [2, 1]
        assert crowd.failures > 0
    await check_nothing_was_lost(town, crowd)


async def test_a_killed_process_is_started_again_while_the_others_go_on(town: Town) -> None:
    half = PEOPLE // 2
    async with serving(town, *MORNING, "--processes", "2") as server, calling() as session:
        crowd = Crowd(session, town, [server.url])
        screens = [Screen(session, town, [server.url]) for _ in range(8)]
        async with watching(screens):
            for n, victim in enumerate(server.children()):
                arriving = asyncio.create_task(crowd.arrive(town.badges[n * half : (n + 1) * half]))
                await crowd.has_answers(n * half + half // 3)
                os.kill(victim, signal.SIGKILL)
                await check_recovery(screens, crowd)
                await arriving
                await server.says("process_again", n + 1)
            await all_show(screens, PEOPLE, PATIENCE_SECONDS)
        assert all(screen.streams > 1 for screen in screens), "each was at one of those that were killed"
        assert len(server.children()) == 2
    await check_nothing_was_lost(town, crowd)


async def test_scans_are_recorded_also_while_the_process_that_records_them_is_killed(town: Town) -> None:
    third = PEOPLE // 3
    async with serving(town, *MORNING, "--processes", "2") as server, calling() as session:
        crowd = Crowd(session, town, [server.url])
        screens = [Screen(session, town, [server.url]) for _ in range(4)]
        async with watching(screens):
            for n in range(3):
                arriving = asyncio.create_task(crowd.arrive(town.badges[n * third : (n + 1) * third]))
                await crowd.has_answers(n * third + third // 3)
                os.kill(server.recorder(), signal.SIGKILL)
                await arriving
                await server.says("process_again", n + 1)
                await server.says("scan_process_found", 2 * (n + 2))
            await all_show(screens, PEOPLE, PATIENCE_SECONDS)
        assert crowd.failures == 0, "nobody had to ask again"
        assert "status=503" not in server.told()
        assert server.told().count("scan_process_lost") == 2 * 3
        assert len(server.children()) == 2
    await check_nothing_was_lost(town, crowd)


async def test_one_that_freezes_in_a_transaction_does_not_keep_the_event(town: Town) -> None:
    async with serving(town, *MORNING, "--processes", "2") as server, calling() as session:
        crowd = Crowd(session, town, [server.url])
        arriving = asyncio.create_task(crowd.arrive(town.badges))
        await crowd.has_answers(CALLERS)
        recorder = server.recorder()
        while not await town.rows(IN_TRANSACTION):
            os.kill(recorder, signal.SIGCONT)
            await asyncio.sleep(0.001)
            os.kill(recorder, signal.SIGSTOP)
            await asyncio.sleep(0.1)  # what PostgreSQL was doing is done
            assert not arriving.done()
        await arriving
        assert crowd.failures == 0, "nobody waited for longer than callers do"
        assert "status=503" not in server.told()
        os.kill(recorder, signal.SIGCONT)
        await server.says("scan_process_found", 4)
    await check_nothing_was_lost(town, crowd)


async def test_one_that_is_frozen_is_done_without_and_is_not_waited_for(town: Town) -> None:
    some = town.badges[:60]
    async with serving(town, *MORNING, "--processes", "2") as server, calling() as session:
        crowd = Crowd(session, town, [server.url])
        recorder = server.recorder()
        os.kill(recorder, signal.SIGSTOP)
        await crowd.arrive(some)
        assert crowd.failures == 0, "nobody waited for longer than callers do"
        os.kill(recorder, signal.SIGCONT)
        await server.says("scan_process_found", 4)
        await crowd.arrive(town.badges[60:])
        os.kill(recorder, signal.SIGSTOP)
        server.process.terminate()
        assert await asyncio.wait_for(server.process.wait(), PATIENCE_SECONDS) == 0, server.told()
        assert not is_running(recorder)
    await check_nothing_was_lost(town, crowd)


async def test_the_process_that_records_scans_leaves_signals_to_the_servers(town: Town) -> None:
    async with serving(town, *MORNING, "--processes", "2") as server, calling() as session:
        recorder = server.recorder()
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(recorder, number)
        await Crowd(session, town, [server.url]).arrive(town.badges[:40])
        assert server.recorder() == recorder
        server.process.terminate()
        assert await asyncio.wait_for(server.process.wait(), PATIENCE_SECONDS) == 0, server.told()
        assert not is_running(recorder)
        assert "scan_process_lost" not in server.told(), "it was there to the end"


async def test_several_processes_that_stop_finish_the_scans_they_took(town: Town) -> None:
    async with serving(town, *MORNING, "--processes", "2") as server, calling() as session:
        crowd = Crowd(session, town, [server.url])
        screens = [Screen(session, town, [server.url]) for _ in range(4)]
        async with watching(screens):
            arriving = asyncio.create_task(crowd.arrive(town.badges))
            await crowd.has_answers(PEOPLE // 3)
            children = server.children()
            server.process.terminate()
            assert await asyncio.wait_for(server.process.wait(), PATIENCE_SECONDS) == 0, server.told()
        arriving.cancel()
    assert not any(is_running(child) for child in children)
    assert "Traceback" not in server.told()
    stored = await stored_answers(town)
    assert {
        name: (one["verdict"], one["reason"]) for name, one in crowd.answers.items()
    }.items() <= stored.items()
    assert await town.differences() == []


async def test_several_processes_count_and_log_as_one_server(town: Town) -> None:
    words = (*MORNING, "--processes", "2")
    async with serving(town, *words, CHECKIN_LOG="json") as server, calling() as session:
        crowd = Crowd(session, town, [server.url])
        screens = [Screen(session, town, [server.url]) for _ in range(6)]
        async with watching(screens):
            await crowd.arrive(town.badges)
            await all_show(screens, PEOPLE, PATIENCE_SECONDS)
            wanted = (
                f'checkin_on_site{{event="{SLUG}"}} {PEOPLE}.0',
                "checkin_boards 6.0",
                "checkin_ready 1.0",
            )
            recorded = f'checkin_scans_total{{reason="checked_in",verdict="admitted"}} {PEOPLE}.0'
            async with asyncio.timeout(PATIENCE_SECONDS):
                told: list[str] = []
                while not {*wanted, recorded} <= set(told):
                    await asyncio.sleep(0.1)
                    async with session.get(f"{server.url}/metrics") as answer:
                        told = (await answer.text()).splitlines()
        server.process.terminate()
        assert await asyncio.wait_for(server.process.wait(), PATIENCE_SECONDS) == 0, server.told()
    said = [json.loads(line) for line in server.told().splitlines()]
    for word in ("started", "stopping", "stopped"):
        assert sorted(one["process"] for one in said if one["message"] == word) == [1, 2], word
    assert len([one for one in said if one["message"] == "verdict"]) >= PEOPLE


async def test_processes_go_when_their_parent_is_killed(town: Town) -> None:
    async with serving(town, *MORNING, "--processes", "2") as server:
        children = [*server.children(), server.recorder()]
        assert len(children) == 3
        server.kill()
        await until(lambda: not any(is_running(child) for child in children))
        assert "Traceback" not in server.told()


async def test_a_second_signal_does_not_wait_for_anybody(town: Town) -> None:
    async with serving(town, *MORNING, "--processes", "2") as server:
        children = [*server.children(), server.recorder()]
        host, port = server.url.removeprefix("http://").split(":")
        # A call whose body never ends keeps one of them waiting.
        _, slow = await asyncio.open_connection(host, int(port))
        slow.write(
            f"POST /api/v1/scans HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {town.kiosks[0]}\r\n"
            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode()
        )
        await slow.drain()
        async with calling() as session, session.get(f"{server.url}/healthz") as answer:
            assert answer.status == 200
        server.process.terminate()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while any(is_running(child) for child in children):
                await asyncio.sleep(1.1)
                with suppress(ProcessLookupError):
                    server.process.terminate()
            assert await server.process.wait() == 1
        assert "checkin: stopped at once" in server.told()
        slow.close()
