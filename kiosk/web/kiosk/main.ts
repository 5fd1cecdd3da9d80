// The arrival kiosk: puts camera, scanner, typed entry, queue and screens together, and decides whose turn it is.
import { CAMERA_TEXTS } from "../shared/camera_texts";
import * as clock from "../shared/clock";
import { findDevice, type Device } from "../shared/devices";
import { el } from "../shared/dom";
import { startHeartbeat } from "../shared/heartbeat";
import { watchKeyboardScanner } from "../shared/keyboard_scanner";
import { createScanQueue } from "../shared/scan_queue";
import { createScanner, createSameCodeFilter } from "../shared/scanner";
import { play, unlockSound } from "../shared/sound";
import { createTopLine } from "../shared/top_line";
import { createTurns } from "../shared/turns";
import type { AgendaEvent } from "../shared/types";
import { keepScreenOn } from "../shared/wake_lock";
import { createWords, DEFAULT_LANGUAGE } from "../shared/words";
import { contentFor } from "./answers";
import { createIdleView } from "./idle_view";
import { createLanguageSwitch } from "./language_switch";
import { TEXTS } from "./texts";
import { createTypedEntry } from "./typed_entry";

const IDLE_MS = 60_000;
const WAITING_SECONDS = 12;

function start(device: Device): void {
  const words = createWords(TEXTS);
  const top = createTopLine();
  const waitingMark = el("span", { class: "kiosk__waiting", data: { waiting: 0 } });
  const sameCode = createSameCodeFilter();
  let agendaEvent: AgendaEvent | null = null;
  let isLeaving = false;
  let connection: "connecting" | "online" | "offline" = "connecting";
  let waiting = 0;
  let idleTimer: number | undefined;

  const turns = createTurns({
    words: () => words.texts,
    contentFor(scan, answer) {
      const now = clock.now() ?? Date.parse(answer.recorded_at);
      const isTyped = scan.number !== undefined;
      return contentFor(answer, { texts: words.texts, language: words.language, event: agendaEvent, now, isTyped });
    },
    waitingSeconds: WAITING_SECONDS,
    findWaiting: (credential, scanDirection) => queue.findWaiting(credential, scanDirection),
    onScan: (scan) => queue.submit(scan),
    onEnd: enterIdle,
  });
  const queue = createScanQueue(device.device_id, WAITING_SECONDS, {
    onAnswer: turns.answer,
    onDelay: turns.delay,
    onRejected: turns.reject,
    onConnection: setConnection,
    onWaiting(count) {
      waiting = count;
      drawConnection();
    },
  });
  const idle = createIdleView(CAMERA_TEXTS[DEFAULT_LANGUAGE], {
    onNoBadge: openTyped,
    onLeaving: () => setLeaving(!isLeaving),
    onCamera: () => void scanner.start(),
  });
  const typed = createTypedEntry({
    onEntry(number, lastName) {
      closeTyped();
      turns.begin({ number, last_name: lastName }, takeDirection(), performance.now());
    },
    onCode: takeCode,
    onBack: closeTyped,
  });
  const scanner = createScanner(idle.camera.video, {
    onCode: (text, decodedAt) => takeCode(text, decodedAt),
    onReady: () => idle.camera.setState("ready"),
    onTrouble: (trouble) => idle.camera.setState(trouble),
  });

  /** Every way in which a badge's code arrives: camera, USB scanner, pasted text. */
  function takeCode(text: string, decodedAt = performance.now()): void {
    if (!sameCode.isNew(text, decodedAt)) return;
    play("tick");
    noteActivity();
    closeTyped();
    turns.begin({ credential: text.slice(0, 512) }, takeDirection(), decodedAt);
  }

  /** "I am leaving" is for the next scan only. */
  function takeDirection(): "auto" | "out" {
    const direction = isLeaving ? "out" : "auto";
    setLeaving(false);
    return direction;
  }

  function setLeaving(next: boolean): void {
    isLeaving = next;
    if (next) sameCode.forget(); // the badge may still be in the picture from the arrival
    idle.setLeaving(next);
  }

  function openTyped(): void {
    idle.element.hidden = true;
    typed.open();
  }

  function closeTyped(): void {
    typed.close();
    idle.element.hidden = false;
  }

  function enterIdle(): void {
    closeTyped();
    noteActivity();
  }

  function noteActivity(): void {
    window.clearTimeout(idleTimer);
    idleTimer = window.setTimeout(() => {
      words.set(DEFAULT_LANGUAGE);
      setLeaving(false);
      closeTyped();
    }, IDLE_MS);
  }

  function setConnection(isOnline: boolean): void {
    const next = isOnline ? "online" : "offline";
    const cameBack = isOnline && connection !== "online";
    connection = next;
    drawConnection();
    if (cameBack) queue.flush();
  }

  function drawConnection(): void {
    top.setConnection(connection, words.texts[connection]);
    waitingMark.dataset.waiting = String(waiting);
    waitingMark.textContent = waiting > 0 ? words.texts.waiting(waiting) : "";
    waitingMark.hidden = waiting === 0;
  }

  function drawWords(): void {
    idle.setTexts(words.texts, CAMERA_TEXTS[words.language]);
    typed.setTexts(words.texts);
    top.setRehearsalWord(words.texts.rehearsal);
    drawConnection();
  }

  words.onChange(drawWords);
  top.end.append(waitingMark, createLanguageSwitch(words));
  document.body.append(top.element, el("main", { class: "kiosk" }, idle.element, typed.element), turns.element);
  drawWords();

  unlockSound();
  keepScreenOn();
  watchKeyboardScanner(takeCode);
  for (const type of ["pointerdown", "keydown"]) window.addEventListener(type, noteActivity, { capture: true });
  noteActivity();
  startHeartbeat(device.event, device.device_id, {
    onAgenda(agenda) {
      agendaEvent = agenda.event;
      top.setTitle(agenda.event.name);
      top.setZone(agenda.event.timezone);
    },
    onConnection: setConnection,
    onRevoked: turns.showUnpaired,
  });
  void scanner.start();
}

const device = findDevice("kiosk");
if (device) start(device);
else window.location.replace("/pair");
