// The table of rooms. Rows are kept and changed in place, so that a screen reader or an eye stays where it was.
import { el } from "../shared/dom";
import { icon } from "../shared/icons";
import { createLimitBar, createStateChip, setText } from "../shared/room_state";
import type { RoomOccupancy } from "../shared/types";
import type { Order } from "./order";

/** A longer name is set smaller: the wall has no room for a third line. */
const LONG_NAME = 16;

const COLUMNS = [
  { name: "Room", key: "room" },
  { name: "Now / limit", key: "now" },
  { name: "Due", key: "due", spoken: "Due: people assigned to this session" },
  { name: "Session", key: "session" },
  { name: "Until", key: "until" },
  { name: "State", key: "state" },
];

export type TellTime = (instant: string) => string;

export interface RoomTable {
  element: HTMLElement;
  show(rooms: RoomOccupancy[], order: Order, now: number, time: TellTime): void;
}

// Roles are named: on a phone the rows are laid out as cards, which takes the table's own roles away.
export function createRoomTable(): RoomTable {
  const rows = new Map<string, Row>();
  const body = el("tbody", { role: "rowgroup" });
  const heads = COLUMNS.map(({ name, key, spoken }) =>
    el("th", { class: `cell cell--${key}`, scope: "col", role: "columnheader", "aria-label": spoken ?? null }, name),
  );
  const element = el(
    "table",
    { class: "rooms", role: "table" },
    el("caption", { class: "visually-hidden" }, "Rooms, those that need attention first"),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...heads)),
    body,
  );
  return {
    element,
    show(rooms, order, now, time) {
      const byCode = new Map(rooms.map((room) => [room.code, room]));
      for (const [code, row] of rows) {
        if (byCode.has(code)) continue;
        row.element.remove();
        rows.delete(code);
      }
      order.codes.forEach((code, place) => {
        const room = byCode.get(code);
        if (!room) return;
        const row = rows.get(code) ?? createRow(code);
        rows.set(code, row);
        row.show(room, order.moved.has(code), now, time);
        if (body.children[place] !== row.element) body.insertBefore(row.element, body.children[place] ?? null);
      });
      element.style.setProperty("--rows", String(Math.max(1, rows.size)));
    },
  };
}

interface Row {
  element: HTMLElement;
  show(room: RoomOccupancy, hasMoved: boolean, now: number, time: TellTime): void;
}

function createRow(code: string): Row {
  const cell = (key: string, ...children: Node[]): HTMLElement =>
    el("td", { class: `cell cell--${key}`, role: "cell" }, ...children);
  const name = el("span", { class: "room__name", dir: "auto" });
  const moved = el("span", { class: "room__moved", title: "Just moved here" }, icon("swap"));
  const bar = createLimitBar();
  const due = cell("due");
  const session = cell("session");
  const until = cell("until");
  const chip = createStateChip();
  const element = el(
    "tr",
    { class: "room", role: "row", data: { room: code } },
    el("th", { class: "cell cell--room", scope: "row", role: "rowheader" }, name, moved),
    cell("now", bar.element),
    due,
    session,
    until,
    cell("state", chip.element),
  );
  return {
    element,
    show(room, hasMoved, now, time) {
      element.dataset.state = room.state;
      element.dataset.headcount = String(room.headcount);
      element.dataset.expected = String(room.expected);
      moved.hidden = !hasMoved;
      setText(name, room.name);
      name.classList.toggle("room__name--long", room.name.length > LONG_NAME);
      bar.show(room);
      setText(due, room.session ? String(room.expected) : "–");
      setText(session, room.session?.title ?? "No session now");
      session.dataset.none = room.session ? "no" : "yes";
      const isAhead = room.session !== null && Date.parse(room.session.starts_at) > now;
      until.dataset.ahead = room.session ? (isAhead ? "yes" : "no") : "";
      setText(
        until,
        room.session ? (isAhead ? `from ${time(room.session.starts_at)}` : time(room.session.ends_at)) : "",
      );
      chip.show(room);
    },
  };
}
