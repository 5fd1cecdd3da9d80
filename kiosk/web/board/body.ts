// Alerts, rooms, professions and arrivals of one frame, live or of the past.
import { el } from "../shared/dom";
import { localMinute } from "../shared/schedule";
import type { Agenda, History, Occupancy } from "../shared/types";
import { createAlertList } from "./alerts";
import { createArrivalChart, createDisciplineList, spansOf } from "./footer";
import { hourBefore } from "./history";
import { createSorter } from "./order";
import { createRoomTable, type TellTime } from "./rooms";

export interface Shown {
  frame: Occupancy;
  /** Where the small lines come from, and the minute with which they end; the live ones end with the last. */
  history: History | null;
  at?: number;
  isPast: boolean;
}

export interface Body {
  element: HTMLElement;
  show(shown: Shown, agenda: Agenda | null, now: number, time: TellTime): void;
}

export function createBody(): Body {
  const alerts = createAlertList();
  const table = createRoomTable();
  const disciplines = createDisciplineList();
  const chart = createArrivalChart();
  const sorter = createSorter();
  const foot = el("div", { class: "board__foot" }, disciplines.element, chart.element);
  const element = el("div", { class: "board__body", hidden: true }, alerts.element, table.element, foot);
  return {
    element,
    show({ frame, history, at, isPast }, agenda, now, time) {
      element.hidden = false;
      alerts.show(frame.alerts ?? [], time);
      // In the past rooms hold their places, so that an eye can follow one of them through the day.
      const still = { codes: frame.rooms.map((room) => room.code), moved: new Set<string>() };
      table.show(frame.rooms, isPast ? still : sorter.sort(frame.rooms, performance.now()), {
        now: isPast ? Date.parse(frame.at) : now,
        time,
        next: frame.next_slot ?? null,
        lastHour: (code) => (history ? hourBefore(history, code, at) : []),
        isPast,
      });
      disciplines.show(frame.disciplines, agenda?.discipline ?? [], hasBegun(agenda, now));
      chart.element.hidden = frame.arrivals === undefined;
      chart.show(spansOf(frame), (instant) => time(new Date(instant).toISOString()));
      foot.hidden = chart.element.hidden && frame.disciplines.length === 0;
    },
  };
}

/** Whether the event's first slot has. */
function hasBegun(agenda: Agenda | null, now: number): boolean {
  if (!agenda) return false;
  const starts = agenda.slot.map((slot) => `${slot.date ?? agenda.event.date}T${slot.starts.slice(0, 5)}`).sort();
  return starts[0] !== undefined && starts[0] <= localMinute(now, agenda.event.timezone);
}
