"""Alerts as they were raised, cleared and acknowledged. Rows are kept; of one key one is open at most."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from checkin.domain.alerts import Alert
from checkin.domain.instants import Instant
from checkin.domain.model import DeviceId, EventId
from checkin.store.schema_day import alert


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert of an event; open until `cleared_at`."""

    id: int
    alert: Alert
    raised_at: Instant
    cleared_at: Instant | None
    acknowledged_at: Instant | None
    acknowledged_by: str | None


def _to_alert(row: Row[Any]) -> AlertRow:
    return AlertRow(
        row.id,
        Alert.read(row.kind, row.subject, row.detail),
        Instant(row.raised_at),
        None if row.cleared_at is None else Instant(row.cleared_at),
        None if row.acknowledged_at is None else Instant(row.acknowledged_at),
        row.acknowledged_by,
    )


def list_open_alerts(connection: Connection, event_id: EventId) -> list[AlertRow]:
    """Those that hold, acknowledged or not, in the order they were raised."""
    query = select(alert).where(alert.c.event_id == event_id, alert.c.cleared_at.is_(None))
    return [_to_alert(row) for row in connection.execute(query.order_by(alert.c.id))]


def list_alerts_at(connection: Connection, event_id: EventId, at: Instant) -> list[AlertRow]:
    """Those that were open at a moment and that nobody had acknowledged by then."""
    query = select(alert).where(
        alert.c.event_id == event_id,
        alert.c.raised_at <= at,
        alert.c.cleared_at.is_(None) | (alert.c.cleared_at > at),
        alert.c.acknowledged_at.is_(None) | (alert.c.acknowledged_at > at),
    )
    return [_to_alert(row) for row in connection.execute(query.order_by(alert.c.id))]


def list_alerts(
    connection: Connection, event_id: EventId, is_open: bool, before: int | None, limit: int
) -> list[AlertRow]:
    """All of an event, or only the open ones, the newest first; `before`: those of lower ids."""
    query = select(alert).where(alert.c.event_id == event_id)
    if is_open:
        query = query.where(alert.c.cleared_at.is_(None))
    if before is not None:
        query = query.where(alert.c.id < before)
    return [_to_alert(row) for row in connection.execute(query.order_by(alert.c.id.desc()).limit(limit))]


def find_alert(connection: Connection, event_id: EventId, alert_id: int) -> AlertRow | None:
    """The alert of an id, if it is this event's."""
    query = select(alert).where(alert.c.event_id == event_id, alert.c.id == alert_id)
    row = connection.execute(query).first()
    return None if row is None else _to_alert(row)


def insert_alerts(connection: Connection, event_id: EventId, alerts: Iterable[Alert], now: Instant) -> None:
    """Raises alerts; none of their keys may be open."""
    rows = [
        {
            "event_id": event_id,
            "kind": str(one.kind),
            "subject": one.subject,
            "detail": one.write(),
            "raised_at": now,
        }
        for one in alerts
    ]
    if rows:
        connection.execute(insert(alert), rows)


def clear_alerts(connection: Connection, ids: Collection[int], now: Instant) -> None:
    """Ends alerts: what they told of is over."""
    if ids:
        connection.execute(update(alert).where(alert.c.id.in_(ids)).values(cleared_at=now))


def acknowledge_alert(connection: Connection, alert_id: int, by: str, now: Instant) -> None:
    """Remembers who has seen an alert, and when."""
    seen = {"acknowledged_at": now, "acknowledged_by": by}
    connection.execute(update(alert).where(alert.c.id == alert_id).values(seen))


def list_events_missing(connection: Connection, devices: Iterable[DeviceId]) -> set[EventId]:
    """The events in which one of these devices is missed: an alert says that it is silent."""
    subjects = [str(device) for device in devices]
    query = select(alert.c.event_id).where(
        alert.c.cleared_at.is_(None), alert.c.kind == "device", alert.c.subject.in_(subjects)
    )
    return {EventId(event_id) for event_id in connection.execute(query.distinct()).scalars()}
