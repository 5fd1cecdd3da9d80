// What the board looks like: the numbers when they are live, dimmed and under a banner when they are not.
// The root element's data attributes say the same to programs.
import * as clock from "../shared/clock";
import { el } from "../shared/dom";
import { timeOfDay } from "../shared/time";
import type { Agenda, Occupancy } from "../shared/types";
import { createAnnouncer } from "./announcer";
import { createArrivals } from "./arrivals";
import { createArrivalChart, createDisciplineList } from "./footer";
import { createHeader, createLostBanner } from "./header";
import { createSorter } from "./order";
import { createRoomTable } from "./rooms";

/** Without news the table is drawn again this often: rows may move by then, and sessions that were ahead have begun. */
const REDRAW_MS = 1000;

export interface BoardView {
  elements: HTMLElement[];
  show(frame: Occupancy): void;
  setAgenda(agenda: Agenda): void;
  /** `age` in milliseconds: since the server last confirmed the numbers. */
  setLive(age: number | null): void;
  setStale(age: number | null): void;
  /** To be called several times a second. */
  tick(): void;
}

/** The empty board of one event. */
export function createBoardView(event: string): BoardView {
  const root = document.documentElement;
  const header = createHeader();
  const banner = createLostBanner();
  const announcer = createAnnouncer();
  const body = createBody(event);
  let zone: string | null = null;
  let last: Occupancy | null = null;
  let drawnAt = -Infinity;

  function draw(): void {
    if (last) body.show(last, clock.now() ?? Date.parse(last.at));
    drawnAt = performance.now();
  }

  function since(age: number | null): string | null {
    const now = clock.now();
    if (age !== null && now !== null && zone !== null) return timeOfDay(now - age, zone);
    return last ? localTime(last.at) : null;
  }

  root.dataset.live = "connecting";
  header.setStatus("connecting", "connecting…");
  return {
    elements: [header.element, banner.element, body.element, announcer.element],
    show(frame) {
      last = frame;
      root.dataset.checkedIn = String(frame.checked_in);
      root.dataset.onSite = String(frame.on_site);
      root.dataset.version = String(frame.version);
      header.show(frame);
      announcer.hear(frame.rooms);
      body.add(frame);
      draw();
    },
    setAgenda(agenda) {
      zone = agenda.event.timezone;
      header.setTitle(agenda.event.name);
      body.setAgenda(agenda);
      draw();
    },
    setLive(age) {
      root.dataset.live = "live";
      header.setStatus("live", `live, ${ageWords(age)}`);
      banner.hide();
    },
    setStale(age) {
      root.dataset.live = "stale";
      header.setStatus("stale", "no connection");
      banner.show(since(age));
    },
    tick() {
      const now = clock.now();
      header.setTime(now !== null && zone !== null ? timeOfDay(now, zone) : "");
      if (performance.now() - drawnAt > REDRAW_MS) draw();
    },
  };
}

function createBody(event: string) {
  const table = createRoomTable();
  const disciplines = createDisciplineList();
  const chart = createArrivalChart();
  const sorter = createSorter();
  const arrivals = createArrivals(event);
  const foot = el("div", { class: "board__foot" }, disciplines.element, chart.element);
  const element = el("div", { class: "board__body", hidden: true }, table.element, foot);
  let agenda: Agenda | null = null;

  function time(instant: number | string): string {
    if (agenda) return timeOfDay(instant, agenda.event.timezone);
    return typeof instant === "string" ? localTime(instant) : "";
  }

  return {
    element,
    add: (frame: Occupancy): void => arrivals.add(frame),
    setAgenda: (known: Agenda): void => {
      agenda = known;
    },
    show(frame: Occupancy, now: number): void {
      element.hidden = false;
      table.show(frame.rooms, sorter.sort(frame.rooms, performance.now()), now, time);
      disciplines.show(frame.disciplines, agenda?.discipline ?? []);
      chart.show(arrivals.spans(), time);
    },
  };
}

/** Times come with the event's own offset: their digits are right even before the agenda is here. */
function localTime(instant: string): string {
  return instant.slice(11, 16);
}

/** Tenths while they mean something. */
function ageWords(age: number | null): string {
  if (age === null) return "";
  const seconds = age / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} s old` : `${Math.round(seconds)} s old`;
}
