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
  /** When it goes back to the idle screen by itself; 0 keeps it. */
  seconds: number;
}

export interface StateScreen {
  element: HTMLElement;
  show(content: StateContent): void;
  hide(): void;
}

/** Lives in the page's root; `onEnd` is called when the time of an answer is over. */
export function createStateScreen(onEnd: () => void): StateScreen {
  const body = el("div", { class: "state__body" });
  const barFill = el("div", { class: "state__bar-fill" });
  const bar = el("div", { class: "state__bar", "aria-hidden": "true" }, barFill);
  const polite = el("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
  const urgent = el("div", { class: "visually-hidden", role: "alert" });
  const screen = el("div", { class: "state", hidden: true, "aria-hidden": "true" }, body, bar);
  const element = el("div", { class: "state-root" }, screen, polite, urgent);
  let timer: number | undefined;

  function hide(): void {
    window.clearTimeout(timer);
    screen.hidden = true;
    polite.textContent = "";
    urgent.textContent = "";
  }

  function show(content: StateContent): void {
    window.clearTimeout(timer);
    screen.dataset.state = content.state;
    delete screen.dataset.seconds;
    fill(body, el("div", { class: "state__icon" }, icon(content.icon)), texts(content));
    screen.hidden = false;
    screen.scrollTop = 0;
    shrinkToFit(screen, body);
    if (content.seconds > 0) {
      screen.style.setProperty("--state-time", `${content.seconds}s`);
      void barFill.offsetWidth; // restarts the bar when one answer follows another
      screen.dataset.seconds = String(content.seconds);
      timer = window.setTimeout(onEnd, content.seconds * 1000);
    }
    const spoken = [content.title, content.before, content.main, content.under, ...(content.details ?? [])];
    const region = content.state === "refused" ? urgent : polite;
    (region === urgent ? polite : urgent).textContent = "";
    region.textContent = spoken.filter(Boolean).join(". ");
  }

  return { element, show, hide };
}

function texts(content: StateContent): HTMLElement {
  const line = (name: string, text: string | undefined): HTMLElement | null =>
    text ? el("p", { class: `state__${name}`, dir: "auto" }, text) : null;
  return el(
    "div",
    { class: "state__text" },
    el("h2", { class: "state__title", dir: "auto" }, content.title),
    line("before", content.before),
    line("main", content.main),
    line("under", content.under),
    ...(content.details ?? []).map((detail) => line("detail", detail)),
  );
}

/** Steps the room's and the title's size down until nothing is cut off or needs scrolling. */
function shrinkToFit(screen: HTMLElement, body: HTMLElement): void {
  const title = body.querySelector<HTMLElement>(".state__title");
  const main = body.querySelector<HTMLElement>(".state__main");
  const order = [main, title, main, main, title, title];
  const steps = new Map<HTMLElement, number>();
  for (const target of order) {
    if (fits(screen, title) && fits(screen, main)) return;
    if (!target) continue;
    const step = (steps.get(target) ?? 0) + 1;
    steps.set(target, step);
    target.dataset.step = String(step);
  }
}

function fits(screen: HTMLElement, part: HTMLElement | null): boolean {
  if (screen.scrollHeight > screen.clientHeight) return false;
  return !part || part.scrollWidth <= part.clientWidth;
}
