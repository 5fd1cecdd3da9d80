// Below the rooms: how many of each discipline came, and when people arrived.
import { el, fill } from "../shared/dom";
import { setText } from "../shared/room_state";
import { createNumberBar, type NumberBar } from "../shared/number_bar";
import type { Agenda, Occupancy } from "../shared/types";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 100;
/** With fewer, one arrival would look like a crowd. */
const LEAST_TOP = 5;

const SPAN_MS = 5 * 60_000;
const SHOWN_SPANS = 24;

type Discipline = Agenda["discipline"][number];

interface Item {
  bar: NumberBar;
  missing: HTMLElement;
}

/** Arrivals from `at` (epoch milliseconds) on, five minutes long. */
interface Span {
  at: number;
  arrivals: number;
}

/** The last two hours in spans of five minutes, oldest first, also those in which nobody came. */
export function spansOf(frame: Occupancy): Span[] {
  const counts = new Map((frame.arrivals ?? []).map(({ at, n }) => [Math.floor(Date.parse(at) / SPAN_MS), n]));
  const last = Math.floor(Date.parse(frame.at) / SPAN_MS);
  return Array.from({ length: SHOWN_SPANS }, (_, place) => {
    const span = last - SHOWN_SPANS + 1 + place;
    return { at: span * SPAN_MS, arrivals: counts.get(span) ?? 0 };
  });
}

/** Checked in of registered, and who is missing, by discipline, in the agenda's words. */
export function createDisciplineList() {
  const list = el("ul", { class: "disciplines" });
  const element = el("section", { class: "panel panel--disciplines" }, el("h2", {}, "Checked in by profession"), list);
  const items = new Map<string, Item>();
  let drawn = "";
  return {
    element,
    /** Who is missing is still to come until the event `hasBegun`; from then on they are no-shows. */
    show(counts: Occupancy["disciplines"], agenda: Discipline[], hasBegun: boolean): void {
      element.hidden = counts.length === 0;
      const names = JSON.stringify([counts.map((count) => count.code), agenda]);
      if (names !== drawn) {
        drawn = names;
        items.clear();
        fill(list, ...counts.map(({ code }) => item(code, agenda, items)));
      }
      for (const { code, checked_in, registered } of counts) {
        const known = items.get(code);
        if (!known) continue;
        known.bar.set(checked_in, registered);
        setText(known.missing, missingWords(registered - checked_in, hasBegun));
      }
    },
  };
}

function missingWords(missing: number, hasBegun: boolean): string {
  if (missing <= 0) return "all here";
  if (!hasBegun) return `${missing} to come`;
  return missing === 1 ? "1 no-show" : `${missing} no-shows`;
}

function item(code: string, agenda: Discipline[], items: Map<string, Item>): HTMLElement {
  const known = agenda.find((discipline) => discipline.code === code);
  const bar = createNumberBar();
  const missing = el("span", { class: "disciplines__missing" });
  items.set(code, { bar, missing });
  const band = el("span", { class: "disciplines__band", "aria-hidden": "true" });
  if (known && /^#[0-9a-f]{6}$/i.test(known.colour)) band.style.background = known.colour;
  return el(
    "li",
    { class: "disciplines__item", data: { discipline: code } },
    band,
    el("span", { class: "disciplines__name", dir: "auto" }, known?.name ?? code),
    bar.element,
    missing,
  );
}

/** Bars of arrivals, the newest at the right. */
export function createArrivalChart() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "arrivals__chart");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  const from = el("span");
  const most = el("span", { class: "arrivals__most" });
  const element = el(
    "section",
    { class: "panel panel--arrivals" },
    el("h2", {}, "Arrivals every 5 minutes"),
    svg,
    el("p", { class: "arrivals__axis" }, from, most, el("span", {}, "now")),
  );
  return {
    element,
    show(spans: Span[], time: (instant: number) => string): void {
      const busiest = spans.reduce((best, span) => (span.arrivals > best.arrivals ? span : best), {
        at: 0,
        arrivals: 0,
      });
      const top = Math.max(LEAST_TOP, busiest.arrivals);
      svg.setAttribute("viewBox", `0 0 ${spans.length || 1} ${HEIGHT}`);
      svg.replaceChildren(
        ...spans.map((span, place) => column(place, (HEIGHT * span.arrivals) / top, place === spans.length - 1)),
      );
      const words =
        busiest.arrivals > 0 ? `most: ${busiest.arrivals} at ${time(busiest.at)}` : "nobody in these two hours";
      from.textContent = spans[0] ? time(spans[0].at) : "";
      most.textContent = words;
      svg.setAttribute("aria-label", `Arrivals every five minutes; ${words}`);
    },
  };
}

function column(place: number, height: number, isNewest: boolean): SVGRectElement {
  const rect = document.createElementNS(SVG, "rect");
  const shown = Math.max(height, 2);
  rect.setAttribute("x", String(place + 0.1));
  rect.setAttribute("y", String(HEIGHT - shown));
  rect.setAttribute("width", "0.8");
  rect.setAttribute("height", String(shown));
  rect.setAttribute("class", isNewest ? "arrivals__bar arrivals__bar--newest" : "arrivals__bar");
  return rect;
}
