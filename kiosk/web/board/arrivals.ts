// Arrivals per five minutes, counted from the frames that this page has seen; a reload keeps them, a new tab begins
// anew.
import type { Occupancy } from "../shared/types";

const SPAN_MS = 5 * 60_000;
const SHOWN = 24;

interface Kept {
  /** Epoch milliseconds and checked_in of the newest frame. */
  at: number;
  checked_in: number;
  /** Number of the span (time / five minutes) → arrivals in it. */
  spans: Record<string, number>;
}

export interface Span {
  /** Its start, epoch milliseconds. */
  at: number;
  arrivals: number;
}

export interface Arrivals {
  add(frame: Occupancy): void;
  /** The last two hours, oldest first; empty before the first frame. */
  spans(): Span[];
}

export function createArrivals(event: string): Arrivals {
  const key = `checkin.arrivals.${event}`;
  let kept = load(key);
  return {
    add(frame) {
      const at = Date.parse(frame.at);
      const span = Math.floor(at / SPAN_MS);
      const isKnown = kept !== null && at >= kept.at && span - Math.floor(kept.at / SPAN_MS) <= 1;
      const spans = kept !== null && at >= kept.at ? { ...kept.spans } : {};
      // Nobody knows when those came who came while no frame did: they are left out and not put into one tall bar.
      const arrived = isKnown && kept ? frame.checked_in - kept.checked_in : 0;
      spans[span] = Math.max(0, (spans[span] ?? 0) + arrived);
      for (const old of Object.keys(spans)) if (Number(old) <= span - SHOWN) delete spans[old];
      kept = { at, checked_in: frame.checked_in, spans };
      save(key, kept);
    },
    spans() {
      if (!kept) return [];
      const last = Math.floor(kept.at / SPAN_MS);
      const { spans } = kept;
      return Array.from({ length: SHOWN }, (_, place) => {
        const span = last - SHOWN + 1 + place;
        return { at: span * SPAN_MS, arrivals: spans[span] ?? 0 };
      });
    },
  };
}

function save(key: string, kept: Kept): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // Without storage a reload begins anew; nothing else is lost.
  }
}

function load(key: string): Kept | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(key) ?? "null") as Kept | null;
    return found && typeof found.at === "number" && typeof found.spans === "object" ? found : null;
  } catch {
    return null;
  }
}
