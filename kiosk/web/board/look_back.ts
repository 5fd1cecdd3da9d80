// Looks at any minute of the day again, and saves its counts as a table. While it does, the board says so and shows
// nothing live.
import { el } from "../shared/dom";
import { icon, type IconName } from "../shared/icons";
import { saveFile } from "../shared/save_file";
import type { History } from "../shared/types";
import type { HistorySource, Span } from "./history";
import type { TellTime } from "./rooms";

export interface LookBackOptions {
  source: HistorySource;
  /** The day so far; null before the event's time is known. */
  span(): Span | null;
  time: TellTime;
  /** The table's name: the event and the day. */
  fileName(): string;
  onMinute(history: History, at: number): void;
  onLive(): void;
}

export function createLookBack(options: LookBackOptions) {
  const { source, time } = options;
  const button = (name: IconName, words: string, run: () => void): HTMLButtonElement =>
    el("button", { class: "button", type: "button", on: { click: () => run() } }, icon(name), words);
  const open = button("clock", "Look back", () => void begin());
  const save = button("download", "Save as CSV", () => void download());
  const slider = el("input", {
    class: "look-back__slider",
    type: "range",
    min: 0,
    step: 1,
    "aria-label": "Minute of the day",
    on: { input: show },
  });
  const at = el("output", { class: "look-back__time" });
  const earlier = button("arrow_left", "1 min", () => step(-1));
  const later = button("arrow_right", "1 min", () => step(1));
  const live = button("close", "Back to live", end);
  const bar = el("div", { class: "look-back__bar", hidden: true }, at, earlier, slider, later, live);
  const trouble = el("p", { class: "look-back__trouble", role: "alert" });
  const element = el("section", { class: "look-back", "aria-label": "Look back" }, bar, open, save, trouble);
  let history: History | null = null;
  live.classList.add("button--main");
  earlier.setAttribute("aria-label", "One minute earlier");
  later.setAttribute("aria-label", "One minute later");

  async function begin(): Promise<void> {
    const span = options.span();
    if (!span || !(await tried(async () => (history = await source.during(span)), open))) return;
    const last = (history?.minutes.length ?? 0) - 1;
    if (last < 0) return;
    slider.max = String(last);
    slider.value = String(last);
    bar.hidden = false;
    open.hidden = true;
    show();
    slider.focus();
  }

  function show(): void {
    if (!history) return;
    const place = Number(slider.value);
    const words = time(history.minutes[place] ?? history.to);
    at.textContent = words;
    slider.setAttribute("aria-valuetext", words);
    options.onMinute(history, place);
  }

  function step(by: number): void {
    slider.value = String(Number(slider.value) + by);
    show();
  }

  function end(): void {
    history = null;
    bar.hidden = true;
    open.hidden = false;
    open.focus();
    options.onLive();
  }

  async function download(): Promise<void> {
    const span = options.span();
    if (span) await tried(async () => saveFile(await source.table(span), options.fileName()), save);
  }

  async function tried(work: () => Promise<unknown>, pressed: HTMLButtonElement): Promise<boolean> {
    trouble.textContent = "";
    pressed.disabled = true;
    try {
      await work();
      return true;
    } catch {
      trouble.textContent = "The earlier counts did not come. Please try again.";
      return false;
    } finally {
      pressed.disabled = false;
    }
  }

  return { element };
}
