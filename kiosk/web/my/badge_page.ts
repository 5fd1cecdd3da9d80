// One attendee's page: the code on white, where to go next, the day. Asks every 15 s while it is visible and goes on
// showing what it knows, with its age, when there is no connection.
import { Problem } from "../shared/api";
import { askMine, type Mine } from "../shared/attendee";
import * as clock from "../shared/clock";
import { el, fill } from "../shared/dom";
import { icon } from "../shared/icons";
import { createRehearsalMark } from "../shared/rehearsal_mark";
import { saveFile } from "../shared/save_file";
import { timeOfDay } from "../shared/time";
import type { ItineraryItem } from "../shared/types";
import { keepScreenOn } from "../shared/wake_lock";
import { createCalendar } from "./calendar";
import { createDay, whenOf } from "./day";
import { openMemory, type Remembered } from "./memory";
import { findNext } from "./next";
import { drawQrCode } from "./qr_code";

const ASK_EVERY_MS = 15_000;
const ASK_AGAIN_MS = 3000;
const TICK_MS = 1000;

export interface BadgePage {
  element: HTMLElement;
  stop(): void;
}

/** `onUnknown` is called when the server doesn't know the badge (any more): the code must not be shown then. */
export function createBadgePage(credential: string, onUnknown: () => void): BadgePage {
  const memory = openMemory(credential);
  const view = createView(credential);
  const remembered = memory.last();
  let mine: Remembered | null = remembered?.mine ?? null;
  let name = "";
  let confirmedAt: number | null = null; // performance.now() of the last good answer
  let isFailing = false;
  let isStopped = false;
  let askTimer: number | undefined;
  let drawn = "";

  async function ask(): Promise<void> {
    window.clearTimeout(askTimer);
    if (isStopped || document.hidden) return;
    try {
      take(await askMine(credential));
      isFailing = false;
    } catch (error) {
      if (isStopped) return;
      if (error instanceof Problem && error.status === 404) {
        memory.forget();
        return onUnknown();
      }
      isFailing = true;
    }
    if (isStopped) return;
    show();
    askTimer = window.setTimeout(() => void ask(), isFailing ? ASK_AGAIN_MS : ASK_EVERY_MS);
  }

  function take(answer: Mine): void {
    confirmedAt = performance.now();
    memory.remember(answer, clock.now() ?? Date.now());
    name = answer.display_name;
    mine = answer;
  }

  function show(): void {
    if (isStopped) return;
    view.setAge(ageWords());
    const now = clock.now();
    const minute = now === null ? "" : Math.floor(now / 60_000);
    const state = JSON.stringify([mine, name, minute]);
    if (state === drawn) return;
    drawn = state;
    view.element.dataset.version = String(mine?.version ?? "");
    if (mine) view.show(mine, name, memory.changes(ahead(mine, now)), now, seen);
  }

  function seen(): void {
    if (!mine) return;
    memory.markSeen(mine.itinerary);
    drawn = "";
    show();
    view.focusDay();
  }

  function ageWords(): { text: string; isOld: boolean } {
    if (!isFailing && confirmedAt !== null) return { text: "Up to date", isOld: false };
    if (!isFailing) return { text: "Loading your day…", isOld: false };
    if (!mine) return { text: "No connection. Your code works all the same; your day comes as soon as there is one.", isOld: true };
    const at = memory.last()?.at;
    const since = at ? ` This is from ${timeOfDay(at, mine.event.timezone)}.` : "";
    return { text: `No connection.${since} Your code works all the same.`, isOld: true };
  }

  const onReturn = (): void => void ask();
  document.addEventListener("visibilitychange", onReturn);
  window.addEventListener("online", onReturn);
  const ticker = window.setInterval(show, TICK_MS);
  show();
  void ask();

  return {
    element: view.element,
    stop() {
      isStopped = true;
      window.clearTimeout(askTimer);
      window.clearInterval(ticker);
      document.removeEventListener("visibilitychange", onReturn);
      window.removeEventListener("online", onReturn);
      view.stop();
    },
  };
}

/** What is over needs no mark any more. */
function ahead(mine: Remembered, now: number | null): ItineraryItem[] {
  return mine.itinerary.filter((item) => whenOf(item, now) !== "done");
}

type Changes = ReturnType<ReturnType<typeof openMemory>["changes"]>;

function createView(credential: string) {
  const title = el("h1", { class: "my__event" }, "Your badge");
  const number = el("p", { class: "code__number" });
  const who = el("p", { class: "code__name", dir: "auto" });
  const qr = el("div", { class: "code__qr" }, drawQrCode(credential));
  const age = el("p", { class: "my__age", role: "status" });
  const changed = el("div", { class: "my__changed", role: "status" });
  const heading = el("h2", { class: "my__heading", tabindex: "-1", hidden: true }, "Your day");
  const day = el("div");
  const calendar = el("button", { class: "button", type: "button", hidden: true }, icon("calendar"), "Add to my calendar");
  const next = el("div", { class: "next", role: "status", "aria-atomic": "true", hidden: true });
  const element = el(
    "div",
    { class: "my" },
    el("header", { class: "my__top" }, title, createRehearsalMark()),
    el(
      "section",
      { class: "code", "aria-label": "Your badge" },
      qr,
      el("div", { class: "code__words" }, number, who, el("p", { class: "code__hint" }, "Turn the brightness up when you show it.")),
    ),
    el("section", { class: "my__day", "aria-label": "Your day" }, age, changed, heading, day, calendar),
    next,
  );

  let isInView = true;
  const updateLock = keepScreenOn(() => isInView && element.isConnected);
  const watcher = new IntersectionObserver((entries) => {
    isInView = entries.at(-1)?.isIntersecting ?? true;
    updateLock();
  });
  watcher.observe(qr);

  function show(mine: Remembered, name: string, changes: Changes, now: number | null, onSeen: () => void): void {
    const zone = mine.event.timezone;
    title.textContent = mine.event.name;
    number.textContent = mine.number;
    who.textContent = name;
    heading.hidden = false;
    const hasDay = mine.itinerary.length > 0;
    fill(
      day,
      hasDay
        ? createDay(mine.itinerary, changes, now, zone)
        : el("p", { class: "my__empty" }, "Your sessions are not chosen yet. They appear here by themselves."),
    );
    calendar.hidden = !mine.itinerary.some((item) => item.session !== null);
    calendar.onclick = () => {
      const stamp = new Date(now ?? Date.now());
      saveFile(createCalendar(mine.itinerary, mine.event, stamp), "my-conference-day.ics");
    };
    showChanged(changes.size, onSeen);
    const words = findNext(mine.itinerary, mine.room, now, zone);
    next.hidden = words === null;
    const text = words ? `${words.label}|${words.main}|${words.under}` : "";
    if (words && next.dataset.words !== text) {
      next.dataset.words = text;
      fill(
        next,
        el("p", { class: "next__main", dir: "auto" }, el("span", { class: "next__label" }, `${words.label}: `), words.main),
        words.under !== "" && el("p", { class: "next__under", dir: "auto" }, words.under),
      );
    }
  }

  function showChanged(count: number, onSeen: () => void): void {
    if (String(count) === (changed.dataset.count ?? "0")) return;
    changed.dataset.count = String(count);
    if (count === 0) return fill(changed);
    const words = count === 1 ? "Your day has changed in one place." : `Your day has changed in ${count} places.`;
    fill(
      changed,
      el(
        "div",
        { class: "notice", data: { state: "attention" } },
        icon("swap"),
        el("div", { class: "my__changed-words" }, el("p", {}, words), el("button", { class: "button", type: "button", on: { click: onSeen } }, "I have seen it")),
      ),
    );
  }

  return {
    element,
    show,
    setAge({ text, isOld }: { text: string; isOld: boolean }): void {
      if (age.textContent === text) return;
      age.dataset.old = isOld ? "yes" : "no";
      fill(age, isOld && icon("warning"), el("span", {}, text));
    },
    focusDay: () => heading.focus(),
    stop(): void {
      watcher.disconnect();
      isInView = false;
      updateLock();
    },
  };
}
