// What one attendee's page looks like: the code on white, the day, and the bar that says where to go next.
import type { PublicEvent } from "../shared/attendee";
import { el, fill } from "../shared/dom";
import { icon } from "../shared/icons";
import { createRehearsalMark } from "../shared/rehearsal_mark";
import { saveFile } from "../shared/save_file";
import type { ItineraryItem } from "../shared/types";
import { keepScreenOn } from "../shared/wake_lock";
import { createCalendar } from "./calendar";
import { createDay } from "./day";
import type { Change, Remembered } from "./memory";
import { findNext, type Next } from "./next";
import { drawQrCode } from "./qr_code";

export interface Shown {
  mine: Remembered;
  name: string;
  changes: Map<string, Change>;
  /** The server's time, null while it is not known. */
  now: number | null;
  onSeen: () => void;
}

export interface BadgeView {
  element: HTMLElement;
  show(shown: Shown): void;
  setAge(age: { text: string; isOld: boolean }): void;
  focusDay(): void;
  stop(): void;
}

/** The page of one badge; until the first answer it shows the code alone. */
export function createBadgeView(credential: string): BadgeView {
  const title = el("h1", { class: "my__event" }, "Your badge");
  const code = createCode(credential);
  const age = el("p", { class: "my__age", role: "status" });
  const changed = createChangedNotice();
  const heading = el("h2", { class: "my__heading", tabindex: "-1", hidden: true }, "Your day");
  const day = el("div");
  const calendar = createCalendarButton();
  const next = createNextBar();
  const element = el(
    "div",
    { class: "my" },
    el("header", { class: "my__top" }, title, createRehearsalMark()),
    code.element,
    el("section", { class: "my__day", "aria-label": "Your day" }, age, changed.element, heading, day, calendar.element),
    next.element,
  );
  return {
    element,
    show({ mine, name, changes, now, onSeen }) {
      title.textContent = mine.event.name;
      code.show(mine.number, name);
      changed.show(changes.size, onSeen);
      heading.hidden = false;
      fill(
        day,
        mine.itinerary.length > 0
          ? createDay(mine.itinerary, changes, now, mine.event.timezone)
          : el("p", { class: "my__empty" }, "Your sessions are not chosen yet. They appear here by themselves."),
      );
      calendar.show(mine.itinerary, mine.event, now);
      next.show(findNext(mine.itinerary, mine.room, now, mine.event.timezone));
    },
    setAge({ text, isOld }) {
      if (age.textContent === text) return;
      age.dataset.old = isOld ? "yes" : "no";
      fill(age, isOld && icon("warning"), el("span", {}, text));
    },
    focusDay: () => heading.focus(),
    stop: code.stop,
  };
}

/** The white card. The screen stays on while the code is in view. */
function createCode(credential: string) {
  const qr = el("div", { class: "code__qr" }, drawQrCode(credential));
  const number = el("p", { class: "code__number" });
  const who = el("p", { class: "code__name", dir: "auto" });
  const hint = el("p", { class: "code__hint" }, "Turn the brightness up when you show it.");
  const element = el(
    "section",
    { class: "code", "aria-label": "Your badge" },
    qr,
    el("div", { class: "code__words" }, number, who, hint),
  );
  let isInView = true;
  const updateLock = keepScreenOn(() => isInView);
  const watcher = new IntersectionObserver((entries) => {
    isInView = entries.at(-1)?.isIntersecting ?? true;
    updateLock();
  });
  watcher.observe(qr);
  return {
    element,
    show(itsNumber: string, name: string): void {
      number.textContent = itsNumber;
      who.textContent = name;
    },
    stop(): void {
      watcher.disconnect();
      isInView = false;
      updateLock();
    },
  };
}

function createChangedNotice() {
  const element = el("div", { class: "my__changed", role: "status" });
  let shown = 0;
  return {
    element,
    show(count: number, onSeen: () => void): void {
      if (count === shown) return;
      shown = count;
      if (count === 0) return fill(element);
      const words = count === 1 ? "Your day has changed in one place." : `Your day has changed in ${count} places.`;
      const seen = el("button", { class: "button", type: "button", on: { click: onSeen } }, "I have seen it");
      fill(
        element,
        el(
          "div",
          { class: "notice", data: { state: "attention" } },
          icon("swap"),
          el("div", { class: "my__changed-words" }, el("p", {}, words), seen),
        ),
      );
    },
  };
}

function createCalendarButton() {
  const element = el(
    "button",
    { class: "button", type: "button", hidden: true },
    icon("calendar"),
    "Add to my calendar",
  );
  return {
    element,
    show(items: ItineraryItem[], event: PublicEvent, now: number | null): void {
      element.hidden = !items.some((item) => item.session !== null);
      element.onclick = () => {
        const stamp = new Date(now ?? Date.now());
        saveFile(createCalendar(items, event, stamp), "my-conference-day.ics");
      };
    },
  };
}

/** Said to screen readers when its words change, and only then. */
function createNextBar() {
  const element = el("div", { class: "next", role: "status", "aria-atomic": "true", hidden: true });
  let shown = "";
  return {
    element,
    show(next: Next | null): void {
      element.hidden = next === null;
      const words = JSON.stringify(next);
      if (!next || words === shown) return;
      shown = words;
      const label = el("span", { class: "next__label" }, `${next.label}: `);
      fill(
        element,
        el("p", { class: "next__main", dir: "auto" }, label, next.main),
        next.under !== "" && el("p", { class: "next__under", dir: "auto" }, next.under),
      );
    },
  };
}
