// The top line of every page on a device: event, server's time, rehearsal mark; connection; room for more at the end.
import * as clock from "./clock";
import { el } from "./dom";
import { timeOfDay } from "./time";

export type Connection = "connecting" | "online" | "offline";

export interface TopLine {
  element: HTMLElement;
  /** Where a page adds its own, after the connection. */
  end: HTMLElement;
  setTitle(title: string): void;
  setZone(zone: string): void;
  setConnection(state: Connection, words: string): void;
  setRehearsalWord(word: string): void;
}

export function createTopLine(): TopLine {
  const title = el("h1", { class: "top-line__title" });
  const time = el("time", { class: "top-line__clock" });
  const mark = el("span", { class: "mark", hidden: true }, "Rehearsal");
  const words = el("span");
  const dot = el("span", { class: "top-line__dot", "aria-hidden": "true" });
  const connection = el("span", { class: "top-line__connection", data: { connection: "connecting" } }, dot, words);
  const end = el("div", { class: "top-line__end" }, connection);
  const element = el("header", { class: "top-line" }, title, time, mark, end);
  let zone = "";

  function tick(): void {
    const now = clock.now();
    time.textContent = now === null || zone === "" ? "" : timeOfDay(now, zone);
    mark.hidden = !clock.inRehearsal();
  }
  clock.onClockChange(tick);
  window.setInterval(tick, 1000);

  return {
    element,
    end,
    setTitle: (text) => (title.textContent = text),
    setZone(name) {
      zone = name;
      tick();
    },
    setConnection(state, text) {
      connection.dataset.connection = state;
      if (words.textContent !== text) words.textContent = text;
    },
    setRehearsalWord: (word) => (mark.textContent = word),
  };
}
