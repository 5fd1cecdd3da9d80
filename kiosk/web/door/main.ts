// The page of a door: puts camera, scanner, typed numbers, queue, live counts and screens together. A room's name and
// count are always in sight; a scan's answer fills the screen and goes by itself.
import * as clock from "../shared/clock";
import { findDevice, type Device } from "../shared/devices";
import { startHeartbeat } from "../shared/heartbeat";
import { watchKeyboardScanner } from "../shared/keyboard_scanner";
import { createScanQueue } from "../shared/scan_queue";
import { createSameCodeFilter, createScanner, type Facing } from "../shared/scanner";
import { play, unlockSound } from "../shared/sound";
import { followOccupancy, type StreamState } from "../shared/stream";
import { timeOfDay } from "../shared/time";
import type { Connection } from "../shared/top_line";
import { createTurns, type Read } from "../shared/turns";
import type { Agenda, Occupancy } from "../shared/types";
import { keepScreenOn } from "../shared/wake_lock";
import { contentFor, type Place } from "./answers";
import { createCountSheet, type Counted } from "./count_sheet";
import { createDirections } from "./directions";
import { createDoorView } from "./door_view";
import { createNumberSheet } from "./number_sheet";
import { createOverrideSheet } from "./override_sheet";
import { createRecent } from "./recent";
import { createRoomStatus } from "./status";
import { TEXTS } from "./texts";

const WAITING_SECONDS = 3;
const TICK_MS = 1000;

function start({ device_id: device, event, room: code }: Device & { room: string }): void {
  const sameCode = createSameCodeFilter();
  const status = createRoomStatus();
  const directions = createDirections(`checkin.door.direction.${device}`, () => sameCode.forget());
  let agenda: Agenda | null = null;
  let frame: Occupancy | null = null;
  let connection: Connection = "connecting";
  let waiting = 0;
  let facing: Facing = "environment";

  function place(): Place {
    const rooms = agenda?.room ?? [];
    const here = rooms.find((room) => room.code === code) ?? frame?.rooms.find((room) => room.code === code);
    const roomName = (wanted: string): string => rooms.find((room) => room.code === wanted)?.name ?? wanted;
    return { room: here ?? { code, name: code.toUpperCase() }, event: agenda?.event ?? null, roomName };
  }

  const overriding = createOverrideSheet(place, (scan, override) => {
    const { credential, number } = scan;
    begin({ ...(credential ? { credential } : {}), ...(number ? { number } : {}), override }, performance.now());
  });
  const recent = createRecent({ device, place, onLetIn: overriding.open, onUndone: () => sameCode.forget() });
  const turns = createTurns({
    words: () => TEXTS,
    contentFor: (scan, answer) => contentFor(answer, place(), () => overriding.open(scan, answer)),
    waitingSeconds: WAITING_SECONDS,
    findWaiting: (credential, direction) => queue.findWaiting(credential, direction),
    onScan(scan) {
      recent.begin(scan);
      queue.submit(scan);
    },
    onEnd: () => undefined,
  });
  const queue = createScanQueue(device, WAITING_SECONDS, {
    onAnswer(scan, answer) {
      status.hear(answer);
      recent.answer(scan, answer);
      turns.answer(scan, answer);
    },
    onDelay: turns.delay,
    onRejected(scan, problem) {
      recent.reject(scan);
      turns.reject(scan, problem);
    },
    onConnection: setConnection,
    onWaiting(count) {
      waiting = count;
      view.setConnection(connection, waiting);
    },
  });
  const typing = createNumberSheet((number) => begin({ number }, performance.now()), takeCode);
  const counting = createCountSheet({ device, event, room: code, headcount: status.headcount, onCounted });
  const view = createDoorView(
    {
      status: status.element,
      directions: directions.element,
      recent: recent.element,
      sheets: [typing.element, counting.element, overriding.element],
    },
    { onCamera: startCamera, onTurnCamera: turnCamera, onNumber: typing.open, onCount: counting.open },
  );
  const scanner = createScanner(view.camera.video, {
    onCode: takeCode,
    onReady: () => view.camera.setState("ready"),
    onTrouble: (trouble) => view.camera.setState(trouble),
  });

  /** Every way in which a badge's code arrives: camera, USB scanner, pasted text. */
  function takeCode(text: string, decodedAt = performance.now()): void {
    if (!sameCode.isNew(text, decodedAt) || overriding.isAbout(text)) return;
    play("tick");
    begin({ credential: text.slice(0, 512) }, decodedAt);
  }

  function begin(read: Read, decodedAt: number): void {
    for (const sheet of [typing, counting, overriding]) sheet.close();
    view.say("");
    turns.begin(read, read.override ? "in" : directions.chosen(), decodedAt);
  }

  function onCounted({ headcount }: Counted): void {
    view.say(`Counted: ${headcount} inside.`);
  }

  function startCamera(): void {
    view.camera.setState("starting");
    view.setFacing(facing);
    void scanner.start(facing);
  }

  function turnCamera(): void {
    facing = facing === "environment" ? "user" : "environment";
    startCamera();
  }

  function setConnection(isOnline: boolean): void {
    const cameBack = isOnline && connection !== "online";
    connection = isOnline ? "online" : "offline";
    view.setConnection(connection, waiting);
    if (cameBack) queue.flush();
  }

  function show(next: Occupancy): void {
    frame = next;
    draw();
  }

  function draw(): void {
    const here = frame?.rooms.find((room) => room.code === code);
    if (here && frame) status.show(here, clock.now() ?? Date.parse(frame.at));
    view.setRoom(place().room.name);
  }

  /** Old counts never look live. */
  function onStream(state: StreamState): void {
    if (state === "revoked") return turns.showUnpaired();
    const now = clock.now();
    const zone = agenda?.event.timezone;
    const since = now !== null && zone ? timeOfDay(now - (stream.age() ?? 0), zone) : "before";
    status.setStale(state === "lost" ? since : null);
  }

  document.body.append(...view.elements, turns.element);
  turns.element.addEventListener("click", (click) => {
    if (!(click.target instanceof Element && click.target.closest("button"))) turns.dismiss();
  });
  window.addEventListener("keydown", (key) => {
    if (key.key === "Escape" && document.querySelector("dialog[open]") === null) turns.dismiss();
  });
  view.setConnection(connection, waiting);
  draw();
  unlockSound();
  keepScreenOn();
  watchKeyboardScanner(takeCode);
  startHeartbeat(event, device, {
    onAgenda(known) {
      agenda = known;
      status.setAgenda(known);
      view.setZone(known.event.timezone);
      draw();
    },
    onConnection: setConnection,
    onRevoked: turns.showUnpaired,
  });
  const stream = followOccupancy(event, device, { onFrame: show, onState: onStream });
  window.setInterval(draw, TICK_MS);
  startCamera();
}

const device = findDevice("door");
if (device?.room) start({ ...device, room: device.room });
else window.location.replace("/pair");
