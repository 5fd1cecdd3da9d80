// The top of the board: how many are here, how old that is, and the event's time.
import { el } from "../shared/dom";
import { icon } from "../shared/icons";
import { createRehearsalMark } from "../shared/rehearsal_mark";
import type { Occupancy } from "../shared/types";

export function createHeader() {
  const title = el("h1", { class: "board__event", dir: "auto" }, "Live board");
  const here = el("strong", { class: "board__here" }, "–");
  const rest = el("span", { class: "board__of" });
  const detail = el("p", { class: "board__detail" });
  const words = el("span");
  const status = el(
    "p",
    { class: "board__status", data: { state: "connecting" } },
    el("span", { class: "board__dot", "aria-hidden": "true" }),
    words,
  );
  const time = el("time", { class: "board__clock" });
  const element = el(
    "header",
    { class: "board__head" },
    el("div", { class: "board__title" }, title, createRehearsalMark()),
    el("p", { class: "board__count" }, here, " ", rest),
    detail,
    status,
    time,
  );
  return {
    element,
    setTitle: (text: string) => (title.textContent = text),
    setTime: (text: string) => (time.textContent = text),
    /** `state` is connecting, live, stale or past. */
    setStatus(state: string, text: string): void {
      status.dataset.state = state;
      if (words.textContent !== text) words.textContent = text;
    },
    show({ on_site, checked_in, registered }: Occupancy): void {
      here.textContent = String(on_site);
      rest.textContent = `of ${registered} here`;
      const left = checked_in - on_site;
      const parts = [`${checked_in} checked in`, `${Math.max(0, registered - checked_in)} still to come`];
      if (left > 0) parts.splice(1, 0, `${left} have left`);
      detail.textContent = parts.join(" · ");
    },
  };
}

/** Over everything while a minute of the past is on the page. */
export function createPastBanner() {
  const title = el("p", { class: "lost__title" });
  const words = el("p", { class: "lost__under" }, "These are earlier counts, not the live ones.");
  const element = el("div", { class: "lost lost--past", hidden: true }, icon("clock"), el("div", {}, title, words));
  return {
    element,
    show(time: string): void {
      title.textContent = `As of ${time}`;
      element.hidden = false;
    },
    hide(): void {
      element.hidden = true;
    },
  };
}

/** Over everything when the numbers can't be trusted; it says since when. */
export function createLostBanner() {
  const title = el("p", { class: "lost__title" });
  const under = el("p", { class: "lost__under" });
  const element = el(
    "div",
    { class: "lost", role: "alert", hidden: true },
    icon("warning"),
    el("div", {}, title, under),
  );
  return {
    element,
    /** `since`: a time of day, null when nothing ever came. Says it once, however often it is called. */
    show(since: string | null): void {
      const words = since ? `No data since ${since}` : "No data yet";
      if (!element.hidden && title.textContent === words) return;
      title.textContent = words;
      under.textContent = since
        ? "The numbers below are old. They come back by themselves when the connection does."
        : "There is no connection to the server. This board starts by itself when there is one.";
      element.hidden = false;
    },
    hide(): void {
      element.hidden = true;
    },
  };
}
