// One room of the table: how full it is, how that came, what takes place there and what comes next.
import { el } from "../shared/dom";
import { icon } from "../shared/icons";
import { createLimitBar, createStateChip, setText } from "../shared/room_state";
import type { RoomOccupancy } from "../shared/types";
import type { Context } from "./rooms";
import { createSparkline } from "./sparkline";

/** A longer name is set smaller: the wall has no room for a third line. */
const LONG_NAME = 16;

export interface Row {
  element: HTMLElement;
  show(room: RoomOccupancy, hasMoved: boolean, context: Context): void;
}

export function createRow(code: string): Row {
  const cell = (key: string, ...children: Node[]): HTMLElement =>
    el("td", { class: `cell cell--${key}`, role: "cell" }, ...children);
  const name = el("span", { class: "room__name", dir: "auto" });
  const moved = el("span", { class: "room__moved", title: "Just moved here" }, icon("swap"));
  const bar = createLimitBar();
  const spark = createSparkline();
  const due = cell("due");
  const session = createTwoLines();
  const next = createTwoLines();
  const chip = createStateChip();
  const element = el(
    "tr",
    { class: "room", role: "row", data: { room: code } },
    el("th", { class: "cell cell--room", scope: "row", role: "rowheader" }, name, moved),
    cell("now", bar.element),
    cell("spark", spark.element),
    due,
    cell("session", session.element),
    cell("next", next.element),
    cell("state", chip.element),
  );
  return {
    element,
    show(room, hasMoved, context) {
      element.dataset.state = room.state;
      element.dataset.headcount = String(room.headcount);
      element.dataset.expected = String(room.expected);
      moved.hidden = !hasMoved;
      setText(name, room.name);
      name.classList.toggle("room__name--long", room.name.length > LONG_NAME);
      bar.show(room);
      spark.show(context.lastHour(code), room.posted_limit);
      setText(due, room.session && !context.isPast ? String(room.expected) : "–");
      session.show(room.session?.title ?? "No session now", spanWords(room, context));
      next.show(...forecastWords(code, context));
      chip.show(room);
    },
  };
}

function createTwoLines() {
  const first = el("span", { class: "two-lines__first", dir: "auto" });
  const second = el("span", { class: "two-lines__second" });
  const element = el("span", { class: "two-lines" }, first, " ", second);
  return {
    element,
    show(title: string, under: string): void {
      setText(first, title);
      setText(second, under);
    },
  };
}

function spanWords({ session, counted_at }: RoomOccupancy, { now, time }: Context): string {
  const counted = counted_at ? `counted ${time(counted_at)}` : "";
  if (!session) return counted;
  const isAhead = Date.parse(session.starts_at) > now;
  const span = isAhead ? `from ${time(session.starts_at)}` : `until ${time(session.ends_at)}`;
  return counted ? `${span} · ${counted}` : span;
}

/** How many of those assigned to the next session in this room are here already. */
function forecastWords(code: string, { next }: Context): [string, string] {
  const room = next?.rooms.find((candidate) => candidate.code === code);
  if (!room) return ["", ""];
  return [room.title, room.assigned > 0 ? `${room.checked_in} of ${room.assigned} here` : "nobody assigned"];
}
