// Whose turn it is. One scan is on the screen at a time; a new one takes over at once; an answer that comes after its
// person's turn is settled in silence, so that nobody sees another one's room.
import type { Problem } from "../shared/api";
import * as clock from "../shared/clock";
import { play, type Tone } from "../shared/sound";
import { createStateScreen, type StateContent } from "../shared/state_screen";
import type { AgendaEvent, ScanAnswer } from "../shared/types";
import { randomUuid } from "../shared/uuid";
import { contentFor } from "./answers";
import type { Scan } from "./scan_queue";
import type { KioskTexts } from "./texts";

export interface TurnsOptions {
  words: { readonly language: string; readonly texts: KioskTexts };
  /** An earlier scan of the same badge that has no answer yet. */
  findWaiting(credential: string, direction: Scan["direction"]): Scan | undefined;
  /** A scan to be sent. */
  onScan(scan: Scan): void;
  /** The screen is free for the next person. */
  onEnd(): void;
}

export interface Turns {
  element: HTMLElement;
  begin(what: Pick<Scan, "credential" | "number" | "last_name">, direction: "auto" | "out", decodedAt: number): void;
  answer(scan: Scan, answer: ScanAnswer): void;
  delay(scan: Scan, isBusy: boolean): void;
  reject(scan: Scan, problem: Problem): void;
  showUnpaired(): void;
  setEvent(event: AgendaEvent): void;
}

/** An answer faster than this shows no "one moment" before it. */
const PATIENCE_MS = 400;
const WAITING_SECONDS = 12;
const REFUSED_SECONDS = 5;

function newScan(what: Pick<Scan, "credential" | "number" | "last_name">, direction: Scan["direction"]): Scan {
  const now = clock.now();
  const scan: Scan = { scan_id: randomUuid(), ...what, direction };
  if (now !== null) scan.scanned_at = new Date(now).toISOString();
  return scan;
}

export function createTurns({ words, findWaiting, onScan, onEnd }: TurnsOptions): Turns {
  const screen = createStateScreen(end);
  const { element } = screen;
  element.id = "answer";
  let current: Scan | null = null;
  let event: AgendaEvent | null = null;
  let patience: number | undefined;
  let isUnpaired = false;

  function end(): void {
    current = null;
    screen.hide();
    onEnd();
  }

  function show(content: StateContent, tone: Tone): void {
    window.clearTimeout(patience);
    screen.show(content);
    play(tone);
    noteShown();
  }

  function moment(): void {
    show(waitingScreen("one_moment", words.texts.moment, words.texts.momentWay, WAITING_SECONDS), "waiting");
  }

  function busy(under: string, seconds: number): void {
    show(waitingScreen("too_many_requests", words.texts.tooMany, under, seconds), "waiting");
  }

  /** For tests and for whoever measures: when a code was read and when its screen was painted. */
  function noteShown(): void {
    requestAnimationFrame(() => window.setTimeout(() => (element.dataset.shownAt = performance.now().toFixed(1)), 0));
  }

  return {
    element,
    begin(what, direction, decodedAt) {
      if (isUnpaired) return;
      current = (what.credential && findWaiting(what.credential, direction)) || newScan(what, direction);
      element.dataset.decodedAt = decodedAt.toFixed(1);
      delete element.dataset.shownAt;
      screen.hide();
      window.clearTimeout(patience);
      patience = window.setTimeout(moment, PATIENCE_MS);
      onScan(current);
    },
    answer(scan, answer) {
      if (current?.scan_id !== scan.scan_id) return;
      const now = clock.now() ?? Date.parse(answer.recorded_at);
      const isTyped = scan.number !== undefined;
      const situation = { texts: words.texts, language: words.language, event, now, isTyped };
      current = null; // answered: a repeated answer for it would change nothing
      show(contentFor(answer, situation), answer.verdict);
    },
    delay(scan, isBusy) {
      if (current?.scan_id !== scan.scan_id || element.dataset.reason === "one_moment") return;
      if (isBusy) busy(words.texts.momentWay, WAITING_SECONDS);
      else moment();
    },
    reject(scan, problem) {
      if (problem.status === 401) return showUnpaired();
      if (current?.scan_id !== scan.scan_id) return;
      current = null;
      if (problem.status === 429) return busy(words.texts.tooManyWay, REFUSED_SECONDS);
      show(deskScreen(problem.code), "refused");
    },
    showUnpaired,
    setEvent: (next) => (event = next),
  };

  function showUnpaired(): void {
    if (isUnpaired) return;
    isUnpaired = true;
    current = null;
    const { unpaired, unpairedWay, pairAgain } = words.texts;
    const action = { words: pairAgain, run: () => window.location.assign("/pair") };
    const screen = deskScreen("unauthorized");
    show({ ...screen, title: unpaired, under: unpairedWay, action, seconds: 0 }, "refused");
  }

  function waitingScreen(reason: string, title: string, under: string, seconds: number): StateContent {
    return { state: "waiting", reason, icon: "hourglass", title, under, seconds };
  }

  function deskScreen(reason: string): StateContent {
    const { failed, seeDesk } = words.texts;
    return { state: "refused", reason, icon: "hand", title: failed, under: seeDesk, seconds: REFUSED_SECONDS };
  }
}
