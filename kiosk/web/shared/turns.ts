// Whose turn it is. One scan is on the screen at a time; a new one takes over at once; an answer that comes after its
// person's turn is settled in silence, so that nobody sees another one's room.
import type { Problem } from "./api";
import * as clock from "./clock";
import type { Direction, Scan } from "./scan_queue";
import { play, type Tone } from "./sound";
import { createStateScreen, type StateContent } from "./state_screen";
import type { ScanAnswer } from "./types";
import { randomUuid } from "./uuid";

/** What a page says when a scan has no answer. */
export interface TurnTexts {
  moment: string;
  momentWay: string;
  tooMany: string;
  tooManyWay: string;
  failed: string;
  seeDesk: string;
  unpaired: string;
  unpairedWay: string;
  pairAgain: string;
}

/** What was read or typed; an override goes with it where a volunteer decided. */
export type Read = Pick<Scan, "credential" | "number" | "last_name" | "override">;

export interface TurnsOptions {
  /** In the language of this moment. */
  words(): TurnTexts;
  contentFor(scan: Scan, answer: ScanAnswer): StateContent;
  /** How long the screen says that an answer is late. */
  waitingSeconds: number;
  /** An earlier scan of the same badge that has no answer yet. */
  findWaiting(credential: string, direction: Direction): Scan | undefined;
  /** A scan to be sent. */
  onScan(scan: Scan): void;
  /** The screen is free for the next person. */
  onEnd(): void;
}

export interface Turns {
  element: HTMLElement;
  begin(what: Read, direction: Direction, decodedAt: number): void;
  answer(scan: Scan, answer: ScanAnswer): void;
  delay(scan: Scan, isBusy: boolean): void;
  reject(scan: Scan, problem: Problem): void;
  showUnpaired(): void;
  /** Takes the answer away before its time is over. */
  dismiss(): void;
}

/** An answer faster than this shows no "one moment" before it. */
const PATIENCE_MS = 400;
const REFUSED_SECONDS = 5;

function newScan(what: Read, direction: Direction): Scan {
  const now = clock.now();
  const scan: Scan = { scan_id: randomUuid(), ...what, direction };
  if (now !== null) scan.scanned_at = new Date(now).toISOString();
  return scan;
}

export function createTurns({ words, contentFor, waitingSeconds, findWaiting, onScan, onEnd }: TurnsOptions): Turns {
  const screen = createStateScreen(end);
  const { element } = screen;
  element.id = "answer";
  let current: Scan | null = null;
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
    show(waitingScreen("one_moment", words().moment, words().momentWay, waitingSeconds), "waiting");
  }

  function busy(under: string, seconds: number): void {
    show(waitingScreen("too_many_requests", words().tooMany, under, seconds), "waiting");
  }

  /** For tests and for whoever measures: when a code was read and when its screen was painted. */
  function noteShown(): void {
    requestAnimationFrame(() => window.setTimeout(() => (element.dataset.shownAt = performance.now().toFixed(1)), 0));
  }

  return {
    element,
    begin(what, direction, decodedAt) {
      if (isUnpaired) return;
      const isAgain = what.credential !== undefined && what.override === undefined;
      current = (isAgain && findWaiting(what.credential ?? "", direction)) || newScan(what, direction);
      element.dataset.decodedAt = decodedAt.toFixed(1);
      delete element.dataset.shownAt;
      screen.hide();
      window.clearTimeout(patience);
      patience = window.setTimeout(moment, PATIENCE_MS);
      onScan(current);
    },
    answer(scan, answer) {
      if (current?.scan_id !== scan.scan_id) return;
      current = null; // answered: a repeated answer for it would change nothing
      show(contentFor(scan, answer), answer.verdict);
    },
    delay(scan, isBusy) {
      if (current?.scan_id !== scan.scan_id || element.dataset.reason === "one_moment") return;
      if (isBusy) busy(words().momentWay, waitingSeconds);
      else moment();
    },
    reject(scan, problem) {
      if (problem.status === 401) return showUnpaired();
      if (current?.scan_id !== scan.scan_id) return;
      current = null;
      if (problem.status === 429) return busy(words().tooManyWay, REFUSED_SECONDS);
      show(deskScreen(problem.code), "refused");
    },
    showUnpaired,
    dismiss() {
      if (!isUnpaired) end();
    },
  };

  function showUnpaired(): void {
    if (isUnpaired) return;
    isUnpaired = true;
    current = null;
    const { unpaired, unpairedWay, pairAgain } = words();
    const action = { words: pairAgain, run: () => window.location.assign("/pair") };
    const screen = deskScreen("unauthorized");
    show({ ...screen, title: unpaired, under: unpairedWay, action, seconds: 0 }, "refused");
  }

  function waitingScreen(reason: string, title: string, under: string, seconds: number): StateContent {
    return { state: "waiting", reason, icon: "hourglass", title, under, seconds };
  }

  function deskScreen(reason: string): StateContent {
    const { failed, seeDesk } = words();
    return { state: "refused", reason, icon: "hand", title: failed, under: seeDesk, seconds: REFUSED_SECONDS };
  }
}
