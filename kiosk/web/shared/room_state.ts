// How full a room is, in one place for every page: states, words, icons, the bar with its limit's mark.
import { el, fill } from "./dom";
import { icon, type IconName } from "./icons";
import type { RoomState } from "./types";

/** The bar goes on beyond the limit, so that a room that is over shows past the mark. */
const BAR_REACH = 1.12;
const AMBER_SHARE = 0.9;

const STATES: Record<RoomState, { word: string; icon: IconName }> = {
  open: { word: "Open", icon: "tick" },
  amber: { word: "Nearly full", icon: "warning" },
  full: { word: "Full", icon: "stop" },
  over: { word: "Over", icon: "hand" },
  closed: { word: "Closed", icon: "close" },
};

export interface Fullness {
  headcount: number;
  posted_limit: number;
  state: RoomState;
}

/** The state that goes with a count, as the server reckons it; a room that is closed is known by the server only. */
export function stateOf(headcount: number, limit: number): RoomState {
  if (headcount > limit) return "over";
  if (headcount === limit) return "full";
  return headcount >= AMBER_SHARE * limit ? "amber" : "open";
}

/** The chip's words, also what is announced. */
export function stateWord({ headcount, posted_limit, state }: Fullness): string {
  return state === "over" ? `${headcount - posted_limit} over` : STATES[state].word;
}

/** "68 / 70 ▇▇▇▇▇▌": the count, the limit, and the limit's mark on the bar. */
export function createLimitBar() {
  const count = el("span", { class: "bar__now" });
  const limit = el("span", { class: "bar__limit" });
  const amount = el("span", { class: "bar__fill" });
  const mark = el("span", { class: "bar__mark" });
  mark.style.insetInlineStart = `${100 / BAR_REACH}%`;
  const element = el(
    "span",
    { class: "bar" },
    el("span", { class: "bar__text" }, count, " / ", limit),
    el("span", { class: "bar__track", "aria-hidden": "true" }, amount, mark),
  );
  return {
    element,
    show({ headcount, posted_limit, state }: Fullness): void {
      element.dataset.state = state;
      setText(count, String(headcount));
      setText(limit, String(posted_limit));
      const share = posted_limit > 0 ? headcount / posted_limit : headcount > 0 ? BAR_REACH : 0;
      amount.style.width = `${(100 * Math.min(share, BAR_REACH)) / BAR_REACH}%`;
    },
  };
}

/** The state as icon and word. */
export function createStateChip() {
  const element = el("span", { class: "state-chip" });
  return {
    element,
    show(room: Fullness): void {
      const word = stateWord(room);
      if (element.dataset.word === word) return;
      element.dataset.word = word;
      element.dataset.state = room.state;
      fill(element, icon(STATES[room.state].icon), word);
    },
  };
}

/** Leaves a node alone that says it already, for eyes and screen readers. */
export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
