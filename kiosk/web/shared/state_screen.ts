// The full-screen answer to a scan, the same for every page that scans. Colour, icon, words; the page adds the tone.
// It never animates in: it is there, or it is not.
import { el, fill } from "./dom";
import { icon, type IconName } from "./icons";

export type State = "idle" | "waiting" | "admitted" | "repeat" | "refused";

export interface StateContent {
  state: Exclude<State, "idle">;
  reason: string;
  icon: IconName;
  /** One short sentence: "Welcome, Ana". */
  title: string;
  /** Leads to the main thing: "go to". */
  before?: string | undefined;
  /** The largest thing on the screen: the room. */
  main?: string | undefined;
  under?: string | undefined;
  details?: (string | undefined)[];
  /** A way out that needs a touch; only where nothing goes on by itself. */
  action?: { words: string; run: () => void };
  /** When it goes back to the idle screen by itself; 0 keeps it. */
  seconds: number;
}

export interface StateScreen {
  /** Carries `data-state` and `data-reason`, also while idle. */
  element: HTMLElement;
  show(content: StateContent): void;
  hide(): void;
}

/** Lives in the page's root; `onEnd` is called when the time of an answer is over. */
export function createStateScreen(onEnd: () => void): StateScreen {
  const body = el("div", { class: "state__body" });
  const barFill = el("div", { class: "state__bar-fill" });
  const bar = el("div", { class: "state__bar", "aria-hidden": "true" }, barFill);
  const polite = el("div", { class: "visually-hidden", role: "status" });
  const urgent = el("div", { class: "visually-hidden", role: "alert" });
  const screen = el("div", { class: "state__screen", hidden: true }, body, bar);
  const element = el("div", { class: "state", data: { state: "idle", reason: "" } }, screen, polite, urgent);
  let timer: number | undefined;

  function hide(): void {
    window.clearTimeout(timer);
    screen.hidden = true;
    element.dataset.state = "idle";
    element.dataset.reason = "";
    polite.textContent = "";
    urgent.textContent = "";
  }

  function show(content: StateContent): void {
    window.clearTimeout(timer);
    element.dataset.state = content.state;
    element.dataset.reason = content.reason;
    delete screen.dataset.seconds;
    fill(body, el("div", { class: "state__icon" }, icon(content.icon)), texts(content));
    screen.hidden = false;
    screen.scrollTop = 0;
    shrinkToFit(screen, body);
    if (content.seconds > 0) runBar(content.seconds);
    const spoken = [content.title, content.before, content.main, content.under, ...(content.details ?? [])];
    const [region, other] = content.state === "refused" ? [urgent, polite] : [polite, urgent];
    other.textContent = "";
    region.textContent = spoken.filter(Boolean).join(". ");
  }

  function runBar(seconds: number): void {
    screen.style.setProperty("--state-time", `${seconds}s`);
    void barFill.offsetWidth; // restarts the bar when one answer follows another
    screen.dataset.seconds = String(seconds);
    timer = window.setTimeout(onEnd, seconds * 1000);
  }

  return { element, show, hide };
}

function texts(content: StateContent): HTMLElement {
  const line = (name: string, text: string | undefined): HTMLElement | null =>
    text ? el("p", { class: `state__${name}`, dir: "auto" }, text) : null;
  const { action } = content;
  return el(
    "div",
    { class: "state__text" },
    // Screen readers hear the same through role=status or role=alert.
    el(
      "div",
      { class: content.main ? "state__words" : "state__words state__words--plain", "aria-hidden": "true" },
      line("title", content.title),
      line("before", content.before),
      line("main", content.main && keepDashes(content.main)),
      line("under", content.under),
      ...(content.details ?? []).map((detail) => line("detail", detail)),
    ),
    action &&
      el(
        "button",
        { class: "button button--large state__action", type: "button", on: { click: action.run } },
        action.words,
      ),
  );
}

/** Up to this many letters a room's name stays on one line, smaller if need be: "Room B204". */
const ONE_LINE = 12;

/** "Ballroom – North" breaks after its dash, not before. */
function keepDashes(text: string): string {
  return text.replace(/ ([–—-]) /g, "\u00a0$1 ");
}

const STEPS = 5;

/** Makes the room's name and the title smaller, step by step, until nothing is cut off and no word is broken. */
function shrinkToFit(screen: HTMLElement, body: HTMLElement): void {
  const title = body.querySelector<HTMLElement>(".state__title");
  const main = body.querySelector<HTMLElement>(".state__main");
  body.dataset.measuring = ""; // a word that is too long overflows while it is measured; after that it breaks
  if (main) main.dataset.short = String((main.textContent ?? "").length <= ONE_LINE);
  for (const part of [main, title]) {
    for (let step = 1; step <= STEPS && !isWithin(part); step++) set(part, step);
  }
  delete body.dataset.measuring;
  for (let step = 1; step <= STEPS; step++) {
    for (const part of [main, title]) {
      if (screen.scrollHeight <= screen.clientHeight) return;
      if (part) set(part, Math.max(step, Number(part.dataset.step ?? 0)));
    }
  }
}

function isWithin(part: HTMLElement | null): boolean {
  return !part || part.scrollWidth <= part.clientWidth;
}

function set(part: HTMLElement | null, step: number): void {
  if (part) part.dataset.step = String(step);
}
