// Sends scans and keeps each one until the server has answered it. A scan keeps its scan_id through every retry, so
// that it counts once however often it is sent. Whose screen is gone by then was let in (or out) without an answer:
// that scan is sent as a late one, which is a fact of its own time. Knows nothing of the screen.
import { post, Problem, Unreachable } from "./api";
import * as clock from "./clock";
import type { ScanAnswer } from "./types";

export type Direction = "auto" | "in" | "out";

export interface Scan {
  scan_id: string;
  credential?: string;
  number?: string;
  last_name?: string;
  direction: Direction;
  scanned_at?: string;
  /** A volunteer's decision at a door to let somebody in all the same. */
  override?: { reason: string; by: string };
}

export interface ScanEvents {
  onAnswer(scan: Scan, answer: ScanAnswer): void;
  /** Not answered yet; it is kept and sent again. */
  onDelay(scan: Scan, isBusy: boolean): void;
  /** The server will not take this scan; it is gone. */
  onRejected(scan: Scan, problem: Problem): void;
  onConnection(isOnline: boolean): void;
  /** How many scans wait for an answer. */
  onWaiting(count: number): void;
}

export interface ScanQueue {
  submit(scan: Scan): void;
  /** The scan of the same badge that still waits: showing it again is no second scan. */
  findWaiting(credential: string, direction: Direction): Scan | undefined;
  /** Sends what waits now, such as when the connection came back. */
  flush(): void;
}

const TIMEOUT_MS = 5000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

/** `waitingSeconds`: so long the page waits for an answer before it goes on with the next person. */
export function createScanQueue(device: string, waitingSeconds: number, events: ScanEvents): ScanQueue {
  const waiting: Scan[] = [];
  const unheard = new Set<string>();
  let isFlushing = false;
  let delay = FIRST_RETRY_MS;
  let timer: number | undefined;

  function keep(scan: Scan): void {
    if (waiting.includes(scan)) return;
    waiting.push(scan);
    events.onWaiting(waiting.length);
  }

  function drop(scan: Scan): void {
    const index = waiting.indexOf(scan);
    if (index < 0) return;
    waiting.splice(index, 1);
    unheard.delete(scan.scan_id);
    events.onWaiting(waiting.length);
  }

  /** The scan, or the late scan that it has become; the server takes both for the same. */
  function bodyOf(scan: Scan): object {
    const now = clock.now();
    if (now === null || scan.scanned_at === undefined || !unheard.has(scan.scan_id)) return scan;
    const isLate = now - Date.parse(scan.scanned_at) > waitingSeconds * 1000;
    return isLate ? { ...scan, offline: true, sent_at: new Date(now).toISOString() } : scan;
  }

  /** True when the scan is settled: answered or rejected. */
  async function send(scan: Scan): Promise<boolean> {
    try {
      const answer = await post<ScanAnswer>("/scans", bodyOf(scan), { device, timeoutMs: TIMEOUT_MS });
      events.onConnection(true);
      drop(scan);
      events.onAnswer(scan, answer);
      return true;
    } catch (error) {
      if (error instanceof Problem && !mayBeRepeated(scan, error)) {
        events.onConnection(true);
        drop(scan);
        events.onRejected(scan, error);
        return true;
      }
      if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
      const isBusy = error instanceof Problem && error.status === 429;
      if (isBusy) delay = Math.max(delay, (error.retryAfterSeconds ?? 0) * 1000);
      else {
        unheard.add(scan.scan_id);
        events.onConnection(false);
      }
      keep(scan);
      events.onDelay(scan, isBusy);
      return false;
    }
  }

  async function submitNow(scan: Scan): Promise<void> {
    if (await send(scan)) flush();
    else schedule();
  }

  function schedule(): void {
    window.clearTimeout(timer);
    if (waiting.length === 0) return;
    timer = window.setTimeout(flush, delay * (0.8 + Math.random() * 0.4));
    delay = Math.min(delay * 2, LAST_RETRY_MS);
  }

  function flush(): void {
    if (isFlushing || waiting.length === 0) return;
    isFlushing = true;
    void sendWaiting().finally(() => {
      isFlushing = false;
      schedule();
    });
  }

  async function sendWaiting(): Promise<void> {
    for (const scan of [...waiting]) {
      if (!(await send(scan))) return;
      delay = FIRST_RETRY_MS;
    }
  }

  return {
    submit: (scan) => void submitNow(scan),
    findWaiting: (credential, direction) =>
      waiting.find((scan) => scan.credential === credential && scan.direction === direction && !scan.override),
    flush,
  };
}

/** A person who types is told to wait (429) and types again; a badge is sent again for them. */
function mayBeRepeated(scan: Scan, problem: Problem): boolean {
  return problem.isTemporary || (problem.status === 429 && scan.credential !== undefined);
}
