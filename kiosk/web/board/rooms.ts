// The table of rooms. Rows are kept and changed in place, so that a screen reader or an eye stays where it was.
import { el, fill } from "../shared/dom";
import { icon, type IconName } from "../shared/icons";
import type { RoomOccupancy } from "../shared/types";
import type { Order } from "./order";

/** The bar goes on beyond the limit, so that a room that is over shows past the mark. */
const BAR_REACH = 1.12;
/** A longer name is set smaller: the wall has no room for a third line. */
const LONG_NAME = 16;

const STATES: Record<RoomOccupancy["state"], { word: string; icon: IconName }> = {
  open: { word: "Open", icon: "tick" },
  amber: { word: "Nearly full", icon: "warning" },
  full: { word: "Full", icon: "stop" },
  over: { word: "Over", icon: "hand" },
  closed: { word: "Closed", icon: "close" },
};

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
  const bar = createBar();
  const due = cell("due");
  const session = cell("session");
  const until = cell("until");
  const state = cell("state");
  const element = el(
    "tr",
    { class: "room", role: "row", data: { room: code } },
    el("th", { class: "cell cell--room", scope: "row", role: "rowheader" }, name, moved),
    cell("now", bar.element),
    due,
    session,
    until,
    state,
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
      const word = stateWord(room);
      if (state.dataset.word === word) return;
      state.dataset.word = word;
      fill(state, el("span", { class: "state-chip" }, icon(STATES[room.state].icon), word));
    },
  };
}

function createBar() {
  const count = el("span", { class: "bar__now" });
  const limit = el("span", { class: "bar__limit" });
  const amount = el("span", { class: "bar__fill" });
  const mark = el("span", { class: "bar__mark" });
  mark.style.insetInlineStart = `${100 / BAR_REACH}%`;
  const element = el(
    "span",
    { class: "bar" },
    el("span", { class: "bar__text" }, count, " / ", limit),
    el("span", { class: "bar__track", "aria-hidden": "true" }, amount, mark),
  );
  return {
    element,
    show({ headcount, posted_limit }: RoomOccupancy): void {
      setText(count, String(headcount));
      setText(limit, String(posted_limit));
      const share = posted_limit > 0 ? headcount / posted_limit : headcount > 0 ? BAR_REACH : 0;
      amount.style.width = `${(100 * Math.min(share, BAR_REACH)) / BAR_REACH}%`;
    },
  };
}

/** The chip's words, also what is announced. */
export function stateWord(room: RoomOccupancy): string {
  const { word } = STATES[room.state];
  if (room.state === "over") return `${room.headcount - room.posted_limit} over`;
  return word;
}

function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
