// The server's clock. A page never asks the tablet what time it is: it takes `Checkin-Time` from each answer and
// counts on from there with performance.now(), which no change of the tablet's clock can move.

let offset: number | null = null; // server's epoch ms − performance.now()
let uncertainty = Infinity;
let rehearsal = false;
const listeners = new Set<() => void>();

/** Learns from one answer: its headers and when (performance.now()) it was asked for and arrived. */
export function observe(headers: Headers, askedAt: number, arrivedAt: number): void {
  const stamp = Date.parse(headers.get("Checkin-Time") ?? "");
  if (Number.isNaN(stamp)) return;
  const half = (arrivedAt - askedAt) / 2;
  const candidate = stamp - (askedAt + half);
  const moved = offset === null || Math.abs(candidate - offset) > half + uncertainty + 1000;
  if (moved || half <= uncertainty) {
    offset = candidate;
    uncertainty = half;
  }
  const isRehearsal = headers.get("Checkin-Rehearsal") === "1";
  if (moved || isRehearsal !== rehearsal) {
    rehearsal = isRehearsal;
    for (const listener of listeners) listener();
  }
}

/** The server's time in epoch milliseconds, or null before the first answer. */
export function now(): number | null {
  return offset === null ? null : performance.now() + offset;
}

export function inRehearsal(): boolean {
  return rehearsal;
}

/** Calls `listener` when the clock became known or jumped, or the rehearsal mark changed. */
export function onClockChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
