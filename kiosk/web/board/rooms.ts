// The table of rooms. Rows are kept and changed in place, so that a screen reader or an eye stays where it was.
import { el } from "../shared/dom";
import { setText } from "../shared/room_state";
import type { NextSlot, RoomOccupancy } from "../shared/types";
import type { Order } from "./order";
import { createRow, type Row } from "./room_row";

const COLUMNS = [
  { name: "Room", key: "room" },
  { name: "Now / limit", key: "now" },
  { name: "Last hour", key: "spark" },
  { name: "Due", key: "due", spoken: "Due: people assigned to this session" },
  { name: "Session", key: "session" },
  { name: "Next", key: "next" },
  { name: "State", key: "state" },
];

export type TellTime = (instant: string) => string;

/** What a row needs beside its room. */
export interface Context {
  /** Epoch milliseconds. */
  now: number;
  time: TellTime;
  next: NextSlot | null;
  /** The counts of a room's last hour. */
  lastHour(code: string): number[];
  /** A minute of the past: only what was counted is known. */
  isPast: boolean;
}

export interface RoomTable {
  element: HTMLElement;
  show(rooms: RoomOccupancy[], order: Order, context: Context): void;
}

// Roles are named: on a phone the rows are laid out as cards, which takes the table's own roles away.
export function createRoomTable(): RoomTable {
  const rows = new Map<string, Row>();
  const body = el("tbody", { role: "rowgroup" });
  const heads = COLUMNS.map(({ name, key, spoken }) =>
    el("th", { class: `cell cell--${key}`, scope: "col", role: "columnheader", "aria-label": spoken ?? null }, name),
  );
  const next = heads.find((head) => head.classList.contains("cell--next"));
  const element = el(
    "table",
    { class: "rooms", role: "table" },
    el("caption", { class: "visually-hidden" }, "Rooms, those that need attention first"),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...heads)),
    body,
  );

  function dropGone(known: Map<string, RoomOccupancy>): void {
    for (const [code, row] of rows) {
      if (known.has(code)) continue;
      row.element.remove();
      rows.delete(code);
    }
  }

  return {
    element,
    show(rooms, order, context) {
      const byCode = new Map(rooms.map((room) => [room.code, room]));
      dropGone(byCode);
      order.codes.forEach((code, place) => {
        const room = byCode.get(code);
        if (!room) return;
        const row = rows.get(code) ?? createRow(code);
        rows.set(code, row);
        row.show(room, order.moved.has(code), context);
        if (body.children[place] !== row.element) body.insertBefore(row.element, body.children[place] ?? null);
      });
      if (next) setText(next, context.next ? `Next at ${context.time(context.next.starts_at)}` : "Next");
      element.dataset.next = context.next ? "yes" : "no";
      element.style.setProperty("--rows", String(Math.max(1, rows.size)));
    },
  };
}
