// The attendee's day as a list: now highlighted, done dimmed, what changed since it was last seen marked in words.
import { el, type Child } from "../shared/dom";
import { icon } from "../shared/icons";
import { dayName, isoDate, timeOfDay } from "../shared/time";
import type { ItineraryItem } from "../shared/types";
import type { Change } from "./memory";

export type When = "done" | "now" | "later" | "unknown";

/** Where an item stands in time. `now` is the server's, null while it is not known. */
export function whenOf(item: ItineraryItem, now: number | null): When {
  if (now === null) return "unknown";
  if (Date.parse(item.ends_at) <= now) return "done";
  return Date.parse(item.starts_at) <= now ? "now" : "later";
}

/** The whole list; several days each get their name above. */
export function createDay(
  items: ItineraryItem[],
  changes: Map<string, Change>,
  now: number | null,
  zone: string,
): HTMLElement {
  const days = new Map<string, ItineraryItem[]>();
  for (const item of items) {
    const date = isoDate(item.starts_at, zone);
    days.set(date, [...(days.get(date) ?? []), item]);
  }
  const parts = [...days.values()].flatMap((ofDay) => [
    days.size > 1 && ofDay[0] ? el("h3", { class: "day__date" }, dayName(ofDay[0].starts_at, zone)) : null,
    el(
      "ol",
      { class: "day" },
      ...ofDay.map((item) => createItem(item, changes.get(item.slot), whenOf(item, now), zone)),
    ),
  ]);
  return el("div", { class: "days" }, ...parts);
}

function createItem(item: ItineraryItem, change: Change | undefined, when: When, zone: string): HTMLElement {
  const time = el(
    "p",
    { class: "item__time" },
    el("time", { datetime: item.starts_at }, timeOfDay(item.starts_at, zone)),
    el("span", { class: "item__until" }, " – ", timeOfDay(item.ends_at, zone)),
  );
  const marks: Child[] = [
    when === "now" && el("span", { class: "item__now" }, "Now"),
    when === "done" && el("span", { class: "item__done" }, icon("tick"), "Done"),
  ];
  const body =
    item.session === null
      ? [
          el("p", { class: "item__title" }, icon("hourglass"), "No seat here yet"),
          el("p", { class: "item__why", dir: "auto" }, item.why),
        ]
      : [
          el("p", { class: "item__title", dir: "auto" }, item.title ?? ""),
          item.room && el("p", { class: "item__room", dir: "auto" }, icon("pin"), item.room.name),
          item.why !== "" && !tellsMove(item, change) && el("p", { class: "item__why", dir: "auto" }, item.why),
        ];
  return el(
    "li",
    {
      class: "item",
      data: { slot: item.slot, when, seat: item.session === null ? "none" : "yes", changed: change ? "yes" : "no" },
      "aria-current": when === "now" ? "time" : null,
    },
    el("div", { class: "item__head" }, time, ...marks),
    el("div", { class: "item__body" }, change && changeLine(item, change), ...body),
  );
}

/** The server's reason often names the old room and why: then it says it all, once. */
function tellsMove(item: ItineraryItem, change: Change | undefined): boolean {
  const room = change?.kind === "room" ? change.before?.room?.name : undefined;
  return room !== undefined && item.why.includes(room);
}

function changeLine(item: ItineraryItem, change: Change): HTMLElement {
  const words = tellsMove(item, change) ? item.why : changeWords(change);
  return el("p", { class: "item__change", dir: "auto" }, icon("swap"), words);
}

function changeWords({ kind, before }: Change): string {
  const room = before?.room?.name ?? null;
  if (kind === "new") return "New: you have a seat now";
  if (kind === "lost") return room ? `Your seat in ${room} was taken back` : "Your seat was taken back";
  if (kind === "time") return "The time has changed";
  if (kind === "session") return before?.title ? `Instead of ${before.title}` : "The session has changed";
  return room ? `Moved from ${room}` : "The room has changed";
}
