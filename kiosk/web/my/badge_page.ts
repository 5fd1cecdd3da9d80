// One attendee's page at work: asks every 15 s while it is visible, and goes on showing what it knows, with its age,
// when there is no connection. What it looks like is badge_view's.
import { Problem } from "../shared/api";
import { askMine, type Mine } from "../shared/attendee";
import * as clock from "../shared/clock";
import { timeOfDay } from "../shared/time";
import type { ItineraryItem } from "../shared/types";
import { createBadgeView } from "./badge_view";
import { whenOf } from "./day";
import { openMemory, type Remembered } from "./memory";

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
  const view = createBadgeView(credential);
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
    if (mine) view.show({ mine, name, changes: memory.changes(ahead(mine, now)), now, onSeen: seen });
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
    if (!mine)
      return {
        text: "No connection. Your code works all the same; your day comes as soon as there is one.",
        isOld: true,
      };
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
