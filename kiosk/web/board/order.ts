// Which room stands where: what needs attention first, else as in the agenda. Rows hold still while they are read:
// the order changes at most every 10 s, and what moved is told.
import type { RoomOccupancy } from "../shared/types";

export const HOLD_MS = 10_000;

const ATTENTION: Record<RoomOccupancy["state"], number> = { over: 0, full: 2, amber: 3, open: 4, closed: 5 };

export interface Order {
  codes: string[];
  /** Rooms that changed their place because their state did. */
  moved: Set<string>;
}

export interface Sorter {
  /** The order to show at `now` (milliseconds of any steady clock). */
  sort(rooms: RoomOccupancy[], now: number): Order;
}

export function createSorter(): Sorter {
  let order: Order = { codes: [], moved: new Set() };
  let levels = new Map<string, number>();
  let sortedAt = -Infinity;
  return {
    sort(rooms, now) {
      const known = new Set(order.codes);
      const isSameSet = rooms.length === known.size && rooms.every((room) => known.has(room.code));
      if (isSameSet && now - sortedAt < HOLD_MS) return order;
      const codes = rooms
        .map((room, place) => ({ code: room.code, level: levelOf(room), place }))
        .sort((one, other) => one.level - other.level || one.place - other.place)
        .map(({ code }) => code);
      const next = new Map(rooms.map((room) => [room.code, levelOf(room)]));
      const hasMoved = (code: string): boolean =>
        levels.get(code) !== next.get(code) && codes.indexOf(code) !== order.codes.indexOf(code);
      order = { codes, moved: new Set(isSameSet ? codes.filter(hasMoved) : []) };
      levels = next;
      sortedAt = now;
      return order;
    },
  };
}

/** A closed room with people in it needs somebody to look. */
function levelOf(room: RoomOccupancy): number {
  return room.state === "closed" && room.headcount > 0 ? 1 : ATTENTION[room.state];
}
