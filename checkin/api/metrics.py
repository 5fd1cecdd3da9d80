"""What /metrics answers: the server's own figures, and each event's read from the database.

Owns what is told of an event, and how often that is read. Must not tell of any person: counts only, no
discipline (a small one's count would tell of single people), and of devices their ids and roles, not the
names that somebody chose.
"""

import asyncio
import platform
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Final

from aiohttp import web
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from checkin.api.call import METRICS, SERVICES, Call
from checkin.api.openapi import version
from checkin.domain.errors import AppError
from checkin.metrics import Metrics
from checkin.service.gauges import EventGauges, read_gauges
from checkin.service.services import Services

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

KEPT_SECONDS: Final = 1.0
"""So long one answer is given to whoever asks: anybody may, as often as they like."""

PATIENCE_SECONDS: Final = 2.0
"""So long a scrape waits for the events' figures. Without them it tells the rest."""

SAMPLE_SECONDS: Final = 1.0
"""How old the figures of other processes may be."""


class Exposition:
    """The latest answer, and the making of the next."""

    def __init__(self) -> None:
        self._text = b""
        self._made_at: float | None = None
        self._turn = asyncio.Lock()
        self._reading: asyncio.Task[list[EventGauges]] | None = None

    async def text(self, metrics: Metrics, services: Services) -> bytes:
        """All metrics, at most a second old."""
        async with self._turn:
            if self._made_at is None or monotonic() - self._made_at >= KEPT_SECONDS:
                events = await self._read(services)
                sample(metrics, services)
                # On a thread: merging the files of several processes takes milliseconds.
                self._text = await asyncio.to_thread(metrics.text, _Events(events))
                self._made_at = monotonic()
            return self._text

    async def _read(self, services: Services) -> Sequence[EventGauges]:
        # A database that hangs must not be asked again by every scrape.
        if self._reading is None:
            self._reading = asyncio.create_task(read_gauges(services.db, services.clock))
        done, _ = await asyncio.wait([self._reading], timeout=PATIENCE_SECONDS)
        if not done:
            return ()
        reading, self._reading = self._reading, None
        try:
            return reading.result()
        except AppError:  # `checkin_database_up` tells
            return ()


EXPOSITION = web.AppKey("exposition", Exposition)


async def get_metrics(call: Call[None]) -> web.Response:
    """Prometheus' text: counts only, nobody's name."""
    app = call.request.app
    text = await app[EXPOSITION].text(app[METRICS], call.services)
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})


def sample(metrics: Metrics, services: Services) -> None:
    """Notes how things stand at this moment."""
    metrics.unanswered.set(services.scans.unanswered)
    metrics.boards.set(services.live.board_count())
    metrics.frames.n = services.live.frames_sent
    metrics.retries.n = services.db.retries
    metrics.is_ready.set(services.readiness.problem is None)
    metrics.is_database_up.set(services.readiness.database_problem is None)
    metrics.hand_over()


async def keep_sampling(app: web.Application) -> None:
    """Notes it each second, for ever, for a process beside this one that is asked for all."""
    while True:
        sample(app[METRICS], app[SERVICES])
        await asyncio.sleep(SAMPLE_SECONDS)


class _Events(Collector):
    """The events' figures as this process has just read them, and what is running."""

    def __init__(self, events: Sequence[EventGauges]) -> None:
        self._events = events

    def collect(self) -> Iterator[Metric]:
        """As `Collector` has it."""
        build = GaugeMetricFamily(
            "checkin_build_info", "What is running; always 1.", labels=("version", "python")
        )
        build.add_metric((version(), platform.python_version()), 1)
        yield build
        yield from self._counts()
        yield from self._rooms()
        yield from self._attention()

    def _counts(self) -> Iterator[Metric]:
        for name, about in (
            ("registered", "Registered attendees, without cancelled ones."),
            ("checked_in", "Registered attendees who have checked in."),
            ("on_site", "People on site now."),
            ("waiting", "Seats that somebody waits for, in slots that have not begun."),
        ):
            family = GaugeMetricFamily(f"checkin_{name}", about, labels=("event",))
            for event in self._events:
                family.add_metric((event.slug,), getattr(event, name))
            yield family

    def _rooms(self) -> Iterator[Metric]:
        for name, about in (
            ("headcount", "People in a room now."),
            ("seats", "Seats of a room."),
            ("posted_limit", "How many people the fire code lets into a room."),
        ):
            family = GaugeMetricFamily(f"checkin_room_{name}", about, labels=("event", "room"))
            for event in self._events:
                for room in event.rooms:
                    family.add_metric((event.slug, room.code), getattr(room, name))
            yield family

    def _attention(self) -> Iterator[Metric]:
        alerts = GaugeMetricFamily(
            "checkin_alerts_open", "Alerts that hold, acknowledged or not.", labels=("event", "kind")
        )
        ages = GaugeMetricFamily(
            "checkin_device_call_age_seconds",
            "Since a paired device was last heard of; written down once a minute.",
            labels=("event", "device", "role"),
        )
        for event in self._events:
            for kind, n in event.open_alerts.items():
                alerts.add_metric((event.slug, str(kind)), n)
            for device in event.devices:
                ages.add_metric((event.slug, str(device.id), str(device.role)), device.call_age_seconds)
        yield alerts
        yield ages
