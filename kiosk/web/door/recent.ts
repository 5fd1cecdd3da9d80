// The last eight scans of this door, each with its way back: undo for who was let through, "Let in…" for who was
// refused. Kept in this page only: nothing of a person stays on the device.
import { post, Problem } from "../shared/api";
import * as clock from "../shared/clock";
import { el, fill } from "../shared/dom";
import { icon, type IconName } from "../shared/icons";
import type { Scan } from "../shared/scan_queue";
import { timeOfDay } from "../shared/time";
import type { ScanAnswer } from "../shared/types";
import { lineFor, mayBeOverridden, type Place } from "./answers";

const SHOWN = 8;

export interface RecentOptions {
  device: string;
  place(): Place;
  onLetIn(scan: Scan, answer: ScanAnswer): void;
  /** The scan counts no more; its badge may be shown again at once. */
  onUndone(): void;
}

export interface Recent {
  element: HTMLElement;
  begin(scan: Scan): void;
  answer(scan: Scan, answer: ScanAnswer): void;
  reject(scan: Scan): void;
}

interface Entry {
  scan: Scan;
  answer: ScanAnswer | null;
  state: "waiting" | "answered" | "rejected" | "undoing" | "undone";
  at: number | null;
  /** Let through since: there is nothing left to override. */
  isSettled: boolean;
  /** Why the last try to undo did not work. */
  trouble: string;
  element: HTMLElement;
}

export function createRecent(options: RecentOptions): Recent {
  const list = el("ol", { class: "recent__list" });
  const empty = el("p", { class: "recent__empty" }, "No scan yet");
  const element = el("section", { class: "recent", "aria-label": "Last scans" }, empty, list);
  let entries: Entry[] = [];

  function find(scan: Scan): Entry | undefined {
    return entries.find((entry) => entry.scan.scan_id === scan.scan_id);
  }

  function begin(scan: Scan): void {
    if (find(scan)) return;
    const line = el("li", { class: "recent__line", data: { scan: scan.scan_id } });
    const fresh = { answer: null, state: "waiting", isSettled: false, trouble: "" } as const;
    const entry: Entry = { ...fresh, scan, at: clock.now(), element: line };
    entries = [entry, ...entries].slice(0, SHOWN);
    draw(entry);
    fill(list, ...entries.map((kept) => kept.element));
    empty.hidden = true;
  }

  function draw(entry: Entry): void {
    const { time, icon: name, who, what } = wordsFor(entry);
    entry.element.dataset.state = entry.state;
    entry.element.dataset.verdict = entry.answer?.verdict ?? "";
    fill(
      entry.element,
      el("span", { class: "recent__icon" }, icon(name)),
      el("time", { class: "recent__time" }, time),
      el("span", { class: "recent__words" }, el("b", { dir: "auto" }, who), " ", what),
      buttonFor(entry),
    );
  }

  function wordsFor({ answer, scan, state, at, trouble }: Entry): { time: string; icon: IconName; who: string; what: string } {
    const place = options.place();
    if (answer) {
      const line = lineFor(answer, place);
      if (state === "undone") return { ...line, icon: "undo", what: `${line.what}, undone` };
      return trouble ? { ...line, what: `${line.what}. ${trouble}` } : line;
    }
    const time = at !== null && place.event ? timeOfDay(at, place.event.timezone) : "";
    const who = scan.number ?? "Badge";
    if (state === "rejected") return { time, icon: "hand", who, what: "not taken. Scan again" };
    return { time, icon: "hourglass", who, what: "waits for the connection" };
  }

  function buttonFor(entry: Entry): HTMLElement | null {
    const { answer, scan, state } = entry;
    if (!answer || state === "undone") return null;
    const who = lineFor(answer, options.place()).who;
    if (answer.verdict === "admitted") {
      const attributes = {
        class: "button recent__button",
        type: "button",
        disabled: state === "undoing",
        "aria-label": `Undo: ${who}`,
        on: { click: () => void undo(entry) },
      };
      return el("button", attributes, icon("undo"), "Undo");
    }
    if (!mayBeOverridden(answer) || entry.isSettled) return null;
    const run = (): void => options.onLetIn(scan, answer);
    const label = `Let ${who} in anyway`;
    return el("button", { class: "button recent__button", type: "button", "aria-label": label, on: { click: run } }, "Let in…");
  }

  async function undo(entry: Entry): Promise<void> {
    change(entry, "undoing", "");
    try {
      await post(`/scans/${entry.scan.scan_id}/undo`, {}, { device: options.device });
      change(entry, "undone", "");
      options.onUndone();
    } catch (error) {
      const isFinal = error instanceof Problem && !error.isTemporary;
      change(entry, "answered", isFinal ? "It cannot be undone" : "Not undone yet, no connection");
    }
  }

  function change(entry: Entry, state: Entry["state"], trouble: string): void {
    entry.state = state;
    entry.trouble = trouble;
    draw(entry);
  }

  function settleOthers({ scan: passed }: Entry): void {
    for (const entry of entries) {
      const { scan, answer, isSettled } = entry;
      const isSame = scan.credential === passed.credential && scan.number === passed.number;
      if (!isSame || isSettled || answer?.verdict !== "refused") continue;
      entry.isSettled = true;
      draw(entry);
    }
  }

  return {
    element,
    begin,
    answer(scan, answer) {
      const entry = find(scan);
      if (!entry) return;
      entry.answer = answer;
      change(entry, "answered", "");
      if (answer.verdict === "admitted") settleOthers(entry);
    },
    reject(scan) {
      const entry = find(scan);
      if (entry) change(entry, "rejected", "");
    },
  };
}
