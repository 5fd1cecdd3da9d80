// Below the rooms: how many of each discipline came, and when people arrived.
import { el, fill } from "../shared/dom";
import { createNumberBar, type NumberBar } from "../shared/number_bar";
import type { Agenda, Occupancy } from "../shared/types";
import type { Span } from "./arrivals";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 100;
/** With fewer, one arrival would look like a crowd. */
const LEAST_TOP = 5;

type Discipline = Agenda["discipline"][number];

/** Checked in of registered, by discipline, in the agenda's words. */
export function createDisciplineList() {
  const list = el("ul", { class: "disciplines" });
  const element = el("section", { class: "panel panel--disciplines" }, el("h2", {}, "Checked in by profession"), list);
  const bars = new Map<string, NumberBar>();
  let drawn = "";
  return {
    element,
    show(counts: Occupancy["disciplines"], agenda: Discipline[]): void {
      const names = JSON.stringify([counts.map((count) => count.code), agenda]);
      if (names !== drawn) {
        drawn = names;
        bars.clear();
        fill(list, ...counts.map(({ code }) => item(code, agenda, bars)));
      }
      for (const { code, checked_in, registered } of counts) bars.get(code)?.set(checked_in, registered);
    },
  };
}

function item(code: string, agenda: Discipline[], bars: Map<string, NumberBar>): HTMLElement {
  const known = agenda.find((discipline) => discipline.code === code);
  const bar = createNumberBar();
  bars.set(code, bar);
  const band = el("span", { class: "disciplines__band", "aria-hidden": "true" });
  if (known && /^#[0-9a-f]{6}$/i.test(known.colour)) band.style.background = known.colour;
  return el(
    "li",
    { class: "disciplines__item", data: { discipline: code } },
    band,
    el("span", { class: "disciplines__name", dir: "auto" }, known?.name ?? code),
    bar.element,
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
        busiest.arrivals > 0 ? `most: ${busiest.arrivals} at ${time(busiest.at)}` : "none seen by this board yet";
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
