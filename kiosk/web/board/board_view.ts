// What the board looks like: the numbers when they are live, dimmed and under a banner when they are not, or those of a
// minute of the past, marked as such. The root element's data attributes say the same to programs.
import * as clock from "../shared/clock";
import { isoDate, timeOfDay } from "../shared/time";
import type { Agenda, History, Occupancy } from "../shared/types";
import { createAnnouncer } from "./announcer";
import { createBody } from "./body";
import { createHeader, createLostBanner, createPastBanner } from "./header";
import { frameAt, today, type HistorySource } from "./history";
import { createLookBack } from "./look_back";
import { ageWords, type View } from "./view";

/** Without news the table is drawn again this often: rows may move by then, and sessions that were ahead have begun. */
const REDRAW_MS = 1000;

/** The empty board of one event. */
export function createBoardView(event: string, source: HistorySource): View {
  const root = document.documentElement;
  const header = createHeader();
  const lost = createLostBanner();
  const pastBanner = createPastBanner();
  const announcer = createAnnouncer();
  const body = createBody();
  let agenda: Agenda | null = null;
  let last: Occupancy | null = null;
  let lastHour: History | null = null;
  let past: { history: History; at: number } | null = null;
  let drawnAt = -Infinity;

  const lookBack = createLookBack({
    source,
    time,
    span: () => (agenda ? today(now(), agenda.event.timezone) : null),
    fileName: () => `${event}-${agenda ? isoDate(now(), agenda.event.timezone) : "today"}-headcounts.csv`,
    onMinute(history, at) {
      past = { history, at };
      draw();
    },
    onLive() {
      past = null;
      pastBanner.hide();
      draw();
    },
  });

  function now(): number {
    return clock.now() ?? (last ? Date.parse(last.at) : 0);
  }

  function time(instant: string): string {
    return agenda ? timeOfDay(instant, agenda.event.timezone) : instant.slice(11, 16); // the event's own offset
  }

  function draw(): void {
    drawnAt = performance.now();
    if (past && last && agenda) return drawPast(past, last, agenda);
    if (!last) return;
    header.show(last);
    body.show({ frame: last, history: lastHour, isPast: false }, agenda, now(), time);
  }

  function drawPast({ history, at }: { history: History; at: number }, live: Occupancy, known: Agenda): void {
    const frame = frameAt(history, at, live, known);
    root.dataset.live = "past";
    root.dataset.asOf = time(frame.at);
    header.setStatus("past", `as of ${time(frame.at)}`);
    header.show(frame);
    pastBanner.show(time(frame.at));
    lost.hide();
    body.show({ frame, history, at, isPast: true }, known, now(), time);
  }

  function since(age: number | null): string | null {
    const at = clock.now();
    if (age !== null && at !== null && agenda) return timeOfDay(at - age, agenda.event.timezone);
    return last ? time(last.at) : null;
  }

  root.dataset.live = "connecting";
  header.setStatus("connecting", "connecting…");
  return {
    elements: [header.element, lost.element, pastBanner.element, body.element, lookBack.element, announcer.element],
    show(frame) {
      last = frame;
      root.dataset.checkedIn = String(frame.checked_in);
      root.dataset.onSite = String(frame.on_site);
      root.dataset.version = String(frame.version);
      announcer.hear(frame.rooms);
      if (!past) draw();
    },
    setAgenda(known) {
      agenda = known;
      header.setTitle(known.event.name);
      draw();
    },
    setLastHour(history) {
      lastHour = history;
      if (!past) draw();
    },
    setLive(age) {
      if (past) return;
      root.dataset.live = "live";
      header.setStatus("live", `live, ${ageWords(age)}`);
      lost.hide();
    },
    setStale(age) {
      if (past) return;
      root.dataset.live = "stale";
      header.setStatus("stale", "no connection");
      lost.show(since(age));
    },
    tick() {
      const at = clock.now();
      header.setTime(at !== null && agenda ? timeOfDay(at, agenda.event.timezone) : "");
      if (!past && performance.now() - drawnAt > REDRAW_MS) draw();
    },
  };
}
