"""Scans on the wire: one, many, and taking one back.

Owns the forms of a scan and of its answer. Must not judge: a badge that nobody knows is an answer, no error.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from checkin.api import log, views, wire, written
from checkin.api.auth import check_still_paired
from checkin.api.bodies import problem_in, uuid_text
from checkin.api.call import METRICS, Call
from checkin.api.problems import forbidden
from checkin.domain.errors import AppError, invalid_field, not_found
from checkin.domain.instants import Instant, to_datetime, to_instant
from checkin.domain.model import Agenda, EventId, Role
from checkin.domain.scans import Alternative, DeviceFacts, Direction, Override, RoomLoad
from checkin.domain.texts import storable
from checkin.service.scans import Answer, Reading
from checkin.service.services import ActorKind

OVERRIDE_AT_DOORS = "only a door can let somebody in against the rules"

_DIRECTIONS = {str(direction): direction for direction in Direction}

_fields = msgspec.json.Decoder(wire.ScanFields)
_loose = msgspec.json.Decoder(dict[str, Any])

Place = tuple[EventId, DeviceFacts]


async def post_scan(call: Call[wire.SingleScan]) -> wire.ScanAnswer:
    """Records one scan and gives its verdict."""
    event_id, device = _scanner(call)
    reading = _reading(call.body, call.body.sent_at, device)
    answer = await call.services.scans.record_one(event_id, device, reading)
    return _told(call, answer)


async def post_batch(call: Call[wire.ScanBatch]) -> wire.BatchAnswer:
    """Records many; each has its own answer, in order."""
    event_id, device = _scanner(call)
    items = [_read(raw) for raw in call.body.scans]
    if call.body.sent_at is None and any(isinstance(one, wire.ScanFields) and one.offline for one in items):
        raise invalid_field("sent_at", "is needed when a scan was made offline")
    results: list[wire.ScanAnswer | wire.ScanProblem | None] = [None] * len(items)
    readings: list[tuple[int, Reading]] = []
    for place, item in enumerate(items):
        if not isinstance(item, wire.ScanFields):
            results[place] = item
            continue
        try:
            readings.append((place, _reading(item, call.body.sent_at, device)))
        except AppError as error:
            results[place] = _problem(str(item.scan_id), error)
    if not readings:  # nobody else would ask whether the device is still paired
        await check_still_paired(call.request, call.services)
    answers = await call.services.scans.record(event_id, device, [reading for _, reading in readings])
    for (place, reading), answer in zip(readings, answers, strict=True):
        results[place] = _result(call, reading, answer)
    return wire.BatchAnswer(results=[result for result in results if result is not None])


async def undo_scan(call: Call[None]) -> wire.Undone:
    """Takes a scan's sighting back. A device only its own scans'."""
    try:
        scan_id = UUID(call.request.match_info["scan_id"])
    except ValueError:
        raise not_found("There is no such scan.") from None
    device = call.actor.device
    undone_at = await call.services.scans.undo(
        scan_id.bytes, None if device is None else device.id, call.actor.label
    )
    return wire.Undone(scan_id=str(scan_id), undone_at=to_datetime(undone_at))


def _scanner(call: Call[Any]) -> Place:
    actor = call.actor
    if actor.kind is not ActorKind.DEVICE or actor.device is None or actor.event_id is None:
        raise forbidden("Scans come from paired devices.")
    if actor.device.role is Role.DISPLAY:
        raise forbidden("A display only shows; scans come from kiosks and doors.")
    return actor.event_id, actor.device


def _read(raw: msgspec.Raw) -> wire.ScanFields | wire.ScanProblem:
    """One scan of a batch; a malformed one as what is wrong with it."""
    try:
        return _fields.decode(raw)
    except msgspec.ValidationError as error:
        field, problem = problem_in(error)
        return wire.ScanProblem(scan_id=_id_in(raw), code="invalid", problem=f"{field or 'scan'}: {problem}")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return wire.ScanProblem(scan_id=_id_in(raw), code="invalid", problem="this scan is no JSON object")


def _id_in(raw: msgspec.Raw) -> str | None:
    try:
        return uuid_text(_loose.decode(raw).get("scan_id"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _reading(scan: wire.ScanFields, sent_at: datetime | None, device: DeviceFacts) -> Reading:
    if (scan.credential is None) == (scan.number is None):
        raise invalid_field("credential", "either a credential or a number must be given")
    scanned_at = None if scan.scanned_at is None else to_instant(scan.scanned_at)
    return Reading(
        scan_id=scan.scan_id.bytes,
        credential=scan.credential,
        number=scan.number,
        last_name=scan.last_name,
        direction=_DIRECTIONS[scan.direction],
        scanned_at=scanned_at,
        lateness=_lateness(scanned_at, sent_at) if scan.offline else None,
        override=_override(scan, device),
    )


def _override(scan: wire.ScanFields, device: DeviceFacts) -> Override | None:
    """A decision with who made it and why: blanks say neither."""
    given = scan.override
    if given is None:
        return None
    if device.role is not Role.DOOR:
        raise invalid_field("override", OVERRIDE_AT_DOORS)
    for name, text in (("reason", given.reason), ("by", given.by)):
        if not text.strip():
            raise invalid_field(f"override.{name}", "must not be blank")
    return Override(storable(given.reason), storable(given.by))


def _lateness(scanned_at: Instant | None, sent_at: datetime | None) -> int:
    """How old an offline scan is, by the clock of the device alone."""
    if scanned_at is None:
        raise invalid_field("scanned_at", "is needed when a scan was made offline")
    if sent_at is None:
        raise invalid_field("sent_at", "is needed when a scan was made offline")
    return to_instant(sent_at) - scanned_at


def _result(
    call: Call[Any], reading: Reading, answer: Answer | Exception
) -> wire.ScanAnswer | wire.ScanProblem:
    if isinstance(answer, Answer):
        return _told(call, answer)
    scan_id = written.uuid(reading.scan_id)
    if not isinstance(answer, AppError):
        call.request.app[METRICS].bugs.n += 1
        log.bug(answer, id=call.request_id, scan=scan_id)
        return wire.ScanProblem(scan_id=scan_id, code="internal", problem="the server made a mistake")
    if answer.code in ("unauthorized", "unavailable"):
        raise answer  # it concerns the device or the database, and so every scan
    return _problem(scan_id, answer)


def _problem(scan_id: str, error: AppError) -> wire.ScanProblem:
    return wire.ScanProblem(scan_id=scan_id, code=error.code, problem=error.message)


def _told(call: Call[Any], answer: Answer) -> wire.ScanAnswer:
    recorded = answer.recorded
    told = scan_answer(answer)
    if not answer.outcome.is_replay:
        call.request.app[METRICS].count_scan(told.verdict, told.reason)
    line: dict[str, object] = {
        "id": call.request_id,
        "device": recorded.device,
        "scan": told.scan_id,
        "verdict": told.verdict,
        "reason": told.reason,
    }
    if recorded.is_late:
        line["late"] = "yes"
    if answer.outcome.is_replay:
        line["replay"] = "yes"
    log.verdict(line)
    return told


def scan_answer(answer: Answer) -> wire.ScanAnswer:
    """A verdict on the wire."""
    recorded, outcome, agenda = answer.recorded, answer.outcome, answer.agenda
    told = wire.ScanAnswer(
        scan_id=written.uuid(recorded.scan_id),
        verdict=recorded.verdict.value,
        reason=recorded.reason.value,
        recorded_at=written.moment(agenda, recorded.recorded_at),
        attendee=None if outcome.person is None else views.scanned(outcome.person),
        room=views.stop_item(agenda, agenda.session.get(outcome.stop or "")),
    )
    if outcome.itinerary is not None:
        told.itinerary = written.itinerary(agenda, outcome.itinerary)
    if outcome.occupancy is not None:
        told.occupancy = _load(outcome.occupancy)
    if outcome.alternatives is not None:
        told.alternatives = [_alternative(agenda, one) for one in outcome.alternatives]
    if recorded.detail:
        _add_detail(told, recorded.detail, agenda)
    return told


def _add_detail(told: wire.ScanAnswer, detail: Mapping[str, Any], agenda: Agenda) -> None:
    first_at = detail.get("first_at")
    if first_at is not None:
        told.first_at = views.moment(agenda, first_at)
    told.first_device = detail.get("first_device") or UNSET
    told.conflict = detail.get("conflict") or UNSET
    told.overridden = detail.get("overridden") or UNSET
    told.left_room = detail.get("left_room") or UNSET


def _load(load: RoomLoad) -> wire.ScanOccupancy:
    return wire.ScanOccupancy(room=load.room, headcount=load.headcount, posted_limit=load.posted_limit)


def _alternative(agenda: Agenda, one: Alternative) -> wire.AlternativeItem:
    session = agenda.session[one.session]
    return wire.AlternativeItem(
        session=session.code,
        title=session.title,
        starts_at=views.moment(agenda, agenda.slot[session.slot].starts_at),
        room=views.room_item(agenda, session.room),
        seats_free=one.seats_free,
    )
