// What this phone remembers of one badge: the last answer, to show something when there is no connection, and the day
// as its holder last saw it, to mark what changed since. No credential and no name is kept.
import type { Mine } from "../shared/attendee";
import type { ItineraryItem, Room } from "../shared/types";
import { storageName } from "./credential";

export type Remembered = Omit<Mine, "display_name" | "discipline" | "badge_png">;

interface Stored {
  mine: Remembered;
  /** The server's time of the answer, epoch milliseconds. */
  at: number;
  seen: ItineraryItem[];
}

export interface Change {
  /** Where or what it was before; null: there was no seat. */
  before: { room: Room | null; title: string | null } | null;
  kind: "room" | "session" | "time" | "new" | "lost";
}

export interface Memory {
  last(): { mine: Remembered; at: number } | null;
  remember(mine: Mine, at: number): void;
  /** By slot: what differs from the day as last seen. */
  changes(items: ItineraryItem[]): Map<string, Change>;
  markSeen(items: ItineraryItem[]): void;
  forget(): void;
}

export function openMemory(credential: string): Memory {
  const key = `checkin.my.${storageName(credential)}`;
  let stored = load(key);

  function save(): void {
    try {
      if (stored) localStorage.setItem(key, JSON.stringify(stored));
      else localStorage.removeItem(key);
    } catch {
      // Private mode or a full phone: the page works without a memory.
    }
  }

  return {
    last: () => (stored ? { mine: stored.mine, at: stored.at } : null),
    remember({ number, itinerary, room, version, event }, at) {
      // A first plan is news to nobody: there was nothing to be moved from.
      const seen = stored?.seen.length ? stored.seen : itinerary;
      stored = { mine: { number, itinerary, room, version, event }, at, seen };
      save();
    },
    changes(items) {
      const before = new Map((stored?.seen ?? []).map((item) => [item.slot, item]));
      const found = new Map<string, Change>();
      if (before.size === 0) return found;
      for (const item of items) {
        const change = compare(before.get(item.slot), item);
        if (change) found.set(item.slot, change);
      }
      return found;
    },
    markSeen(items) {
      if (!stored) return;
      stored = { ...stored, seen: items };
      save();
    },
    forget() {
      stored = null;
      save();
    },
  };
}

function compare(before: ItineraryItem | undefined, now: ItineraryItem): Change | null {
  if (!before || (before.session === null && now.session !== null)) return { before: null, kind: "new" };
  const was = { room: before.room, title: before.title };
  if (before.session !== null && now.session === null) return { before: was, kind: "lost" };
  if (before.room?.code !== now.room?.code) return { before: was, kind: "room" };
  if (before.session !== now.session) return { before: was, kind: "session" };
  if (before.starts_at !== now.starts_at) return { before: was, kind: "time" };
  return null;
}

function load(key: string): Stored | null {
  try {
    const found = JSON.parse(localStorage.getItem(key) ?? "null") as Stored | null;
    return found && Array.isArray(found.seen) && Array.isArray(found.mine?.itinerary) ? found : null;
  } catch {
    return null;
  }
}
